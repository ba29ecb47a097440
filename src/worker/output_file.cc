#include "worker/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace evener {
namespace {

constexpr std::size_t most_pending = std::size_t{64} * 1024;  // what one read of a pipe brings

}  // namespace

OutputFile::OutputFile(std::string path, std::size_t most)
    : path_(std::move(path)),
      most_(most),
      file_(::open(
          path_.c_str(),
          O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
          private_file
      )) {}

void OutputFile::append(std::string_view line) {
  if (!file_.open()) return;
  if (size_ + line.size() + 1 > most_) {
    is_full_ = true;
    pending_ = "[... what came before is left out ...]\n";
    size_ = pending_.size();
  }
  pending_.append(line).push_back('\n');
  size_ += line.size() + 1;
  if (pending_.size() >= most_pending) flush();
}

void OutputFile::flush() {
  if (!file_.open() || pending_.empty()) return;
  if (is_full_ && ::ftruncate(file_.get(), 0) != 0) return file_.close();
  is_full_ = false;
  write(pending_);
  pending_.clear();
}

Status OutputFile::replace(std::string_view text) {
  file_.close();
  return write_file_atomic(path_, text, private_file, false);
}

void OutputFile::remove() {
  file_.close();
  ::unlink(path_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty() && file_.open()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (count < 0 && errno != EINTR) {
      file_.close();
    }
  }
}

}  // namespace evener
