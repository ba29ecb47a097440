// The digested state of a pool: what the facts say, and nothing that can be derived from them
// except the edges' other ends and the two counts beside each task. Integers and text only.
#pragma once

#include <array>
#include <boost/container/vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "core/chunked_list.h"
#include "core/durations.h"
#include "core/gate.h"
#include "core/health.h"
#include "core/kept_text.h"
#include "core/lock_sets.h"
#include "core/messages.h"
#include "core/records.h"
#include "model/fact.h"

namespace evener {

// (TaskIndex, from core/gate.h, is a task's place in the order of creation; stable for ever.
// WorkerIndex and AssigneeIndex, from core/messages.h, are the like.)
// An interned set of capabilities (what a task requires, or what a worker offers).
using CapabilitySet = StrongInt<struct CapabilitySetTag, std::uint32_t>;

inline constexpr TaskIndex no_task{UINT32_MAX};

// What is stored of a task's life; waiting and ready are computed from `open`.
enum class Stage : std::uint8_t { open, running, done, failed, cancelled };

// Done or cancelled: nothing more is to come of it, unless it is reopened.
constexpr bool is_over(Stage stage) {
  return stage == Stage::done || stage == Stage::cancelled;
}

constexpr bool is_closed(Stage stage) {
  return stage == Stage::done || stage == Stage::failed || stage == Stage::cancelled;
}

template <typename T>
using SmallList = boost::container::vector<
    T,
    void,
    boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>>>;

struct NeedEdge {
  TaskIndex task;
  Until until = Until::done;
};

// The fields that decisions read stand here; the others stay in `rest`, the members of a TaskSpec
// as JSON, so that a million tasks fit in memory.
struct Task {
  std::string id;
  KeptText rest;
  SmallList<NeedEdge> needs;
  SmallList<TaskIndex> dependants;  // derived: who needs it
  SmallList<TaskIndex> children;    // derived: whose parent it is
  TaskIndex parent = no_task;
  Stage stage = Stage::open;
  Priority priority = Priority::normal;
  bool held = false;
  bool has_verify = false;
  bool is_lock = false;        // of kind `lock`
  std::uint8_t criteria = 0;   // how many stand on its checklist
  std::uint32_t failures = 0;  // since it was added or reopened
  std::uint32_t attempts = 0;  // claims ever
  CapabilitySet capabilities;  // that it names, and those that its secrets ask for
  CapabilitySet prefers;       // that suit it
  AssigneeIndex assignee = anyone;
  GateIndex phase = no_gate;
  LockSet locks = no_locks;
  KindIndex kind = no_kind;         // while it is not closed
  WorkerIndex worker = no_worker;   // the holder of its newest fence
  WorkerIndex adder = no_worker;    // who added it and follows it, if a worker did
  std::uint32_t open_needs = 0;     // derived
  std::uint32_t open_children = 0;  // derived: children neither done nor cancelled
  std::uint32_t blockers = 0;       // derived: open ones that stop its start
  Millis assignee_delay = -1;       // -1: only the assignee, for ever
  Millis estimate = -1;             // -1: none given
  Instant since = 0;                // when its stage began, or it last became ready
  Instant not_before = 0;           // backoff
  Fence fence;                      // newest; 0 if never claimed
  Seq last_fact;
};

// The newest attempt of a task, while it is live or may still be revived after a lapse.
struct Attempt {
  Fence fence;
  WorkerIndex worker;
  std::int64_t number = 0;
  Millis lease_ms = 0;
  Instant started = 0;
  Instant expires = 0;  // by the facts alone; a server knows better (Vitals)
  bool lapsed = false;
  Progress progress = {};
  Expectation expected = {};  // when it was claimed; of nothing if that was not kept
  Millis held = 0;            // of one that lapsed: how long it had lived, at least
};

// What few tasks have.
struct TaskExtras {
  std::uint64_t ticked = 0;           // bit i: criterion i + 1
  std::vector<std::string> findings;  // newest last, bounded
  std::vector<SalvageKept> salvage;   // newest last, bounded
  std::string reason;                 // of the last failure, hold, cancellation or lapse
  std::string result;
  std::uint32_t lapses = 0;
  std::uint32_t lapses_in_a_row = 0;  // since it was last finished, failed, released or resumed

