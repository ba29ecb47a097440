#include "views/attention.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/conditions.h"
#include "core/nearest_offer.h"
#include "core/relief.h"
#include "core/reports.h"
#include "views/order.h"
#include "views/slack.h"

namespace evener {
namespace {

constexpr std::size_t most_extras = 20'000;   // looked at for salvage, newest tasks first
constexpr std::size_t most_deadlines = 1000;  // the soonest
constexpr std::size_t most_assignees = 64;    // whose reserved tasks are matched with workers

class AttentionList {
 public:
  explicit AttentionList(std::size_t most) : most_(most) {}

  // `row` makes the row; it is asked only while there is room.
  template <typename Row>
  void add(const Row& row) {
    ++out_.total;
    if (out_.rows.size() < most_) out_.rows.push_back(row());
  }

  Attention take() && { return std::move(out_); }

 private:
  std::size_t most_;
  Attention out_;
};

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return count == 1 ? std::string(one) : fmt::format("{} {}", count, many);
}

std::size_t open_dependants(const State& state, const Task& task) {
  return static_cast<std::size_t>(std::count_if(
      task.dependants.begin(),
      task.dependants.end(),
      [&](TaskIndex index) { return state.task(index).stage == Stage::open; }
  ));
}

// The gravest first, then the oldest.
void add_blockers(const Pool& pool, AttentionList& list) {
  const State& state = pool.state();
  std::vector<std::pair<Priority, BlockerId>> order;
  for (const auto& [id, blocker] : state.blockers) {
    if (is_over(state.task(blocker.task).stage)) continue;  // it stands in nobody's way
    order.emplace_back(blocker.severity, id);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [severity, id] : order) {
    const Blocker& blocker = state.blockers.at(id);
    list.add([&] {
      const std::string& task = state.task(blocker.task).id;
      return AttentionRow{
          AttentionKind::blocker,
          task,
          "",
          fmt::format("{}: {}", task, describe_blocker(id, blocker)),
          fmt::format("evener resolve {}", id)
      };
    });
  }
}

void add_approvals(const State& state, AttentionList& list) {
  for (const Gate& gate : state.gates) {
    if (!gate.asks_for_approval()) continue;
    list.add([&] {
      return AttentionRow{
          AttentionKind::approval,
          "",
          "",
          fmt::format("{} waits for the approval of {}", gate.id, gate.approver()),
          fmt::format("evener approve {}", gate.id)
      };
    });
  }
}

void add_failed(const Pool& pool, AttentionList& list) {
  const State& state = pool.state();
  for (auto at = pool.dead().rbegin(); at != pool.dead().rend(); ++at) {
    const Task& task = state.task(*at);
    if (task.stage != Stage::failed) continue;
    list.add([&] {
      std::string text = task.id + " failed";
      const TaskExtras* extras = state.find_extras(*at);
      if (extras != nullptr && !extras->reason.empty()) text += ": " + extras->reason;
      if (const std::size_t waiting = open_dependants(state, task); waiting > 0) {
        text += fmt::format(" ({} for it)", counted(waiting, "1 task waits", "tasks wait"));
      }
      const std::string& first = state.task(first_to_reopen(state, *at)).id;
      return AttentionRow{AttentionKind::failed, task.id, "", text, "evener reopen " + first};
    });
  }
}

// A cancelled task is no harm by itself, but one that others need is.
void add_stuck(const Pool& pool, AttentionList& list) {
  const State& state = pool.state();
  for (auto at = pool.dead().rbegin(); at != pool.dead().rend(); ++at) {
    const Task& task = state.task(*at);
    if (task.stage != Stage::cancelled) continue;
    for (const TaskIndex dependant : task.dependants) {
      if (state.task(dependant).stage != Stage::open) continue;
      const std::string& id = state.task(dependant).id;
      list.add([&] {
        return AttentionRow{
            AttentionKind::stuck,
            id,
            "",
            fmt::format("{} is stuck: it needs {}, which was cancelled", id, task.id),
            fmt::format("evener edit {} --drop-need {}", id, task.id)
        };
      });
    }
  }
}

void add_lost_workers(const Pool& pool, Instant now, AttentionList& list) {
  const State& state = pool.state();
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    const WorkerIndex index{i};
    const Worker& worker = state.worker(index);
    if (worker.draining || liveness_of(pool, index, now) != Liveness::lost) continue;
    const std::string& name = worker.spec.name;
    list.add([&] {
      return AttentionRow{
          AttentionKind::lost_worker,
          "",
          name,
          fmt::format(
              "{} is lost: nothing was heard for {}",
              name,
              format_duration(unheard_for(pool, index, now))
          ),
          fmt::format("evener drain {} --reason lost", name)
      };
    });
  }
}

