#include "core/state.h"

#include <algorithm>

namespace evener {

TaskIndex State::find_task(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? no_task : *found;
}

WorkerIndex State::find_worker(std::string_view name) const {
  const auto found = worker_by_name_.find(name);
  return found == worker_by_name_.end() ? no_worker : found->second;
}

AssigneeIndex State::find_assignee(const std::string& name) const {
  const auto found = assignee_by_text_.find(name);
  return found == assignee_by_text_.end() ? anyone : found->second;
}

const Attempt* State::find_attempt(TaskIndex index) const {
  const auto found = attempts.find(index);
  return found == attempts.end() ? nullptr : &found->second;
}

const TaskExtras* State::find_extras(TaskIndex index) const {
  const auto found = extras.find(index);
  return found == extras.end() ? nullptr : &found->second;
}

TaskIndex State::add_task(std::string id) {
  const TaskIndex index{static_cast<std::uint32_t>(tasks.size())};
  tasks.emplace_back().id = std::move(id);
  const bool is_new = by_id_.insert(index).second;
  CHECK(is_new, "a task id was added twice");
  return index;
}

WorkerIndex State::add_worker(std::string name) {
  const WorkerIndex index{static_cast<std::uint32_t>(workers.size())};
  const bool is_new = worker_by_name_.emplace(name, index).second;
  CHECK(is_new, "a worker was added twice");
  workers.emplace_back().spec.name = std::move(name);
  return index;
}

CapabilitySet State::intern_capabilities(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto [found, is_new] = set_by_names_.try_emplace(
      std::move(names), CapabilitySet{static_cast<std::uint32_t>(sets_.size())}
  );
  if (is_new) sets_.push_back(found->first);
  return found->second;
}

void State::describe(WorkerIndex index, const WorkerSpec& spec) {
  Worker& described = worker(index);
  described.spec = spec;
  described.capabilities = intern_capabilities(spec.capabilities);
  const auto answers = [&](const char* kind, const std::string& name) {
    return name.empty() ? anyone : intern_assignee(kind + name);
  };
  described.answers_to = {
      answers("", spec.name),
      answers("role:", spec.role),
      answers("machine:", spec.machine),
      answers("team:", spec.team)
  };
}

AssigneeIndex State::intern_assignee(std::string text) {
  constexpr std::string_view by_default = "worker:";
  while (text.starts_with(by_default)) text.erase(0, by_default.size());
  const auto [found, is_new] = assignee_by_text_.try_emplace(
      text, AssigneeIndex{static_cast<std::uint32_t>(assignees_.size())}
  );
  if (is_new) assignees_.push_back(text);
  return found->second;
}

bool State::covers(CapabilitySet offered, CapabilitySet wanted) const {
  if (covers_.size() <= offered.value) covers_.resize(sets_.size());
  std::vector<std::int8_t>& known = covers_[offered.value];
  if (known.size() <= wanted.value) known.resize(sets_.size(), -1);
  std::int8_t& answer = known[wanted.value];
  if (answer < 0) {
    const auto& have = sets_[offered.value];
    const auto& want = sets_[wanted.value];
    answer = std::includes(have.begin(), have.end(), want.begin(), want.end()) ? 1 : 0;
  }
  return answer == 1;
}

namespace {

// The fields that Task keeps unpacked, as a TaskSpec with all others at their defaults.
TaskSpec hot_fields(const State& state, const Task& task) {
  TaskSpec spec;
  spec.id = task.id;
  if (task.parent != no_task) spec.parent = state.task(task.parent).id;
  spec.priority = task.priority;
  for (const NeedEdge& need : task.needs) {
    spec.needs.push_back({state.task(need.task).id, need.until});
  }
  spec.assignee = state.assignee(task.assignee);
  if (task.assignee_delay >= 0) spec.assignee_delay_ms = task.assignee_delay;
  spec.capabilities = state.capabilities(task.capabilities);
  if (task.estimate >= 0) spec.estimate_ms = task.estimate;
  return spec;
}

}  // namespace

TaskSpec spec_of(const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  TaskSpec spec;
  const Result<Json> rest = parse_json("{" + task.rest + "}");
  CHECK(rest.ok(), "a stored task is not JSON");
  const Status read = read_object(*rest, spec, Path{});
  CHECK(read.ok(), "a stored task cannot be read");
  TaskSpec hot = hot_fields(state, task);
  spec.id = std::move(hot.id);
  spec.parent = std::move(hot.parent);
  spec.priority = hot.priority;
  spec.needs = std::move(hot.needs);
  spec.assignee = std::move(hot.assignee);
  spec.assignee_delay_ms = hot.assignee_delay_ms;
  spec.capabilities = std::move(hot.capabilities);
  spec.estimate_ms = hot.estimate_ms;
  return spec;
}

void append_spec(std::string& out, const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  append_object(out, hot_fields(state, task));
  if (task.rest.empty()) return;
  out.back() = ',';  // the closing brace
  out += task.rest;
  out += '}';
}

}  // namespace evener
