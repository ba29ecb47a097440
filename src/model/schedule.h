// Schedules: tasks that come again, after an interval or whenever something happened. Each instance
// is a task like any other, with the id ID-1, ID-2, ... and the label schedule:ID; the next comes
// only when the one before it is over.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/gate.h"
#include "model/task.h"

namespace evener {

struct ScheduleSpec {
  std::string id = {};
  std::optional<Millis> every_ms = {};
  std::vector<std::string> on = {};
  TaskSpec task = {};
  bool stopped = false;

  bool operator==(const ScheduleSpec&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field(
            "id",
            &ScheduleSpec::id,
            "Its id; that of an instance has a number behind it",
            {.required = true, .max_bytes = limits::schedule_id_bytes, .form = TextForm::id}
        ),
        field(
            "every_ms",
            &ScheduleSpec::every_ms,
            "How long after one instance was added the next is",
            {.min = limits::shortest_interval, .max = limits::longest_duration}
        ),
        field(
            "on",
            &ScheduleSpec::on,
            "What calls for one: gate_opened:ID, phase_opened:ID, task_done:GLOB",
            {.max_bytes = limits::line_bytes, .max_items = limits::names_per_task}
        ),
        field("task", &ScheduleSpec::task, "What every instance is like; it has no id"),
        field(
            "stopped", &ScheduleSpec::stopped, "No more instances; with an id alone it stops one"
        ),
    };
  }
};

struct ScheduleTag {
  using Spec = ScheduleSpec;
  static constexpr std::string_view command = "set_schedule";
  static constexpr std::string_view fact = "schedule_set";
  static constexpr std::string_view member = "schedule";
  static constexpr std::string_view doc = "The schedule as it stands from now on";
};

using SetSchedule = SpecCommand<ScheduleTag>;
using ScheduleSet = SpecFact<ScheduleTag>;

}  // namespace evener
