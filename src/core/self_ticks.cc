#include "core/self_ticks.h"

#include <fmt/format.h>

namespace evener {
namespace {

std::optional<SelfTick> measure_tick(std::string_view criterion) {
  constexpr std::size_t sign_bytes = 4;
  const std::size_t at = std::max(
      criterion.rfind(" <= ") == std::string_view::npos ? 0 : criterion.rfind(" <= "),
      criterion.rfind(" >= ") == std::string_view::npos ? 0 : criterion.rfind(" >= ")
  );
  if (at == 0) return std::nullopt;
  const Result<Decimal> bound = parse_decimal(criterion.substr(at + sign_bytes));
  if (!bound.ok()) return std::nullopt;
  return SelfTick{
      .kind = criterion[at + 1] == '<' ? SelfTick::Kind::at_most : SelfTick::Kind::at_least,
      .name = std::string(criterion.substr(0, at)),
      .bound = *bound
  };
}

// A million tasks are looked at after a restart: their text is read only where it may matter.
bool may_tick_itself(const Task& task) {
  if (task.criteria == 0) return false;
  const auto has = [&](std::string_view word) {
    return task.rest.view().find(word) != std::string::npos;
  };
  return has(" <= ") || has(" >= ") || has("\"task:");
}

}  // namespace

std::optional<SelfTick> self_tick_of(std::string_view criterion) {
  constexpr std::string_view front = "task:";
  constexpr std::string_view back = " done";
  if (criterion.starts_with(front) && criterion.ends_with(back) &&
      criterion.size() > front.size() + back.size()) {
    criterion.remove_prefix(front.size());
    criterion.remove_suffix(back.size());
    const bool is_id = check_text(criterion, id_bounds, Path{}).ok();
    if (is_id) return SelfTick{.name = std::string(criterion)};
    return std::nullopt;
  }
  return measure_tick(criterion);
}

const Measure* measure_for(const State& state, TaskIndex index, const std::string& name) {
  const Measures& measures = state.records.measures;
  const Task& task = state.task(index);
  const auto find = [&](MeasureKey key) -> const Measure* {
    const auto found = measures.find(key);
    return found == measures.end() ? nullptr : &found->second;
  };
  if (const Measure* own = find({name, task.id, ""})) return own;
  if (task.phase != no_gate) {
    if (const Measure* of_phase = find({name, "", state.gate(task.phase).id})) return of_phase;
  }
  return find({name, "", ""});
}

void SelfTicks::follow(const Fact& fact) {
  const auto* added = std::get_if<TaskAdded>(&fact.body);
  const auto* edited = std::get_if<TaskEdited>(&fact.body);
  if (added != nullptr || edited != nullptr) {
    const TaskSpec& spec = added != nullptr ? added->spec : edited->spec;
    describe(state_.find_task(spec.id), spec.criteria);
    return;
  }
  if (of_task_.empty()) return;
  if (const auto* measured = std::get_if<Measured>(&fact.body)) {
    settle_all(by_measure_, measured->name);
  } else if (const std::string_view id = task_of(fact.body); !id.empty()) {
    settle(state_.find_task(id));
    if (std::holds_alternative<AttemptFinished>(fact.body)) settle_all(by_task_, std::string(id));
  }
}

void SelfTicks::adopt() {
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const TaskIndex index{i};
    if (may_tick_itself(state_.task(index))) describe(index, spec_of(state_, index).criteria);
  }
}

std::map<std::string, std::set<TaskIndex>>& SelfTicks::index_of(const SelfTick& tick) {
  return tick.kind == SelfTick::Kind::task_done ? by_task_ : by_measure_;
}

void SelfTicks::describe(TaskIndex task, const std::vector<std::string>& criteria) {
  std::vector<SelfTick> ticks;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    std::optional<SelfTick> tick = self_tick_of(criteria[i]);
    if (!tick) continue;
    tick->criterion = static_cast<std::int64_t>(i) + 1;
    ticks.push_back(std::move(*tick));
  }
  const auto known = of_task_.find(task);
  if (known != of_task_.end()) {
    for (const SelfTick& tick : known->second) {
      auto& index = index_of(tick);
      const auto named = index.find(tick.name);
      if (named == index.end()) continue;
      named->second.erase(task);
      if (named->second.empty()) index.erase(named);
    }
    of_task_.erase(known);
    due_.erase(due_.lower_bound({task, 0}), due_.lower_bound({TaskIndex{task.value + 1}, 0}));
  }
  if (ticks.empty()) return;
  for (const SelfTick& tick : ticks) index_of(tick)[tick.name].insert(task);
  of_task_.emplace(task, std::move(ticks));
  settle(task);
}

bool SelfTicks::holds(TaskIndex task, const SelfTick& tick) const {
  if (tick.kind == SelfTick::Kind::task_done) {
    const TaskIndex other = state_.find_task(tick.name);
    return other != no_task && state_.task(other).stage == Stage::done;
  }
  const Measure* measure = measure_for(state_, task, tick.name);
  if (measure == nullptr || !measure->value) return false;
  return tick.kind == SelfTick::Kind::at_most ? *measure->value <= tick.bound
                                              : *measure->value >= tick.bound;
}

bool SelfTicks::is_due(TaskIndex task, const SelfTick& tick) const {
  if (is_closed(state_.task(task).stage)) return false;
  const TaskExtras* extras = state_.find_extras(task);
  const auto bit = static_cast<unsigned>(tick.criterion - 1);
  const bool is_ticked = extras != nullptr && (extras->ticked >> bit & 1U) != 0;
  return !is_ticked && holds(task, tick);
}

void SelfTicks::settle(TaskIndex task) {
  const auto known = of_task_.find(task);
  if (known == of_task_.end()) return;
  for (const SelfTick& tick : known->second) {
    if (is_due(task, tick)) {
      due_.emplace(task, tick.criterion);
    } else {
      due_.erase({task, tick.criterion});
    }
  }
}

void SelfTicks::settle_all(
    const std::map<std::string, std::set<TaskIndex>>& index, const std::string& name
) {
  const auto named = index.find(name);
  if (named == index.end()) return;
  for (const TaskIndex task : named->second) settle(task);
}

std::string SelfTicks::reason(TaskIndex task, std::int64_t criterion) const {
  const std::vector<SelfTick>& ticks = of_task_.at(task);
  const auto tick = std::find_if(ticks.begin(), ticks.end(), [&](const SelfTick& other) {
    return other.criterion == criterion;
  });
  CHECK(tick != ticks.end(), "a criterion is due that does not tick itself");
  if (tick->kind == SelfTick::Kind::task_done) return fmt::format("{} is done", tick->name);
  return fmt::format(
      "{} is {}, at {} {}",
      tick->name,
      format_decimal(*measure_for(state_, task, tick->name)->value),
      tick->kind == SelfTick::Kind::at_most ? "most" : "least",
      format_decimal(tick->bound)
  );
}

SelfTicks::Due SelfTicks::recount() const {
  Due due;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const std::vector<std::string> criteria = spec_of(state_, TaskIndex{i}).criteria;
    for (std::size_t at = 0; at < criteria.size(); ++at) {
      std::optional<SelfTick> tick = self_tick_of(criteria[at]);
      if (!tick) continue;
      tick->criterion = static_cast<std::int64_t>(at) + 1;
      if (is_due(TaskIndex{i}, *tick)) due.emplace(TaskIndex{i}, tick->criterion);
    }
  }
  return due;
}

}  // namespace evener
