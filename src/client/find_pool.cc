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

fs::path normal(const std::string& directory) {
  fs::path path = fs::absolute(directory).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// The main worktree's root, read as git lays it out: a linked worktree's `.git` is a file that
// names its own folder, in which `commondir` leads to the repository.
std::optional<fs::path> main_worktree(const fs::path& directory) {
  std::error_code ignored;
  for (fs::path at = directory;; at = at.parent_path()) {
    const fs::path git = at / ".git";
    if (fs::is_directory(git, ignored)) return at;
    if (fs::is_regular_file(git, ignored)) {
      constexpr std::string_view prefix = "gitdir: ";
      const std::string line = first_line(git);
      if (!line.starts_with(prefix)) return std::nullopt;
      const fs::path own = fs::absolute(at / line.substr(prefix.size()), ignored);
      const std::string common = first_line(own / "commondir");
      if (common.empty()) return at;  // a submodule: a repository of its own
      return normal((own / common).string()).parent_path();
    }
    if (at == at.root_path() || at == at.parent_path()) return std::nullopt;
  }
}

bool is_pool(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

}  // namespace

Result<PoolFolder> find_pool(const std::string& asked, const std::string& directory) {
  if (!asked.empty()) {
    const fs::path named = normal(asked);
    if (is_pool(named / folder_name)) return PoolFolder{(named / folder_name).string()};
    if (named.filename() == folder_name && is_pool(named)) return PoolFolder{named.string()};
    return Error{
        "pool_missing", "there is no pool there; make one with: evener init", named.string()
    };
  }
  const fs::path start = normal(directory);
  for (fs::path at = start;; at = at.parent_path()) {
    if (is_pool(at / folder_name)) return PoolFolder{(at / folder_name).string()};
    if (at == at.root_path() || at == at.parent_path()) break;
  }
  if (const auto root = main_worktree(start); root && is_pool(*root / folder_name)) {
    return PoolFolder{(*root / folder_name).string()};
  }
  return Error{
      "pool_missing", "there is no pool here or above; make one with: evener init", start.string()
  };
}

PoolFolder place_for_pool(const std::string& directory) {
  const fs::path start = normal(directory);
  return {(main_worktree(start).value_or(start) / folder_name).string()};
}

}  // namespace evener
