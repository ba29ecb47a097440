// Gives every target the inputs that are kept for it: those that the tests and documents were made
// of, those that reached something new, and those that once broke something.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "fuzz/target.h"

namespace evener::fuzz {
namespace {

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Whether every target had something to read.
bool replay(const std::string& corpora) {
  bool all_had_some = true;
  for (const auto& [name, target] : targets()) {
    const std::vector<std::string> files = files_in(corpora + "/" + name);
    for (const std::string& file : files) {
      fmt::print("{}\n", file);
      std::fflush(stdout);  // the last line names what broke it
      target(read_file(file).value());
    }
    if (!files.empty()) continue;
    fmt::print("{}: nothing is kept in {}\n", name, corpora);
    all_had_some = false;
  }
  return all_had_some && !targets().empty();
}

}  // namespace
}  // namespace evener::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: fuzz_replay FOLDER, which holds a folder for each target\n");
    return 2;
  }
  return evener::fuzz::replay(argv[1]) ? 0 : 1;
}
