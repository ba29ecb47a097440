// `evener work`: a worker that claims tasks, runs their commands, keeps their leases alive and
// reports what came of them, until it is told to stop.
//
//   run_worker          registers the worker, ends what earlier runs left behind, starts the slots
//     Slot              a thread: claim, run, report, repeat
//       Claims          which task comes next
//       AttemptRun      one attempt: processes and renewals, by the rules of AttemptMachine
//       Delivery        the report, said until it is heard
//     Heartbeat         a thread that renews the leases of all slots
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "client/client.h"
#include "model/limits.h"
#include "worker/load_meter.h"
#include "worker/process.h"
#include "worker/secrets.h"

namespace evener {

struct RunnerOptions {
  WorkerSpec worker;
  std::string pool;            // what leads a command's own calls to the pool: EVENER_POOL
  std::string server;          // and EVENER_SERVER; "" where its folder leads to it
  std::string command = {};    // run for every task instead of the task's own `run`
  std::string directory = {};  // where commands run; "": ours
  std::string output_folder;   // live output, and results that could not be told
  std::string process_folder;  // the ProcessTable's; "": nothing is looked for at the start
  Millis lease_ms = limits::runner_lease;
  Millis wait_ms = 20'000;      // how long a claim waits; at most half a lease
  Millis poll_ms = 1000;        // between two looks where the pool cannot wait for us
  Millis grace_ms = 5000;       // from SIGTERM to SIGKILL
  Millis patience_ms = 60'000;  // how long a report is tried after its lease is over
  Millis retry_ms = 200;        // before a report is told again; later up to 25 times as long
  std::int64_t max_tasks = 0;   // commands run; 0: no limit
  std::int64_t context_bytes = limits::context_bytes;  // of what others left, told to a command
  bool until_idle = false;
  bool keep_output = false;
  OutputLimits output = {};
  std::vector<SecretSource> secrets = {};  // that its tasks may have; prepared
  LoadOfMachine load = {};                 // told with every claim and renewal
  std::int64_t max_load = 0;  // percent of cores or memory beyond which nothing is claimed; 0: none
};

struct RunnerSummary {
  std::int64_t claimed = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t released = 0;
  std::int64_t lost = 0;     // leases lost, or results that came too late
  std::int64_t kept = 0;     // results that could not be told and stand in a file
  std::int64_t orphans = 0;  // processes of earlier runs that were ended at the start

  bool operator==(const RunnerSummary&) const = default;
};

// Makes a client whose calls fail with `interrupted` while the descriptor is readable. Each client
// is used by one thread.
using ClientFactory = std::function<Result<std::unique_ptr<Client>>(int interrupt_fd)>;

// Receives one line for people. Never called by two threads at once.
using RunnerLog = std::function<void(std::string_view)>;

// Returns when there is nothing left to do (`until_idle`, `max_tasks`), or after `stop_fd` (-1:
// none) has become readable: then running commands are ended and their tasks released. It is only
// watched, and must stay readable. Whoever wants a second signal to end the process at once may
// just do so: the commands' keepers end them.
//
// Fails if the worker cannot begin (the pool is out of reach, or refuses it), or if the pool
// refuses it later on; the attempts that ran then were ended and released as after a stop.
Result<RunnerSummary> run_worker(
    const RunnerOptions& options,
    const ClientFactory& clients,
    ProcessRunner& processes,
    Clock& clock,
    int stop_fd,
    const RunnerLog& log
);

}  // namespace evener
