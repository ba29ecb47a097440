#include "views/survey.h"

#include <algorithm>
#include <map>

#include "views/slack.h"

namespace evener {
namespace {

// Keeps the `most` tasks with the smallest keys of all that are shown to it, and counts all.
class Smallest {
 public:
  explicit Smallest(std::size_t most) : most_(most) {}

  void add(std::int64_t key, TaskIndex task) {
    ++total_;
    kept_.emplace_back(key, task);
    if (kept_.size() >= 4 * most_ + 64) shrink();
  }

  TaskList take() {
    shrink();
    std::sort(kept_.begin(), kept_.end());
    TaskList out{.total = total_};
    for (const auto& [key, task] : kept_) out.tasks.push_back(task);
    return out;
  }

 private:
  void shrink() {
    if (kept_.size() <= most_) return;
    const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(most_);
    std::nth_element(kept_.begin(), end, kept_.end());
    kept_.erase(end, kept_.end());
  }

  std::size_t most_;
  std::int64_t total_ = 0;
  std::vector<std::pair<std::int64_t, TaskIndex>> kept_;
};

constexpr std::uint32_t no_agent = UINT32_MAX;

class Surveyor {
 public:
  Surveyor(const Pool& pool, const SurveyLimits& limits)
      : pool_(pool), state_(pool.state()), limits_(limits) {
    find_agents();
  }

  Survey survey() {
    for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) look_at(TaskIndex{i});
    out_.running = running_.take();
    out_.high = high_.take();
    out_.next = next_.take();
    out_.unassigned = unassigned_.take();
    out_.held = held_.take();
    out_.failed = failed_.take();
    out_.late = late_.take();
    out_.checklists = checklists_.take();
    out_.done = done_.take();
    for (std::size_t i = 0; i < out_.agents.size(); ++i) {
      out_.agents[i].assigned = assigned_[i].take();
      out_.agents[i].done = done_by_[i].take();
    }
    const auto by_name = [](const Agent& a, const Agent& b) { return a.file_name < b.file_name; };
    std::sort(out_.agents.begin(), out_.agents.end(), by_name);
    return std::move(out_);
  }

 private:
  void find_agents() {
    std::map<std::string, std::uint32_t> by_name;
    agent_of_worker_.assign(state_.workers.size(), no_agent);
    agent_of_assignee_.assign(state_.assignees(), no_agent);
    for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
      const Worker& worker = state_.worker(WorkerIndex{i});
      const bool has_machine = !worker.spec.machine.empty();
      const std::string& name = has_machine ? worker.spec.machine : worker.spec.name;
      std::string file_name = file_name_of(name);
      const auto [at, is_new] =
          by_name.emplace(std::move(file_name), static_cast<std::uint32_t>(by_name.size()));
      if (at->second >= limits_.agents) continue;
      if (is_new) out_.agents.push_back({.file_name = at->first});
      join(at->second, WorkerIndex{i}, name);
    }
    out_.agents_total = static_cast<std::int64_t>(by_name.size());
    assigned_.assign(out_.agents.size(), Smallest(limits_.agent_list));
    done_by_.assign(out_.agents.size(), Smallest(limits_.agent_list));
  }

  void join(std::uint32_t number, WorkerIndex index, const std::string& name) {
    constexpr std::size_t itself = 0;
    constexpr std::size_t machine = 2;
    Agent& agent = out_.agents[number];
    agent.workers.push_back(index);
    if (std::find(agent.names.begin(), agent.names.end(), name) == agent.names.end()) {
      agent.names.push_back(name);
    }
    agent_of_worker_[index.value] = number;
    const Worker& worker = state_.worker(index);
    for (const std::size_t kind : {itself, machine}) {
      const AssigneeIndex assignee = worker.answers_to[kind];
      if (assignee != anyone) agent_of_assignee_[assignee.value] = number;
    }
  }

  void look_at(TaskIndex index) {
    const Task& task = state_.task(index);
    if (task.stage == Stage::cancelled) return;
    const bool is_done = task.stage == Stage::done;
    Rate& rate = task.parent == no_task ? out_.tasks : out_.subtasks;
    ++rate.total;
    if (is_done) ++rate.done;
    const std::uint32_t meant_for = agent_of_assignee_[task.assignee.value];
    if (meant_for != no_agent) {
      ++out_.agents[meant_for].meant.total;
      if (is_done) ++out_.agents[meant_for].meant.done;
    }
    if (is_done) {
      done_.add(-task.since, index);
      if (task.worker == no_worker) return;
      const std::uint32_t by = agent_of_worker_[task.worker.value];
      if (by != no_agent) done_by_[by].add(-task.since, index);
    } else if (task.stage == Stage::failed) {
      failed_.add(0, index);
    } else {
      look_at_open(index, meant_for);
    }
  }

  void look_at_open(TaskIndex index, std::uint32_t meant_for) {
    const Task& task = state_.task(index);
    const TaskState is = pool_.state_of(index);
    const auto priority = static_cast<std::int64_t>(task.priority);
    if (is == TaskState::running) {
      running_.add(0, index);
    } else {
      if (task.priority <= Priority::high) high_.add(priority, index);
      if (task.assignee == anyone) unassigned_.add(0, index);
      if (is == TaskState::ready) next_.add(priority, index);
      if (is == TaskState::held) held_.add(0, index);
      if (meant_for != no_agent) {
        const std::int64_t later = is == TaskState::ready ? 0 : 4;  // ready ones come first
        assigned_[meant_for].add(later + priority, index);
      }
    }
    if (task.criteria > 0) checklists_.add(0, index);
    const std::optional<Instant> deadline = deadline_of(state_, index);
    if (deadline && *deadline < pool_.now()) late_.add(*deadline, index);
  }

  const Pool& pool_;
  const State& state_;
  SurveyLimits limits_;
  Survey out_;
  std::vector<std::uint32_t> agent_of_worker_;
  std::vector<std::uint32_t> agent_of_assignee_;
  Smallest running_{limits_.list};
  Smallest high_{limits_.list};
  Smallest next_{limits_.list};
  Smallest unassigned_{limits_.list};
  Smallest held_{limits_.list};
  Smallest failed_{limits_.list};
  Smallest late_{limits_.list};
  Smallest checklists_{limits_.list};
  Smallest done_{limits_.list};
  std::vector<Smallest> assigned_;  // by agent
  std::vector<Smallest> done_by_;   // by agent
};

}  // namespace

Survey survey_of(const Pool& pool, const SurveyLimits& limits) {
  return Surveyor(pool, limits).survey();
}

std::string file_name_of(std::string_view name) {
  constexpr std::size_t longest = 64;
  std::string out;
  for (const char c : name.substr(0, longest)) {
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-') {
      out += c;
    } else {
      out += '_';
    }
  }
  return out;
}

}  // namespace evener
