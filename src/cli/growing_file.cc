#include "cli/growing_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace evener {
namespace {

constexpr std::size_t most_in_a_read = std::size_t{64} * 1024;
constexpr std::size_t remembered = std::size_t{4} * 1024;

Error error_of(int number, const std::string& path) {
  const bool is_missing = number == ENOENT || number == ENOTDIR;
  return {
      is_missing ? "file_missing" : "io_error",
      "it cannot be read: " + std::generic_category().message(number),
      path
  };
}

// Fewer bytes than asked for only at the end of the file.
Result<std::string> bytes_at(int file, off_t at, std::size_t count, const std::string& path) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t more =
        ::pread(file, bytes.data() + have, count - have, at + static_cast<off_t>(have));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return error_of(errno, path);
    if (more == 0) break;
    have += static_cast<std::size_t>(more);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace

Result<GrowingFile::Piece> GrowingFile::read() {
  bool begins_anew = false;
  if (file_ == nullptr) TRY(open());
  if (TRY(is_changed())) {
    at_ = 0;
    before_.clear();
    begins_anew = true;
  }
  bytes_ = TRY(bytes_at(file_->number(), at_, most_in_a_read, path_));
  // The old one is read to its end first.
  if (bytes_.empty() && TRY(is_replaced())) {
    TRY(open());
    begins_anew = true;
    bytes_ = TRY(bytes_at(file_->number(), at_, most_in_a_read, path_));
  }
  at_ += static_cast<off_t>(bytes_.size());
  before_ += bytes_;
  if (before_.size() > remembered) before_.erase(0, before_.size() - remembered);
  return Piece{bytes_, begins_anew};
}

Status GrowingFile::open() {
  auto opened = std::make_unique<FileDescriptor>(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened->number() < 0) return error_of(errno, path_);
  file_ = std::move(opened);
  at_ = 0;
  before_.clear();
  return Done{};
}

// Whether what was read is no longer there: it was truncated, and perhaps written anew since.
Result<bool> GrowingFile::is_changed() const {
  const off_t from = at_ - static_cast<off_t>(before_.size());
  return TRY(bytes_at(file_->number(), from, before_.size(), path_)) != before_;
}

Result<bool> GrowingFile::is_replaced() const {
  struct stat ours{};
  struct stat there{};
  if (::fstat(file_->number(), &ours) != 0) return error_of(errno, path_);
  if (::stat(path_.c_str(), &there) != 0) return error_of(errno, path_);
  return ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

}  // namespace evener
