#include "core/worker_conditions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell_word.h"
#include "core/lock_conditions.h"
#include "model/capability.h"

namespace evener {
namespace {

// The capability, and what the worker has under its name, if that is another value.
std::string beside_what_it_has(const std::string& wanted, const std::vector<std::string>& offered) {
  const std::optional<WantedCapability> want = read_wanted(wanted);
  if (!want) return wanted;
  std::vector<std::string> near;
  for (const std::string& text : offered) {
    const std::optional<OfferedCapability> offer = read_offered(text);
    if (offer && offer->name == want->name) near.push_back(text);
  }
  return near.empty() ? wanted : fmt::format("{} (it has {})", wanted, listed(near));
}

// Whether it gives a number that is not what one of these wants.
bool is_unfit_number(std::string_view offered, const std::vector<std::string>& lacks) {
  const std::optional<OfferedCapability> offer = read_offered(offered);
  return offer && std::any_of(lacks.begin(), lacks.end(), [&](const std::string& lack) {
           const std::optional<WantedCapability> want = read_wanted(lack);
           return want && want->name == offer->name && offer_for(lack) != lack;
         });
}

// What makes a worker able to do something. What it says of itself takes the place of all that it
// said before, so that is said again; and a secret is not a matter of saying so.
std::string how_to_have(
    const WorkerSpec& worker, const std::vector<std::string>& lacks, std::string_view who_has
) {
  const std::string prefix = secret_capability("");
  std::string flags;
  std::string secrets;
  const auto add_flag = [&](std::string_view flag, const std::string& value) {
    if (!value.empty()) flags += fmt::format(" {} {}", flag, shell_word(value));
  };
  const auto add = [&](std::string_view capability) {
    if (capability.starts_with(prefix)) {
      secrets += fmt::format(" --secret {}=file:PATH", capability.substr(prefix.size()));
    } else {
      add_flag("--capability", offer_for(capability));
    }
  };
  for (const std::string& offered : worker.capabilities) {
    if (!is_unfit_number(offered, lacks)) add(offered);
  }
  std::size_t said = 0;
  for (const std::string& lack : lacks) {
    add(lack);
    if (!lack.starts_with(prefix)) ++said;
  }
  if (worker.slots != 1) add_flag("--slots", std::to_string(worker.slots));
  add_flag("--machine", worker.machine);
  add_flag("--role", worker.role);
  add_flag("--team", worker.team);
  std::string command = "claim with";  // which keeps the name of whoever claims
  if (!secrets.empty()) {
    command = "evener work";
    for (const std::string& path : worker.focus) add_flag("--focus", path);
    if (!worker.name.empty()) command += " --name " + shell_word(worker.name);
  }
  return fmt::format(
      "{}{}{}{}",
      command,
      flags,
      secrets,
      said == 0 ? "" : fmt::format(", if {} {}", who_has, said == 1 ? "it" : "them")
  );
}

std::string tasks(std::size_t count) {
  return count == 1 ? "1 task" : fmt::format("{} tasks", count);
}

// Of a worker that is set aside.
Condition health_condition(const State& state, const Worker& worker, Instant now) {
  const WorkerHealth& health = worker.health;
  const std::string& name = worker.spec.name;
  const std::string off = fmt::format("evener drain {} --off", name);
  Condition condition{"worker_set_aside", true, "", ""};
  if (health.takes_work(now)) {
    condition.text = fmt::format("{} is set aside, and may try one task", name);
    return condition;
  }
  condition.holds = false;
  condition.text = fmt::format("{} is set aside: {}", name, health.reason);
  condition.remedy =
      health.probe != no_task
          ? fmt::format(
                "finish {}, which it tries as a probe, or: {}", state.task(health.probe).id, off
            )
          : fmt::format(
                "wait {}, then it may try one task, or: {}",
                format_duration(health.until - now),
                off
            );
  return condition;
}

}  // namespace

std::size_t slots_taken(const State& state, const Worker& worker) {
  const auto locks = std::count_if(worker.holding.begin(), worker.holding.end(), [&](TaskIndex t) {
    return state.task(t).is_lock;
  });
  return worker.holding.size() - static_cast<std::size_t>(locks);
}

std::vector<Condition> worker_conditions(const Pool& pool, const Worker& worker, Instant now) {
  const State& state = pool.state();
  const std::string& name = worker.spec.name;
  std::vector<Condition> out;
  if (worker.draining) {
    std::string text = name + " is draining";
    if (!worker.drain_reason.empty()) text += ": " + worker.drain_reason;
    out.push_back({"worker_draining", false, text, fmt::format("evener drain {} --off", name)});
  } else {
    out.push_back({"worker_draining", true, name + " takes work", ""});
  }
  if (worker.health.is_set_aside()) out.push_back(health_condition(state, worker, now));
  const auto slots = static_cast<std::size_t>(worker.spec.slots);
  std::vector<std::string> held;
  for (const TaskIndex task : worker.holding) {
    if (!state.task(task).is_lock) held.push_back(state.task(task).id);
  }
  const std::string uses = fmt::format("{} of {} slots are taken", held.size(), slots);
  if (held.size() >= slots) {
    out.push_back(
        {"slots_full",
         false,
         fmt::format("{}, by {}", uses, listed(held)),
         fmt::format("finish or release {}, or give {} more slots", held.front(), name)}
    );
  } else {
    out.push_back({"slots_full", true, uses, ""});
  }
  return out;
}

std::vector<Condition> match_conditions(
    const Pool& pool, TaskIndex index, const Worker& worker, Instant now
) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  std::vector<Condition> out;
  const bool meant = is_meant_for(task.assignee, worker);
  const bool open = task.assignee == anyone ||
                    (task.assignee_delay >= 0 && task.since + task.assignee_delay <= now);
  if (meant || open) {
    out.push_back(
        {"not_assignee", true, task.assignee == anyone ? "it is for anyone" : "it may take it", ""}
    );
  } else {
    std::string remedy = fmt::format("evener edit {} --assignee ''", task.id);
    if (task.assignee_delay >= 0) {
      remedy = fmt::format(
          "wait {}, then anyone may take it",
          format_duration(task.since + task.assignee_delay - now)
      );
    }
    out.push_back(
        {"not_assignee",
         false,
         fmt::format("it is meant for {}", state.assignee(task.assignee)),
         remedy}
    );
  }
  const auto& have = state.capabilities(worker.capabilities);
  const auto& want = state.capabilities(task.capabilities);
  std::vector<std::string> lacks = lacking_capabilities(have, want);
  if (lacks.empty()) {
    out.push_back(
        {"missing_capability",
         true,
         want.empty() ? "it requires no capability"
                      : fmt::format("{} has {}", worker.spec.name, fmt::join(want, ", ")),
         ""}
    );
  } else {
    std::string remedy = how_to_have(worker.spec, lacks, "it has");
    for (std::string& lack : lacks) lack = beside_what_it_has(lack, have);
    out.push_back(
        {"missing_capability",
         false,
         fmt::format("{} lacks {}", worker.spec.name, listed(lacks)),
         std::move(remedy)}
    );
  }
  return out;
}

