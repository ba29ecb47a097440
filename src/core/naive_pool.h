// A second opinion for tests: the rules of eligibility and order, written once more from DESIGN.md
// by the plainest loops, and fed by the facts. It shares no code with the pool.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/naive_rules.h"

namespace evener {

class NaivePool : public NaiveRules {
 public:
  std::map<std::string, NaiveTask> tasks;
  std::map<std::string, WorkerSpec> workers;
  std::map<std::string, bool> draining;
  std::map<std::string, Machine> machines;
  std::map<std::string, std::string> last_done;  // by worker
  PoolSettings settings;
  Fence last_fence;

  bool is_closed(const NaiveTask& task) const {
    return task.stage == "done" || task.stage == "failed" || task.stage == "cancelled";
  }

  // The task, its parent, and so on.
  std::vector<const NaiveTask*> line(const NaiveTask& task) const {
    std::vector<const NaiveTask*> out{&task};
    while (!out.back()->spec.parent.empty()) out.push_back(&tasks.at(out.back()->spec.parent));
    return out;
  }

  bool has_open_needs(const NaiveTask& task) const {
    for (const NaiveTask* at : line(task)) {
      for (const Need& need : at->spec.needs) {
        if (tasks.at(need.task).stage != "done") return true;
      }
    }
    return false;
  }

  bool has_open_children(const NaiveTask& task) const {
    return std::any_of(tasks.begin(), tasks.end(), [&](const auto& other) {
      const NaiveTask& child = other.second;
      return child.spec.parent == task.spec.id && child.stage != "done" &&
             child.stage != "cancelled";
    });
  }

  bool is_held(const NaiveTask& task) const {
    const auto above = line(task);
    return std::any_of(above.begin(), above.end(), [](const NaiveTask* at) { return at->held; });
  }

  bool is_offered(const NaiveTask& task) const {
    return task.stage == "open" && !is_held(task) && !has_open_needs(task) &&
           !has_open_children(task);
  }

  bool is_kin(const NaiveTask& a, const NaiveTask& b) const {
    const auto is_above = [&](const NaiveTask& above, const NaiveTask& below) {
      const auto all = line(below);
      return std::find(all.begin(), all.end(), &above) != all.end();
    };
    return is_above(a, b) || is_above(b, a);
  }

  int capacity(const std::string& resource) const {
    int most = 1;
    for (const std::string& text : settings.resources) {
      if (text.starts_with(resource + "=")) most = std::stoi(text.substr(resource.size() + 1));
    }
    return most;
  }

  // Whether running tasks, but for its own line, hold what the task wants.
  bool is_locked(const NaiveTask& task) const {
    std::map<std::string, int> units;
    for (const auto& [id, other] : tasks) {
      if (other.stage != "running" || &other == &task || is_kin(task, other)) continue;
      if (paths_conflict(task.spec, other.spec)) return true;
      for (const auto& [name, count] : wanted(other.spec)) {
        if (count == 1000) units[name] = std::max(units[name], 1000);
        if (count != 1000) units[name] += count;
      }
    }
    for (const auto& [name, count] : wanted(task.spec)) {
      if (count == 1000 && units[name] % 1000 != 0) return true;
      if (count != 1000 && units[name] + count > capacity(name)) return true;
    }
    return false;
  }

  // Whether the locks are kept for an older task that somebody could take.
  bool is_kept(const NaiveTask& task, Instant now) const {
    return std::any_of(tasks.begin(), tasks.end(), [&](const auto& it) {
      const NaiveTask& other = it.second;
      const bool is_older = std::tie(other.since, other.index) < std::tie(task.since, task.index);
      if (!is_older || !is_offered(other) || other.not_before > now) return false;
      if (other.since > now - settings.age_limit_ms) return false;
      const bool is_wanted = std::any_of(workers.begin(), workers.end(), [&](const auto& worker) {
        const auto drains = draining.find(worker.first);
        return (drains == draining.end() || !drains->second) &&
               suits(other, this->worker(worker.first), now);
      });
      if (!is_wanted) return false;
      if (paths_conflict(task.spec, other.spec)) return true;
      const auto theirs = wanted(other.spec);
      for (const auto& [name, count] : wanted(task.spec)) {
        const auto found = theirs.find(name);
        if (found != theirs.end() && (count != 1000 || found->second != 1000)) return true;
      }
      return false;
    });
  }

