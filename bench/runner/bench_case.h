// What can be measured: a case has a name and parameters, by which results are compared, and tags,
// by which it is chosen. What a case is about (an engine, a server, another program) is its own
// affair.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measured_system.h"
#include "results.h"

namespace evener {

// In the order of their names.
using Parameters = std::map<std::string, std::string>;

// {"batch":16,"clients":64}: texts that are numbers are written as numbers.
std::string parameters_json(const Parameters& parameters);

// "batch=16 clients=64"
std::string parameters_text(const std::string& json);

struct Metric {
  std::string name;
  std::string unit;
  bool higher_is_better = false;
  double value = 0;
  // Added to the case's own: for one that measures several things at once.
  Parameters also = {};
  std::string case_name = {};  // "": the case's own
};

struct BenchContext {
  std::string programs;  // the folder of the programs of the build
  std::string sources;   // the folder of the tree
  double seconds = 1;    // that one measurement of a rate takes
  bool is_warm_up = false;
  // Servers that are started once and stand until the run ends.
  std::map<std::string, std::unique_ptr<MeasuredSystem>> systems = {};

  Result<MeasuredSystem*> system(const std::string& name);
};

struct BenchCase {
  std::string name;
  Parameters parameters = {};
  std::vector<std::string> tags;
  std::string about;
  // Measures once. A case that needs no warm-up is not asked for one.
  std::function<Result<std::vector<Metric>>(BenchContext& context)> measure;
  bool needs_warm_up = true;

  // "peer/redis batch=1 clients=64"
  std::string text() const;

  bool is_chosen_by(const std::vector<std::string>& choices) const;
};

// Of files of their own.
void add_peer_cases(std::vector<BenchCase>& cases);
void add_machine_cases(std::vector<BenchCase>& cases);
void add_growth_cases(std::vector<BenchCase>& cases);
void add_smallest_task_case(std::vector<BenchCase>& cases);
Status add_program_cases(std::vector<BenchCase>& cases, const BenchContext& context);

}  // namespace evener
