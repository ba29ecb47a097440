// What keeps open tasks from being done, and what somebody could type about it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/pool.h"
#include "core/relief.h"

namespace evener {

// In the order in which they are preferred where they free the same.
enum class CauseKind { approval, dead, blocker, held, locked, capacity, worker, lacking, absent };

struct Cause {
  CauseKind kind;
  std::int64_t number;  // of a gate, task, blocker or worker, or in a list of the demands

  auto operator<=>(const Cause&) const = default;
};

bool is_there(const Worker& worker, Instant now);

// What a worker must be to take a task. Of tasks that others may take in time, anyone is one.
struct Demand {
  CapabilitySet capabilities;
  AssigneeIndex assignee;

  auto operator<=>(const Demand&) const = default;
};

// What the tasks that are neither done nor running demand, and what keeps everybody from it.
class Demands {
 public:
  Demands(const State& state, Instant now);

  // Of one of these tasks; nothing if somebody may take it.
  const std::optional<Cause>& unmet(TaskIndex task) const { return unmet_[of_task_[task.value]]; }

  // The capabilities that a cause of the kind `lacking` is about.
  const std::vector<std::string>& lacking(const Cause& cause) const;

  // The demand that a cause of the kind `absent` is about.
  const Demand& absent(const Cause& cause) const;

 private:
  std::vector<std::pair<Demand, std::size_t>> number_kinds();
  void meet();
  std::vector<std::string> least_lacking(const Demand& demand) const;

  const State& state_;
  const Instant now_;
  std::vector<std::uint32_t> of_task_;
  std::vector<std::optional<Cause>> unmet_;  // by demand
  std::vector<std::vector<std::string>> lacking_;
  std::vector<Demand> absent_;
};

// In words, without how many tasks it frees.
Relief described(const Pool& pool, const Demands& demands, const Cause& cause);

}  // namespace evener
