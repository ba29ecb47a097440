#include "cli/plan_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/file.h"

namespace evener {
namespace {

constexpr mode_t new_mode = 0644;

// Where symbolic links lead, also to what is not there yet. A circle of links ends somewhere.
std::filesystem::path led_to(const std::string& file) {
  constexpr int most_links = 40;
  std::filesystem::path path = file;
  for (int links = 0; links < most_links; ++links) {
    std::error_code none;
    const std::filesystem::path target = std::filesystem::read_symlink(path, none);
    if (none) break;
    path = path.parent_path() / target;
  }
  return path;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found{};
  const bool is_there = ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
  return is_there ? found.st_mode & 07777U : new_mode;
}

}  // namespace

bool is_json_file(const std::string& file) {
  return led_to(file).string().ends_with(".json");
}

bool is_toml_file(const std::string& file) {
  return led_to(file).string().ends_with(".toml");
}

Status check_plan_file(const std::string& file) {
  const std::filesystem::path folder = led_to(file).parent_path();
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) == 0) return Done{};
  return system_error(errno, "write in the folder of", file);
}

Status write_plan_file(const std::string& file, std::string_view text) {
  const std::filesystem::path path = led_to(file);
  return write_file_atomic(path.string(), text, mode_of(path));
}

}  // namespace evener
