// Sees what is asked, answered and published, and nothing else, and keeps its own account of the
// pool by the plainest means, written from DESIGN and sharing no code with the rules. Where account
// and pool differ, a statement broke.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "model/answer.h"
#include "model/command.h"
#include "model/fact.h"
#include "statements.h"
#include "task_account.h"
#include "team_account.h"

namespace evener::sim {

// A request as it reached the pool.
struct Asked {
  Author author = {};
  std::vector<Request> requests = {};
  Instant log_now = 0;    // when it was decided; of a claim that waits, when it came
  Millis first_sent = 0;  // true time
  bool advised = false;   // the pool went by a plan of its own (core/look_ahead.cc)
  bool is_gone = false;   // nobody waits for the answer any more
};

class Witness {
 public:
  explicit Witness(Breaches& breaches) : breaches_(breaches) {}

  // ---- in, in the order in which it happens ----------------------------------------------------

  // The engine's clock showed this for the first time; in a server that goes on it is never more
  // than a second later than before, unless no task was leased.
  void ticked(Instant log_now, Millis true_now, bool serves, bool has_leases = true);

  // The journal said that it is durable up to there.
  void made_durable(Seq last) { durable_ = std::max(durable_, last); }

  void asked(std::uint64_t tag, Asked asked);

  // Who asked has hung up.
  void hung_up(std::uint64_t tag);

  // A worker's command began to run under this fence; it ended, or its machine sleeps. True time.
  void command_began(Fence fence, Millis true_now);
  void command_ended(Fence fence, Millis true_now);

  void published(Seq first, const std::vector<std::string_view>& facts);

  // A reply, as the engine let go of it. Returns its answers.
  std::vector<Answer> replied(std::uint64_t tag, const std::string& body);

  // What was published is taken in, though nobody was answered.
  void take_all() { take_until(Seq{INT64_MAX}); }

  // The process is over. What was asked and not answered may be done or not.
  void process_ended();

  // What the journal holds at the next start, from the first fact on.
  void recovered(const std::vector<std::string>& facts);

  // The server has ticked, everything is durable, and it is this late: what lapsed is told.
  void expect_nothing_overdue(Instant log_now);

  // Likewise: whoever waits for a task waits because there is none for them.
  void expect_no_needless_wait(Instant log_now);

  // No two tasks run that are in each other's way.
  void expect_no_conflicts() const;

  // Nothing is under way.
  void expect_all_told() const { team_.expect_all_told(); }

  // ---- the account -----------------------------------------------------------------------------

  const std::map<std::string, TaskAccount>& tasks() const { return tasks_; }

  const std::map<std::string, WorkerAccount>& workers() const { return workers_; }

  const TeamAccount& team() const { return team_; }

  const std::vector<std::string>& facts() const { return facts_; }

  Fence last_fence() const { return last_fence_; }

  // Whether anybody could start it now, backoff, assignee and capabilities apart.
  bool is_offered(const TaskAccount& task) const;

  std::size_t holding(const std::string& worker) const;

  // How many answers were held against the account.
  std::uint64_t answers_checked() const { return answers_checked_; }

  // How far the machine's clock may run ahead of the workers', in parts of a million.
  void tolerate_drift(std::int64_t ppm) { drift_ppm_ = ppm; }

  // In large pools, what takes a look at every task with every fact is left out.
  void keep_no_order() { keeps_order_ = false; }

 private:
  using Spans = std::vector<std::pair<Millis, Millis>>;
  using Late = std::tuple<std::string, std::string, std::int64_t, std::string, std::string>;

  void take_until(Seq last);
  void take(const std::string& text);
  void note_offers(const Fact& fact);

  void on(const TaskAdded& fact, const Fact& whole);
  void on(const TaskEdited& fact, const Fact& whole);
  void on(const TaskHeld& fact, const Fact& whole);
  void on(const TaskResumed& fact, const Fact& whole);
  void on(const TaskCancelled& fact, const Fact& whole);
  void on(const TaskReopened& fact, const Fact& whole);
  void on(const TaskClaimed& fact, const Fact& whole);
  void on(const LeaseRenewed& fact, const Fact& whole);
  void on(const AttemptRevived& fact, const Fact& whole);
  void on(const AttemptFinished& fact, const Fact& whole);
  void on(const AttemptFailed& fact, const Fact& whole);
  void on(const AttemptReleased& fact, const Fact& whole);
  void on(const AttemptLapsed& fact, const Fact& whole);
  void on(const SalvageKept& fact, const Fact& whole);
  void on(const LeasesNoted& fact, const Fact& whole);
  void on(const LeasesExtended& fact, const Fact& whole);
  void on(const WorkerRegistered& fact, const Fact& whole);
  void on(const WorkerDrained& fact, const Fact& whole);
  void on(const WorkerSetAside& fact, const Fact& whole);
  void on(const WorkerReturned& fact, const Fact& whole);
  void on(const PoolConfigured& fact, const Fact& whole);

