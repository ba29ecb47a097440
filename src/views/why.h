// `evener why`: what keeps a task from starting, or a worker from getting one; each condition, and
// what would change it. Answered from the predicates that decide claims (core/conditions.h).
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/liveness.h"
#include "views/status.h"
#include "views/tasks.h"

namespace evener {

// A worker that may not take a task, and the first reason.
struct MissRow {
  std::string worker = {};
  std::string code = {};
  std::string text = {};
  std::string remedy = {};

  bool operator==(const MissRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &MissRow::worker, "Who may not take it", always),
        field("code", &MissRow::code, "As a refusal's", always),
        field("text", &MissRow::text, "Why", always),
        field("remedy", &MissRow::remedy, "What would change it", shown),
    };
  }
};

struct TakerRow {
  std::string worker = {};
  Liveness liveness = Liveness::live;
  bool next = false;
  std::string skill = {};
  std::string preference = {};

  bool operator==(const TakerRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &TakerRow::worker, "Who may take it", always),
        field("liveness", &TakerRow::liveness, "live, quiet or lost", always),
        field("next", &TakerRow::next, "It is what the worker is offered next", shown),
        field("skill", &TakerRow::skill, "How it fared at such tasks", shown),
        field("preference", &TakerRow::preference, "Whether it has what the task prefers", shown),
    };
  }
};

// What a worker is offered before a task.
struct PositionRow {
  std::string worker = {};
  std::int64_t ahead_total = 0;
  std::vector<TaskRef> ahead = {};
  std::string text = {};

  bool operator==(const PositionRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &PositionRow::worker, "For whom", always),
        field("ahead_total", &PositionRow::ahead_total, "How many come first", always),
        field("ahead", &PositionRow::ahead, "The first of these", shown),
        field("text", &PositionRow::text, "A sentence", always),
    };
  }
};

// Why a task does not start, or a worker gets nothing. The subject is `task`, or else `worker`.
struct WhyView {
  std::string task = {};
  std::string worker = {};
  std::string summary = {};
  std::optional<TaskState> state = {};
  std::vector<ConditionRow> conditions = {};
  std::optional<LeaseRow> holder = {};
  std::vector<TakerRow> takers = {};
  std::int64_t takers_total = 0;
  std::vector<MissRow> misses = {};
  std::int64_t misses_total = 0;
  std::optional<PositionRow> position = {};
  std::optional<TaskRef> offer = {};
  std::string offer_reason = {};
  std::string remedy = {};
  std::optional<ReliefRow> relief = {};
  std::optional<DurationRange> expected = {};
  std::optional<Slack> slack = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &WhyView::task, "The task asked about", shown),
        field("worker", &WhyView::worker, "The worker asked about", shown),
        field("summary", &WhyView::summary, "The answer in a sentence", always),
        field("state", &WhyView::state, "What the task is doing now"),
        field("conditions", &WhyView::conditions, "What must hold", always),
        field("holder", &WhyView::holder, "Who runs the task"),
        field("takers", &WhyView::takers, "Who may take the task: the first 20", shown),
        field("takers_total", &WhyView::takers_total, "How many", shown),
        field("misses", &WhyView::misses, "Who may not, nearest first: the first 20", shown),
        field("misses_total", &WhyView::misses_total, "How many", shown),
        field("position", &WhyView::position, "What comes before the task"),
        field("offer", &WhyView::offer, "What the worker is offered now"),
        field("offer_reason", &WhyView::offer_reason, "Why that one first", shown),
        field("remedy", &WhyView::remedy, "What would change the answer", shown),
        field("relief", &WhyView::relief, "Nothing moves; what would free most tasks"),
        field("expected", &WhyView::expected, "What the task takes, from what such tasks took"),
        field("slack", &WhyView::slack, "Whether it will be done by its deadline"),
    };
  }
};

// `worker` may be "" (anybody), or a name that the pool does not know: a newcomer's first claim
// brings one slot and no capability.
WhyView why_task(const Pool& pool, TaskIndex task, const std::string& worker, Instant now);
WhyView why_worker(const Pool& pool, const std::string& worker, Instant now);

}  // namespace evener
