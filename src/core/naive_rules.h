// What a second opinion (naive_pool.h) knows of a task by itself and beside others: the plainest
// words for rules that need no pool.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "model/fact.h"

namespace evener {

struct NaiveTask {
  TaskSpec spec;
  std::size_t index = 0;
  std::string stage = "open";
  bool held = false;
  bool was_offered = false;
  bool may_be_revived = false;
  std::string holder = {};
  Fence fence = {};
  Instant since = 0;
  Instant not_before = 0;
  std::int64_t attempts = 0;
};

struct NaiveRules {
  static bool is_meant(const NaiveTask& task, const WorkerSpec& worker) {
    const std::string& assignee = task.spec.assignee;
    return assignee == worker.name || (assignee == "role:" + worker.role) ||
           (assignee == "machine:" + worker.machine) || (assignee == "team:" + worker.team);
  }

  // Only names and `level` with one figure are understood.
  static bool is_had(const std::string& offered, const std::string& wanted) {
    if (!wanted.starts_with("level") || !offered.starts_with("level=")) return offered == wanted;
    const char sign = wanted.size() == 5 ? '=' : wanted[5];
    const int order = wanted.size() == 5 ? 0 : offered.back() - wanted.back();
    return order == 0 || (order > 0 && sign == '>') || (order < 0 && sign == '<');
  }

  static bool suits(const NaiveTask& task, const WorkerSpec& worker, Instant now) {
    const auto& have = worker.capabilities;
    const auto has = [&](const std::string& wanted) {
      return std::any_of(have.begin(), have.end(), [&](const std::string& offered) {
        return is_had(offered, wanted);
      });
    };
    for (const std::string& wanted : task.spec.capabilities) {
      if (!has(wanted)) return false;
    }
    for (const std::string& secret : task.spec.secrets) {
      if (!has("secret:" + secret)) return false;
    }
    if (task.spec.assignee.empty() || is_meant(task, worker)) return true;
    return task.spec.assignee_delay_ms && task.since + *task.spec.assignee_delay_ms <= now;
  }

  // ---- locks: only what the walk wishes is understood ------------------------------------------

  // Every path that there is in the walk.
  static const std::vector<std::string>& files() {
    static const std::vector<std::string> all{"src/a/1", "src/a/2", "src/b/1", "docs/1"};
    return all;
  }

  static bool is_under(const std::string& glob, const std::string& file) {
    if (glob.ends_with("/**")) return file.starts_with(glob.substr(0, glob.size() - 2));
    return glob == file;
  }

  static bool take_shared(std::string& wish) {
    if (!wish.starts_with("shared:")) return false;
    wish.erase(0, 7);
    return true;
  }

  // Units that a task wants of a resource; 1000 if it shares it.
  static std::map<std::string, int> wanted(const TaskSpec& spec) {
    std::map<std::string, int> out;
    for (std::string wish : spec.locks) {
      if (take_shared(wish)) {
        out.try_emplace(wish, 1000);
      } else if (wish.ends_with("*2")) {
        out[wish.substr(0, wish.size() - 2)] = 2;
      } else {
        int& units = out[wish];
        if (units != 2) units = 1;
      }
    }
    return out;
  }

  static bool paths_conflict(const TaskSpec& a, const TaskSpec& b) {
    for (std::string x : a.paths) {
      const bool x_shared = take_shared(x);
      for (std::string y : b.paths) {
        const bool y_shared = take_shared(y);
        if (x_shared && y_shared) continue;
        for (const std::string& file : files()) {
          if (is_under(x, file) && is_under(y, file)) return true;
        }
      }
    }
    return false;
  }

  // Eleven leading bits count.
  static std::int64_t rounded(Millis length) {
    std::int64_t value = length + 1;
    std::int64_t step = 1;
    while (value / step >= 2048) step *= 2;
    return value / step * step;
  }

  // Only one preference is understood: the path counts twice, or half.
  static std::int64_t bent(std::int64_t path, const NaiveTask& task, const WorkerSpec& worker) {
    if (task.spec.prefers.empty()) return path;
    const auto& have = worker.capabilities;
    const bool has = std::any_of(have.begin(), have.end(), [&](const std::string& offered) {
      return is_had(offered, task.spec.prefers.front());
    });
    return has ? path * 2 : std::max<std::int64_t>(path / 2, 1);
  }

  static std::vector<std::string> required(const TaskSpec& spec) {
    std::vector<std::string> all = spec.capabilities;
    for (const std::string& secret : spec.secrets) all.push_back("secret:" + secret);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }
};

}  // namespace evener
