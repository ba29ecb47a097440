#include "core/ready.h"

#include <algorithm>

#include "core/closeness.h"
#include "core/skill.h"

namespace evener {
namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;
// A rank holds 2 bits of priority, one of whether no deadline presses, 16 of the quantised path, 13
// of how many tasks need this one. Of what is pressed the last two are 0: it goes by when that
// began.
constexpr unsigned priority_shift = 30;
constexpr unsigned press_shift = 29;
constexpr unsigned path_shift = 13;
constexpr std::uint32_t longest_rank = 0xFFFFU;
constexpr std::uint32_t most_dependants = 0x1FFFU;  // more count as these
constexpr std::size_t most_alike = 16;  // of a group, among which the closest to a worker is chosen

bool is_pressed(const OrderKey& key) {
  return key.task != no_task && ((key.rank >> press_shift) & 1U) == 0;
}

OrderKey without_path(const OrderKey& key) {
  return {key.since, key.rank & most_dependants, key.task};
}

// The key of a task whose path is taken to be longer by so many steps: it suits the worker.
OrderKey bent(OrderKey key, std::int32_t steps) {
  if (steps == 0 || is_pressed(key)) return key;
  const auto path = static_cast<std::int32_t>((key.rank >> path_shift) & longest_rank);
  const auto moved = std::clamp(path - steps, 0, static_cast<std::int32_t>(longest_rank));
  key.rank &= ~(longest_rank << path_shift);
  key.rank |= static_cast<std::uint32_t>(moved) << path_shift;
  return key;
}

}  // namespace

bool is_meant_for(AssigneeIndex assignee, const Worker& worker) {
  const auto has = [&](const auto& names) {
    return std::find(names.begin(), names.end(), assignee) != names.end();
  };
  return assignee != anyone && (has(worker.answers_to) || has(worker.leads));
}

// ---- placing -----------------------------------------------------------------------------------

OrderKey ReadyIndex::best_key(TaskIndex index) const {
  const Task& task = state_.task(index);
  const std::uint32_t priority = static_cast<std::uint32_t>(task.priority) << priority_shift;
  const Instant pressed_from = paths_.pressed_from(index);
  if (pressed_from <= now_) return {pressed_from, priority, index};
  const std::uint32_t path = longest_rank - quantised(paths_.length(index));
  const auto dependants = static_cast<std::uint32_t>(task.dependants.size());
  const std::uint32_t few = most_dependants - std::min(most_dependants, dependants);
  return {task.since, priority | (1U << press_shift) | (path << path_shift) | few, index};
}

OrderKey ReadyIndex::oldest_key(TaskIndex index) const {
  return {state_.task(index).since, 0, index};
}

std::uint32_t ReadyIndex::group_for(const Task& task, bool open) {
  const GroupKey key{task.capabilities, task.prefers, task.assignee, open, task.is_lock, task.kind};
  const auto [found, is_new] =
      group_by_key_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
  if (is_new) {
    groups_.push_back(std::make_unique<Group>(Group{
        key,
        key.by_name ? &by_name_
        : open      ? &open_groups_
                    : &reserved_groups_[task.assignee],
        IndexedHeap<OrderKey>(best_positions_),
        IndexedHeap<OrderKey>(oldest_positions_)
    }));
    heads_.push_back(
        {{0, 0, no_task},
         {0, 0, no_task},
         task.capabilities,
         task.prefers,
         task.assignee,
         task.kind,
         nowhere}
    );
  }
  return found->second;
}

// A group stands in its list while it has something to offer.
void ReadyIndex::update_head(std::uint32_t group) {
  const Group& from = *groups_[group];
  Head& head = heads_[group];
  head.best.task = no_task;
  if (!from.best.empty()) {
    head.best = from.best.head();
    head.oldest = from.oldest.head();
  }
  if (const OrderKey* const locked = bundles_.best(group)) {
    const OrderKey& oldest = *bundles_.oldest(group);
    const bool is_alone = head.best.task == no_task;
    if (is_alone || *locked < head.best) head.best = *locked;
    if (is_alone || oldest < head.oldest) head.oldest = oldest;
  }
  if (head.best.task != no_task) state_.prefetch(head.best.task);
  std::vector<std::uint32_t>& list = *from.list;
  if (head.best.task != no_task && head.listed_at == nowhere) {
    head.listed_at = static_cast<std::uint32_t>(list.size());
    list.push_back(group);
  } else if (head.best.task == no_task && head.listed_at != nowhere) {
    heads_[list.back()].listed_at = head.listed_at;
    list[head.listed_at] = list.back();
    list.pop_back();
    head.listed_at = nowhere;
  }
}

