#include "core/locks.h"

#include <algorithm>

namespace evener {

bool conflict(const LockWish& a, const LockWish& b, std::int64_t capacity) {
  if (a.is_shared && b.is_shared) return false;
  if (a.glob.has_value() != b.glob.has_value()) return false;
  if (a.glob) return overlap(*a.glob, *b.glob);
  if (a.name != b.name) return false;
  return a.is_shared || b.is_shared || a.units + b.units > capacity;
}

bool have_conflict(const LockWishes& a, const LockWishes& b, const Capacities& capacities) {
  const std::vector<LockWish> others = readable_wishes(b);
  for (const LockWish& wish : readable_wishes(a)) {
    const std::int64_t capacity = wish.glob ? 1 : capacity_of(capacities, wish.name);
    for (const LockWish& other : others) {
      if (conflict(wish, other, capacity)) return true;
    }
  }
  return false;
}

// ---- names -------------------------------------------------------------------------------------

std::uint32_t Locks::name_for(const LockWish& wish) {
  auto& by_text = wish.glob ? globs_ : resources_;
  if (const auto found = by_text.find(wish.name); found != by_text.end()) return found->second;
  std::uint32_t number = static_cast<std::uint32_t>(names_.size());
  if (free_names_.empty()) {
    names_.emplace_back();
  } else {
    number = free_names_.back();
    free_names_.pop_back();
  }
  Name& name = names_[number];
  name.text = wish.name;
  name.glob = wish.glob;
  by_text.emplace(wish.name, number);
  if (wish.glob) {
    for_each_meeting(wish.glob, wish.name, [&](std::uint32_t other) {
      name.exclusive += names_[other].own_exclusive;
      name.shared += names_[other].own_shared;
    });
    paths_.insert(*wish.glob, number);
  }
  return number;
}

void Locks::drop_name(std::uint32_t number) {
  Name& name = names_[number];
  if (name.glob) paths_.erase(*name.glob, number);
  (name.glob ? globs_ : resources_).erase(name.text);
  name = {};
  free_names_.push_back(number);
}

bool Locks::names_overlap(std::uint32_t a, std::uint32_t b) const {
  if (a == b) return true;
  const auto& glob = names_[a].glob;
  const auto& other = names_[b].glob;
  return glob && other && overlap(*glob, *other);
}

// ---- sets --------------------------------------------------------------------------------------

void Locks::enrol(LockSet set) {
  Enrolled& enrolled = enrolled_[set];
  if (enrolled.count++ > 0) return;
  for (const LockWish& wish : readable_wishes(state_.lock_sets.wishes(set))) {
    const std::uint32_t name = name_for(wish);
    ++names_[name].wished;
    names_[name].sets.insert(set);
    enrolled.wanted.push_back({name, wish.is_shared, wish.units});
  }
}

void Locks::withdraw(LockSet set) {
  const auto found = enrolled_.find(set);
  CHECK(found != enrolled_.end(), "a set of locks was withdrawn too often");
  if (--found->second.count > 0) return;
  for (const Wanted& wanted : found->second.wanted) {
    Name& name = names_[wanted.name];
    name.sets.erase(set);
    if (--name.wished == 0) drop_name(wanted.name);
  }
  enrolled_.erase(found);
}

std::vector<LockSet> Locks::take_changed() {
  std::vector<LockSet> changed;
  changed.swap(changed_);
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  std::erase_if(changed, [&](LockSet set) { return !enrolled_.contains(set); });
  return changed;
}

void Locks::read_capacities() {
  Capacities capacities = capacities_of(state_.settings);
  if (capacities == capacities_) return;
  capacities_ = std::move(capacities);
  for (const auto& [text, name] : resources_) {
    changed_.insert(changed_.end(), names_[name].sets.begin(), names_[name].sets.end());
  }
}

// ---- holding -----------------------------------------------------------------------------------

// Adds what the task holds, or takes it away, everywhere it counts.
void Locks::count(TaskIndex task, LockSet set, bool begins) {
  ++moves_;
  for (const Wanted& wanted : enrolled_.at(set).wanted) {
    Name& own = names_[wanted.name];
    const std::int64_t units = own.glob ? 1 : wanted.units;
    const std::int64_t change = begins ? units : -units;
    (wanted.is_shared ? own.own_shared : own.own_exclusive) += change;
    if (begins) own.holders.insert(task);
    if (!begins) own.holders.erase(task);
    for_each_meeting(own.glob, own.text, [&](std::uint32_t number) {
      Name& name = names_[number];
      const bool was_free = name.exclusive == 0;
      const bool was_unshared = name.shared == 0;
      (wanted.is_shared ? name.shared : name.exclusive) += change;
      const bool counts_units = !name.glob && !wanted.is_shared;
      if (!counts_units && was_free == (name.exclusive == 0) &&
          was_unshared == (name.shared == 0)) {
        return;
      }
      changed_.insert(changed_.end(), name.sets.begin(), name.sets.end());
    });
  }
}

void Locks::hold(TaskIndex task) {
  const LockSet set = state_.task(task).locks;
  if (set == no_locks) return;
  CHECK(holders_.emplace(task, set).second, "a task took its locks twice");
  enrol(set);
  count(task, set, true);
}

void Locks::release(TaskIndex task) {
  const auto found = holders_.find(task);
  if (found == holders_.end()) return;
  const LockSet set = found->second;
  holders_.erase(found);
  count(task, set, false);
  withdraw(set);
}

void Locks::count_kept(const Age& age, LockSet set, bool begins) {
  for (const Wanted& wanted : enrolled_.at(set).wanted) {
    Name& own = names_[wanted.name];
    std::set<Age>& kept = wanted.is_shared ? own.kept_shared : own.kept_exclusive;
    if (begins) kept.insert(age);
    if (!begins) kept.erase(age);
    for_each_meeting(own.glob, own.text, [&](std::uint32_t number) {
      const std::set<LockSet>& sets = names_[number].sets;
      changed_.insert(changed_.end(), sets.begin(), sets.end());
    });
  }
}

void Locks::keep(const Age& age) {
  const LockSet set = state_.task(age.task).locks;
  CHECK(kept_sets_.emplace(age.task, set).second, "locks were kept twice for a task");
  ++kept_;
  enrol(set);
  count_kept(age, set, true);
}

void Locks::stop_keeping(const Age& age) {
  const auto found = kept_sets_.find(age.task);
  CHECK(found != kept_sets_.end(), "locks were not kept for a task");
  const LockSet set = found->second;
  kept_sets_.erase(found);
  --kept_;
  count_kept(age, set, false);
  withdraw(set);
}

// ---- what is true ------------------------------------------------------------------------------

TaskIndex Locks::kin_of(TaskIndex index) const {
  const TaskIndex parent = state_.task(index).parent;
  if (holders_.empty() || state_.task(index).locks == no_locks) return no_task;
  for (TaskIndex at = parent; at != no_task; at = state_.task(at).parent) {
    if (holders_.contains(at)) return parent;
  }
  return no_task;
}

bool Locks::is_kin(TaskIndex a, TaskIndex b) const {
  const auto is_above = [&](TaskIndex above, TaskIndex below) {
    for (TaskIndex at = below; at != no_task; at = state_.task(at).parent) {
      if (at == above) return true;
    }
    return false;
  };
  return is_above(a, b) || is_above(b, a);
}

bool Locks::is_blocked(LockSet set, TaskIndex kin) const {
  for (const Wanted& wanted : enrolled_.at(set).wanted) {
    const Name& name = names_[wanted.name];
    std::int64_t exclusive = name.exclusive;
    std::int64_t shared = name.shared;
    for (TaskIndex at = kin; at != no_task; at = state_.task(at).parent) {
      const auto holder = holders_.find(at);
      if (holder == holders_.end()) continue;
      for (const Wanted& held : enrolled_.at(holder->second).wanted) {
        if (!names_overlap(held.name, wanted.name)) continue;
        (held.is_shared ? shared : exclusive) -= name.glob ? 1 : held.units;
      }
    }
    const std::int64_t capacity = name.glob ? 1 : capacity_of(capacities_, name.text);
    const std::int64_t units = name.glob ? 1 : wanted.units;
    if (wanted.is_shared ? exclusive > 0 : shared > 0 || exclusive + units > capacity) return true;
  }
  return false;
}

std::optional<Age> Locks::kept_before(LockSet set) const {
  std::optional<Age> oldest;
  const auto consider = [&](const std::set<Age>& kept) {
    if (!kept.empty() && (!oldest || *kept.begin() < *oldest)) oldest = *kept.begin();
  };
  for (const Wanted& wanted : enrolled_.at(set).wanted) {
    const Name& own = names_[wanted.name];
    for_each_meeting(own.glob, own.text, [&](std::uint32_t number) {
      consider(names_[number].kept_exclusive);
      if (!wanted.is_shared) consider(names_[number].kept_shared);
    });
  }
  return oldest;
}

// ---- for people --------------------------------------------------------------------------------

const Locks::Wanted* Locks::wanted_by(LockSet set, std::uint32_t name) const {
  for (const Wanted& wanted : enrolled_.at(set).wanted) {
    if (wanted.name == name) return &wanted;
  }
  return nullptr;
}

LockWish Locks::wish_of(const Wanted& wanted) const {
  const Name& name = names_[wanted.name];
  return {
      .is_shared = wanted.is_shared, .units = wanted.units, .name = name.text, .glob = name.glob
  };
}

// Who else holds what one wish conflicts with.
void Locks::append_held(
    const LockWish& wish, const Exempt& is_exempt, std::vector<LockObstacle>& out
) const {
  const std::int64_t capacity = wish.glob ? 1 : capacity_of(capacities_, wish.name);
  std::map<std::pair<TaskIndex, std::uint32_t>, const Wanted*> found;
  bool is_shared = false;
  std::int64_t units = 0;
  for_each_meeting(wish.glob, wish.name, [&](std::uint32_t number) {
    for (const TaskIndex other : names_[number].holders) {
      if (is_exempt(other)) continue;
      const Wanted* const held = wanted_by(holders_.at(other), number);
      if (wish.is_shared && held->is_shared) continue;
      found.emplace(std::pair{other, number}, held);
      is_shared |= held->is_shared;
      units += held->units;
    }
  });
  const bool is_counted = !wish.glob && !wish.is_shared && !is_shared;
  if (is_counted && units + wish.units <= capacity) return;
  for (const auto& [place, held] : found) {
    out.push_back({place.first, false, wish, wish_of(*held)});
  }
}

// For whom it is kept, if they are older.
void Locks::append_kept(
    const LockWish& wish, const Age& before, const Exempt& is_exempt, std::vector<LockObstacle>& out
) const {
  std::map<Age, std::uint32_t> found;
  for_each_meeting(wish.glob, wish.name, [&](std::uint32_t number) {
    for (const auto* ages : {&names_[number].kept_exclusive, &names_[number].kept_shared}) {
      if (ages == &names_[number].kept_shared && wish.is_shared) continue;
      for (auto age = ages->begin(); age != ages->end() && *age < before; ++age) {
        if (!is_exempt(age->task)) found.emplace(*age, number);
      }
    }
  });
  for (const auto& [age, number] : found) {
    const Wanted& kept = *wanted_by(kept_sets_.at(age.task), number);
    out.push_back({age.task, true, wish, wish_of(kept)});
  }
}

std::vector<LockObstacle> Locks::held_against(const LockWishes& wishes, const Exempt& is_exempt)
    const {
  std::vector<LockObstacle> out;
  for (const LockWish& wish : readable_wishes(wishes)) append_held(wish, is_exempt, out);
  return out;
}

std::vector<LockObstacle> Locks::obstacles(
    TaskIndex task, const LockWishes& wishes, std::size_t most
) const {
  const auto is_exempt = [&](TaskIndex other) { return is_kin(task, other); };
  std::vector<LockObstacle> out = held_against(wishes, is_exempt);
  if (kept_ > 0 && out.size() < most) {
    const Age mine{state_.task(task).since, task};
    for (const LockWish& wish : readable_wishes(wishes)) append_kept(wish, mine, is_exempt, out);
  }
  if (out.size() > most) out.resize(most);
  return out;
}

std::vector<LockObstacle> Locks::holders_of(const LockWish& wish) const {
  std::vector<LockObstacle> out;
  append_held(wish, [](TaskIndex) { return false; }, out);
  return out;
}

}  // namespace evener
