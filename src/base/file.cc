#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace evener {

namespace {

const char* code_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "disk_full";
    case EROFS:
    case EACCES:
    case EPERM:
      return "read_only";
    case ENOENT:
      return "file_missing";
    default:
      return "io_error";
  }
}

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status write_all(int file, std::string_view bytes, const std::string& path) {
  // Linux writes at most 2 GiB less a page in one call.
  constexpr std::size_t most_at_once = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), std::min(bytes.size(), most_at_once));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(errno, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

// Fills the temporary file and puts it in the place of `path`.
Status fill_and_rename(
    FileDescriptor& file,
    const std::string& temporary,
    const std::string& path,
    std::span<const std::string_view> parts,
    mode_t mode,
    bool sync
) {
  for (const std::string_view part : parts) TRY(write_all(file.number(), part, path));
  if (::fchmod(file.number(), mode) != 0) return system_error(errno, "set the mode", path);
  if (sync && ::fsync(file.number()) != 0) return system_error(errno, "flush", path);
  if (file.close() != 0) return system_error(errno, "close", path);
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return system_error(errno, "replace", path);
  return Done{};
}

bool is_directory(const std::string& path) {
  struct stat found = {};
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  close();
}

int FileDescriptor::close() {
  return number_ < 0 ? 0 : ::close(std::exchange(number_, -1));
}

Error system_error(int error_number, std::string_view action, const std::string& path) {
  return {
      .code = code_for(error_number),
      .message =
          fmt::format("cannot {}: {}", action, std::generic_category().message(error_number)),
      .where = path,
  };
}

Result<std::string> read_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return system_error(errno, "open", path);
  struct stat found = {};
  if (::fstat(file.number(), &found) != 0) return system_error(errno, "look at", path);

  // One byte more than the size, so that the end shows without a second, larger buffer.
  std::string bytes;
  std::size_t room = static_cast<std::size_t>(std::max<off_t>(found.st_size, 0)) + 1;
  for (;;) {
    const std::size_t held = bytes.size();
    ssize_t got = 0;
    bytes.resize_and_overwrite(room, [&](char* buffer, std::size_t) {
      do got = ::read(file.number(), buffer + held, room - held);
      while (got < 0 && errno == EINTR);
      return held + static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    });
    if (got < 0) return system_error(errno, "read", path);
    if (got == 0) return bytes;
    if (bytes.size() == room) room *= 2;
  }
}

Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode, bool sync) {
  return write_file_atomic(path, std::span(&bytes, 1), mode, sync);
}

Status write_file_atomic(
    const std::string& path, std::span<const std::string_view> parts, mode_t mode, bool sync
) {
  std::string temporary = path + ".XXXXXX";
  FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.number() < 0) return system_error(errno, "create a temporary file beside", path);
  if (Status filled = fill_and_rename(file, temporary, path, parts, mode, sync); !filled) {
    ::unlink(temporary.c_str());
    return filled;
  }
  if (sync) return sync_directory(folder_of(path));
  return Done{};
}

Status ensure_directory(const std::string& path, mode_t mode) {
  if (is_directory(path)) return Done{};
  const std::string above = folder_of(path);
  if (above != path && above != ".") TRY(ensure_directory(above, mode));
  if (::mkdir(path.c_str(), mode) != 0) {
    // Another process may have made it in the meantime.
    const int error_number = errno;
    if (error_number == EEXIST && is_directory(path)) return Done{};
    return system_error(error_number, "create the folder", path);
  }
  if (::chmod(path.c_str(), mode) != 0) return system_error(errno, "set the mode", path);
  return sync_directory(above);
}

Status sync_directory(const std::string& path) {
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0) return system_error(errno, "open the folder", path);
  // Some file systems cannot flush a folder, and say so with EINVAL: theirs need none.
  if (::fsync(folder.number()) != 0 && errno != EINVAL)
    return system_error(errno, "flush the folder", path);
  return Done{};
}

}  // namespace evener