  bool operator==(const TaskExtras&) const = default;
};

struct Worker {
  WorkerSpec spec;
  CapabilitySet capabilities;                 // its own and its machine's
  std::array<AssigneeIndex, 4> answers_to{};  // itself, its role, machine and team; or `anyone`
  bool draining = false;
  std::string drain_reason;
  bool lost = false;  // its newest lease lapsed, and nothing was heard since
  Instant first_seen = 0;
  Instant last_seen = 0;  // by the facts alone
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t released = 0;
  std::int64_t lapsed = 0;
  TaskIndex last_done = no_task;   // what it finished last
  std::vector<TaskIndex> holding;  // derived
  std::vector<AssigneeIndex>
      leads;  // derived: the roles whose locks it holds; it answers to them too
  WorkerHealth health;

  // Whether it may be expected to take work.
  bool is_employed() const { return !draining && !health.is_set_aside(); }
};

struct RequestRecord {
  Seq last;  // the fact that carries its mark
  std::int64_t facts = 0;
  std::string body;
};

// The requests of one author that may still be repeated, oldest id first. Ids at or before
// `horizon` that are not here are expired: `horizon` is of those that grew too old, `crowded_out`
// of those that went for want of room.
struct AuthorRequests {
  Instant horizon = 0;
  Instant crowded_out = 0;
  std::map<std::pair<Instant, std::string>, RequestRecord> recent;
};

class State {
 public:
  State() : by_id_(0, TaskHash{this}, TaskEqual{this}) {
    intern_assignee("");
    intern_capabilities({});
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::string pool;
  PoolCard card;
  PoolSettings settings;
  Seq last;  // the newest fact applied
  Instant log_time = 0;
  Fence last_fence;
  std::string server;           // the instance that keeps deadlines now; "" if none does
  bool kept_by_server = false;  // whether the last one to keep deadlines was a server
  ChunkedList<Task> tasks;
  boost::unordered_flat_map<TaskIndex, Attempt, std::hash<TaskIndex>> attempts;
  std::map<TaskIndex, TaskExtras> extras;
  std::map<TaskIndex, Instant> deadlines;  // of those that are not closed
  std::vector<Worker> workers;
  std::map<std::string, AuthorRequests> requests;
  std::vector<Gate> gates;
  std::map<BlockerId, Blocker> blockers;  // open ones
  BlockerId last_blocker = 0;
  LockSets lock_sets;
  std::shared_ptr<const void> bytes;  // owns those in which texts of tasks stand, if any do
  std::map<std::string, Machine> machines;
  Messages messages;
  Reports reports;
  Records records;
  Durations durations;

  Task& task(TaskIndex index) { return tasks[index.value]; }

  const Task& task(TaskIndex index) const { return tasks[index.value]; }

  Worker& worker(WorkerIndex index) { return workers[index.value]; }

  const Worker& worker(WorkerIndex index) const { return workers[index.value]; }

  TaskIndex find_task(std::string_view id) const;              // or no_task
  WorkerIndex find_worker(std::string_view name) const;        // or no_worker
  AssigneeIndex find_assignee(const std::string& name) const;  // or anyone
  GateIndex find_gate(std::string_view id) const;              // or no_gate
  const Attempt* find_attempt(TaskIndex task) const;
  const TaskExtras* find_extras(TaskIndex task) const;

  // Appends a task; its id must be new.
  TaskIndex add_task(std::string id);

  // So many tasks will be added.
  void expect_tasks(std::size_t count) { by_id_.reserve(count); }

  // The task will be looked up soon, and read: it was chosen for a claim.
  void expect_look_up(TaskIndex index) const;

  // Brings the task nearer to the processor, who will want it.
  void prefetch(TaskIndex index) const {
    constexpr std::size_t line = 64;
    const char* const bytes_of = reinterpret_cast<const char*>(&task(index));
    for (std::size_t at = 0; at < sizeof(Task); at += line) __builtin_prefetch(bytes_of + at);
  }

  WorkerIndex add_worker(std::string name);

  // The phase or gate of that id, new if there was none.
  GateIndex intern_gate(const std::string& id);

  Gate& gate(GateIndex index) { return gates[index.value]; }

  const Gate& gate(GateIndex index) const { return gates[index.value]; }

  // Sets what is known of a worker by its own description.
  void describe(WorkerIndex worker, const WorkerSpec& spec);

  // What such a worker can do: what it names, and what its machine has.
  CapabilitySet capabilities_offered(const WorkerSpec& spec);

  // Sorted and unique afterwards; equal sets get equal numbers.
  CapabilitySet intern_capabilities(std::vector<std::string> names);
  // "worker:x" and "x" are the same.
  AssigneeIndex intern_assignee(std::string text);

  const std::vector<std::string>& capabilities(CapabilitySet set) const { return sets_[set.value]; }

  const std::string& assignee(AssigneeIndex index) const { return assignees_[index.value]; }

  std::size_t capability_sets() const { return sets_.size(); }

  // Of the model that the set names; no_model if it names none, or nothing was learned of it.
  ModelIndex model_of(CapabilitySet set) const {
    return names_model_[set.value] ? durations.find_model(capabilities(set)) : no_model;
  }

  // The same, and one that nothing was learned of becomes known.
  ModelIndex intern_model(CapabilitySet set) {
    return names_model_[set.value] ? durations.intern_model(capabilities(set)) : no_model;
  }

  std::size_t assignees() const { return assignees_.size(); }

  // Whether every capability of `wanted` is offered. Remembered, so that a claim asks for a bit.
  bool covers(CapabilitySet offered, CapabilitySet wanted) const {
    return count_lacking(offered, wanted) == 0;
  }

  // How many capabilities of `wanted` are not offered.
  unsigned count_lacking(CapabilitySet offered, CapabilitySet wanted) const {
    if (offered.value < lacking_.size() && wanted.value < lacking_[offered.value].size()) {
      const std::int8_t known = lacking_[offered.value][wanted.value];
      if (known >= 0) return static_cast<unsigned>(known);
    }
    return find_lacking(offered, wanted);
  }

 private:
  struct TaskHash {
    using is_transparent = void;
    const State* state;

    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>{}(id); }

    std::size_t operator()(TaskIndex index) const { return (*this)(state->task(index).id); }
  };

