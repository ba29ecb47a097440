#include "client/find_pool.h"

#include <filesystem>
#include <optional>

#include "base/file.h"

namespace evener {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder_name = ".evener";

std::string first_line(const fs::path& path) {
  const Result<std::string> text = read_file(path.string());
  return text.ok() ? text->substr(0, text->find('\n')) : "";
}

fs::path normal(const fs::path& directory) {
  fs::path path = directory.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

Result<fs::path> resolved(const std::string& path, const std::string& directory) {
  fs::path whole = normal(fs::path(directory) / path);
  if (whole.is_absolute()) return whole;
  return Error{
      "folder_gone",
      "the current folder is gone; cd elsewhere, or name the pool with --pool and its whole path",
      path
  };
}

// What all worktrees of a repository share: the root of the main one, or the repository itself
// where it lies in none (a bare one, a submodule's). Read as git lays it out: a linked worktree's
// `.git` is a file that names its own folder, in which `commondir` leads to the repository.
std::optional<fs::path> shared_folder(const fs::path& directory) {
  std::error_code ignored;
  for (fs::path at = directory;; at = at.parent_path()) {
    const fs::path git = at / ".git";
    if (fs::is_directory(git, ignored)) return at;
    if (fs::is_regular_file(git, ignored)) {
      constexpr std::string_view prefix = "gitdir: ";
      const std::string line = first_line(git);
      if (!line.starts_with(prefix)) return std::nullopt;
      const fs::path own = at / line.substr(prefix.size());
      const std::string common = first_line(own / "commondir");
      if (common.empty()) return at;  // a submodule: a repository of its own
      const fs::path repository = normal(own / common);
      return repository.filename() == ".git" ? repository.parent_path() : repository;
    }
    if (at == at.root_path() || at == at.parent_path()) return std::nullopt;
  }
}

bool is_pool(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

}  // namespace

std::string current_folder() {
  std::error_code gone;
  return fs::current_path(gone).string();
}

Result<PoolFolder> find_pool(const std::string& asked, const std::string& directory) {
  const fs::path start = TRY(resolved(asked, directory));
  if (!asked.empty()) {
    if (is_pool(start / folder_name)) return PoolFolder{(start / folder_name).string()};
    if (start.filename() == folder_name && is_pool(start)) return PoolFolder{start.string()};
    // A backup, say, has any name.
    const PoolFolder named{start.string()};
    std::error_code ignored;
    if (fs::exists(named.journal(), ignored) || fs::exists(named.remote(), ignored)) return named;
    return Error{
        "pool_missing", "there is no pool there; make one with: evener init", start.string()
    };
  }
  for (fs::path at = start;; at = at.parent_path()) {
    if (is_pool(at / folder_name)) return PoolFolder{(at / folder_name).string()};
    if (at == at.root_path() || at == at.parent_path()) break;
  }
  if (const auto root = shared_folder(start); root && is_pool(*root / folder_name)) {
    return PoolFolder{(*root / folder_name).string()};
  }
  return Error{
      "pool_missing", "there is no pool here or above; make one with: evener init", start.string()
  };
}

Result<PoolFolder> place_for_pool(const std::string& asked, const std::string& directory) {
  const fs::path start = TRY(resolved(asked, directory));
  if (asked.empty()) return place_for_pool(start.string());
  return PoolFolder{(start.filename() == folder_name ? start : start / folder_name).string()};
}

PoolFolder place_for_pool(const std::string& directory) {
  const fs::path start = normal(directory);
  return {(shared_folder(start).value_or(start) / folder_name).string()};
}

}  // namespace evener
