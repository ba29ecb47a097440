// How many messages each worker has not read: a projection beside the state. What is sent to a role
// or to everyone stands in one list that all who have it share, so that sending costs the same
// however many they are, and a claim asks a handful of sorted lists.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <map>
#include <vector>

#include "core/state.h"

namespace evener {

struct UnreadCount {
  std::int64_t all = 0;
  std::int64_t urgent = 0;

  bool operator==(const UnreadCount&) const = default;
};

class UnreadIndex {  // Invariant: counts equal a recount of the state's messages (recount.h).
 public:
  explicit UnreadIndex(State& state) : state_(state) {}

  UnreadIndex(const UnreadIndex&) = delete;
  UnreadIndex& operator=(const UnreadIndex&) = delete;

  // ---- what is true ----------------------------------------------------------------------------

  UnreadCount of(WorkerIndex worker) const;

  bool reaches(const Message& message, WorkerIndex worker) const;
  bool is_read(MessageId message, WorkerIndex worker) const;

  // All that reach the worker and are not over, read or not, oldest first.
  std::vector<MessageId> inbox(WorkerIndex worker) const;

  // How many stand in the list of one worker, or of one channel.
  std::size_t waiting_for(WorkerIndex worker) const;
  std::size_t waiting_in(AssigneeIndex channel) const;

  // How many workers have the channel now, by their description or because they lead the role.
  std::size_t members(AssigneeIndex channel) const;

  // Roles that workers lead: they hold the lock "role:NAME", as often as it says.
  using Roles = std::map<AssigneeIndex, std::uint32_t>;

  const std::map<WorkerIndex, Roles>& leads() const { return leads_; }

  // ---- what happens ----------------------------------------------------------------------------

  // A message has been added to the state. `sender` is no_worker if none sent it.
  void sent(MessageId id, WorkerIndex sender);
  void acknowledge(WorkerIndex worker, const std::vector<MessageId>& messages);
  void expire(MessageId up_to);

  // The worker's role, team, machine, or what it leads, is about to change; has changed.
  void leave_channels(WorkerIndex worker);
  void enter_channels(WorkerIndex worker);

  void begin_lead(WorkerIndex worker, AssigneeIndex role);
  void end_lead(WorkerIndex worker, AssigneeIndex role);

  // A snapshot was read. Who leads is noted first.
  void note_lead(WorkerIndex worker, AssigneeIndex role) { ++leads_[worker][role]; }

  void adopt();

 private:
  friend class Recount;

  struct List {
    std::vector<MessageId> all;  // ascending
    std::vector<MessageId> urgent;
  };

  void enlist(MessageId id, const Message& message);
  void remove(MessageId id);
  bool is_over(const Message& message) const;
  void read_singly(WorkerIndex worker);
  void settle(WorkerIndex worker);
  void count_member(WorkerIndex worker, bool enters);

  // Of each role, team and machine that it has, each role that it leads, and everyone.
  template <typename Visit>
  void for_each_channel(WorkerIndex worker, const Visit& visit) const;

  template <typename Visit>
  void for_each_list(WorkerIndex worker, const Visit& visit) const;

  State& state_;
  std::vector<List> channels_;  // by AssigneeIndex; those at the end may be missing
  std::vector<std::uint32_t> members_;
  boost::unordered_flat_map<WorkerIndex, List, std::hash<WorkerIndex>> direct_;
  std::map<WorkerIndex, Roles> leads_;
};

}  // namespace evener