  struct TextHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  struct TaskEqual {
    using is_transparent = void;
    const State* state;

    bool operator()(TaskIndex a, TaskIndex b) const { return a == b; }

    bool operator()(std::string_view id, TaskIndex b) const { return id == state->task(b).id; }

    bool operator()(TaskIndex a, std::string_view id) const { return id == state->task(a).id; }
  };

  boost::unordered_flat_set<TaskIndex, TaskHash, TaskEqual> by_id_;
  mutable TaskIndex found_last_ = no_task;  // a command names its task several times over
  // Those found lately, each in the place that the hash of its id gives it: in a large pool by_id_
  // lies far from the processor, and most commands name a task that was claimed a moment ago.
  mutable std::array<TaskIndex, 4096> found_lately_{};
  boost::unordered_flat_map<std::string, WorkerIndex, TextHash, std::equal_to<>> worker_by_name_;
  mutable WorkerIndex found_worker_ = no_worker;  // and its worker
  std::map<std::string, GateIndex, std::less<>> gate_by_id_;
  std::vector<std::vector<std::string>> sets_;
  std::vector<bool> names_model_;  // by set
  std::map<std::vector<std::string>, CapabilitySet> set_by_names_;
  std::vector<std::string> assignees_;
  std::map<std::string, AssigneeIndex> assignee_by_text_;
  unsigned find_lacking(CapabilitySet offered, CapabilitySet wanted) const;

  mutable std::vector<std::vector<std::int8_t>> lacking_;  // [offered][wanted]; -1: unknown
};

// The task as people described it, put together again from its fields and `rest`.
TaskSpec spec_of(const State& state, TaskIndex task);

// What the expectation of how long it takes depends on: of the task if `worker` does it, or anybody
// (no_worker).
Work work_of(const State& state, TaskIndex task, WorkerIndex worker);

// What the order of claims takes the task to last: its own time, without its subtasks'.
Millis planned_duration(const State& state, const Task& task);

// Appends the same as JSON, without building a TaskSpec.
void append_spec(std::string& out, const State& state, TaskIndex task);

}  // namespace evener
