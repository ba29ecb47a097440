// Which schedules call for an instance, now or later: those that run, and whose instances are all
// over.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/state.h"

namespace evener {

// What calls for an instance, apart from time.
enum class Call { gate_opened, phase_opened, task_done };

template <>
struct EnumNames<Call> {
  static constexpr std::array<std::string_view, 3> names{
      "gate_opened", "phase_opened", "task_done"
  };
};

struct ScheduleCall {
  Call call = Call::gate_opened;
  std::string
      what;  // an id; of task_done a glob of ids, in which * is any text and ? any character
};

// "gate_opened:ID", "phase_opened:ID", "task_done:GLOB"; anything else is none.
std::optional<ScheduleCall> schedule_call_of(std::string_view text);

bool matches_id(std::string_view glob, std::string_view id);

// "schedule:ID", which every instance has.
std::string label_of_schedule(const std::string& id);

// Whose instance a task is, and which: by its id and its label.
struct Instance {
  std::string schedule;
  std::int64_t number = 0;
};

std::optional<Instance> instance_of(const State& state, TaskIndex task);

// Invariant: called() and timed() hold the schedules that are not stopped and have no open
// instance: those that a fact has called, and the others with their time.
class ScheduleWatch {
 public:
  explicit ScheduleWatch(const State& state) : state_(state) {}

  // An instance was added, ended, opened again or described anew.
  void look_at(TaskIndex task);

  // A schedule was described, called or served.
  void settle(const std::string& schedule);

  // Of a state that was read from a snapshot.
  void adopt();

  const std::set<std::string>& called() const { return called_; }

  const std::set<std::pair<Instant, std::string>>& timed() const { return timed_; }

  // Its instances that are not over.
  const std::set<TaskIndex>& open_of(const std::string& schedule) const;

  bool operator==(const ScheduleWatch& other) const {
    return open_ == other.open_ && called_ == other.called_ && timed_ == other.timed_;
  }

 private:
  const State& state_;
  std::map<std::string, std::set<TaskIndex>> open_;
  std::set<std::string> called_;
  std::set<std::pair<Instant, std::string>> timed_;
  std::map<std::string, Instant> time_of_;  // as it stands in timed_
};

}  // namespace evener
