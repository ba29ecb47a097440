// Facts: what happened. They alone are stored; everything else is derived from them. The meaning of
// a type and version never changes: a new meaning is a new version, and the old reader stays.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "model/command.h"
#include "model/evidence.h"
#include "model/health.h"
#include "model/task.h"
#include "model/worker.h"

namespace evener {

struct PoolCreated {
  static constexpr std::string_view type = "pool_created";
  std::string pool = {};
  PoolCard card = {};

  static constexpr auto fields() {
    return std::tuple{
        field("pool", &PoolCreated::pool, "The pool's id", fact_text),
        field("card", &PoolCreated::card, "What it is for"),
    };
  }
};

struct PoolConfigured {
  static constexpr std::string_view type = "pool_configured";
  PoolCard card = {};
  PoolSettings settings = {};

  static constexpr auto fields() {
    return std::tuple{
        field("card", &PoolConfigured::card, "What it is for"),
        field("settings", &PoolConfigured::settings, "How it behaves"),
    };
  }
};

struct TaskAdded {
  static constexpr std::string_view type = "task_added";
  TaskSpec spec = {};
  std::string worker = {};

  static constexpr auto fields() {
    return std::tuple{
        field("spec", &TaskAdded::spec, "The task"),
        field("worker", &TaskAdded::worker, "Who added it; empty: the author", fact_text),
    };
  }
};

// `spec` is the whole task as it stands from now on.
struct TaskEdited {
  static constexpr std::string_view type = "task_edited";
  TaskSpec spec = {};

  static constexpr auto fields() {
    return std::tuple{field("spec", &TaskEdited::spec, "The task as it stands now")};
  }
};

template <typename Tag>
struct TaskFact {
  static constexpr std::string_view type = Tag::type;
  std::string task = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TaskFact::task, "Its id", fact_text),
        field("reason", &TaskFact::reason, "Why", fact_text),
    };
  }
};

struct HeldTag {
  static constexpr std::string_view type = "task_held";
};

struct ResumedTag {
  static constexpr std::string_view type = "task_resumed";
};

struct CancelledTag {
  static constexpr std::string_view type = "task_cancelled";
};

struct ReopenedTag {
  static constexpr std::string_view type = "task_reopened";
};

using TaskHeld = TaskFact<HeldTag>;
using TaskResumed = TaskFact<ResumedTag>;
using TaskCancelled = TaskFact<CancelledTag>;
using TaskReopened = TaskFact<ReopenedTag>;

// `reason` says by what it was ticked, if not by hand.
struct CriterionTicked {
  static constexpr std::string_view type = "criterion_ticked";
  std::string task = {};
  std::int64_t criterion = 0;
  bool done = true;
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &CriterionTicked::task, "Its id", fact_text),
        field("criterion", &CriterionTicked::criterion, "Which, from 1"),
        field("done", &CriterionTicked::done, "Ticked or not"),
        field("reason", &CriterionTicked::reason, "By what, if not by hand", fact_text),
    };
  }
};

struct NoteAdded {
  static constexpr std::string_view type = "note_added";
  std::string task = {};
  std::string worker = {};
  std::string text = {};
  bool finding = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &NoteAdded::task, "On this task", fact_text),
        field("worker", &NoteAdded::worker, "By, or on, this worker", fact_text),
        field("text", &NoteAdded::text, "The note", fact_text),
        field("finding", &NoteAdded::finding, "Handed to the next holder"),
    };
  }
};

struct WorkerRegistered {
  static constexpr std::string_view type = "worker_registered";
  WorkerSpec spec = {};

  static constexpr auto fields() {
    return std::tuple{field("spec", &WorkerRegistered::spec, "The worker")};
  }
};

struct WorkerDrained {
  static constexpr std::string_view type = "worker_drained";
  std::string worker = {};
  bool draining = true;
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &WorkerDrained::worker, "Which", fact_text),
        field("draining", &WorkerDrained::draining, "false: it may claim again"),
        field("reason", &WorkerDrained::reason, "Why", fact_text),
    };
  }
};