  // No two running tasks want the same, but for resources of which there was more before.
  void expect_no_conflicts() const {
    for (const auto& [a, one] : tasks) {
      if (one.stage != "running") continue;
      for (const auto& [b, other] : tasks) {
        if (other.stage != "running" || a == b || is_kin(one, other)) continue;
        EXPECT_FALSE(paths_conflict(one.spec, other.spec)) << a << " and " << b << " run at once";
      }
    }
  }

  std::size_t holding(const std::string& worker) const {
    return static_cast<std::size_t>(std::count_if(tasks.begin(), tasks.end(), [&](const auto& it) {
      return it.second.stage == "running" && it.second.holder == worker;
    }));
  }

  // The worker as it is known, with what its machine has (only GPUs and labels are understood), or
  // as it would register by its first claim.
  WorkerSpec worker(const std::string& name) const {
    const auto known = workers.find(name);
    if (known == workers.end()) return WorkerSpec{.name = name};
    WorkerSpec spec = known->second;
    const auto on = machines.find(spec.machine);
    if (on == machines.end()) return spec;
    if (!on->second.gpus.empty()) spec.capabilities.emplace_back("gpu");
    for (const std::string& label : on->second.labels) spec.capabilities.push_back(label);
    return spec;
  }

  // What the worker must be given; "" if nothing. Lengths of paths are compared only if asked.
  std::vector<std::string> best_for(const std::string& name, Instant now, bool with_paths) {
    paths_.clear();
    const WorkerSpec who = worker(name);
    using Place = std::tuple<
        int,
        Instant,
        int,
        int,
        int,
        Instant,
        std::int64_t,
        std::int64_t,
        int,
        Instant,
        std::size_t>;
    std::vector<std::pair<Place, std::string>> places;
    for (const auto& [id, task] : tasks) {
      if (!is_offered(task) || task.not_before > now || !suits(task, who, now)) continue;
      if (is_locked(task) || is_kept(task, now)) continue;
      const bool aged = task.since <= now - settings.age_limit_ms;
      const Instant press = pressed_from(id);
      const bool pressed = with_paths && !aged && press <= now;
      const bool by_path = with_paths && !aged && !pressed;
      const std::int64_t path =
          by_path ? 1 - bent(rounded(path_from(id)), task, who) - share_of(task) : 0;
      const std::int64_t few = by_path ? -count_dependants(id) : 0;
      const int far = by_path ? -closeness(task, who) : 0;
      const int priority = aged ? 0 : static_cast<int>(task.spec.priority);
      const int meant = aged || is_meant(task, who) ? 0 : 1;
      places.push_back(
          {{aged ? 0 : 1,
            aged ? task.since : 0,
            priority,
            pressed ? 0 : 1,
            meant,
            pressed ? press : 0,
            path,
            few,
            far,
            pressed ? 0 : task.since,
            task.index},
           id}
      );
    }
    std::sort(places.begin(), places.end());
    std::vector<std::string> ids;
    for (const auto& [place, id] : places) ids.push_back(id);
    return ids;
  }

  void apply(const Fact& fact) {
    std::visit([&](const auto& body) { on(body, fact.at); }, fact.body);
    for (auto& [id, task] : tasks) {
      const bool offered = is_offered(task);
      if (offered && !task.was_offered) task.since = fact.at;
      task.was_offered = offered;
    }
  }

 private:
  // Of the focus only a folder is understood.
  int closeness(const NaiveTask& task, const WorkerSpec& worker) const {
    int close = 0;
    for (const std::string& folder : worker.focus) {
      for (std::string path : task.spec.paths) {
        take_shared(path);
        for (const std::string& file : files()) {
          if (is_under(folder + "/**", file) && is_under(path, file)) close = 4;
        }
      }
    }
    const auto last = last_done.find(worker.name);
    if (last == last_done.end()) return close;
    const std::string& parent = tasks.at(last->second).spec.parent;
    const std::vector<Need>& needs = task.spec.needs;
    const bool goes_on = (!parent.empty() && parent == task.spec.parent) ||
                         std::any_of(needs.begin(), needs.end(), [&](const Need& need) {
                           return need.task == last->second;
                         });
    return close + (goes_on ? 2 : 0);
  }

