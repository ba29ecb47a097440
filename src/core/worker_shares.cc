#include "core/worker_shares.h"

#include <algorithm>
#include <bit>

namespace evener {
namespace {

template <typename Visit>
void for_each_bit(std::uint64_t bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

// ---- what is kept ------------------------------------------------------------------------------

void WorkerShares::count(TaskIndex index) {
  if (counted_.size() < state_.tasks.size()) counted_.resize(state_.tasks.size());
  const Task& task = state_.task(index);
  Counted now;
  if (task.stage == Stage::open && task.assignee == anyone && !task.is_lock) {
    now = {task.capabilities, planned_duration(state_, task)};
  }
  Counted& before = counted_[index.value];
  if (before == now) return;
  add_work(before, -1);
  add_work(now, 1);
  before = now;
}

void WorkerShares::touch(WorkerIndex index) {
  if (seen_.size() < state_.workers.size()) seen_.resize(state_.workers.size());
  const Worker& worker = state_.worker(index);
  const Seen now{worker.capabilities, worker.is_employed() ? worker.spec.slots : 0};
  Seen& before = seen_[index.value];
  if (before == now) return;
  const std::size_t kinds = slots_.size();
  add_slots(before, -1);
  add_slots(now, 1);
  before = now;
  if (kinds < 2 && slots_.size() < 2) return;
  begin_again();
  if (is_counting_) return;
  is_counting_ = true;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) count(TaskIndex{i});
}

void WorkerShares::add_work(const Counted& work, int sign) {
  if (work.duration == 0) return;
  const auto known = static_cast<std::uint32_t>(works_.size());
  if (known <= work.wanted.value) works_.resize(work.wanted.value + 1);
  for (std::uint32_t set = known; set < works_.size(); ++set) look_for_takers(CapabilitySet{set});
  Work& whole = works_[work.wanted.value];
  whole.sum += sign * work.duration;
  share_out(whole);
}

void WorkerShares::add_slots(const Seen& worker, int sign) {
  if (worker.slots == 0) return;
  std::int64_t& slots = slots_[worker.offered];
  slots += sign * worker.slots;
  if (slots == 0) slots_.erase(worker.offered);
}

std::uint64_t WorkerShares::takers_of(CapabilitySet wanted) const {
  std::uint64_t takers = 0;
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    if (state_.covers(kinds_[kind].offered, wanted)) takers |= std::uint64_t{1} << kind;
  }
  return takers;
}

void WorkerShares::look_for_takers(CapabilitySet wanted) {
  Work& work = works_[wanted.value];
  work.takers = takers_of(wanted);
  work.slots = 0;
  for_each_bit(work.takers, [&](std::size_t kind) { work.slots += kinds_[kind].slots; });
}

// The share of each slot has changed: the loads of all who may do the work change by as much.
void WorkerShares::share_out(Work& work) {
  const Millis share = work.slots == 0 ? 0 : work.sum / work.slots;
  const Millis more = share - work.share;
  if (more == 0) return;
  for_each_bit(work.takers, [&](std::size_t kind) { kinds_[kind].load += more; });
  work.share = share;
}

void WorkerShares::begin_again() {
  kinds_.clear();
  if (slots_.size() > 1 && slots_.size() <= most_kinds_) {
    for (const auto& [offered, slots] : slots_) kinds_.push_back({offered, slots});
  }
  for (std::uint32_t set = 0; set < works_.size(); ++set) {
    Work& work = works_[set];
    work.share = 0;
    look_for_takers(CapabilitySet{set});
    share_out(work);
  }
}

// ---- what is asked -----------------------------------------------------------------------------

Millis WorkerShares::of(CapabilitySet wanted) const {
  // Beyond works_ no such task has ever been open that takes any time.
  const std::uint64_t takers =
      wanted.value < works_.size() ? works_[wanted.value].takers : takers_of(wanted);
  Millis least = INT64_MAX;
  for_each_bit(takers, [&](std::size_t kind) { least = std::min(least, kinds_[kind].load); });
  return takers == 0 ? 0 : least;
}

std::optional<WorkerIndex> WorkerShares::only_taker(CapabilitySet wanted) const {
  std::optional<WorkerIndex> only;
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    const Worker& worker = state_.worker(WorkerIndex{i});
    if (!worker.is_employed() || !state_.covers(worker.capabilities, wanted)) continue;
    if (only) return std::nullopt;
    only = WorkerIndex{i};
  }
  return only;
}

AnswerPlace WorkerShares::place_of(CapabilitySet offered, std::uint64_t order) const {
  const auto kind = std::lower_bound(
      kinds_.begin(),
      kinds_.end(),
      offered,
      [](const Kind& one, CapabilitySet set) { return one.offered < set; }
  );
  const bool is_known = kind != kinds_.end() && kind->offered == offered;
  return {is_known ? kind->load : 0, state_.capabilities(offered).size(), order};
}

}  // namespace evener