// `worker` holds `task` until `expires` under `fence`: attempt number `attempt`.
struct TaskClaimed {
  static constexpr std::string_view type = "task_claimed";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::int64_t attempt = 0;
  Millis lease_ms = 0;
  Instant expires = 0;
  std::int64_t context_bytes = limits::context_bytes;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TaskClaimed::task, "Its id", fact_text),
        field("worker", &TaskClaimed::worker, "Who holds it", fact_text),
        field("fence", &TaskClaimed::fence, "Larger with every claim in the pool"),
        field("attempt", &TaskClaimed::attempt, "Which try at this task, from 1"),
        field("lease_ms", &TaskClaimed::lease_ms, "How long a renewal lasts"),
        field("expires", &TaskClaimed::expires, "When the lease lapses, log time"),
        field("context_bytes", &TaskClaimed::context_bytes, "How much was to be handed over"),
    };
  }
};

// Written by a command-line call that has no server to keep deadlines beside the log.
struct LeaseRenewed {
  static constexpr std::string_view type = "lease_renewed";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  Instant expires = 0;
  Progress progress = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &LeaseRenewed::task, "Its id", fact_text),
        field("worker", &LeaseRenewed::worker, "Who holds it", fact_text),
        field("fence", &LeaseRenewed::fence, "The claim's fence"),
        field("expires", &LeaseRenewed::expires, "When it lapses now, log time"),
        field("progress", &LeaseRenewed::progress, "How far it has come"),
    };
  }
};

// The lease had lapsed, nobody had claimed the task since, and its holder came back.
struct AttemptRevived {
  static constexpr std::string_view type = "attempt_revived";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  Instant expires = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &AttemptRevived::task, "Its id", fact_text),
        field("worker", &AttemptRevived::worker, "Who came back", fact_text),
        field("fence", &AttemptRevived::fence, "The claim's fence"),
        field("expires", &AttemptRevived::expires, "When the lease lapses, log time"),
    };
  }
};

struct AttemptFinished {
  static constexpr std::string_view type = "attempt_finished";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string result = {};
  Evidence run = {};
  Evidence verify = {};
  bool untimed = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &AttemptFinished::task, "Its id", fact_text),
        field("worker", &AttemptFinished::worker, "Who did it", fact_text),
        field("fence", &AttemptFinished::fence, "The claim's fence"),
        field("result", &AttemptFinished::result, "What came out", fact_text),
        field("run", &AttemptFinished::run, "What the work's command left"),
        field("verify", &AttemptFinished::verify, "What the verify command left"),
        field(
            "untimed", &AttemptFinished::untimed, "Done elsewhere before: nothing is learned of it"
        ),
    };
  }
};

// `retry_at` is when it may be tried again, log time; without it the task has failed for good.
struct AttemptFailed {
  static constexpr std::string_view type = "attempt_failed";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string reason = {};
  std::optional<Instant> retry_at = {};
  Evidence run = {};
  Evidence verify = {};
  bool untimed = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &AttemptFailed::task, "Its id", fact_text),
        field("worker", &AttemptFailed::worker, "Who tried", fact_text),
        field("fence", &AttemptFailed::fence, "The claim's fence"),
        field("reason", &AttemptFailed::reason, "Why", fact_text),
        field("retry_at", &AttemptFailed::retry_at, "When it may be tried again, log time"),
        field("run", &AttemptFailed::run, "What the work's command left"),
        field("verify", &AttemptFailed::verify, "What the verify command left"),
        field(
            "untimed", &AttemptFailed::untimed, "Tried elsewhere before: nothing is learned of it"
        ),
    };
  }
};

template <typename Tag>
struct AttemptFact {
  static constexpr std::string_view type = Tag::type;
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &AttemptFact::task, "Its id", fact_text),
        field("worker", &AttemptFact::worker, "Who held it", fact_text),
        field("fence", &AttemptFact::fence, "The claim's fence"),
        field("reason", &AttemptFact::reason, "Why", fact_text),
    };
  }
};

struct ReleasedTag {
  static constexpr std::string_view type = "attempt_released";
};

struct LapsedTag {
  static constexpr std::string_view type = "attempt_lapsed";
};

using AttemptReleased = AttemptFact<ReleasedTag>;
using AttemptLapsed = AttemptFact<LapsedTag>;

// A result that came too late to count: kept for people to look at.
struct SalvageKept {
  static constexpr std::string_view type = "salvage_kept";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string outcome = {};
  std::string result = {};
  Evidence run = {};
  Evidence verify = {};

