#include "views/why.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/worker_conditions.h"
#include "views/order.h"
#include "views/skills.h"

namespace evener {
namespace {

constexpr std::size_t most_takers = 20;  // takers and misses shown
constexpr std::size_t most_ahead = 5;

const Condition* first_open(const std::vector<Condition>& conditions) {
  const auto found = std::find_if(conditions.begin(), conditions.end(), [](const Condition& c) {
    return !c.holds;
  });
  return found == conditions.end() ? nullptr : &*found;
}

template <typename T>
void append(std::vector<T>& out, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

// A worker, and how much keeps it from a task: what it is weighs more than what it is doing now.
struct Candidate {
  int misses = 0;
  Liveness liveness = Liveness::live;
  WorkerIndex index;

  auto operator<=>(const Candidate&) const = default;
};

Candidate candidate(const Pool& pool, TaskIndex task, WorkerIndex index, Instant now) {
  const State& state = pool.state();
  const Worker& worker = state.worker(index);
  const bool covers = state.covers(worker.capabilities, state.task(task).capabilities);
  const bool meant = suits(pool, task, worker, now) || !covers;
  const bool full = slots_taken(state, worker) >= static_cast<std::size_t>(worker.spec.slots);
  const bool works = !worker.draining && worker.health.takes_work(now);
  return {
      .misses = (covers ? 0 : 4) + (meant ? 0 : 4) + (works ? 0 : 2) + (full ? 1 : 0),
      .liveness = liveness_of(pool, index, now),
      .index = index
  };
}

MissRow miss_row(const Pool& pool, TaskIndex task, const Worker& worker, Instant now) {
  std::vector<Condition> conditions = match_conditions(pool, task, worker, now);
  append(conditions, worker_conditions(pool, worker, now));
  const Condition* open = first_open(conditions);
  // A question ends no server, also where candidate() and the conditions came to differ.
  if (open == nullptr) return {worker.spec.name, "", "it is not offered the task now", ""};
  return {worker.spec.name, open->code, open->text, open->remedy};
}

void add_workers(const Pool& pool, TaskIndex task, Instant now, WhyView& view) {
  const State& state = pool.state();
  std::vector<Candidate> all;
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    all.push_back(candidate(pool, task, WorkerIndex{i}, now));
  }
  std::sort(all.begin(), all.end());
  for (const Candidate& found : all) {
    const Worker& worker = state.worker(found.index);
    if (found.misses == 0) {
      ++view.takers_total;
      if (view.takers.size() == most_takers) continue;
      const bool next = pool.ready().is_ready(task) && pool.ready().best_for(worker, now) == task;
      view.takers.push_back(
          {worker.spec.name,
           found.liveness,
           next,
           skill_words(state, task, worker),
           preference_words(state, task, worker)}
      );
    } else {
      ++view.misses_total;
      if (view.misses.size() == most_takers) continue;
      view.misses.push_back(miss_row(pool, task, worker, now));
    }
  }
}

PositionRow position_of(const Pool& pool, TaskIndex task, const Worker& worker, Instant now) {
  const State& state = pool.state();
  const Ahead ahead = ready_for(pool, worker, task, most_ahead, now);
  PositionRow row{
      .worker = worker.spec.name, .ahead_total = static_cast<std::int64_t>(ahead.total)
  };
  for (const ClaimPlace& place : ahead.first) row.ahead.push_back(ref_of(pool, place.task));
  if (ahead.total == 0) {
    row.text = fmt::format("it is what {} is offered next", worker.spec.name);
    return row;
  }
  const ClaimPlace mine = place_of(pool, task, worker, now);
  row.text = fmt::format(
      "{} {} before it for {}; first {}: {}",
      ahead.total,
      ahead.total == 1 ? "task comes" : "tasks come",
      worker.spec.name,
      state.task(ahead.first.front().task).id,
      why_before(pool, worker, ahead.first.front(), mine)
  );
  return row;
}

std::string names(const std::vector<TakerRow>& takers, std::int64_t total) {
  constexpr std::size_t most_named = 3;
  std::string out;
  const std::size_t shown_names = std::min(takers.size(), most_named);
  for (std::size_t i = 0; i < shown_names; ++i) {
    if (i > 0) out += ", ";
    out += takers[i].worker;
  }
  const std::int64_t more = total - static_cast<std::int64_t>(shown_names);
  return more > 0 ? fmt::format("{} and {} more", out, more) : out;
}

void summarise_ready(const Pool& pool, WhyView& view) {
  if (view.takers_total > 0) {
    view.summary = fmt::format(
        "{} is ready: {} may take it", view.task, names(view.takers, view.takers_total)
    );
    return;
  }
  if (pool.state().workers.empty()) {
    view.summary = fmt::format("{} is ready; no worker has come yet", view.task);
    view.remedy = "evener work";
    return;
  }
  view.summary = fmt::format("{} is ready, but no known worker may take it now", view.task);
  if (!view.misses.empty()) {
    view.summary += ": " + view.misses.front().text;
    view.remedy = view.misses.front().remedy;
  }
}

}  // namespace

WhyView why_task(const Pool& pool, TaskIndex index, const std::string& name, Instant now) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  WhyView view{
      .task = task.id,
      .worker = name,
      .state = pool.state_of(index),
      .holder = lease_of(pool, index, now)
  };
  std::vector<Condition> conditions = task_conditions(pool, index, now);
  const bool may_start = first_open(conditions) == nullptr;
  if (task.stage == Stage::open && !task.is_lock) add_workers(pool, index, now, view);
  if (!name.empty() && task.stage == Stage::open && !task.is_lock) {
    const Worker worker = worker_or_newcomer(state, name);
    append(conditions, match_conditions(pool, index, worker, now));
    append(conditions, worker_conditions(pool, worker, now));
    if (pool.ready().is_ready(index) && !pool.ready().is_parked(index) &&
        suits(pool, index, worker, now)) {
      view.position = position_of(pool, index, worker, now);
    }
  }
  if (const Condition* open = first_open(conditions)) {
    view.remedy = open->remedy;
    const bool is_ready = may_start || open->code == "locked";
    view.summary = is_ready ? fmt::format("{} is ready, but {}", task.id, open->text)
                            : fmt::format("{} is {}", task.id, explain_state(pool, index, now));
  } else if (task.is_lock) {
    view.summary = fmt::format(
        "{} is offered to nobody: the evener lock or evener lead that made it takes it", task.id
    );
    view.remedy = "evener cancel " + task.id;
  } else if (view.position) {
    view.summary = fmt::format("{} is ready: {}", task.id, view.position->text);
  } else {
    summarise_ready(pool, view);
  }
  view.conditions = rows_of(std::move(conditions));
  view.expected = expected_of(pool, index);
  view.slack = SlackFinder(pool, now).of(index);
  return view;
}

