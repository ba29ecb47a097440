#include "views/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "views/terminal.h"

namespace evener {
namespace {

constexpr int longest_text = 160;  // columns of somebody's words within a sentence

std::string colon(std::string_view text) {
  return text.empty() ? "" : fmt::format(": {}", fit(safe_line(text), longest_text));
}

std::string after_exit(const Evidence& evidence, std::string_view command) {
  if (!evidence.exit_code) return {};
  std::string out = fmt::format(", {} exit {}", command, *evidence.exit_code);
  if (evidence.duration_ms) out += " in " + format_duration(*evidence.duration_ms);
  return out;
}

// One overload a fact type: a new type without a sentence does not compile.
struct Describe {
  const Fact& fact;
  const std::string& by;

  // What somebody did in the name of a worker; that is a claim, and the author is who made it.
  std::string named(const std::string& what, const std::string& worker) const {
    if (worker.empty() || worker == fact.by) return fmt::format("{} {}", by, what);
    return fmt::format("{} {} (by {})", worker, what, by);
  }

  std::string operator()(const PoolCreated& body) const {
    return fmt::format("{} created the pool {}{}", by, body.pool, colon(body.card.goal));
  }

  std::string operator()(const PoolConfigured&) const {
    return by + " changed the pool's card or settings";
  }

  std::string operator()(const TaskAdded& body) const {
    std::string out = fmt::format("{} added {}{}", by, body.spec.id, colon(body.spec.title));
    if (!body.spec.needs.empty()) {
      const std::size_t more = body.spec.needs.size() - 1;
      out += " (needs " + body.spec.needs.front().task;
      out += more == 0 ? ")" : fmt::format(" and {} more)", more);
    }
    return out;
  }

  std::string operator()(const TaskEdited& body) const {
    return fmt::format("{} changed {}", by, body.spec.id);
  }

  std::string operator()(const TaskHeld& body) const {
    return fmt::format("{} held {}{}", by, body.task, colon(body.reason));
  }

  std::string operator()(const TaskResumed& body) const {
    return fmt::format("{} resumed {}{}", by, body.task, colon(body.reason));
  }

  std::string operator()(const TaskCancelled& body) const {
    return fmt::format("{} cancelled {}{}", by, body.task, colon(body.reason));
  }

  std::string operator()(const TaskReopened& body) const {
    return fmt::format("{} reopened {}{}", by, body.task, colon(body.reason));
  }

  std::string operator()(const CriterionTicked& body) const {
    return fmt::format(
        "{} {} criterion {} of {}{}",
        by,
        body.done ? "ticked" : "unticked",
        body.criterion,
        body.task,
        colon(body.reason)
    );
  }

  std::string operator()(const NoteAdded& body) const {
    const std::string& who = body.worker.empty() ? by : body.worker;
    const std::string on = body.task.empty() ? "" : " on " + body.task;
    return fmt::format(
        "{} left a {}{}{}", who, body.finding ? "finding" : "note", on, colon(body.text)
    );
  }

  std::string operator()(const WorkerRegistered& body) const {
    std::string out = fmt::format("{} registered", body.spec.name);
    if (!body.spec.machine.empty()) out += " on " + body.spec.machine;
    if (body.spec.slots != 1) out += fmt::format(", {} slots", body.spec.slots);
    if (!body.spec.capabilities.empty()) {
      out += ", with " + safe_line(fmt::format("{}", fmt::join(body.spec.capabilities, ", ")));
    }
    return out;
  }

  std::string operator()(const WorkerDrained& body) const {
    return fmt::format(
        "{} {} {}{}",
        by,
        body.draining ? "drained" : "put back to work",
        body.worker,
        colon(body.reason)
    );
  }

  std::string operator()(const TaskClaimed& body) const {
    return fmt::format(
        "{} claimed {} (attempt {}, fence {}, lease {})",
        body.worker,
        body.task,
        body.attempt,
        body.fence.value,
        format_duration(body.lease_ms)
    );
  }

  std::string operator()(const LeaseRenewed& body) const {
    std::string out = fmt::format(
        "{} renewed {} (fence {}) for {}",
        body.worker,
        body.task,
        body.fence.value,
        format_duration(body.expires - fact.at)
    );
    if (body.progress.percent) out += fmt::format(", {}%", *body.progress.percent);
    return out + colon(body.progress.line);
  }