// Those that are lost as well are named once.
void add_ailing_workers(const Pool& pool, Instant now, AttentionList& list) {
  const State& state = pool.state();
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    const Worker& worker = state.workers[i];
    const std::string& name = worker.spec.name;
    const WorkerHealth& health = worker.health;
    if (health.is_set_aside() && !worker.draining && !worker.lost) {
      list.add([&] {
        const std::string then =
            health.probe != no_task ? "it tries " + state.task(health.probe).id + " as a probe"
            : health.until <= now
                ? "it may try one task"
                : fmt::format("it may try one task in {}", format_duration(health.until - now));
        return AttentionRow{
            AttentionKind::set_aside,
            "",
            name,
            fmt::format("{} is set aside: {}; {}", name, health.reason, then),
            fmt::format("evener drain {} --off", name)
        };
      });
    }
    for (const TaskIndex task : worker.holding) {
      const Instant since = stalled_since(pool, task, now);
      if (since == 0) continue;
      list.add([&] {
        const std::string& id = state.task(task).id;
        return AttentionRow{
            AttentionKind::stalled,
            id,
            name,
            fmt::format(
                "{} is stalled: {} lives, but shows no progress for {}",
                id,
                name,
                format_duration(now - since)
            ),
            "evener show " + id
        };
      });
    }
  }
}

void add_overdue_reports(const Pool& pool, Instant now, AttentionList& list) {
  const State& state = pool.state();
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    const Millis overdue = report_overdue_for(pool, WorkerIndex{i}, now);
    if (overdue == 0) continue;
    list.add([&] {
      const Worker& worker = state.workers[i];
      const std::string& name = worker.spec.name;
      const auto work =
          std::find_if(worker.holding.begin(), worker.holding.end(), [&](TaskIndex task) {
            return !state.task(task).is_lock;
          });
      return AttentionRow{
          AttentionKind::overdue_report,
          state.task(*work).id,
          name,
          fmt::format(
              "{} owes a report on {}: overdue by {}",
              name,
              state.task(*work).id,
              format_duration(overdue)
          ),
          fmt::format("evener send {} 'how far are you?'", name)
      };
    });
  }
}

template <typename Predicate>
bool any_worker(const State& state, const Predicate& predicate) {
  return std::any_of(state.workers.begin(), state.workers.end(), [&](const Worker& worker) {
    return !worker.draining && predicate(worker);
  });
}

void add_no_capability(
    const State& state,
    CapabilitySet wanted,
    std::size_t count,
    const std::string& whom,
    AttentionList& list
) {
  list.add([&] {
    const auto names = fmt::format("{}", fmt::join(state.capabilities(wanted), " + "));
    const auto near = nearest_offers(state, state.capabilities(wanted));
    return AttentionRow{
        AttentionKind::unclaimable,
        "",
        "",
        fmt::format(
            "{} but {} no worker{} has{}{}",
            counted(count, "1 task is ready", "tasks are ready"),
            count == 1 ? "requires " + names + ", which" : "require " + names + ", which",
            whom,
            near.empty() ? "" : ": ",
            fmt::join(near, ", ")
        ),
        work_command(state.capabilities(wanted))
    };
  });
}