  Instant pressed_from(const std::string& id) const {
    const NaiveTask& task = tasks.at(id);
    Instant soonest = task.spec.deadline_ms.value_or(INT64_MAX);
    bool has_children = false;
    for (const auto& [other, it] : tasks) {
      has_children |= it.spec.parent == id;
      if (is_closed(it)) continue;
      const std::vector<const NaiveTask*> above = line(it);
      // What needs it, or stands below what needs it with nothing closed between.
      const bool waits = std::any_of(above.begin(), above.end(), [&](const NaiveTask* at) {
        const bool needs =
            std::any_of(at->spec.needs.begin(), at->spec.needs.end(), [&](const Need& n) {
              return n.task == id;
            });
        return needs && std::none_of(above.begin(), above.end(), [&](const NaiveTask* between) {
                 return is_closed(*between) && is_above_or_same(*at, *between);
               });
      });
      if (waits) soonest = std::min(soonest, pressed_from(other));
    }
    const std::string& parent = task.spec.parent;
    if (!parent.empty() && !is_closed(tasks.at(parent))) {
      soonest = std::min(soonest, pressed_from(parent));
    }
    const Millis assumed = has_children ? 0 : settings.default_estimate_ms;
    return soonest == INT64_MAX ? soonest : soonest - 2 * task.spec.estimate_ms.value_or(assumed);
  }

  bool is_above_or_same(const NaiveTask& above, const NaiveTask& below) const {
    const auto all = line(below);
    return std::find(all.begin(), all.end(), &above) != all.end();
  }

  bool is_parent(const std::string& id) const {
    return std::any_of(tasks.begin(), tasks.end(), [&](const auto& it) {
      return it.second.spec.parent == id;
    });
  }

  // By what is required: how long the tasks take that nobody has begun and anybody may.
  std::map<std::vector<std::string>, Millis> shared_work() const {
    std::map<std::vector<std::string>, Millis> work;
    for (const auto& [id, task] : tasks) {
      if (task.stage != "open" || !task.spec.assignee.empty()) continue;
      const Millis assumed = is_parent(id) ? 0 : settings.default_estimate_ms;
      work[required(task.spec)] += task.spec.estimate_ms.value_or(assumed);
    }
    return work;
  }

  // Slots of those who take work, by what they offer.
  std::map<std::vector<std::string>, std::int64_t> worker_kinds() const {
    std::map<std::vector<std::string>, std::int64_t> kinds;
    for (const auto& [name, spec] : workers) {
      const auto drains = draining.find(name);
      if (drains != draining.end() && drains->second) continue;
      std::vector<std::string> offered = worker(name).capabilities;
      std::sort(offered.begin(), offered.end());
      offered.erase(std::unique(offered.begin(), offered.end()), offered.end());
      kinds[offered] += spec.slots;
    }
    return kinds;
  }

  // What waits for each slot of the least loaded worker who may do the task; 0 if all are alike.
  Millis share_of(const NaiveTask& task) const {
    const auto kinds = worker_kinds();
    if (!task.spec.assignee.empty() || kinds.size() < 2) return 0;
    const auto may = [](const std::vector<std::string>& offered,
                        const std::vector<std::string>& all) {
      return std::all_of(all.begin(), all.end(), [&](const std::string& wanted) {
        return std::any_of(offered.begin(), offered.end(), [&](const std::string& one) {
          return is_had(one, wanted);
        });
      });
    };
    const auto work = shared_work();
    std::vector<Millis> loads;
    for (const auto& [offered, slots] : kinds) {
      if (!may(offered, required(task.spec))) continue;
      Millis& load = loads.emplace_back(0);
      for (const auto& [wanted, sum] : work) {
        std::int64_t all_slots = 0;
        for (const auto& [other, count] : kinds) all_slots += may(other, wanted) ? count : 0;
        if (may(offered, wanted)) load += sum / all_slots;
      }
    }
    return loads.empty() ? 0 : *std::min_element(loads.begin(), loads.end());
  }

  std::int64_t count_dependants(const std::string& id) const {
    return std::count_if(tasks.begin(), tasks.end(), [&](const auto& it) {
      const std::vector<Need>& needs = it.second.spec.needs;
      return std::any_of(needs.begin(), needs.end(), [&](const Need& n) { return n.task == id; });
    });
  }

  Millis through(const std::string& id) {
    if (is_closed(tasks.at(id))) return 0;
    Millis longest = path_from(id);
    for (const auto& [other, task] : tasks) {
      if (task.spec.parent == id) longest = std::max(longest, through(other));
    }
    return longest;
  }