  std::string operator()(const AttemptRevived& body) const {
    return fmt::format(
        "{} came back to {} (fence {}), which nobody had taken",
        body.worker,
        body.task,
        body.fence.value
    );
  }

  std::string operator()(const AttemptFinished& body) const {
    return fmt::format(
        "{} finished {} (fence {}{}){}",
        body.worker,
        body.task,
        body.fence.value,
        after_exit(body.run, "run") + after_exit(body.verify, "verify"),
        colon(body.result)
    );
  }

  std::string operator()(const AttemptFailed& body) const {
    const std::string then =
        body.retry_at ? "to be tried again in " + format_duration(*body.retry_at - fact.at)
                      : "for good";
    return fmt::format(
        "{} failed {} (fence {}{}, {}){}",
        body.worker,
        body.task,
        body.fence.value,
        after_exit(body.run, "run") + after_exit(body.verify, "verify"),
        then,
        colon(body.reason)
    );
  }

  std::string operator()(const AttemptReleased& body) const {
    return fmt::format(
        "{} released {} (fence {}){}", body.worker, body.task, body.fence.value, colon(body.reason)
    );
  }

  std::string operator()(const AttemptLapsed& body) const {
    return fmt::format(
        "the lease of {} on {} lapsed (fence {}){}",
        body.worker,
        body.task,
        body.fence.value,
        colon(body.reason)
    );
  }

  std::string operator()(const SalvageKept& body) const {
    return fmt::format(
        "a late {} of {} for {} (fence {}) was kept as salvage{}",
        body.outcome,
        body.worker,
        body.task,
        body.fence.value,
        colon(body.result)
    );
  }

  std::string operator()(const ServerOpened& body) const {
    return fmt::format("a server started ({})", body.instance);
  }

  std::string operator()(const LeasesNoted& body) const {
    return fmt::format("the server noted when its live leases end ({})", body.leases.size());
  }

  std::string operator()(const ServerClosed& body) const {
    return fmt::format("the server stopped ({})", body.instance);
  }

  std::string operator()(const LeasesExtended& body) const {
    return "all live leases were extended" + colon(body.reason);
  }

  std::string operator()(const PhaseSet& body) const {
    std::string out =
        fmt::format("{} described the phase {}{}", by, body.spec.id, colon(body.spec.title));
    if (!body.spec.after.empty()) {
      out += fmt::format(" (after {})", fmt::join(body.spec.after, ", "));
    }
    return out;
  }

  std::string operator()(const GateSet& body) const {
    return fmt::format(
        "{} described the gate {}{} ({} tasks)",
        by,
        body.spec.id,
        colon(body.spec.title),
        body.spec.tasks.size()
    );
  }

  std::string operator()(const GateApproved& body) const {
    const std::string what = named(fmt::format("approved {}", body.gate), body.worker);
    return what + colon(body.reason);
  }

  std::string operator()(const GateOpened& body) const {
    return fmt::format("the gate {} opened", body.gate);
  }

  std::string operator()(const GateClosed& body) const {
    return fmt::format("the gate {} closed again", body.gate);
  }

  std::string operator()(const BlockerRaised& body) const {
    return fmt::format(
        "{} raised blocker {} on {} ({}, stops {}){}",
        body.worker.empty() ? by : body.worker,
        body.blocker,
        body.task,
        name_of(body.severity),
        name_of(body.stops),
        colon(body.text)
    );
  }

  std::string operator()(const BlockerResolved& body) const {
    const std::string what = fmt::format("resolved blocker {} on {}", body.blocker, body.task);
    return named(what, body.worker) + colon(body.reason);
  }

  std::string operator()(const BlockerEscalated& body) const {
    return fmt::format("blocker {} on {} escalated to {}", body.blocker, body.task, body.to);
  }

