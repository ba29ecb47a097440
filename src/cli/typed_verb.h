// For the tests of verbs: the command line as it is typed, on a pool of its own.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/cli.h"
#include "engine/test_pool_folder.h"

namespace evener {

class TypedVerbTest : public testing::Test {
 protected:
  // What was printed is in `out_` and `err_`.
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "evener");
    words.insert(words.end(), {"--pool", folder_.path("")});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  TestPoolFolder folder_;
  std::string out_;
  std::string err_;
};

}  // namespace evener
