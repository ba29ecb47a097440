// A pool in memory: the state, and the projections kept beside it. `apply` is the only way in.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "core/locks.h"
#include "core/machine_loads.h"
#include "core/paths.h"
#include "core/ready.h"
#include "core/schedule_watch.h"
#include "core/self_ticks.h"
#include "core/state.h"
#include "core/unread.h"
#include "core/vitals.h"

namespace evener {

// What a task is doing now, as people see it.
enum class TaskState { waiting, ready, running, done, failed, cancelled, held };

template <>
struct EnumNames<TaskState> {
  static constexpr std::array<std::string_view, 7> names{
      "waiting", "ready", "running", "done", "failed", "cancelled", "held"
  };
};

// Invariant: every count and index equals a recount of the state (recount.h).
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  const State& state() const { return state_; }

  const ReadyIndex& ready() const { return ready_; }

  const PathLengths& paths() const { return paths_; }

  const Vitals& vitals() const { return vitals_; }

  const Locks& locks() const { return locks_; }

  const MachineLoads& loads() const { return loads_; }

  const UnreadIndex& unread() const { return unread_; }

  // Total: never fails and never crashes on a fact that `decide` wrote after the facts before it.
  void apply(const Fact& fact);

  // Lets time pass for what depends on it (backoffs, soft assignments); changes no fact.
  void advance(Instant now);

  // A bounded slice of the work that apply() left for later.
  void repair(std::size_t edges);

  // Works out what a claim must not wait for, once after each fact; changes none (look_ahead.cc).
  void look_ahead();

  // Takes over a state that was read from a snapshot, and rebuilds everything beside it.
  void adopt();

  State& state_to_fill() { return state_; }

  // Vital signs: a lease is renewed beside the log.
  void renew(TaskIndex task, Instant now, Progress progress, std::string output = {});
  void saw(WorkerIndex worker, Instant now);
  void told_load(WorkerIndex worker, const MachineLoad& load, Instant now);

  // The task whose lease ended first, at or before `now`.
  std::optional<TaskIndex> next_lapse(Instant now) { return vitals_.next_due(now); }

  // Tasks that became ready since this was called last, for claims that wait.
  std::vector<TaskIndex> take_arrivals();

  void forget_arrivals() { ready_.arrived().clear(); }

  // The latest time that it knows of: of its newest fact, or later.
  Instant now() const { return std::max(now_, state_.log_time); }

  TaskState state_of(TaskIndex task) const;

  // Whether the task may be offered but for its backoff: open, not held (nor a parent of it),
  // nothing open before it.
  bool is_offerable(TaskIndex task) const;

  std::size_t count(TaskState state) const;

  // Of the tasks in that stage, those that are locks: what was held by hand, and is no work.
  std::size_t locks_in(Stage stage) const { return lock_stages_[static_cast<std::size_t>(stage)]; }

  // Open blockers of a task, oldest first.
  const std::vector<BlockerId>& blockers_of(TaskIndex task) const;

  // What follows from the facts and from time, and is yet to be written down as facts (due.h).
  const std::set<GateIndex>& turned_gates() const { return turned_; }

  const std::set<TaskIndex>& to_set_aside() const { return to_set_aside_; }

  const std::set<std::pair<Instant, BlockerId>>& escalations() const { return escalations_; }

  const std::set<WorkerIndex>& health_news() const { return health_news_; }

  // Workers that owe a report, by when that is to be told next (reports.h).
  const std::set<std::pair<Instant, WorkerIndex>>& reports_due() const { return reports_due_; }

  const SelfTicks& self_ticks() const { return self_ticks_; }

  const ScheduleWatch& schedule_watch() const { return schedule_watch_; }

  // Failed and cancelled tasks, whose dependants are stuck.
  const std::set<TaskIndex>& dead() const { return dead_; }

 private:
  friend class Recount;

  void apply_body(const PoolCreated& fact, const Fact& whole);
  void apply_body(const PoolConfigured& fact, const Fact& whole);
  void apply_body(const TaskAdded& fact, const Fact& whole);
  void apply_body(const TaskEdited& fact, const Fact& whole);
  void apply_body(const TaskHeld& fact, const Fact& whole);
  void apply_body(const TaskResumed& fact, const Fact& whole);
  void apply_body(const TaskCancelled& fact, const Fact& whole);
  void apply_body(const TaskReopened& fact, const Fact& whole);
  void apply_body(const CriterionTicked& fact, const Fact& whole);
  void apply_body(const NoteAdded& fact, const Fact& whole);
  void apply_body(const WorkerRegistered& fact, const Fact& whole);
  void apply_body(const WorkerDrained& fact, const Fact& whole);
  void apply_body(const TaskClaimed& fact, const Fact& whole);
  void apply_body(const LeaseRenewed& fact, const Fact& whole);
  void apply_body(const AttemptRevived& fact, const Fact& whole);
  void apply_body(const AttemptFinished& fact, const Fact& whole);
  void apply_body(const AttemptFailed& fact, const Fact& whole);
  void apply_body(const AttemptReleased& fact, const Fact& whole);
  void apply_body(const AttemptLapsed& fact, const Fact& whole);
  void apply_body(const SalvageKept& fact, const Fact& whole);
  void apply_body(const ServerOpened& fact, const Fact& whole);
  void apply_body(const LeasesNoted& fact, const Fact& whole);
  void apply_body(const ServerClosed& fact, const Fact& whole);
  void apply_body(const LeasesExtended& fact, const Fact& whole);
  void apply_body(const PhaseSet& fact, const Fact& whole);
  void apply_body(const GateSet& fact, const Fact& whole);
  void apply_body(const GateApproved& fact, const Fact& whole);
  void apply_body(const GateOpened& fact, const Fact& whole);
  void apply_body(const GateClosed& fact, const Fact& whole);
  void apply_body(const BlockerRaised& fact, const Fact& whole);
  void apply_body(const BlockerResolved& fact, const Fact& whole);
  void apply_body(const BlockerEscalated& fact, const Fact& whole);
  void apply_body(const MachineSet& fact, const Fact& whole);      // machines.cc
  void apply_body(const WorkerSetAside& fact, const Fact& whole);  // health.cc
  void apply_body(const WorkerReturned& fact, const Fact& whole);  // health.cc
  // Messages and reports (messages.cc, reports.cc).
  void apply_body(const MessageSent& fact, const Fact& whole);
  void apply_body(const MessageAcknowledged& fact, const Fact& whole);
  void apply_body(const MessagesExpired& fact, const Fact& whole);
  void apply_body(const TaskFollowed& fact, const Fact& whole);
  void apply_body(const ReportOverdue& fact, const Fact& whole);
  void apply_body(const Measured& fact, const Fact& whole);  // measures.cc
  void apply_body(const Marked& fact, const Fact& whole);
  void apply_body(const ScheduleSet& fact, const Fact& whole);  // schedules.cc

