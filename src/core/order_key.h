// Where a ready task stands among others; smaller goes first.
#pragma once

#include <boost/container_hash/hash.hpp>

#include "core/state.h"

namespace evener {

struct OrderKey {
  Instant since = 0;  // then age; of pressed tasks, since when
  // First: priority, pressed by a deadline, longest remaining path, how many need it (ready.cc).
  std::uint32_t rank = 0;
  TaskIndex task;  // then creation

  bool operator==(const OrderKey&) const = default;

  bool operator<(const OrderKey& other) const {
    if (rank != other.rank) return rank < other.rank;
    return since != other.since ? since < other.since : task < other.task;
  }
};

// Whether `assignee` names this worker, itself or by its role, machine or team.
bool is_meant_for(AssigneeIndex assignee, const Worker& worker);

// What the tasks of a group have in common. The groups that a worker may take are compared by their
// heads (ready.h).
struct GroupKey {
  CapabilitySet capabilities;
  CapabilitySet prefers;
  AssigneeIndex assignee;       // for whom it is meant; `anyone`
  bool open = true;             // whether others may take it too
  bool by_name = false;         // offered to nobody: claimed by name alone
  KindIndex kind = other_kind;  // by which it suits a worker (skill.h)

  bool operator==(const GroupKey&) const = default;
};

inline std::size_t hash_value(const GroupKey& key) {
  std::size_t hash = key.capabilities.value;
  boost::hash_combine(hash, key.prefers.value);
  boost::hash_combine(hash, key.assignee.value);
  boost::hash_combine(hash, (key.open ? 1 : 0) | (key.by_name ? 2 : 0));
  boost::hash_combine(hash, key.kind.value);
  return hash;
}

}  // namespace evener
