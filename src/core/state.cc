#include "core/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "model/capability.h"

namespace evener {
namespace {

// Equality that is compiled in place: ids are short, and are compared several times a command.
bool are_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

TaskIndex State::find_task(std::string_view id) const {
  if (found_last_ != no_task && are_same(task(found_last_).id, id)) return found_last_;
  const std::size_t hash = std::hash<std::string_view>{}(id);
  TaskIndex& lately = found_lately_[hash % found_lately_.size()];
  if (lately.value >= tasks.size() || !are_same(task(lately).id, id)) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return no_task;
    lately = *found;
  }
  found_last_ = lately;
  return lately;
}

void State::expect_look_up(TaskIndex index) const {
  const Task& expected = task(index);
  found_last_ = index;
  found_lately_[std::hash<std::string_view>{}(expected.id) % found_lately_.size()] = index;
  const std::string_view rest = expected.rest.view();
  constexpr std::size_t line = 64;
  for (std::size_t at = 0; at < rest.size(); at += line) __builtin_prefetch(rest.data() + at);
}

WorkerIndex State::find_worker(std::string_view name) const {
  if (found_worker_ != no_worker && are_same(worker(found_worker_).spec.name, name))
    return found_worker_;
  const auto found = worker_by_name_.find(name);
  if (found == worker_by_name_.end()) return no_worker;
  found_worker_ = found->second;
  return found->second;
}

AssigneeIndex State::find_assignee(const std::string& name) const {
  const auto found = assignee_by_text_.find(name);
  return found == assignee_by_text_.end() ? anyone : found->second;
}

GateIndex State::find_gate(std::string_view id) const {
  const auto found = gate_by_id_.find(id);
  return found == gate_by_id_.end() ? no_gate : found->second;
}

GateIndex State::intern_gate(const std::string& id) {
  const auto [found, is_new] =
      gate_by_id_.try_emplace(id, GateIndex{static_cast<std::uint32_t>(gates.size())});
  if (is_new) gates.emplace_back().id = id;
  return found->second;
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
  if (is_new) {
    sets_.push_back(found->first);
    names_model_.push_back(Durations::names_model(found->first));
  }
  return found->second;
}

void State::describe(WorkerIndex index, const WorkerSpec& spec) {
  Worker& described = worker(index);
  described.spec = spec;
  described.capabilities = capabilities_offered(spec);
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

CapabilitySet State::capabilities_offered(const WorkerSpec& spec) {
  std::vector<std::string> offered = spec.capabilities;
  if (const auto machine = machines.find(spec.machine); machine != machines.end()) {
    const std::vector<std::string> lent = capabilities_of(machine->second);
    offered.insert(offered.end(), lent.begin(), lent.end());
  }
  return intern_capabilities(std::move(offered));
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

unsigned State::find_lacking(CapabilitySet offered, CapabilitySet wanted) const {
  if (lacking_.size() <= offered.value) lacking_.resize(sets_.size());
  std::vector<std::int8_t>& known = lacking_[offered.value];
  if (known.size() <= wanted.value) known.resize(sets_.size(), -1);
  std::int8_t& answer = known[wanted.value];
  if (answer < 0) {
    const auto& want = sets_[wanted.value];
    const auto lacking =
        std::count_if(want.begin(), want.end(), [&](const std::string& capability) {
          return !has_capability(sets_[offered.value], capability);
        });
    answer = static_cast<std::int8_t>(std::min<std::ptrdiff_t>(lacking, INT8_MAX));
  }
  return static_cast<unsigned>(answer);
}

namespace {

TaskSpec rest_of(const Task& task) {
  TaskSpec spec;
  const Result<Json> rest = parse_json(fmt::format("{{{}}}", task.rest.view()));
  CHECK(rest.ok(), "a stored task is not JSON");
  const Status read = read_object(*rest, spec, Path{});
  CHECK(read.ok(), "a stored task cannot be read");
  return spec;
}

std::vector<std::string> without_secrets(
    std::vector<std::string> capabilities, const std::vector<std::string>& secrets
) {
  for (const std::string& secret : secrets) {
    std::erase(capabilities, secret_capability(secret));
  }
  return capabilities;
}

bool ask_for_secrets(const std::vector<std::string>& capabilities) {
  static const std::string prefix = secret_capability("");
  const auto first = std::lower_bound(capabilities.begin(), capabilities.end(), prefix);
  return first != capabilities.end() && first->starts_with(prefix);
}

}  // namespace

TaskSpec spec_of(const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  TaskSpec spec = rest_of(task);
  spec.id = task.id;
  if (task.parent != no_task) spec.parent = state.task(task.parent).id;
  spec.priority = task.priority;
  for (const NeedEdge& need : task.needs) {
    spec.needs.push_back({state.task(need.task).id, need.until});
  }
  spec.assignee = state.assignee(task.assignee);
  if (task.assignee_delay >= 0) spec.assignee_delay_ms = task.assignee_delay;
  spec.capabilities = without_secrets(state.capabilities(task.capabilities), spec.secrets);
  spec.paths = state.lock_sets.wishes(task.locks).paths;
  spec.locks = state.lock_sets.wishes(task.locks).locks;
  if (task.estimate >= 0) spec.estimate_ms = task.estimate;
  return spec;
}

Work work_of(const State& state, TaskIndex index, WorkerIndex worker) {
  const Task& task = state.task(index);
  Work work{
      .kind = task.kind == no_kind ? other_kind : task.kind,
      .worker = worker,
      .estimate = task.estimate
  };
  if (worker != no_worker) work.model = state.model_of(state.worker(worker).capabilities);
  return work;
}

Millis planned_duration(const State& state, const Task& task) {
  if (!task.children.empty()) return std::max<Millis>(task.estimate, 0);
  const Millis plain = task.estimate >= 0 ? task.estimate : state.settings.default_estimate_ms;
  if (!state.settings.learn || task.kind == no_kind) return plain;
  return state.durations.planned(task.kind, task.estimate, plain);
}

void append_spec(std::string& out, const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  const std::size_t start = out.size();
  append_member(out, R"(,"id":)", task.id);
  if (task.parent != no_task) append_member(out, R"(,"parent":)", state.task(task.parent).id);
  if (task.priority != Priority::normal) append_member(out, R"(,"priority":)", task.priority);
  if (!task.needs.empty()) {
    std::string_view separator = R"(,"needs":[)";
    for (const NeedEdge& need : task.needs) {
      out += separator;
      Need{state.task(need.task).id, need.until}.append_to(out);
      separator = ",";
    }
    out += ']';
  }
  if (task.assignee != anyone) {
    append_member(out, R"(,"assignee":)", state.assignee(task.assignee));
  }
  if (task.assignee_delay >= 0) append_member(out, R"(,"assignee_delay_ms":)", task.assignee_delay);
  const std::vector<std::string>& wanted = state.capabilities(task.capabilities);
  if (ask_for_secrets(wanted)) {
    const auto named = without_secrets(wanted, rest_of(task).secrets);
    if (!named.empty()) append_member(out, R"(,"requires":)", named);
  } else if (!wanted.empty()) {
    append_member(out, R"(,"requires":)", wanted);
  }
  if (task.locks != no_locks) {
    const LockWishes& wishes = state.lock_sets.wishes(task.locks);
    if (!wishes.paths.empty()) append_member(out, R"(,"paths":)", wishes.paths);
    if (!wishes.locks.empty()) append_member(out, R"(,"locks":)", wishes.locks);
  }
  if (task.estimate >= 0) append_member(out, R"(,"estimate_ms":)", task.estimate);
  out[start] = '{';  // in place of the first comma
  if (!task.rest.view().empty()) {
    out += ',';
    out += task.rest.view();
  }
  out += '}';
}

}  // namespace evener
