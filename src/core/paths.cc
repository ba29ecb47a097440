#include "core/paths.h"

#include <algorithm>
#include <bit>

#include "core/graph.h"

namespace evener {
namespace {

constexpr unsigned fraction_bits = 10;  // of a quantised length

}  // namespace

void PathLengths::touch(TaskIndex task) {
  if (lengths_.size() < state_.tasks.size()) {
    lengths_.resize(state_.tasks.size());
    queued_.resize(state_.tasks.size());
  }
  if (queued_[task.value]) return;
  queued_[task.value] = true;
  if (task < reached_) {
    round_.push_back(task);
    std::push_heap(round_.begin(), round_.end());
  } else {
    later_.push_back(task);
  }
}

void PathLengths::rebuild() {
  lengths_.assign(state_.tasks.size(), 0);
  pressed_.clear();
  queued_.assign(state_.tasks.size(), true);  // each has its turn in this round
  round_.clear();
  later_.clear();
  std::size_t edges = SIZE_MAX;
  for (auto i = static_cast<std::uint32_t>(state_.tasks.size()); i-- > 0;) {
    reached_ = TaskIndex{i};
    queued_[i] = false;
    repair_one(reached_, edges);
  }
}

TaskIndex PathLengths::take_next() {
  if (round_.empty()) {
    std::swap(round_, later_);
    std::make_heap(round_.begin(), round_.end());
  }
  std::pop_heap(round_.begin(), round_.end());
  const TaskIndex task = round_.back();
  round_.pop_back();
  reached_ = task;
  queued_[task.value] = false;
  return task;
}

// What may start once `task` is done, if that is open: itself, and its subtasks, which start as
// early.
template <typename Visit>
void PathLengths::for_each_start(TaskIndex index, std::size_t& edges, const Visit& visit) const {
  const Task& task = state_.task(index);
  if (edges > 0) --edges;
  if (is_closed(task.stage)) return;
  visit(index);
  for (const TaskIndex child : task.children) for_each_start(child, edges, visit);
}

Millis PathLengths::length_of(TaskIndex index, std::size_t& edges) const {
  const Task& task = state_.task(index);
  Millis rest = 0;
  for (const TaskIndex dependant : task.dependants) {
    for_each_start(dependant, edges, [&](TaskIndex next) {
      rest = std::max(rest, lengths_[next.value]);
    });
  }
  if (task.parent != no_task && !is_closed(state_.task(task.parent).stage)) {
    rest = std::max(rest, lengths_[task.parent.value]);
  }
  return planned_duration(state_, task) + rest;
}

Instant PathLengths::press_of(TaskIndex index, std::size_t& edges) const {
  const Task& task = state_.task(index);
  const auto deadline = state_.deadlines.find(index);
  Instant soonest = deadline == state_.deadlines.end() ? never_pressed : deadline->second;
  for (const TaskIndex dependant : task.dependants) {
    for_each_start(dependant, edges, [&](TaskIndex next) {
      soonest = std::min(soonest, pressed_[next.value]);
    });
  }
  if (task.parent != no_task && !is_closed(state_.task(task.parent).stage)) {
    soonest = std::min(soonest, pressed_[task.parent.value]);
  }
  return soonest == never_pressed ? soonest : soonest - 2 * planned_duration(state_, task);
}

bool PathLengths::repair_one(TaskIndex index, std::size_t& edges) {
  const Millis length = length_of(index, edges);
  Instant pressed = never_pressed;
  if (!pressed_.empty() || !state_.deadlines.empty()) {
    pressed_.resize(lengths_.size(), never_pressed);
    pressed = press_of(index, edges);
  }
  if (edges > 0) --edges;
  if (length == lengths_[index.value] && pressed == pressed_from(index)) return false;
  lengths_[index.value] = length;
  if (!pressed_.empty()) pressed_[index.value] = pressed;
  for_each_prerequisite(state_, index, [&](TaskIndex before) {
    if (edges > 0) --edges;
    if (!is_closed(state_.task(before).stage)) touch(before);
  });
  return true;
}

std::uint32_t quantised(Millis length) {
  const auto value = static_cast<std::uint64_t>(std::max<Millis>(length, 0)) + 1;
  const auto magnitude = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t below = value - (std::uint64_t{1} << magnitude);
  const std::uint64_t fraction = magnitude >= fraction_bits ? below >> (magnitude - fraction_bits)
                                                            : below << (fraction_bits - magnitude);
  return (magnitude << fraction_bits) | static_cast<std::uint32_t>(fraction);
}

Millis unquantised(std::uint32_t bits) {
  const unsigned magnitude = bits >> fraction_bits;
  const std::uint64_t fraction = bits & ((1U << fraction_bits) - 1);
  const std::uint64_t below = magnitude >= fraction_bits ? fraction << (magnitude - fraction_bits)
                                                         : fraction >> (fraction_bits - magnitude);
  return static_cast<Millis>((std::uint64_t{1} << magnitude) + below - 1);
}

}  // namespace evener