WhyView why_worker(const Pool& pool, const std::string& name, Instant now) {
  const State& state = pool.state();
  const Worker worker = worker_or_newcomer(state, name);
  WhyView view{.worker = name};
  std::vector<Condition> conditions = worker_conditions(pool, worker, now);
  const Condition* open = first_open(conditions);
  const TaskIndex offered = pool.ready().best_for(worker, now);
  if (open != nullptr) {
    view.summary = fmt::format("{} gets no task: {}", name, open->text);
    view.remedy = open->remedy;
    view.relief = relief_row(pool, now);
  } else if (offered == no_task) {
    const Refusal nothing = nothing_to_claim(pool, worker, now);
    view.summary = nothing.message;
    view.remedy = nothing.remedy;
    view.relief = relief_row(pool, now);
  } else {
    const Ahead ready = ready_for(pool, worker, no_task, 2, now);
    view.offer = ref_of(pool, offered);
    const auto next = std::find_if(ready.first.begin(), ready.first.end(), [&](const auto& place) {
      return place.task != offered;
    });
    view.offer_reason = next == ready.first.end()
                            ? "it is the only ready task that it may take"
                            : why_before(pool, worker, place_of(pool, offered, worker, now), *next);
    view.summary = fmt::format("{} is offered {}: {}", name, view.offer->task, view.offer_reason);
  }
  view.conditions = rows_of(std::move(conditions));
  return view;
}

}  // namespace evener
