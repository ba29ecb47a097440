// Who is in whose way: the paths and names that tasks want to themselves or share (docs/locks.md).
#include <fmt/format.h>

#include <algorithm>

#include "globs.h"
#include "witness.h"

namespace evener::sim {

namespace {

// "db", "shared:db", "crane*2".
struct NamedWish {
  explicit NamedWish(const std::string& text) : shared(is_shared(text)), name(glob_of(text)) {
    const std::size_t star = name.find('*');
    if (star == std::string::npos) return;
    units = std::stoll(name.substr(star + 1));
    name.resize(star);
  }

  bool shared = false;
  std::string name;
  std::int64_t units = 1;
};

bool want_the_same_path(const TaskSpec& a, const TaskSpec& b) {
  for (const std::string& one : a.paths) {
    for (const std::string& other : b.paths) {
      if (is_shared(one) && is_shared(other)) continue;
      if (meet(glob_of(one), glob_of(other))) return true;
    }
  }
  return false;
}

// However much of it there is.
bool want_the_same(const TaskSpec& a, const TaskSpec& b) {
  if (want_the_same_path(a, b)) return true;
  for (const std::string& text : a.locks) {
    const NamedWish one(text);
    for (const std::string& their_text : b.locks) {
      const NamedWish other(their_text);
      if (one.name == other.name && !(one.shared && other.shared)) return true;
    }
  }
  return false;
}

}  // namespace

std::int64_t Witness::capacity_of(const std::string& resource) const {
  for (const std::string& text : settings_.resources) {
    if (text.starts_with(resource + "=")) return std::stoll(text.substr(resource.size() + 1));
  }
  return 1;
}

// What a task holds does not keep those below it from running, nor those above it.
bool Witness::are_in_line(const TaskAccount& a, const TaskAccount& b) const {
  const auto is_above = [&](const TaskAccount& above, const TaskAccount& below) {
    for (const TaskAccount* at = &below;; at = &tasks_.at(at->spec.parent)) {
      if (at == &above) return true;
      if (at->spec.parent.empty()) return false;
    }
  };
  return is_above(a, b) || is_above(b, a);
}

// Of a name one may have all that there is, several may share it, or each has some of it.
bool Witness::is_locked(const TaskAccount& task) const {
  if (task.spec.paths.empty() && task.spec.locks.empty()) return false;
  std::vector<const TaskSpec*> others;
  for (const auto& [id, other] : tasks_) {
    if (other.stage != "running" || are_in_line(task, other)) continue;
    if (want_the_same_path(task.spec, other.spec)) return true;
    others.push_back(&other.spec);
  }
  return std::any_of(task.spec.locks.begin(), task.spec.locks.end(), [&](const std::string& text) {
    const NamedWish mine(text);
    std::int64_t taken = 0;
    for (const TaskSpec* other : others) {
      for (const std::string& their_text : other->locks) {
        const NamedWish theirs(their_text);
        if (theirs.name != mine.name) continue;
        if (theirs.shared != mine.shared) return true;
        if (!mine.shared) taken += theirs.units;
      }
    }
    return taken > 0 && taken + mine.units > capacity_of(mine.name);
  });
}

bool Witness::is_aged(const TaskAccount& task, Instant now) const {
  return !task.is_lock() && task.stage == "open" && task.not_before <= now &&
         task.since <= now - settings_.age_limit_ms && is_offered(task);
}

// For one that is older and has waited too long, which somebody could take; "" if for none. Who is
// known by this claim was not known when it was decided.
std::string Witness::kept_for(const TaskAccount& task, const Fact& claim) const {
  const Instant now = claim.at;
  for (const auto& [id, other] : tasks_) {
    if (other.since >= task.since || !is_aged(other, now) || are_in_line(task, other)) continue;
    if (!want_the_same(task.spec, other.spec)) continue;
    const bool has_taker = std::any_of(workers_.begin(), workers_.end(), [&](const auto& entry) {
      const WorkerAccount& worker = entry.second;
      const bool is_new = worker.since.next() == claim.seq;
      return !is_new && !worker.draining && !worker.set_aside && suits(other, worker.spec, now);
    });
    if (has_taker) return id;
  }
  return "";
}

// Whether it can certainly have what it wants.
bool Witness::has_free_way(const TaskAccount& task, Instant now) const {
  if (task.spec.paths.empty() && task.spec.locks.empty()) return true;
  if (is_locked(task)) return false;
  return std::none_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    const TaskAccount& other = entry.second;
    return &other != &task && want_the_same(task.spec, other.spec) && is_aged(other, now);
  });
}

void Witness::expect_no_conflicts() const {
  for (const auto& [id, task] : tasks_) {
    if (task.stage == "running" && is_locked(task)) {
      breaches_.broke(4, fmt::format("{} runs, and so does what wants the same", id));
    }
  }
}

}  // namespace evener::sim
