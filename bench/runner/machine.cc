#include "machine.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "base/json.h"
#include "server_process.h"

namespace evener {
namespace {

// What stands behind `key` and its separator in the first line that begins so.
std::string value_in(const std::string& path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    std::string value = line.substr(line.find(separator) + 1);
    value.erase(0, value.find_first_not_of(" \t\""));
    value.erase(value.find_last_not_of(" \t\"") + 1);
    return value;
  }
  return "";
}

std::string first_line(const Result<std::string>& text) {
  return text.ok() ? text->substr(0, text->find('\n')) : "";
}

}  // namespace

std::string machine_description() {
  utsname kernel{};
  ::uname(&kernel);
  struct sysinfo system{};
  ::sysinfo(&system);
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  const ScratchPlace scratch;
  const std::string files =
      first_line(run_program({.argv = {"stat", "-f", "-c", "%T", scratch.path()}}));
  std::string out = "{";
  append_json_member(out, R"("processor":)", value_in("/proc/cpuinfo", "model name", ':'));
  append_json_member(
      out, R"(,"cores":)", static_cast<std::int64_t>(std::thread::hardware_concurrency())
  );
  append_json_member(
      out,
      R"(,"memory_mib":)",
      static_cast<std::int64_t>(system.totalram * system.mem_unit / mebibyte)
  );
  append_json_member(out, R"(,"system":)", value_in("/etc/os-release", "PRETTY_NAME", '='));
  append_json_member(out, R"(,"kernel":)", std::string_view(kernel.release));
  append_json_member(out, R"(,"compiler":)", std::string_view("g++ " __VERSION__));
  append_json_member(out, R"(,"scratch_files":)", files);
  return out + "}";
}

std::string commit_of(const std::string& sources) {
  const auto git = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-C", sources});
    return first_line(run_program({.argv = std::move(words)}));
  };
  const std::string commit = git({"rev-parse", "--short=12", "HEAD"});
  const bool is_changed = !git({"status", "--porcelain", "--untracked-files=no"}).empty();
  return is_changed ? commit + "+" : commit;
}

std::string load_now() {
  double load = 0;
  ::getloadavg(&load, 1);
  return fmt::format("load {:.2f}", load);
}

}  // namespace evener