  bool operator==(const SalvageKept&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &SalvageKept::task, "Its id", fact_text),
        field("worker", &SalvageKept::worker, "Who was late", fact_text),
        field("fence", &SalvageKept::fence, "The fence it showed"),
        field("outcome", &SalvageKept::outcome, "finish or fail", fact_text),
        field("result", &SalvageKept::result, "What came out", fact_text),
        field("run", &SalvageKept::run, "What the work's command left"),
        field("verify", &SalvageKept::verify, "What the verify command left"),
    };
  }
};

// From here on deadlines live beside the log, in the server named.
struct ServerOpened {
  static constexpr std::string_view type = "server_opened";
  std::string instance = {};

  static constexpr auto fields() {
    return std::tuple{field("instance", &ServerOpened::instance, "Which run of it", fact_text)};
  }
};

struct LeaseEnd {
  Fence fence = {};
  Instant expires = 0;

  bool operator==(const LeaseEnd&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("fence", &LeaseEnd::fence, "Whose"),
        field("expires", &LeaseEnd::expires, "When it lapses, log time"),
    };
  }
};

// What a server that ends cleanly knew of the deadlines; `server_closed` follows the last of them.
struct LeasesNoted {
  static constexpr std::string_view type = "leases_noted";
  std::vector<LeaseEnd> leases = {};

  static constexpr auto fields() {
    return std::tuple{field("leases", &LeasesNoted::leases, "All live ones", fact_text)};
  }
};

struct ServerClosed {
  static constexpr std::string_view type = "server_closed";
  std::string instance = {};

  static constexpr auto fields() {
    return std::tuple{field("instance", &ServerClosed::instance, "Which run of it", fact_text)};
  }
};

// Every live lease lasts a whole lease from `from` on: whoever kept the deadlines is gone.
struct LeasesExtended {
  static constexpr std::string_view type = "leases_extended";
  Instant from = 0;
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("from", &LeasesExtended::from, "Log time"),
        field("reason", &LeasesExtended::reason, "Why", fact_text),
    };
  }
};

using FactBody = std::variant<
    PoolCreated,
    PoolConfigured,
    TaskAdded,
    TaskEdited,
    TaskHeld,
    TaskResumed,
    TaskCancelled,
    TaskReopened,
    CriterionTicked,
    NoteAdded,
    WorkerRegistered,
    WorkerDrained,
    TaskClaimed,
    LeaseRenewed,
    AttemptRevived,
    AttemptFinished,
    AttemptFailed,
    AttemptReleased,
    AttemptLapsed,
    SalvageKept,
    ServerOpened,
    LeasesNoted,
    ServerClosed,
    LeasesExtended,
    PhaseSet,
    GateSet,
    GateApproved,
    GateOpened,
    GateClosed,
    BlockerRaised,
    BlockerResolved,
    BlockerEscalated,
    MachineSet,
    WorkerSetAside,
    WorkerReturned,
    MessageSent,
    MessageAcknowledged,
    MessagesExpired,
    TaskFollowed,
    ReportOverdue,
    Measured,
    Marked,
    ScheduleSet>;

// Stands on the last fact of a command that had a request id: the command wrote `facts` facts, this
// one included, and `body` is a digest of what was asked.
struct RequestMark {
  std::string id = {};
  std::int64_t facts = 0;
  std::string body = {};

  bool operator==(const RequestMark&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("id", &RequestMark::id, "The request id", fact_text),
        field("facts", &RequestMark::facts, "How many facts it wrote"),
        field("body", &RequestMark::body, "A digest of the command", fact_text),
    };
  }
};

// `prev` is the fact before it that speaks of the same task (0: none): a task's history is read
// backward through the log, so that nobody keeps it in memory and nobody scans for it.
struct Fact {
  Seq seq = {};
  Seq prev = {};
  Instant at = 0;  // log time
  std::string by = {};
  FactBody body = {};
  std::optional<RequestMark> request = {};
};

std::string_view type_of(const FactBody& body);

// The task or worker that a fact speaks of; "" if none.
std::string_view task_of(const FactBody& body);
std::string_view worker_of(const FactBody& body);

// {"seq":12,"at":1763726430000,"by":"rod","type":"task_claimed","v":1,...}
void append_fact(std::string& out, const Fact& fact);

// Fails with `unknown_fact` for a type or version that this program does not know.
Result<Fact> read_fact(const Json& json);

}  // namespace evener