// Ready tasks are asked about by group, not one by one: what a worker without any capability or
// name may not take is exactly what somebody in particular must.
void add_unclaimable(const Pool& pool, AttentionList& list) {
  const State& state = pool.state();
  const Worker nobody = worker_or_newcomer(state, "");
  const ReadyIndex::Skipped skipped = pool.ready().skipped_by(nobody);
  for (const auto& [wanted, count] : skipped.lacks) {
    const bool covered = any_worker(state, [&](const Worker& worker) {
      return state.covers(worker.capabilities, wanted);
    });
    if (!covered) add_no_capability(state, wanted, count, "", list);
  }
  std::size_t asked = 0;
  for (const auto& [assignee, count] : skipped.meant_for_others) {
    const std::string& text = state.assignee(assignee);
    const bool exists =
        any_worker(state, [&](const Worker& worker) { return is_meant_for(assignee, worker); });
    if (!exists) {
      list.add([&] {
        const Assignee whom = parse_assignee(text);
        const std::string_view flag =
            whom.kind == AssigneeKind::worker ? "name" : name_of(whom.kind);
        return AttentionRow{
            AttentionKind::unclaimable,
            "",
            "",
            fmt::format(
                "{} meant for {}, and no worker is that",
                counted(count, "1 task is ready, but", "tasks are ready, but"),
                text
            ),
            fmt::format("evener work --{} {}", flag, whom.name)
        };
      });
    } else if (++asked <= most_assignees) {
      Worker incapable = nobody;
      incapable.answers_to[0] = assignee;
      for (const auto& [wanted, lacking] : pool.ready().skipped_by(incapable).lacks) {
        const auto others = skipped.lacks.find(wanted);
        const std::size_t reserved = lacking - (others == skipped.lacks.end() ? 0 : others->second);
        const bool covered = any_worker(state, [&](const Worker& worker) {
          return is_meant_for(assignee, worker) && state.covers(worker.capabilities, wanted);
        });
        if (reserved > 0 && !covered) {
          add_no_capability(state, wanted, reserved, " of " + text, list);
        }
      }
    }
  }
}

void add_salvage(const State& state, AttentionList& list) {
  std::size_t looked_at = 0;
  for (auto at = state.extras.rbegin(); at != state.extras.rend(); ++at) {
    if (++looked_at > most_extras) break;
    const auto& [index, extras] = *at;
    const Task& task = state.task(index);
    if (extras.salvage.empty() || task.stage == Stage::done) continue;
    list.add([&] {
      const SalvageKept& newest = extras.salvage.back();
      return AttentionRow{
          AttentionKind::salvage,
          task.id,
          newest.worker,
          fmt::format("a late result of {} for {} was kept", newest.worker, task.id),
          "evener show " + task.id
      };
    });
  }
}

}  // namespace

Attention attention_of(const Pool& pool, std::size_t most, Instant now) {
  AttentionList list(most);
  add_blockers(pool, list);
  add_approvals(pool.state(), list);
  add_failed(pool, list);
  add_stuck(pool, list);
  add_lost_workers(pool, now, list);
  add_ailing_workers(pool, now, list);
  add_unclaimable(pool, list);
  add_salvage(pool.state(), list);
  add_overdue_reports(pool, now, list);
  return std::move(list).take();
}

void add_deadlines(const Pool& pool, std::size_t most, Instant now, Attention& attention) {
  const State& state = pool.state();
  std::vector<std::pair<Instant, TaskIndex>> soonest;
  for (const auto& [task, deadline] : state.deadlines) soonest.emplace_back(deadline, task);
  std::sort(soonest.begin(), soonest.end());
  if (soonest.size() > most_deadlines) soonest.resize(most_deadlines);
  SlackFinder finder(pool, now);
  for (const auto& [deadline, task] : soonest) {
    const std::optional<Slack> slack = finder.of(task);
    if (!slack || slack->outlook == Outlook::in_time) continue;
    ++attention.total;
    if (attention.rows.size() >= most) continue;
    const std::string& id = state.task(task).id;
    attention.rows.push_back(
        {AttentionKind::deadline,
         id,
         "",
         fmt::format("{} is {}", id, slack->text),
         "evener why " + id}
    );
  }
}

}  // namespace evener
