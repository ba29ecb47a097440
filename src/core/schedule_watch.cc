#include "core/schedule_watch.h"

#include <charconv>

namespace evener {

std::optional<ScheduleCall> schedule_call_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  const auto call = enum_of<Call>(text.substr(0, colon));
  if (!call) return std::nullopt;
  return ScheduleCall{*call, std::string(text.substr(colon + 1))};
}

// The last star takes in one more character whenever what is behind it does not fit.
bool matches_id(std::string_view glob, std::string_view id) {
  std::size_t g = 0;
  std::size_t i = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (i < id.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = i;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == id[i])) {
      ++g;
      ++i;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::string label_of_schedule(const std::string& id) {
  return "schedule:" + id;
}

std::optional<Instance> instance_of(const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  const std::size_t dash = task.id.rfind('-');
  if (dash == std::string::npos) return std::nullopt;
  Instance instance{.schedule = task.id.substr(0, dash)};
  const char* const end = task.id.data() + task.id.size();
  const auto [rest, problem] = std::from_chars(task.id.data() + dash + 1, end, instance.number);
  if (problem != std::errc{} || rest != end || instance.number < 1) return std::nullopt;
  const std::string label = label_of_schedule(instance.schedule);
  if (task.rest.view().find('"' + label + '"') == std::string::npos) return std::nullopt;
  const std::vector<std::string> labels = spec_of(state, index).labels;
  if (std::find(labels.begin(), labels.end(), label) == labels.end()) return std::nullopt;
  return instance;
}

const std::set<TaskIndex>& ScheduleWatch::open_of(const std::string& schedule) const {
  static const std::set<TaskIndex> none;
  const auto found = open_.find(schedule);
  return found == open_.end() ? none : found->second;
}

void ScheduleWatch::look_at(TaskIndex task) {
  const std::optional<Instance> instance = instance_of(state_, task);
  const std::string& id = state_.task(task).id;
  const std::string schedule = instance ? instance->schedule : id.substr(0, id.rfind('-'));
  if (!state_.records.schedules.contains(schedule)) return;
  std::set<TaskIndex>& open = open_[schedule];
  if (instance && !is_closed(state_.task(task).stage)) {
    open.insert(task);
  } else {
    open.erase(task);
  }
  if (open.empty()) open_.erase(schedule);
  settle(schedule);
}

void ScheduleWatch::settle(const std::string& id) {
  called_.erase(id);
  if (const auto time = time_of_.find(id); time != time_of_.end()) {
    timed_.erase({time->second, id});
    time_of_.erase(time);
  }
  const ScheduleRecord& schedule = state_.records.schedules.at(id);
  if (schedule.spec.stopped || !open_of(id).empty()) return;
  if (schedule.wanted) {
    called_.insert(id);
  } else if (schedule.spec.every_ms) {
    timed_.emplace(schedule.next_at(), id);
    time_of_.emplace(id, schedule.next_at());
  }
}

void ScheduleWatch::adopt() {
  if (state_.records.schedules.empty()) return;
  for (const auto& [id, schedule] : state_.records.schedules) settle(id);
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    if (instance_of(state_, TaskIndex{i})) look_at(TaskIndex{i});
  }
}

}  // namespace evener