bool ReadyIndex::is_soft_and_due(const Task& task, Instant now) const {
  return task.assignee_delay >= 0 && task.since + task.assignee_delay <= now;
}

bool ReadyIndex::is_aged(const Task& task, Instant now) const {
  return !task.is_lock && task.since <= now - state_.settings.age_limit_ms;
}

void ReadyIndex::enter(TaskIndex index, Instant now, Order order) {
  const Task& task = state_.task(index);
  const bool open = task.assignee == anyone || is_soft_and_due(task, now);
  if (!open && task.assignee_delay >= 0) timers_.push({task.since + task.assignee_delay, index});
  wait_for_press(index);
  const std::uint32_t group = group_for(task, open);
  group_of_[index.value] = group;
  if (task.locks == no_locks && order == Order::later) {
    groups_[group]->best.append(best_key(index));
    groups_[group]->oldest.append(oldest_key(index));
  } else if (task.locks == no_locks) {
    groups_[group]->best.insert(best_key(index));
    groups_[group]->oldest.insert(oldest_key(index));
    update_head(group);
  } else {
    const bool aged = is_aged(task, now);
    if (!aged) timers_.push({task.since + state_.settings.age_limit_ms, index});
    bundles_.insert(group, groups_[group]->key, best_key(index), oldest_key(index), aged);
  }
  places_[index.value] = Where::ready;
  ++ready_count_;
  if (task.prefers != CapabilitySet{0}) ++choosy_count_;
  ++arrivals_;
  arrived_.push_back(index);
}

void ReadyIndex::wait_for_press(TaskIndex index) {
  const Instant at = paths_.pressed_from(index);
  if (at > now_ && at != never_pressed) timers_.push({at, index});
}

void ReadyIndex::leave(TaskIndex index) {
  Where& place = places_[index.value];
  if (place == Where::ready) {
    if (groups_[group_of_[index.value]]->key.prefers != CapabilitySet{0}) --choosy_count_;
    if (bundles_.contains(index)) {
      bundles_.erase(index);
    } else {
      Group& group = *groups_[group_of_[index.value]];
      group.best.erase(index);
      group.oldest.erase(index);
      update_head(group_of_[index.value]);
    }
    --ready_count_;
  } else if (place == Where::delayed) {
    --delayed_;
  }
  place = Where::out;
}

void ReadyIndex::place(TaskIndex index, bool ready, Instant now) {
  now_ = std::max(now_, now);
  make_room();
  leave(index);
  if (ready) put(index, now, Order::now);
  settle();
}

void ReadyIndex::make_room() {
  if (places_.size() >= state_.tasks.size()) return;
  places_.resize(state_.tasks.size(), Where::out);
  group_of_.resize(state_.tasks.size(), nowhere);
  best_positions_.resize(state_.tasks.size());
  oldest_positions_.resize(state_.tasks.size());
}

// Where a task stands that may be offered, and stands nowhere yet.
void ReadyIndex::put(TaskIndex index, Instant now, Order order) {
  const Task& task = state_.task(index);
  if (task.not_before <= now) return enter(index, now, order);
  places_[index.value] = Where::delayed;
  ++delayed_;
  timers_.push({task.not_before, index});
}

void ReadyIndex::order_all() {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    groups_[i]->best.order();
    groups_[i]->oldest.order();
    update_head(i);
  }
  settle();
}

void ReadyIndex::settle() {
  if (!bundles_.has_news()) return;
  bundles_.settle();
  for (const std::uint32_t group : bundles_.take_changed_groups()) update_head(group);
  for (const TaskIndex task : bundles_.take_unparked()) {
    ++arrivals_;
    arrived_.push_back(task);
  }
}

void ReadyIndex::roles_changed() {
  bundles_.workers_changed();
  settle();
}

void ReadyIndex::worker_changed(WorkerIndex worker) {
  shares_.touch(worker);
  bundles_.workers_changed();
  settle();
}

