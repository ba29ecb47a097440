#include "cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/seeded.h"
#include "formats/schedule_instance.h"

namespace evener {
namespace {

template <typename T>
T must(Result<T> result) {
  if (result.ok()) return std::move(*result);
  fmt::print(stderr, "schedules: {}\n", result.error().text());
  std::exit(2);
}

std::vector<std::string> split_at(const std::string& line, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else if (c != '\r' && c != ' ') {
      parts.back() += c;
    }
  }
  return parts;
}

// The rows of a file of comma-separated values, without its heading.
std::vector<std::vector<std::string>> rows_of(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : split_at(must(read_file(path)), '\n')) {
    if (!line.empty()) rows.push_back(split_at(line, ','));
  }
  rows.erase(rows.begin());
  return rows;
}

SimulatedPlan plan_of(ScheduleInstance instance, std::int64_t workers) {
  SimulatedPlan plan;
  plan.settings = instance.plan.settings.value_or(PoolSettings{});
  plan.workers = std::move(instance.plan.workers);
  for (std::int64_t i = 1; i <= workers; ++i)
    plan.workers.push_back({.name = fmt::format("w{}", i)});
  plan.tasks = std::move(instance.plan.tasks);
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    TrueDuration& duration = plan.durations.emplace_back();
    duration.any = plan.tasks[i].estimate_ms.value_or(0);
    if (!instance.durations.empty()) duration.by_worker = std::move(instance.durations[i]);
  }
  return plan;
}

ScheduleInstance read_one(const std::string& path, InstanceFormat format) {
  return must(read_schedule_instance(must(read_file(path)), path, format));
}

Millis in_units(const std::string& text) {
  return std::atoll(text.c_str()) * instance_unit_ms;
}

using Rows = std::vector<std::vector<std::string>>;

// Rows of "graph,m,lower,best".
ScheduleFamily read_graphs(const std::string& name, const std::string& folder, const Rows& rows) {
  ScheduleFamily family{name, {}};
  for (const auto& row : rows) {
    ScheduleInstance graph = read_one(folder + "/" + row[0] + ".stg", InstanceFormat::stg);
    family.cases.push_back(
        {.name = row[0] + "/" + row[1],
         .plan = plan_of(std::move(graph), std::atoll(row[1].c_str())),
         .best = in_units(row[3])}
    );
  }
  return family;
}

// Of best.csv, the rows of one set, without its name.
Rows rows_of_set(const Rows& all, const std::string& set) {
  Rows rows;
  for (const auto& row : all) {
    if (row[0] != set) continue;
    rows.push_back({row[1], row[2], row[3], row[4]});
  }
  return rows;
}

// What each class took on average in the other workflows of the same application.
std::vector<Millis> history_of(
    const ScheduleInstance& workflow, const std::vector<ScheduleInstance>& all
) {
  std::map<std::string, std::pair<Millis, Millis>> by_class;  // sum, count
  for (const ScheduleInstance& other : all) {
    if (other.family != workflow.family || other.name == workflow.name) continue;
    for (const TaskSpec& task : other.plan.tasks) {
      by_class[task.kind].first += task.estimate_ms.value_or(0);
      ++by_class[task.kind].second;
    }
  }
  std::vector<Millis> history;
  for (const TaskSpec& task : workflow.plan.tasks) {
    const auto found = by_class.find(task.kind);
    history.push_back(found == by_class.end() ? -1 : found->second.first / found->second.second);
  }
  return history;
}

ScheduleFamily read_workflows(
    const std::string& name, const std::string& path, InstanceFormat format, const Rows& rows
) {
  const std::string text = must(read_file(path));
  std::vector<ScheduleInstance> workflows;
  std::map<std::string, std::size_t> by_name;
  const auto count = static_cast<std::int64_t>(split_at(text, '\n').size()) - 1;
  for (std::int64_t line = 1; line <= std::max<std::int64_t>(count, 1); ++line) {
    ScheduleInstance workflow = must(read_schedule_instance(text, path, format, line));
    by_name[workflow.name] = workflows.size();
    workflows.push_back(std::move(workflow));
  }
  ScheduleFamily family{name, {}};
  for (const auto& row : rows) {
    const auto found = by_name.find(row[0]);
    const ScheduleInstance& workflow = workflows[found == by_name.end() ? 0 : found->second];
    family.cases.push_back(
        {.name = row[0] + "/" + row[1],
         .plan = plan_of(workflow, std::atoll(row[1].c_str())),
         .best = std::atoll(row[3].c_str()),
         .history = history_of(workflow, workflows)}
    );
  }
  return family;
}

