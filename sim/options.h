// The simulator's command line. Exit codes: 0 all statements held, 1 one broke, 2 wrong usage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace evener::sim {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::int64_t seconds = 0;  // instead of a number of seeds
  std::size_t steps = 300;
  std::string scenario = "mixed";
  std::vector<std::size_t> only = {};  // steps; all without it
  bool lists = false;
  bool shrinks = false;
  bool json = false;
  bool traces = false;
  bool crash_points = false;
  bool helps = false;
};

// Fails with `usage`.
Result<Options> read_options(const std::vector<std::string>& words);

// "3,17,40-52", and back.
Result<std::vector<std::size_t>> read_step_numbers(const std::string& text);
std::string text_of_step_numbers(const std::vector<std::size_t>& numbers);

int main_of_simulator(int argc, char** argv);

}  // namespace evener::sim