  std::string operator()(const MachineSet& body) const {
    const Machine& machine = body.spec;
    std::string out = fmt::format("{} described the machine {}", by, machine.name);
    if (machine.cores > 0) out += fmt::format(", {} cores", machine.cores);
    if (machine.memory_mb > 0) out += fmt::format(", {} MB", machine.memory_mb);
    const std::vector<std::string> lent = capabilities_of(machine);
    if (!lent.empty()) out += ", with " + safe_line(fmt::format("{}", fmt::join(lent, ", ")));
    return out;
  }

  std::string operator()(const WorkerSetAside& body) const {
    return fmt::format(
        "{} was set aside for {}{}",
        body.worker,
        format_duration(body.until - fact.at),
        colon(body.reason)
    );
  }

  std::string operator()(const WorkerReturned& body) const {
    return fmt::format("{} takes work again{}", body.worker, colon(body.reason));
  }

  std::string operator()(const MessageSent& body) const {
    const std::string& who = body.worker.empty() ? by : body.worker;
    return fmt::format(
        "{} {}told {}{}",
        body.automatic ? "the pool" : who,
        body.urgent ? "urgently " : "",
        body.to,
        colon(body.text)
    );
  }

  std::string operator()(const MessageAcknowledged& body) const {
    if (body.up_to > 0) {
      return fmt::format("{} acknowledged all messages up to {}", body.worker, body.up_to);
    }
    return fmt::format(
        "{} acknowledged message{} {}",
        body.worker,
        body.messages.size() == 1 ? "" : "s",
        fmt::join(body.messages, ", ")
    );
  }

  std::string operator()(const MessagesExpired& body) const {
    return fmt::format("messages up to {} are kept no longer", body.up_to);
  }

  std::string operator()(const TaskFollowed& body) const {
    return fmt::format("{} follows {}{}", body.worker, body.task, body.stop ? " no more" : "");
  }

  std::string operator()(const ReportOverdue& body) const {
    const std::string to = body.to.empty() ? "" : fmt::format("; {} is told", body.to);
    return fmt::format(
        "{} has not reported for {}{}", body.worker, format_duration(fact.at - body.since), to
    );
  }

  std::string operator()(const Measured& body) const {
    std::string out = fmt::format("{} ", body.worker.empty() ? by : body.worker);
    out += body.value ? fmt::format("measured {}", body.name)
                      : fmt::format("described the measure {}", body.name);
    if (!body.task.empty()) out += " of " + body.task;
    if (!body.phase.empty()) out += " of phase " + body.phase;
    std::string said = body.value ? format_decimal(*body.value) : "";
    if (body.of) said += (said.empty() ? "of " : " of ") + format_decimal(*body.of);
    if (!body.unit.empty()) said += (said.empty() ? "" : " ") + body.unit;
    if (body.goal) said += (said.empty() ? "goal " : ", goal ") + format_decimal(*body.goal);
    return out + colon(said);
  }

  std::string operator()(const Marked& body) const {
    return fmt::format(
        "{} opened chapter {}{}",
        body.worker.empty() ? by : body.worker,
        body.chapter,
        colon(body.text)
    );
  }

  std::string operator()(const ScheduleSet& body) const {
    if (body.spec.stopped) return fmt::format("{} stopped the schedule {}", by, body.spec.id);
    std::vector<std::string> when;
    if (body.spec.every_ms) when.push_back("every " + format_duration(*body.spec.every_ms));
    for (const std::string& call : body.spec.on) when.push_back("on " + call);
    return fmt::format("{} described the schedule {}: {}", by, body.spec.id, fmt::join(when, ", "));
  }
};

bool asked_for(const std::string& wanted, std::string_view found) {
  return wanted.empty() || wanted == found;
}

}  // namespace

std::string describe_fact(const Fact& fact) {
  const std::string by = fact.by.empty() ? "somebody" : safe_line(fact.by);
  return safe_line(std::visit(Describe{fact, by}, fact.body));
}

bool LogFilter::matches(const Fact& fact) const {
  return asked_for(task, task_of(fact.body)) && asked_for(worker, worker_of(fact.body)) &&
         asked_for(type, type_of(fact.body)) && asked_for(by, fact.by) &&
         (types.empty() || std::find(types.begin(), types.end(), type_of(fact.body)) != types.end()
         ) &&
         (!since || fact.at >= *since) && (!until || fact.at < *until);
}

}  // namespace evener
