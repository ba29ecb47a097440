// Instances on which schedulers are compared, as the literature publishes them: read as plans, so
// that the pool's order can be held against what is known of them. Their unit of time has no name;
// here it is a second. Nobody grows old in them: the age limit would bring another order in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/plan.h"

namespace evener {

inline constexpr Millis instance_unit_ms = 1000;
inline constexpr std::int64_t tasks_per_instance = 100'000;
inline constexpr std::int64_t workers_per_instance = 1000;
inline constexpr std::int64_t longest_in_instance = 1'000'000'000;  // units

enum class InstanceFormat { stg, wf, ninja, imopse, fjsp, psplib };

template <>
struct EnumNames<InstanceFormat> {
  static constexpr std::array<std::string_view, 6> names{
      "stg", "wf", "ninja", "imopse", "fjsp", "psplib"
  };
};

struct ScheduleInstance {
  std::string name = {};    // the file's own, if it says one
  std::string family = {};  // the application that a workflow belongs to
  Plan plan = {};           // without workers where any number is meant
  // By task, then by the plan's worker: how long it takes there, where that differs by worker. 0
  // where the worker may not do it. Empty: everybody takes as long as the estimate says.
  std::vector<std::vector<Millis>> durations = {};
};

// Reads an instance. `file` names it in errors and is not opened; of files that hold one instance a
// line (wf, ninja), `line` says which, from 1. Fails with `bad_value` or `bad_json`, `where` being
// "graph.stg:12".
Result<ScheduleInstance> read_schedule_instance(
    std::string_view text, const std::string& file, InstanceFormat format, std::int64_t line = 1
);

// Standard Task Graphs (Tobita, Kasahara, "A standard task graph set for fair evaluation of
// multiprocessor scheduling algorithms", 2002). stg.cc
Result<ScheduleInstance> read_stg(std::string_view text, const std::string& file);

// One JSON object a line: {"name":..., "family":..., "classes":[...], "tasks":[[duration_ms, class,
// [predecessors], "title"?], ...]}. workflow_lines.cc
Result<ScheduleInstance> read_workflow_line(
    std::string_view text, const std::string& file, std::int64_t line
);

// Multi-skill projects (Myszkowski, Skowronski, Sikora, "A new benchmark dataset for multi-skill
// resource-constrained project scheduling problem", 2015). A skill at level 2 is the capabilities
// Q1.0, Q1.1 and Q1.2. imopse.cc
Result<ScheduleInstance> read_imopse(std::string_view text, const std::string& file);

// Flexible job shops: jobs are chains of operations, each of which some machines may do.
// flexible_job_shop.cc
Result<ScheduleInstance> read_flexible_job_shop(std::string_view text, const std::string& file);

// Projects with limited resources and one mode (Kolisch, Sprecher, "PSPLIB - a project scheduling
// problem library", 1997). Resources become locks with a capacity; there is a worker for each job,
// so that nothing else is scarce. psplib.cc
Result<ScheduleInstance> read_psplib(std::string_view text, const std::string& file);

}  // namespace evener