Refusal nothing_to_claim(const Pool& pool, const Worker& worker, Instant now) {
  const State& state = pool.state();
  const ReadyIndex::Skipped skipped = pool.ready().skipped_by(worker);
  std::vector<std::string> reasons;
  std::string remedy;
  for (const auto& [set, count] : skipped.lacks) {
    const std::vector<std::string> lacks =
        lacking_capabilities(state.capabilities(worker.capabilities), state.capabilities(set));
    reasons.push_back(
        fmt::format("{} ready but for the capability {}", tasks(count), fmt::join(lacks, " + "))
    );
    if (remedy.empty()) remedy = how_to_have(worker.spec, lacks, "you have");
  }
  for (const auto& [assignee, count] : skipped.meant_for_others) {
    reasons.push_back(
        fmt::format("{} ready but meant for {}", tasks(count), state.assignee(assignee))
    );
  }
  if (skipped.locked > 0) {
    const std::string others = waited_for(pool, skipped.some_locked);
    reasons.push_back(fmt::format(
        "{} ready but for locks{}{}",
        tasks(skipped.locked),
        others.empty() ? "" : ", behind ",
        others
    ));
  }
  const std::size_t running = pool.count(TaskState::running) - pool.locks_in(Stage::running);
  const std::size_t delayed = pool.ready().delayed_count();
  const std::size_t waiting = pool.count(TaskState::waiting) - delayed;
  const std::size_t stuck = stuck_count(pool);
  if (running > 0) reasons.push_back(fmt::format("{} running", tasks(running)));
  if (delayed > 0) {
    reasons.push_back(fmt::format(
        "{} to be tried again{}",
        tasks(delayed),
        pool.ready().next_change() > now
            ? fmt::format(" (next in {})", format_duration(pool.ready().next_change() - now))
            : ""
    ));
  }
  if (waiting > 0) reasons.push_back(fmt::format("{} waiting for others", tasks(waiting)));
  if (stuck > 0) {
    reasons.push_back(fmt::format("{} of these stuck behind failed or cancelled ones", stuck));
    if (remedy.empty()) {
      remedy = fmt::format("evener reopen {}", state.task(*pool.dead().begin()).id);
    }
  }
  if (!state.blockers.empty()) {
    reasons.push_back(fmt::format(
        "{} open",
        state.blockers.size() == 1 ? "1 blocker" : fmt::format("{} blockers", state.blockers.size())
    ));
    if (remedy.empty()) remedy = "see: evener blockers";
  }
  for (const Gate& gate : state.gates) {
    if (!gate.asks_for_approval() || gate.followers.empty()) continue;
    reasons.push_back(fmt::format("{} waits for the approval of {}", gate.id, gate.approver()));
    if (remedy.empty()) remedy = "evener approve " + gate.id;
  }
  if (pool.count(TaskState::held) > 0) {
    reasons.push_back(fmt::format("{} held", tasks(pool.count(TaskState::held))));
  }
  std::string message = "nothing to claim for " + worker.spec.name;
  if (reasons.empty()) {
    message += state.tasks.empty()   ? ": the pool has no tasks"
               : pool.dead().empty() ? ": every task is done"
                                     : ": every task is done, failed or cancelled";
    if (remedy.empty()) remedy = "evener add";
  } else {
    message += fmt::format(": {}", fmt::join(reasons, "; "));
    if (remedy.empty()) {
      const std::string_view listed_state = waiting + delayed > 0             ? "waiting"
                                            : running > 0                     ? "running"
                                            : pool.count(TaskState::held) > 0 ? "held"
                                                                              : "ready";
      remedy = fmt::format("evener claim --wait 5m, or see: evener list --state {}", listed_state);
    }
  }
  return {"nothing_to_claim", message, remedy};
}

}  // namespace evener
