// Blockers: open obstacles on a task. Who raises one says how grave it is, what it stops, and, if
// known, who must act. Left open, it escalates along the pool's policy (PoolSettings).
#pragma once

#include <array>
#include <string>

#include "model/task.h"

namespace evener {

// What an open blocker keeps its task from.
enum class Stops { start, finish, nothing };

template <>
struct EnumNames<Stops> {
  static constexpr std::array<std::string_view, 3> names{"start", "finish", "nothing"};
};

// A blocker's number, from 1 in each pool.
using BlockerId = std::int64_t;

struct RaiseBlocker {
  static constexpr std::string_view type = "raise_blocker";
  std::string task = {};
  std::string text = {};
  Priority severity = Priority::normal;
  Stops stops = Stops::start;
  std::string owner = {};
  std::string worker = {};

  static constexpr auto fields() {
    Bounds required_text = note_bounds;
    required_text.required = true;
    return std::tuple{
        field("task", &RaiseBlocker::task, "On this task", required_id),
        field("text", &RaiseBlocker::text, "What stands in the way", required_text),
        field("severity", &RaiseBlocker::severity, "urgent, high, normal or low"),
        field("stops", &RaiseBlocker::stops, "What the task is kept from meanwhile"),
        field(
            "owner",
            &RaiseBlocker::owner,
            "Who must act, if known: a worker, role:, machine: or team:",
            id_bounds
        ),
        field("worker", &RaiseBlocker::worker, "Who reports it; without it, the author", id_bounds),
    };
  }
};

struct ResolveBlocker {
  static constexpr std::string_view type = "resolve_blocker";
  BlockerId blocker = 0;
  std::string worker = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("blocker", &ResolveBlocker::blocker, "Its number", {.required = true, .min = 1}),
        field("worker", &ResolveBlocker::worker, "Who resolved it", id_bounds),
        field("reason", &ResolveBlocker::reason, "How", line_bounds),
    };
  }
};

struct BlockerRaised {
  static constexpr std::string_view type = "blocker_raised";
  BlockerId blocker = 0;
  std::string task = {};
  std::string text = {};
  Priority severity = Priority::normal;
  Stops stops = Stops::start;
  std::string owner = {};
  std::string worker = {};

  static constexpr auto fields() {
    return std::tuple{
        field("blocker", &BlockerRaised::blocker, "Its number"),
        field("task", &BlockerRaised::task, "On this task", fact_text),
        field("text", &BlockerRaised::text, "What stands in the way", fact_text),
        field("severity", &BlockerRaised::severity, "How grave it is"),
        field("stops", &BlockerRaised::stops, "What the task is kept from meanwhile"),
        field("owner", &BlockerRaised::owner, "Who must act", fact_text),
        field("worker", &BlockerRaised::worker, "Who reports it; empty: the author", fact_text),
    };
  }
};

struct BlockerResolved {
  static constexpr std::string_view type = "blocker_resolved";
  BlockerId blocker = 0;
  std::string task = {};
  std::string worker = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("blocker", &BlockerResolved::blocker, "Its number"),
        field("task", &BlockerResolved::task, "On this task", fact_text),
        field("worker", &BlockerResolved::worker, "Who resolved it; empty: the author", fact_text),
        field("reason", &BlockerResolved::reason, "How", fact_text),
    };
  }
};

// Nobody resolved it in time: from now on `to` is asked.
struct BlockerEscalated {
  static constexpr std::string_view type = "blocker_escalated";
  BlockerId blocker = 0;
  std::string task = {};
  std::string to = {};
  std::int64_t level = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("blocker", &BlockerEscalated::blocker, "Its number"),
        field("task", &BlockerEscalated::task, "On this task", fact_text),
        field("to", &BlockerEscalated::to, "Who is asked now", fact_text),
        field("level", &BlockerEscalated::level, "How often it has escalated, from 1"),
    };
  }
};

}  // namespace evener
