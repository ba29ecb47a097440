// decide(pool, request, moment) -> facts or a refusal. Pure: it reads no clock, disk or network and
// changes nothing. One file a command family holds the handlers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "model/command.h"
#include "model/fact.h"
#include "model/refusal.h"

namespace evener {

// When, and where, a command is decided. With `vital_renewals` a server keeps deadlines beside the
// log, and a renewal is no fact.
struct Moment {
  Instant now = 0;   // log time
  Instant wall = 0;  // only to judge a request id's own time
  bool vital_renewals = false;
};

// A renewal that is kept beside the log.
struct VitalSign {
  TaskIndex task = no_task;  // or none: the worker is alive
  WorkerIndex worker;
  Progress progress = {};
  std::string output = {};  // the newest lines that were printed; empty: no others
};

// The command was done before: its facts end with `last`.
struct Repeat {
  Seq last;
  std::int64_t facts = 0;
};

// What comes of a command. A refusal may come with facts (a late result is kept as salvage).
struct Decision {
  std::vector<FactBody> facts = {};
  std::optional<Refusal> refusal = {};
  std::optional<Repeat> repeat = {};
  std::optional<VitalSign> vital = {};
  std::optional<RequestMark> mark = {};
};

Decision decide(
    const Pool& pool, const Author& author, const Request& request, const Moment& moment
);

// Whether deciding the claim would come to anything but `nothing_to_claim`; without the explanation
// that a refusal takes.
bool is_worth_deciding(const Pool& pool, const Claim& claim, Instant now);

// The next lease that has lapsed at `moment`, as the fact that says so.
std::optional<FactBody> decide_lapse(Pool& pool, const Moment& moment);

// ---- handlers, one file a family ---------------------------------------------------------------

Decision decide_command(
    const Pool& pool, const Author& author, const AddTasks& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const EditTask& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Claim& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Renew& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const AddNote& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const TickCriterion& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Finish& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Fail& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Release& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Cancel& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Hold& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Resume& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Reopen& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const RegisterWorker& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const DrainWorker& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Configure& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const SetPhase& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const SetGate& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Approve& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const RaiseBlocker& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const ResolveBlocker& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const SetMachine& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const SendMessage& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const Acknowledge& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const FollowTask& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const RecordMeasure& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const OpenChapter& command, const Moment& moment
);
Decision decide_command(
    const Pool& pool, const Author& author, const SetSchedule& command, const Moment& moment
);

// ---- shared by handlers ------------------------------------------------------------------------

Decision refuse(Refusal refusal);
Refusal unknown_task(const State& state, const std::string& id);
Refusal unknown_worker(const std::string& name);

// A request id's digest of what was asked: 16 hex digits.
std::string body_digest(const Command& command);

}  // namespace evener
