#include "worker/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace evener {
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
    if (::ftruncate(file_.get(), 0) != 0) return file_.close();
    size_ = 0;
    write("[... what came before is left out ...]\n");
  }
  write(line);
  write("\n");
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
  size_ += bytes.size();
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