  TaskIndex known_task(const std::string& id) const;  // CHECKs that it exists
  WorkerIndex known_worker(const std::string& name) const;
  bool has_open_needs(TaskIndex task) const;  // its own or a parent's
  void fill(TaskIndex task, const TaskSpec& spec);
  void link(TaskIndex task);
  void unlink(TaskIndex task);
  void set_stage(TaskIndex task, Stage stage, Instant now);
  void end_attempt(TaskIndex task);
  void begin_lease(TaskIndex task, const Attempt& attempt);
  void hold_locks(TaskIndex task);
  void release_locks(TaskIndex task);
  void refresh(TaskIndex task);
  void refresh_below(TaskIndex task);
  void remember(const Fact& fact);

  // Phases, gates and blockers (gates.cc, blockers.cc).
  void link_phase(TaskIndex task);
  void unlink_phase(TaskIndex task);
  void link_after(GateIndex phase);
  void unlink_after(GateIndex phase);
  void set_gate_tasks(GateIndex gate);
  void count_over(TaskIndex task, bool is_over);
  void count_over_in(GateIndex gate, bool is_over);
  void settle(GateIndex gate);
  void adopt_gates();
  void place_below(GateIndex phase);
  void count_lapse(TaskIndex task);
  void end_lapses(TaskIndex task);
  void link_blocker(BlockerId id, const Blocker& blocker);
  void schedule(BlockerId id, const Blocker& blocker);
  void unschedule(BlockerId id);
  void schedule_blockers(TaskIndex task);
  void unschedule_blockers(TaskIndex task);
  void heard_from(const FactBody& body, Instant at);
  void follow_schedules(const Fact& fact);  // schedules.cc

  // Workers that fail in a row (health.cc).
  void judge_health(WorkerIndex worker);
  void count_failure(WorkerIndex worker, TaskIndex task, bool was_probe);
  void count_success(WorkerIndex worker);
  bool is_probe(WorkerIndex worker, TaskIndex task) const;
  void begin_probe(WorkerIndex worker, TaskIndex task);
  void keep_open(TaskIndex task, const TaskSpec& spec);
  void drop_open(TaskIndex task);
  // What is learned of durations (learning.cc).
  void set_kind(TaskIndex task, const std::string& name);
  void drop_kind(TaskIndex task);
  void expect(TaskIndex task, Attempt& attempt);
  void learn_finished(TaskIndex task, Instant now);
  void learn_outlasted(TaskIndex task, Millis held);
  void learn_failed(TaskIndex task, WorkerIndex worker);
  void learn_reworked(TaskIndex task);
  Work tried_work(TaskIndex task, WorkerIndex worker);
  void learn_given_up(TaskIndex task);
  // Messages and reports (messages.cc, reports.cc).
  void set_adder(TaskIndex task, const std::string& worker, const std::string& author);
  void lead(TaskIndex task, bool begins);
  bool is_report(const FactBody& body) const;
  void report(WorkerIndex worker, Instant at);
  void schedule_report(WorkerIndex worker);
  void count_reports_from(Instant at);
  Reporting& reporting(WorkerIndex worker);

  State state_;
  PathLengths paths_{state_};
  Locks locks_{state_};
  ReadyIndex ready_{state_, paths_, locks_};
  Vitals vitals_;
  MachineLoads loads_{state_};
  std::array<std::size_t, 5> stages_{};  // by Stage
  std::array<std::size_t, 5> lock_stages_{};
  std::size_t held_ = 0;  // open and held
  std::set<TaskIndex> dead_;
  std::map<TaskIndex, std::vector<GateIndex>> joined_;  // by gates that are no phases
  std::map<TaskIndex, std::vector<BlockerId>> blockers_of_;
  std::set<GateIndex> turned_;        // open now, and not said to be; or the reverse
  std::set<TaskIndex> to_set_aside_;  // their leases lapsed too often
  std::set<std::pair<Instant, BlockerId>> escalations_;
  std::set<WorkerIndex> health_news_;  // to be set aside, or to take work again
  UnreadIndex unread_{state_};
  std::set<std::pair<Instant, WorkerIndex>> reports_due_;
  std::vector<Instant> report_due_;  // by worker, as it stands there; 0: not
  SelfTicks self_ticks_{state_};
  ScheduleWatch schedule_watch_{state_};
  bool is_adopting_ = false;
  Seq looked_ahead_;             // at which fact
  Instant search_plans_at_ = 0;  // not before
  Instant now_ = 0;
};

}  // namespace evener