  template <typename Body>
  void on(const Body&, const Fact&) {}

  void check_retry(TaskAccount& task, const AttemptFailed& fact, Instant at);
  void check_lapse(const TaskAccount& task, Instant at);
  void check_commands(const TaskAccount& task, Millis lapsed_at, Millis tolerated);
  TaskAccount* known(const std::string& task, std::string_view fact);
  TaskAccount* end(const std::string& task, const std::string& worker, Fence, std::string_view);
  void set_stage(TaskAccount& task, std::string_view stage, Instant at);
  bool needs_hold(const TaskAccount& task) const;
  bool is_held(const TaskAccount& task) const;
  bool is_cyclic(const std::string& task) const;
  bool suits(const TaskAccount& task, const WorkerSpec& worker, Instant now) const;
  bool takes_work(const std::string& worker) const;
  // Locks (witness_locks.cc).
  bool is_locked(const TaskAccount& task) const;
  bool are_in_line(const TaskAccount& a, const TaskAccount& b) const;
  bool is_aged(const TaskAccount& task, Instant now) const;
  bool has_free_way(const TaskAccount& task, Instant now) const;
  std::string kept_for(const TaskAccount& task, const Fact& claim) const;
  std::int64_t capacity_of(const std::string& resource) const;

  bool is_current(const std::string& task, const std::string& worker, Fence fence) const;
  WorkerSpec worker_of(const std::string& name) const;
  // A task that the worker must be offered before `given`; without that, any at all. "" if none.
  std::string better(const WorkerSpec& worker, Instant now, const TaskAccount* given) const;

  // Answers (witness_answers.cc).
  void check(const Asked& asked, const Request& request, const Answer& answer);
  void check_request_id(const Asked& asked, const Request& request, const Answer& answer);
  void check_done(const Asked& asked, const Request& request, const Answer& answer);
  void check_refused(const Asked& asked, const Request& request, const Answer& answer);
  void check_team(const Request& request, const Answer& answer);
  void check_unread(const std::string& worker, const Answer& answer);
  void check_refused_claim(const Asked& asked, const Claim& claim, const std::string& code);
  void check_refused_end(const std::string& task, const std::string& worker, Fence, const Answer&);
  void check_salvage(const Late& late, const std::string& code);
  void note_renewal(const Renew& renew, const Answer& answer);
  void promise(Fence fence, Millis deadline);

  Breaches& breaches_;
  std::map<std::string, TaskAccount> tasks_;
  std::map<std::string, WorkerAccount> workers_;
  PoolSettings settings_;
  TeamAccount team_{breaches_, tasks_, workers_, settings_};
  Fence last_fence_;
  std::vector<std::string> facts_;  // everything that was published, or found
  std::deque<std::string> untaken_;
  Seq taken_;
  Seq durable_;
  Instant newest_at_ = 0;
  std::map<std::uint64_t, Asked> asked_;
  std::map<std::pair<std::string, std::string>, RequestMark> marks_;   // by author and request id
  std::map<std::pair<std::string, std::string>, std::string> bodies_;  // of what was done
  std::set<Late> salvage_;
  std::map<Fence, std::string> passed_over_;  // what should have come first
  std::map<Fence, Millis> promised_;          // the worker's own deadline, true time
  std::map<Instant, Millis> ticks_;           // log time, and when it was first shown
  std::optional<Instant> server_tick_;        // the newest of this process
  std::map<Fence, Spans> commands_;           // when they ran, true time
  std::set<Fence> lapsed_;
  std::set<std::string> authors_;
  std::int64_t drift_ppm_ = 0;
  bool keeps_order_ = true;
  std::uint64_t answers_checked_ = 0;
};

}  // namespace evener::sim