void ReadyIndex::limit_changed(Instant now) {
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    const TaskIndex index{i};
    if (!bundles_.contains(index)) continue;
    const Task& task = state_.task(index);
    const bool aged = is_aged(task, now);
    if (!aged) timers_.push({task.since + state_.settings.age_limit_ms, index});
    bundles_.set_aged(index, aged);
  }
  settle();
}

void ReadyIndex::reorder(TaskIndex index) {
  if (!is_ready(index)) return;
  wait_for_press(index);
  take_new_key(index);
}

void ReadyIndex::take_new_key(TaskIndex index) {
  if (bundles_.contains(index)) {
    bundles_.reorder(best_key(index));
    return settle();
  }
  Group& group = *groups_[group_of_[index.value]];
  const OrderKey key = best_key(index);
  if (group.best.key(index) == key) return;
  group.best.erase(index);
  group.best.insert(key);
  update_head(group_of_[index.value]);
}

void ReadyIndex::advance(Instant now) {
  now_ = std::max(now_, now);
  while (!timers_.empty() && timers_.top().at <= now) {
    const TaskIndex index = timers_.top().task;
    timers_.pop();
    // A timer may be older than the task's present place; what it finds decides.
    const Task& task = state_.task(index);
    const bool backoff_over = places_[index.value] == Where::delayed && task.not_before <= now;
    const bool opens = places_[index.value] == Where::ready &&
                       !groups_[group_of_[index.value]]->key.open && is_soft_and_due(task, now);
    if (backoff_over || opens) {
      leave(index);
      enter(index, now, Order::now);
      continue;
    }
    if (bundles_.contains(index) && is_aged(task, now)) bundles_.set_aged(index, true);
    if (is_ready(index) && paths_.pressed_from(index) <= now_) take_new_key(index);
  }
  settle();
}

bool ReadyIndex::is_ready(TaskIndex task) const {
  return task.value < places_.size() && places_[task.value] == Where::ready;
}

bool ReadyIndex::has(TaskIndex task) const {
  return task.value < places_.size() && places_[task.value] != Where::out;
}

// ---- offering ----------------------------------------------------------------------------------

// Groups that are open to everybody, and those reserved for this very worker; none that is empty.
template <typename Visit>
void ReadyIndex::for_each_group(const Worker& worker, const Visit& visit) const {
  const auto visit_all = [&](const std::vector<std::uint32_t>& groups) {
    for (const std::uint32_t group : groups) visit(heads_[group]);
  };
  const auto visit_reserved = [&](AssigneeIndex assignee) {
    const auto reserved = reserved_groups_.find(assignee);
    if (assignee != anyone && reserved != reserved_groups_.end()) visit_all(reserved->second);
  };
  visit_all(open_groups_);
  for (const AssigneeIndex assignee : worker.answers_to) visit_reserved(assignee);
  for (const AssigneeIndex role : worker.leads) visit_reserved(role);
}

struct ReadyIndex::Place {
  OrderKey key{0, 0, no_task};  // with how well it suits the worker
  bool is_meant = false;
  Millis weight = 0;  // of the path and the share, where work is shared out
};

// Of equal priority, pressed or not and meant for the worker or not alike, what suits it better
// goes first.
class ReadyIndex::Comparison {
 public:
  Comparison(const ReadyIndex& index, const Worker& worker)
      : index_(index),
        worker_(worker),
        by_shares_(index.shares_.differ()),
        fit_(index.state_, worker) {}

  // Most heads fall to their first bits: how well they suit the worker is asked last.
  bool goes_before(const Head& head, const Place& best) const {
    if (best.key.task == no_task) return true;
    const std::uint32_t first = head.best.rank >> press_shift;
    const std::uint32_t best_first = best.key.rank >> press_shift;
    if (first != best_first) return first < best_first;
    // Of most, nothing but the key counts: the rest of the place is not made only to be thrown
    // away.
    if (!by_shares_ && head.assignee == anyone) {
      return !best.is_meant && bent(head.best, steps(head)) < best.key;
    }
    const Place place = of(head);
    if (place.is_meant != best.is_meant) return place.is_meant;
    if (place.weight != best.weight) return place.weight > best.weight;
    return by_shares_ ? without_path(place.key) < without_path(best.key) : place.key < best.key;
  }

  Place of(const Head& head) const {
    Place place{
        .key = bent(head.best, steps(head)),
        .is_meant = head.assignee != anyone && is_meant_for(head.assignee, worker_)
    };
    if (by_shares_) place.weight = weight_of(head, place.key);
    return place;
  }