  Millis path_from(const std::string& id) {
    const auto known = paths_.find(id);
    if (known != paths_.end()) return known->second;
    const NaiveTask& task = tasks.at(id);
    Millis rest = 0;
    bool has_children = false;
    for (const auto& [other, it] : tasks) {
      has_children |= it.spec.parent == id;
      const bool needs = std::any_of(
          it.spec.needs.begin(), it.spec.needs.end(), [&](const Need& n) { return n.task == id; }
      );
      if (needs) rest = std::max(rest, through(other));
    }
    const std::string& parent = task.spec.parent;
    if (!parent.empty() && !is_closed(tasks.at(parent))) rest = std::max(rest, path_from(parent));
    const Millis assumed = has_children ? 0 : settings.default_estimate_ms;
    return paths_[id] = task.spec.estimate_ms.value_or(assumed) + rest;
  }

  NaiveTask& end(const std::string& id, Fence fence, const std::string& stage, Instant at) {
    NaiveTask& task = tasks.at(id);
    EXPECT_EQ(task.stage, "running") << id << " ended, and did not run";
    EXPECT_EQ(task.fence, fence) << id << " ended under an old fence";
    task.stage = stage;
    task.since = at;
    task.may_be_revived = false;
    return task;
  }

  void on(const TaskClaimed& fact, Instant at) {
    NaiveTask& task = tasks.at(fact.task);
    EXPECT_EQ(task.stage, "open") << fact.task << " has a second holder";
    EXPECT_FALSE(has_open_needs(task)) << fact.task << " started before its needs";
    EXPECT_FALSE(is_held(task)) << fact.task << " started while held";
    EXPECT_LE(task.not_before, at) << fact.task << " started in its backoff";
    EXPECT_TRUE(suits(task, worker(fact.worker), at)) << fact.task << " does not suit";
    EXPECT_FALSE(is_locked(task)) << fact.task << " started under others' locks";
    EXPECT_GT(fact.fence, last_fence) << "a fence came twice";
    EXPECT_EQ(fact.attempt, ++task.attempts);
    last_fence = fact.fence;
    task.stage = "running";
    task.holder = fact.worker;
    task.fence = fact.fence;
    task.may_be_revived = false;
    EXPECT_LE(holding(fact.worker), static_cast<std::size_t>(worker(fact.worker).slots));
    EXPECT_FALSE(draining[fact.worker]);
  }

  void on(const AttemptRevived& fact, Instant) {
    NaiveTask& task = tasks.at(fact.task);
    EXPECT_TRUE(task.may_be_revived) << fact.task << " came back to life";
    EXPECT_EQ(task.fence, fact.fence);
    task.stage = "running";
    task.may_be_revived = false;
  }

  void on(const AttemptLapsed& fact, Instant at) {
    end(fact.task, fact.fence, "open", at).may_be_revived = true;
  }

  void on(const AttemptFinished& fact, Instant at) {
    end(fact.task, fact.fence, "done", at);
    last_done[fact.worker] = fact.task;
  }

  void on(const AttemptReleased& fact, Instant at) { end(fact.task, fact.fence, "open", at); }

  void on(const AttemptFailed& fact, Instant at) {
    NaiveTask& task = end(fact.task, fact.fence, fact.retry_at ? "open" : "failed", at);
    task.not_before = fact.retry_at.value_or(0);
  }

  void on(const TaskAdded& fact, Instant at) {
    const bool is_new =
        tasks.emplace(fact.spec.id, NaiveTask{.spec = fact.spec, .index = tasks.size()}).second;
    EXPECT_TRUE(is_new) << fact.spec.id << " was added twice";
    tasks.at(fact.spec.id).since = at;
  }

  void on(const TaskEdited& fact, Instant) { tasks.at(fact.spec.id).spec = fact.spec; }

  void on(const TaskHeld& fact, Instant) { tasks.at(fact.task).held = true; }

  void on(const TaskResumed& fact, Instant) { tasks.at(fact.task).held = false; }

  void on(const TaskCancelled& fact, Instant at) {
    NaiveTask& task = tasks.at(fact.task);
    task.stage = "cancelled";
    task.since = at;
    task.may_be_revived = false;
  }

  void on(const TaskReopened& fact, Instant at) {
    NaiveTask& task = tasks.at(fact.task);
    task.stage = "open";
    task.since = at;
    task.not_before = 0;
  }

  void on(const WorkerRegistered& fact, Instant) { workers[fact.spec.name] = fact.spec; }

  void on(const WorkerDrained& fact, Instant) { draining[fact.worker] = fact.draining; }

  void on(const MachineSet& fact, Instant) { machines[fact.spec.name] = fact.spec; }

  void on(const PoolConfigured& fact, Instant) { settings = fact.settings; }

  template <typename Body>
  void on(const Body&, Instant) {}

  std::map<std::string, Millis> paths_;
};

}  // namespace evener
