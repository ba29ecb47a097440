// Cases that other programs measure: those of Google Benchmark (evener_micro), read from its JSON,
// and scripts of bench/, which write rows into the file that EVENER_BENCH_ROWS names.
#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "bench_case.h"

namespace evener {
namespace {

// "engine/claim_and_finish/tasks/group/1000/64": words, and then what `tasks` and `group` are.
struct MicroName {
  std::string name;
  Parameters parameters;
};

bool is_number_or_mode(const std::string& part) {
  return part == "real_time" || part.starts_with("iterations:") ||
         part.find_first_not_of("0123456789") == std::string::npos;
}

MicroName split_micro_name(const std::string& full) {
  std::istringstream parts(full);
  std::vector<std::string> words;
  std::vector<std::string> numbers;
  for (std::string part; std::getline(parts, part, '/');) {
    if (!is_number_or_mode(part)) {
      words.push_back(part);
    } else if (part.find_first_not_of("0123456789") == std::string::npos) {
      numbers.push_back(part);
    }
  }
  MicroName split;
  const bool are_named = numbers.size() + 2 <= words.size();
  const std::size_t named = are_named ? words.size() - numbers.size() : words.size();
  split.name =
      fmt::format("{}", fmt::join(words.begin(), words.begin() + std::ptrdiff_t(named), "/"));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    split.parameters[are_named ? words[named + i] : fmt::format("argument_{}", i + 1)] = numbers[i];
  }
  return split;
}

double number_member(const JsonObject& object, std::string_view name) {
  const Json* member = object.if_contains(name);
  return member == nullptr || !member->is_number() ? 0 : member->to_number<double>();
}

// Escapes what a regular expression reads otherwise.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Result<std::vector<Metric>> measure_micro(const BenchContext& context, const std::string& full) {
  const ScratchPlace scratch;
  const std::string file = scratch.path() + "/rows.json";
  TRY(run_program(
      {.argv =
           {context.programs + "/evener_micro",
            fmt::format("--benchmark_filter=^{}$", literal(full)),
            fmt::format("--benchmark_min_time={}", context.seconds),
            "--benchmark_out=" + file,
            "--benchmark_out_format=json"}}
  ));
  const std::string text = TRY(read_file(file));
  const Json json = TRY(parse_json(text, file));
  std::vector<Metric> metrics;
  for (const Json& item : json.as_object().at("benchmarks").as_array()) {
    const JsonObject& row = item.as_object();
    const std::string unit(row.at("time_unit").as_string());
    metrics.push_back({"time", unit, false, number_member(row, "real_time")});
    metrics.push_back({"cpu", unit, false, number_member(row, "cpu_time")});
    if (row.contains("items_per_second")) {
      metrics.push_back({"items", "1/s", true, number_member(row, "items_per_second")});
    }
    for (const char* counter : {"bytes_a_task", "snapshot_bytes_a_task"}) {
      if (row.contains(counter)) {
        metrics.push_back({counter, "bytes", false, number_member(row, counter)});
      }
    }
  }
  return metrics;
}

BenchCase micro_case(const std::string& full) {
  MicroName split = split_micro_name(full);
  return {
      .name = split.name,
      .parameters = std::move(split.parameters),
      .tags = {"micro", split.name.substr(0, split.name.find('/'))},
      .about = "by Google Benchmark",
      .measure = [full](BenchContext& context) { return measure_micro(context, full); },
      .needs_warm_up = false
  };
}

struct ScriptCase {
  std::string_view name;
  std::string_view script;
  std::vector<std::string> arguments;
  std::vector<std::string> tags;
  std::string_view about;
};

const std::vector<ScriptCase>& script_cases() {
  static const std::vector<ScriptCase> all{
      {"cli_calls",
       "cli-calls",
       {"10000", "31"},
       {"end-to-end"},
       "calls of the command line on a pool without a server, 10,000 tasks"},
      {"http_rate",
       "http-rate",
       {"50000", "2"},
       {"end-to-end"},
       "requests that a server answers, asked by wrk"},
      {"smallest_task",
       "smallest-task",
       {},
       {"smallest"},
       "how long tasks must be for four workers of Evener, parallel, make and xargs to be busy"},
      {"field_tools",
       "field-tools",
       {},
       {"field"},
       "a claim from a shell, and tasks claimed twice: Evener, flock, Backlog.md, Task Master"},
  };
  return all;
}

// A line a row: case, parameters (JSON), metric, unit, `higher` or `lower`, value; tabs between.
Result<std::vector<Metric>> read_rows(const std::string& path) {
  std::istringstream lines(TRY(read_file(path)));
  std::vector<Metric> metrics;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::vector<std::string> row;
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
    if (row.size() != 6) return Error{"bad_row", "six fields with tabs between are expected", line};
    Metric& metric = metrics.emplace_back();
    metric.case_name = row[0];
    const Json parameters = TRY(parse_json(row[1], path));
    if (!parameters.is_object()) return Error{"bad_row", "parameters are a JSON object", line};
    for (const auto& [name, value] : parameters.get_object()) {
      metric.also[std::string(name)] =
          value.is_string() ? std::string(value.get_string()) : to_text(value);
    }
    metric.name = row[2];
    metric.unit = row[3];
    metric.higher_is_better = row[4] == "higher";
    metric.value = std::strtod(row[5].c_str(), nullptr);
  }
  return metrics;
}

Result<std::vector<Metric>> measure_by_script(
    const BenchContext& context, const ScriptCase& script
) {
  const ScratchPlace scratch;
  const std::string rows = scratch.path() + "/rows";
  std::vector<std::string> argv{fmt::format("{}/bench/{}", context.sources, script.script)};
  argv.insert(argv.end(), script.arguments.begin(), script.arguments.end());
  TRY(run_program(
      {.argv = std::move(argv),
       .environment = {{"EVENER", context.programs + "/evener"}, {"EVENER_BENCH_ROWS", rows}},
       .folder = context.sources}
  ));
  return read_rows(rows);
}

}  // namespace

Status add_program_cases(std::vector<BenchCase>& cases, const BenchContext& context) {
  const std::string micro = context.programs + "/evener_micro";
  // Who measures servers alone need not have built it.
  if (std::filesystem::exists(micro)) {
    std::istringstream names(TRY(run_program({.argv = {micro, "--benchmark_list_tests"}})));
    for (std::string full; std::getline(names, full);) {
      if (!full.empty()) cases.push_back(micro_case(full));
    }
  }
  for (const ScriptCase& script : script_cases()) {
    BenchCase& one = cases.emplace_back();
    one.name = script.name;
    one.tags = script.tags;
    one.about = script.about;
    one.measure = [&script](BenchContext& at) { return measure_by_script(at, script); };
    one.needs_warm_up = false;
  }
  return Done{};
}

}  // namespace evener
