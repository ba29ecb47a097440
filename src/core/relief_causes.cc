#include "core/relief_causes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/conditions.h"
#include "core/lock_conditions.h"
#include "core/nearest_offer.h"

namespace evener {

bool is_there(const Worker& worker, Instant now) {
  return !worker.draining && !worker.lost && worker.health.takes_work(now);
}

// ---- who could take what -----------------------------------------------------------------------

namespace {

Demand demand_of(const Task& task) {
  return {task.capabilities, task.assignee_delay >= 0 ? anyone : task.assignee};
}

}  // namespace

Demands::Demands(const State& state, Instant now) : state_(state), now_(now) {
  meet();
}

const std::vector<std::string>& Demands::lacking(const Cause& cause) const {
  return lacking_[static_cast<std::size_t>(cause.number)];
}

const Demand& Demands::absent(const Cause& cause) const {
  return absent_[static_cast<std::size_t>(cause.number)];
}

// The kinds of demand that there are, and of how many tasks.
std::vector<std::pair<Demand, std::size_t>> Demands::number_kinds() {
  std::vector<std::pair<Demand, std::size_t>> wanted;
  std::map<Demand, std::uint32_t> numbers;
  of_task_.resize(state_.tasks.size());
  std::uint32_t i = 0;
  for (const Task& task : state_.tasks) {
    std::uint32_t& number = of_task_[i++];
    if (task.stage == Stage::done || task.stage == Stage::running) continue;
    const Demand demand = demand_of(task);
    const auto [found, is_new] =
        numbers.try_emplace(demand, static_cast<std::uint32_t>(wanted.size()));
    if (is_new) wanted.emplace_back(demand, 0);
    number = found->second;
    ++wanted[number].second;
  }
  return wanted;
}

// For each kind of demand, what keeps everybody from it; nothing if somebody may take it. Of
// several workers that are away, the one that would serve most tasks.
void Demands::meet() {
  const std::vector<std::pair<Demand, std::size_t>> wanted = number_kinds();
  unmet_.resize(wanted.size());
  std::map<std::size_t, std::vector<std::uint32_t>> away;  // by demand
  std::map<std::uint32_t, std::size_t> served;
  for (std::size_t number = 0; number < wanted.size(); ++number) {
    const auto& [demand, count] = wanted[number];
    constexpr std::size_t most_away = 64;
    std::vector<std::uint32_t> found;
    bool is_met = false;
    for (std::uint32_t i = 0; i < state_.workers.size() && !is_met; ++i) {
      const Worker& worker = state_.workers[i];
      if (demand.assignee != anyone && !is_meant_for(demand.assignee, worker)) continue;
      if (!state_.covers(worker.capabilities, demand.capabilities)) continue;
      is_met = is_there(worker, now_);
      if (!is_met && found.size() < most_away) found.push_back(i);
    }
    if (is_met) continue;
    for (const std::uint32_t worker : found) served[worker] += count;
    away.emplace(number, std::move(found));
  }
  std::map<std::vector<std::string>, std::int64_t> lists;
  for (const auto& [number, found] : away) {
    const Demand& demand = wanted[number].first;
    if (!found.empty()) {
      const auto best = std::max_element(found.begin(), found.end(), [&](auto a, auto b) {
        return served.at(a) < served.at(b);
      });
      unmet_[number] = Cause{CauseKind::worker, *best};
      continue;
    }
    const bool is_anybody_meant =
        demand.assignee == anyone ||
        std::any_of(state_.workers.begin(), state_.workers.end(), [&](const Worker& worker) {
          return is_meant_for(demand.assignee, worker);
        });
    if (!is_anybody_meant) {
      unmet_[number] = Cause{CauseKind::absent, std::ssize(absent_)};
      absent_.push_back(demand);
      continue;
    }
    std::vector<std::string> lacking = least_lacking(demand);
    const auto [known, is_new] = lists.try_emplace(lacking, std::ssize(lacking_));
    if (is_new) lacking_.push_back(std::move(lacking));
    unmet_[number] = Cause{CauseKind::lacking, known->second};
  }
}

// What the worker lacks that comes nearest; those that are there come first.
std::vector<std::string> Demands::least_lacking(const Demand& demand) const {
  std::vector<std::string> least;
  bool is_found = false;
  bool is_least_there = false;
  std::set<std::pair<bool, CapabilitySet>> seen;
  for (const Worker& worker : state_.workers) {
    const bool here = is_there(worker, now_);
    if (demand.assignee != anyone && !is_meant_for(demand.assignee, worker)) continue;
    if (!seen.insert({here, worker.capabilities}).second) continue;
    const auto& want = state_.capabilities(demand.capabilities);
    const auto& have = state_.capabilities(worker.capabilities);
    std::vector<std::string> lacks = lacking_capabilities(have, want);
    const bool is_better = !is_found || (here && !is_least_there) ||
                           (here == is_least_there && lacks.size() < least.size());
    if (!is_better) continue;
    least = std::move(lacks);
    is_found = true;
    is_least_there = here;
  }
  return least;
}

// ---- in words ----------------------------------------------------------------------------------

namespace {

Relief described_worker(const Worker& worker) {
  const std::string& name = worker.spec.name;
  // Being set aside ends by itself; one that is lost has to be started.
  if (worker.draining || !worker.lost) {
    std::string text = fmt::format("{} is draining", name);
    if (!worker.drain_reason.empty()) text += ": " + worker.drain_reason;
    if (!worker.draining) text = fmt::format("{} is set aside: {}", name, worker.health.reason);
    return {
        .cause = worker.draining ? "worker_draining" : "worker_set_aside",
        .text = std::move(text),
        .command = fmt::format("evener drain {} --off", name)
    };
  }
  return {
      .cause = "worker_lost",
      .text = fmt::format("{} is lost: its lease lapsed, and nothing was heard since", name),
      .command = fmt::format("evener work --name {}", name)
  };
}

Relief described_lacking(const State& state, const std::vector<std::string>& names) {
  std::string text = fmt::format("no worker that is there has {}", fmt::join(names, " + "));
  for (const std::string& near : nearest_offers(state, names)) text += "; " + near;
  return {.cause = "missing_capability", .text = std::move(text), .command = work_command(names)};
}

Relief described_absent(const State& state, const Demand& demand) {
  const std::string& assignee = state.assignee(demand.assignee);
  const Assignee whom = parse_assignee(assignee);
  std::string command = fmt::format(
      "{} --{} {}",
      work_command(state.capabilities(demand.capabilities)),
      whom.kind == AssigneeKind::worker ? "name" : name_of(whom.kind),
      whom.name
  );
  return {
      .cause = "not_assignee",
      .text = fmt::format("tasks are meant for {}, and no worker is that", assignee),
      .command = std::move(command)
  };
}

// Nobody in particular is waited for: an approval opens it just as well as a task that is done.
Relief described_empty(const Gate& gate) {
  constexpr std::string_view which = "which ";
  Condition why = no_tasks_condition(gate);
  return {
      .cause = "no_tasks",
      .text = fmt::format("{} {}", gate.id, why.text.substr(which.size())),
      .command = std::move(why.remedy)
  };
}

}  // namespace

Relief described(const Pool& pool, const Demands& demands, const Cause& cause) {
  const State& state = pool.state();
  const TaskIndex index{static_cast<std::uint32_t>(cause.number)};
  const auto task = [&]() -> const std::string& { return state.task(index).id; };
  const auto why = [&] {
    const TaskExtras* extras = state.find_extras(index);
    return extras != nullptr && !extras->reason.empty() ? ": " + extras->reason : "";
  };
  switch (cause.kind) {
    case CauseKind::held:
      return {
          .cause = "held",
          .text = fmt::format("{} is held{}", task(), why()),
          .command = fmt::format("evener resume {}", task())
      };
    case CauseKind::dead:
      return {
          .cause = std::string(name_of(pool.state_of(index))),
          .text = fmt::format(
              "{} {}{}",
              task(),
              state.task(index).stage == Stage::failed ? "failed" : "was cancelled",
              why()
          ),
          .command = fmt::format("evener reopen {}", state.task(first_to_reopen(state, index)).id)
      };
    case CauseKind::blocker: {
      const Blocker& blocker = state.blockers.at(cause.number);
      return {
          .cause = "blocked",
          .text = fmt::format(
              "{}: {}", state.task(blocker.task).id, describe_blocker(cause.number, blocker)
          ),
          .command = fmt::format("evener resolve {}", cause.number)
      };
    }
    case CauseKind::approval: {
      const Gate& gate = state.gate(GateIndex{index.value});
      if (gate.tasks.empty()) return described_empty(gate);
      const std::string approver = gate.approver().empty() ? "somebody" : gate.approver();
      return {
          .cause = "approval",
          .text = fmt::format("{} waits for the approval of {}", gate.id, approver),
          .command = fmt::format("evener approve {}", gate.id)
      };
    }
    case CauseKind::locked: {
      const std::string& holder = state.worker(state.find_attempt(index)->worker).spec.name;
      return {
          .cause = "locked",
          .text = fmt::format("{} holds locks for {}", holder, task()),
          .command = fmt::format("evener cancel {}", task())
      };
    }
    case CauseKind::capacity: {
      const std::optional<Condition> condition = lock_condition(pool, index);
      CHECK(condition, "a task that wishes no locks waits for some");
      return {
          .cause = "locked",
          .text = fmt::format("{}: {}", task(), condition->text),
          .command = condition->remedy
      };
    }
    case CauseKind::worker:
      return described_worker(state.worker(WorkerIndex{index.value}));
    case CauseKind::lacking:
      return described_lacking(state, demands.lacking(cause));
    case CauseKind::absent:
      break;
  }
  return described_absent(state, demands.absent(cause));
}

}  // namespace evener
