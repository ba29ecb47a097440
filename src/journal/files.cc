#include "journal/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"

namespace evener {

namespace {

constexpr mode_t kept_file_mode = 0600;
constexpr mode_t kept_folder_mode = 0700;

class SystemFile : public OpenedFile {
 public:
  SystemFile(int number, std::string path) : file_(number), path_(std::move(path)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
    std::size_t held = 0;
    while (held < into.size()) {
      const auto got = ::pread(
          file_.number(), into.data() + held, into.size() - held, static_cast<off_t>(offset + held)
      );
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(errno, "read", path_);
      if (got == 0) break;
      held += static_cast<std::size_t>(got);
    }
    return held;
  }

 private:
  FileDescriptor file_;
  std::string path_;
};

class SystemFiles : public DiskFiles {
 public:
  std::optional<std::uint64_t> size_of(const std::string& path) const override {
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    return failed ? std::nullopt : std::optional<std::uint64_t>(size);
  }

  Result<std::unique_ptr<OpenedFile>> open(const std::string& path) const override {
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0 && errno == ENOENT) return std::unique_ptr<OpenedFile>();
    if (number < 0) return system_error(errno, "open", path);
    return std::unique_ptr<OpenedFile>(std::make_unique<SystemFile>(number, path));
  }

  Result<std::string> read(const std::string& path) const override { return read_file(path); }

  std::vector<std::string> names_in(const std::string& folder) const override {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
      names.push_back(entry.path().filename().string());
    return names;
  }

  Status replace(
      const std::string& folder, const std::string& name, std::span<const std::string_view> parts
  ) override {
    TRY(ensure_directory(folder, kept_folder_mode));
    return write_file_atomic(folder + "/" + name, parts, kept_file_mode);
  }

  Status remove(const std::string& path) override {
    std::error_code failed;
    std::filesystem::remove(path, failed);
    if (failed) return system_error(failed.value(), "remove", path);
    return Done{};
  }

  Status write_again(const std::string& path) override {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (file.number() < 0) return system_error(errno, "open", path);
    std::string bytes(std::size_t{1} << 18, '\0');
    for (off_t at = 0;;) {
      const auto got = ::pread(file.number(), bytes.data(), bytes.size(), at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(errno, "read", path);
      if (got == 0) break;
      const auto put = ::pwrite(file.number(), bytes.data(), static_cast<std::size_t>(got), at);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return system_error(errno, "write", path);
      at += put;
    }
    if (::fdatasync(file.number()) != 0) return system_error(errno, "flush", path);
    return Done{};
  }
};

}  // namespace

DiskFiles& system_files() {
  static SystemFiles files;
  return files;
}

}  // namespace evener
