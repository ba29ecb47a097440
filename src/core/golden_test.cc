// Runs the scripts under tests/golden/core: commands in a short form, driven through decide() and
// apply(), then what was said and how the pool stands. UPDATE_GOLDEN=1 rewrites what was expected;
// the diff is the review.
//
//   # Two subtasks stand before their parent.
//   add p + a parent=p + b parent=p ; claim by w1
//   ----
//   w1 <- a fence=1 attempt=1
//   ...
//
// A blank line ends a case; each starts with an empty pool. `+` separates the tasks of one `add`;
// a fence that is not given is the task's newest; `<x*600>` stands for 600 times x.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/scripted_pool.h"

namespace evener {
namespace {

std::filesystem::path golden_folder() {
  return EVENER_SOURCE "/tests/golden/core";
}

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public testing::TestWithParam<std::string> {};

// What a case says, with its own pool: its commands again, then the answers and the state.
std::string played(const std::vector<std::string>& commands) {
  ScriptedPool pool;
  std::string out;
  std::string said;
  for (const std::string& line : commands) {
    out += line + "\n";
    if (line.starts_with('#')) continue;
    for (const std::string& command : split(line, ';')) said += pool.run(command);
  }
  pool.check();
  return out + "----\n" + said + pool.state();
}

TEST_P(Golden, SaysWhatIsWritten) {
  const std::filesystem::path path = golden_folder() / (GetParam() + ".txt");
  std::string expected;
  std::string actual;
  std::vector<std::string> commands;
  bool in_answer = false;
  const auto end_case = [&] {
    if (commands.empty()) return;
    actual += (actual.empty() ? "" : "\n") + played(commands);
    commands.clear();
    in_answer = false;
  };
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    expected += line + "\n";
    if (line.empty()) {
      end_case();
    } else if (line == "----") {
      in_answer = true;
    } else if (!in_answer) {
      commands.push_back(line);
    }
  }
  end_case();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << actual;
  } else {
    EXPECT_EQ(actual, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Scripts,
    Golden,
    testing::ValuesIn(golden_files()),
    [](const auto& script) { return script.param; }
);

}  // namespace
}  // namespace evener
