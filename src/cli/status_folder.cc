#include "cli/status_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "formats/kept_block.h"

namespace evener {
namespace {

constexpr off_t most_bytes = off_t{8} << 20U;
constexpr mode_t new_file_mode = 0644;

std::string signature(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return "none";
  return fmt::format(
      "{}.{}.{}.{}.{}",
      found.st_ino,
      found.st_size,
      found.st_mtim.tv_sec,
      found.st_mtim.tv_nsec,
      found.st_mode
  );
}

bool is_inbox_file(const std::string& name) {
  return name == "CLUSTER_ISSUES.md" ||
         (name.starts_with("AGENT_STATUS_") && name.ends_with(".md"));
}

Error not_a_file(const std::string& path, std::string_view what) {
  return {"not_a_file", fmt::format("it is {}, no file; it was left alone", what), path};
}

// Whether a regular file stands there; `mode` is its own.
Result<bool> look_at(const std::string& path, mode_t& mode) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return false;
    return system_error(errno, "look at", path);
  }
  if (S_ISLNK(found.st_mode)) return not_a_file(path, "a symbolic link");
  if (S_ISDIR(found.st_mode)) return not_a_file(path, "a folder");
  if (!S_ISREG(found.st_mode)) return not_a_file(path, "something special");
  if (found.st_size > most_bytes) {
    return Error{
        "too_large",
        fmt::format("it has {} bytes; at most {} are kept true", found.st_size, most_bytes),
        path
    };
  }
  mode = found.st_mode & 0777U;
  return true;
}

Result<std::string> read_all(int descriptor, const std::string& path) {
  std::string bytes;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, "read", path);
    if (got == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    if (bytes.size() > static_cast<std::size_t>(most_bytes)) {
      return Error{"too_large", "it grows while it is read", path};
    }
  }
}

}  // namespace

StatusChange StatusFolder::write(const std::vector<StatusFile>& files) {
  StatusChange change;
  if (const Status made = ensure_directory(path_, 0755); !made.ok()) {
    change.problems.push_back(made.error());
    return change;
  }
  for (const StatusFile& file : files) {
    const Result<bool> written = write_one(file);
    if (!written.ok()) {
      seen_[file.name] = {0, signature(path_of(file.name))};
      change.problems.push_back(written.error());
    } else if (*written) {
      change.written.push_back(file.name);
    } else {
      ++change.unchanged;
    }
  }
  return change;
}

std::vector<std::string> StatusFolder::names() const {
  std::vector<std::string> out;
  for (const auto& [name, seen] : seen_) {
    if (seen.text_hash != 0) out.push_back(name);
  }
  return out;
}

bool StatusFolder::is_as_left() const {
  return std::all_of(seen_.begin(), seen_.end(), [&](const auto& seen) {
    return seen.second.signature == signature(path_of(seen.first));
  });
}

// Whether it had to be written.
Result<bool> StatusFolder::write_one(const StatusFile& file) {
  const std::string path = path_of(file.name);
  Seen& seen = seen_[file.name];
  const std::size_t hash = std::hash<std::string>{}(file.text);
  if (!seen.signature.empty() && seen.text_hash == hash && seen.signature == signature(path)) {
    return false;
  }
  const std::optional<std::string> old = TRY(read(file.name));
  std::string text = TRY(with_block(old.value_or(""), file.block, file.text, path));
  if (file.has_inbox) text = TRY(with_inbox(text, path));
  const bool differs = old != text;
  if (differs) TRY(replace(file.name, old, text));
  seen = {hash, signature(path)};
  return differs;
}

Result<std::optional<std::string>> StatusFolder::read(const std::string& name) const {
  const std::string path = path_of(name);
  mode_t mode = 0;
  if (!TRY(look_at(path, mode))) return std::optional<std::string>();
  // It may have been replaced since it was looked at; a pipe would make us wait.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.number() < 0) return system_error(errno, "open", path);
  struct stat found{};
  if (::fstat(file.number(), &found) != 0) return system_error(errno, "look at", path);
  if (!S_ISREG(found.st_mode)) return not_a_file(path, "something special");
  return std::optional(TRY(read_all(file.number(), path)));
}

Status StatusFolder::replace(
    const std::string& name, const std::optional<std::string>& seen, std::string_view text
) const {
  const std::string path = path_of(name);
  mode_t mode = new_file_mode;
  static_cast<void>(TRY(look_at(path, mode)));
  if (TRY(read(name)) != seen) {
    return Error{"changed_meanwhile", "somebody wrote it at this moment; it is tried again", path};
  }
  return write_file_atomic(path, text, mode, false);
}

Result<std::vector<std::string>> StatusFolder::inbox_files() const {
  std::vector<std::string> names;
  struct stat found{};
  if (::stat(path_.c_str(), &found) != 0) return names;
  if ((found.st_mode & S_IWOTH) != 0) {
    return Error{
        "anybody_writes",
        "everybody on this machine may write this folder, so its inboxes are not read; close it "
        "with: chmod o-w",
        path_
    };
  }
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(path_, problem)) {
    std::string name = entry.path().filename().string();
    if (is_inbox_file(name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status StatusFolder::check_closed(const std::string& name) const {
  struct stat found{};
  if (::lstat(path_of(name).c_str(), &found) != 0 || (found.st_mode & S_IWOTH) == 0) return Done{};
  return Error{
      "anybody_writes",
      "everybody on this machine may write this file, so its inbox is not read; close it with: "
      "chmod o-w",
      path_of(name)
  };
}

std::string StatusFolder::signature_of(const std::vector<std::string>& names) const {
  std::string out;
  for (const std::string& name : names) out += name + " " + signature(path_of(name)) + "\n";
  return out;
}

}  // namespace evener