// Rows of "problem,optimum" or "problem,lower..best".
void append_optima(ScheduleFamily& family, const std::string& folder, InstanceFormat format) {
  for (const auto& row : rows_of(folder + "/optimum/optimum.csv")) {
    const std::size_t dots = row[1].find("..");
    const std::string best = dots == std::string::npos ? row[1] : row[1].substr(dots + 2);
    family.cases.push_back(
        {.name = row[0],
         .plan = plan_of(read_one(folder + "/" + row[0], format), 0),
         .best = in_units(best)}
    );
  }
}

ScheduleFamily read_projects(const std::string& folder) {
  ScheduleFamily family{"iMOPSE", {}};
  for (const auto& row : rows_of(folder + "/best.csv")) {
    for (const char* part : {"/d36/", "/Small/"}) {
      const std::string path = folder + part + row[0] + ".def";
      if (!std::filesystem::exists(path)) continue;
      family.cases.push_back(
          {.name = row[0],
           .plan = plan_of(read_one(path, InstanceFormat::imopse), 0),
           .best = in_units(row[4])}
      );
    }
  }
  return family;
}

// Branch and bound over the assignments of tasks, longest first, to workers that are alike.
Millis shortest_of(
    const std::vector<Millis>& longest_first,
    std::vector<Millis>& loads,
    std::size_t at,
    Millis best
) {
  if (at == longest_first.size())
    return std::min(best, *std::max_element(loads.begin(), loads.end()));
  for (std::size_t w = 0; w < loads.size(); ++w) {
    const bool is_repeated =
        std::find(loads.begin(), loads.begin() + static_cast<std::ptrdiff_t>(w), loads[w]) !=
        loads.begin() + static_cast<std::ptrdiff_t>(w);
    if (is_repeated || loads[w] + longest_first[at] >= best) continue;
    loads[w] += longest_first[at];
    best = shortest_of(longest_first, loads, at + 1, best);
    loads[w] -= longest_first[at];
  }
  return best;
}

}  // namespace

std::vector<ScheduleFamily> read_families(const std::string& folder) {
  const Rows best = rows_of(folder + "/best.csv");
  std::vector<ScheduleFamily> families;
  Rows small;
  Rows medium;
  for (const auto& row : rows_of(folder + "/stg/optima.csv")) {
    (row[0].starts_with("50/") ? small : medium).push_back(row);
  }
  families.push_back(read_graphs("STG 50", folder + "/stg", small));
  families.push_back(read_graphs("STG 100", folder + "/stg", medium));
  families.push_back(read_graphs("STG 300", folder + "/stg", rows_of_set(best, "stg300")));
  families.push_back(read_graphs("STG applications", folder + "/stg", rows_of_set(best, "stgapp")));
  families.push_back(read_workflows(
      "WfInstances", folder + "/wf/wfinstances.jsonl", InstanceFormat::wf, rows_of_set(best, "wf")
  ));
  families.push_back(read_workflows(
      "ninja", folder + "/ninja/webrtc.json", InstanceFormat::ninja, rows_of_set(best, "ninja")
  ));
  families.push_back(read_projects(folder + "/imopse"));
  ScheduleFamily& hurink = families.emplace_back(ScheduleFamily{"Hurink", {}});
  append_optima(hurink, folder + "/fjsp/hurink/edata", InstanceFormat::fjsp);
  append_optima(hurink, folder + "/fjsp/hurink/vdata", InstanceFormat::fjsp);
  ScheduleFamily& shops = families.emplace_back(ScheduleFamily{"other job shops", {}});
  for (const char* set : {"barnes", "brandimarte", "dauzere"}) {
    append_optima(shops, folder + "/fjsp/" + set, InstanceFormat::fjsp);
  }
  ScheduleFamily& projects = families.emplace_back(ScheduleFamily{"PSPLIB j30", {}});
  append_optima(projects, folder + "/psplib/j30.sm", InstanceFormat::psplib);
  return families;
}

ScheduleFamily independent_tasks() {
  constexpr int cases = 200;
  constexpr int tasks = 10;
  constexpr std::size_t workers = 4;
  constexpr Millis shortest = 120'000;
  constexpr Millis longest = 300'000;
  ScheduleFamily family{"ten independent", {}};
  for (std::uint64_t seed = 1; seed <= cases; ++seed) {
    SeededNumbers numbers(seed);
    ScheduleInstance instance;
    std::vector<Millis> durations;
    for (int i = 0; i < tasks; ++i) {
      const auto takes = shortest + static_cast<Millis>(numbers.below(longest - shortest + 1));
      durations.push_back(takes);
      TaskSpec task{.id = fmt::format("t{}", i)};
      task.estimate_ms = takes;
      instance.plan.tasks.push_back(std::move(task));
    }
    std::sort(durations.rbegin(), durations.rend());
    std::vector<Millis> loads(workers);
    family.cases.push_back(
        {.name = fmt::format("seed {}", seed),
         .plan = plan_of(std::move(instance), workers),
         .best = shortest_of(durations, loads, 0, longest * tasks)}
    );
  }
  return family;
}

}  // namespace evener