  // Whether only age decides between them.
  bool are_alike(const Place& a, const Place& b) const {
    const std::uint32_t ignored = by_shares_ ? longest_rank << path_shift : 0;
    return a.is_meant == b.is_meant && a.weight == b.weight &&
           (a.key.rank | ignored) == (b.key.rank | ignored);
  }

 private:
  std::int32_t steps(const Head& head) const {
    const std::int32_t fit = fit_.of(head.kind);
    if (head.prefers == CapabilitySet{0}) return fit;
    return fit + preference_steps(index_.state_, worker_, head.prefers);
  }

  // The path is the one that its rank tells, so that within a group a weight tells no more than the
  // group's order. All tasks of a group require the same, so their share is the same: it stands in
  // no heap, and a load that changes moves no task.
  Millis weight_of(const Head& head, const OrderKey& key) const {
    if (is_pressed(key)) return 0;
    const Millis path = unquantised(longest_rank - ((key.rank >> path_shift) & longest_rank));
    return head.assignee == anyone ? path + index_.shares_.of(head.capabilities) : path;
  }

  const ReadyIndex& index_;
  const Worker& worker_;
  bool by_shares_;
  WorkerFit fit_;
};

TaskIndex ReadyIndex::best_for(const Worker& worker, Instant now) const {
  const Instant aged_before = now - state_.settings.age_limit_ms;
  const Head* oldest = nullptr;
  const Comparison comparison(*this, worker);
  Place best;
  // Whether the worker may take it at all is asked last, too.
  for_each_group(worker, [&](const Head& head) {
    const bool is_oldest =
        head.oldest.since <= aged_before && (oldest == nullptr || head.oldest < oldest->oldest);
    const bool is_best = comparison.goes_before(head, best);
    if (!is_oldest && !is_best) return;
    if (!state_.covers(worker.capabilities, head.capabilities)) return;
    if (is_oldest) oldest = &head;
    if (is_best) best = comparison.of(head);
  });
  if (oldest != nullptr) return oldest->oldest.task;
  if (best.key.task == no_task || is_pressed(best.key)) return best.key.task;
  const TaskIndex advised = advised_for(worker);
  return advised != no_task ? advised : closest_of(worker, comparison, best);
}

// Of the tasks that only age puts behind the best: those that need what the worker finished last,
// and if others can be close as well, some of each group.
TaskIndex ReadyIndex::closest_of(
    const Worker& worker, const Comparison& comparison, const Place& best
) const {
  const Closeness closeness(state_, worker);
  const std::span<const TaskIndex> next = closeness.next_to_last();
  if (!closeness.asks_many() && next.empty()) return best.key.task;
  OrderKey first{state_.task(best.key.task).since, 0, best.key.task};
  int most = closeness.of(best.key.task);
  const auto look_at = [&](TaskIndex task) {
    const OrderKey by_age{state_.task(task).since, 0, task};
    const int close = closeness.of(task);
    if (close < most || (close == most && !(by_age < first))) return;
    most = close;
    first = by_age;
  };
  const auto is_alike = [&](const Head& head) {
    return comparison.are_alike(comparison.of(head), best) &&
           state_.covers(worker.capabilities, head.capabilities);
  };
  for (const TaskIndex task : next.first(std::min(next.size(), most_alike))) {
    if (!is_ready(task) || is_parked(task)) continue;
    const std::uint32_t group = group_of_[task.value];
    const GroupKey& key = groups_[group]->key;
    const bool may_look = !key.by_name && (key.open || is_meant_for(key.assignee, worker));
    if (!may_look || best_key(task).rank != heads_[group].best.rank) continue;
    if (is_alike(heads_[group])) look_at(task);
  }
  if (!closeness.asks_many()) return first.task;
  for_each_group(worker, [&](const Head& head) {
    if (!is_alike(head)) return;
    const auto is_like = [&](const OrderKey& key) { return key.rank == head.best.rank; };
    const auto visit = [&](const OrderKey& key) {
      if (is_like(key)) look_at(key.task);
    };
    const auto group = static_cast<std::uint32_t>(&head - heads_.data());
    groups_[group]->best.for_first(most_alike, is_like, visit);
    bundles_.for_first(group, most_alike, is_like, visit);
  });
  return first.task;
}

}  // namespace evener
