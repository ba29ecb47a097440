#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/sha256.h"
#include "cli/stop_signal.h"
#include "cli/this_machine.h"
#include "cli/verb.h"
#include "client/remote_pool.h"
#include "worker/load_meter.h"
#include "worker/runner.h"

namespace evener {
namespace {

struct WorkOptions {
  RunnerOptions run;
  std::string lease;
  std::string poll;
  std::vector<std::string> secrets;
  std::string report_every;
};

std::string machine_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "";
  const std::string text(name);
  return text.substr(0, text.find('.'));
}

// A worker that has a secret says so, and tasks that need it come to it.
Status add_secrets(const std::vector<std::string>& given, RunnerOptions& run) {
  for (const std::string& text : given) {
    SecretSource source = TRY(parse_secret_source(text));
    for (const SecretSource& known : run.secrets) {
      if (known.name != source.name) continue;
      return Error{"usage", fmt::format("{} is given twice", source.name), "--secret"};
    }
    TRY(prepare_secret(source));
    run.worker.capabilities.push_back(secret_capability(source.name));
    run.secrets.push_back(std::move(source));
  }
  return Done{};
}

// The terminal's name; with a number behind it while another runner works under that one, or they
// would share its slots. The name is this process's for as long as it lives.
Result<std::string> own_name(const Session& session, const std::string& running_folder) {
  static std::unique_ptr<FileDescriptor> held;
  TRY(ensure_directory(running_folder, 0700));
  const std::string name = session.worker();
  for (int number = 1;; ++number) {
    const std::string tried = number == 1 ? name : fmt::format("{}-{}", name, number);
    const std::string path =
        fmt::format("{}/{}.runner", running_folder, sha256_hex(tried).substr(0, 16));
    held =
        std::make_unique<FileDescriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (held->number() < 0) return system_error(errno, "open", path);
    if (::flock(held->number(), LOCK_EX | LOCK_NB) == 0) return tried;
    if (errno != EWOULDBLOCK) return system_error(errno, "lock", path);
  }
}

// A server's address leads to the pool, but what runs must be found again after a crash.
Result<PoolFolder> folder_to_work_in(const Session& session) {
  Result<PoolFolder> folder = session.folder();
  const std::string address = session.server_address();
  if (folder.ok() || folder.error().code != "pool_missing" || address.empty()) return folder;
  return Error{
      "pool_missing",
      fmt::format(
          "a runner keeps its outputs, and what it runs, in a folder of the pool, and here is none "
          "that belongs to {}; join it here: evener join INVITATION, which evener invite gives",
          address
      ),
      folder.error().where
  };
}

Result<RunnerOptions> prepared(const Session& session, const WorkOptions& options) {
  RunnerOptions run = options.run;
  const PoolFolder folder = TRY(folder_to_work_in(session));
  if (run.worker.name.empty()) run.worker.name = environment("EVENER_WORKER");
  if (run.worker.name.empty()) run.worker.name = TRY(own_name(session, folder.running()));
  if (run.worker.machine.empty()) {
    const std::optional<RemotePool> remote = TRY(read_remote(folder));
    run.worker.machine = remote ? remote->machine : machine_name();
  }
  run.pool = folder.path;
  run.server = session.server_address();
  run.output_folder = folder.running() + "/outputs";
  run.process_folder = folder.running();
  TRY(add_secrets(options.secrets, run));
  if (const Millis lease = TRY(duration_of(options.lease)); lease > 0) run.lease_ms = lease;
  if (!options.report_every.empty()) {
    run.worker.report_every_ms = TRY(parse_duration(options.report_every));
  }
  if (const Millis poll = TRY(duration_of(options.poll)); poll > 0) run.poll_ms = poll;
  if (run.lease_ms < limits::shortest_lease || run.lease_ms > limits::longest_lease) {
    return Error{
        "bad_value",
        fmt::format(
            "a lease lasts from {} to {}",
            format_duration(limits::shortest_lease),
            format_duration(limits::longest_lease)
        ),
        "--lease"
    };
  }
  return run;
}

// A machine that has joined a pool is described anew whenever it starts to work, unless people do
// that.
void keep_inventory_fresh(Session& session, const std::string& machine) {
  const Result<PoolFolder> folder = session.folder();
  if (!folder.ok()) return;
  const Result<std::optional<RemotePool>> remote = read_remote(*folder);
  if (!remote.ok() || !*remote || !(*remote)->detects || (*remote)->machine != machine) return;
  const Result<Client*> client = session.client();
  if (!client.ok()) return;  // the runner waits for its pool, and says so
  const Inventory inventory = take_inventory(system_sources());
  const Status described = describe_this_machine(**client, machine, inventory);
  if (!described.ok()) session.say("warning: " + safe_text(described.error().text()));
}

// A result that could not be told is lost to the pool unless somebody sends the file.
ExitCode summed_up(Session& session, const std::string& name, const RunnerSummary& summary) {
  std::string text = fmt::format(
      "{}: claimed {}, done {}, failed {}, released {}, lost {}",
      name,
      summary.claimed,
      summary.done,
      summary.failed,
      summary.released,
      summary.lost
  );
  if (summary.kept > 0) text += fmt::format(", not told {}", summary.kept);
  session.done(
      JsonObject{
          {"claimed", summary.claimed},
          {"done", summary.done},
          {"failed", summary.failed},
          {"released", summary.released},
          {"lost", summary.lost},
          {"kept", summary.kept},
          {"orphans", summary.orphans}
      },
      text
  );
  return summary.kept > 0 ? ExitCode::refused : ExitCode::done;
}

ExitCode work(Session& session, const WorkOptions& options) {
  outlive_readers();
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  Result<RunnerOptions> run = prepared(session, options);
  if (!run.ok()) return session.failed(run.error());
  LoadMeter meter;
  run->load = [&] { return meter.read(session.clock().read().boot); };
  Result<ProcessTable> table = ProcessTable::open(run->process_folder);
  if (!table.ok()) return session.failed(table.error());
  keep_inventory_fresh(session, run->worker.machine);
  SystemProcessRunner processes(keeper_command(), std::move(*table));
  const Result<RunnerSummary> summary = run_worker(
      *run,
      [&](int interrupt) { return session.new_client(interrupt); },
      processes,
      session.clock(),
      *stop,
      [&](std::string_view text) { session.say(fmt::format("{}: {}", run->worker.name, text)); }
  );
  if (!summary.ok()) return session.failed(summary.error());
  return summed_up(session, run->worker.name, *summary);
}

}  // namespace

void add_work(CommandLine& line) {
  const auto options = std::make_shared<WorkOptions>();
  RunnerOptions& run = options->run;
  CLI::App* const verb = line.add(
      "work",
      "Work: claim tasks, run their commands, verify, report",
      "  evener work\n"
      "  evener work --name walnut-1 --slots 4 --capability gpu\n"
      "  evener work --exec 'claude -p \"$EVENER_DESCRIPTION\"'\n"
      "  evener work --secret DEPLOY_KEY=file:/etc/deploy.key --secret TOKEN=cmd:'pass show "
      "token'\n"
      "  evener work --until-idle --json",
      [options](Session& session) { return work(session, *options); }
  );
  verb->add_option("--name", run.worker.name, "Its name (else EVENER_WORKER, else this terminal)")
      ->type_name("NAME");
  verb->add_option("--slots", run.worker.slots, "How many tasks at once")
      ->check(CLI::Range(1, 1024));
  verb->add_option(
          "--capability", run.worker.capabilities, "What it has: gpu, model=a, ram_gb=64 (repeat)"
  )
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option(
          "--secret",
          options->secrets,
          "A secret that tasks may name: NAME=file:PATH, =env:VARIABLE or =cmd:COMMAND (repeat)"
  )
      ->type_name("NAME=SOURCE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--machine", run.worker.machine, "The host (else this one's name)")
      ->type_name("NAME");
  verb->add_option("--role", run.worker.role, "Its role")->type_name("NAME");
  verb->add_option("--team", run.worker.team, "Its team")->type_name("NAME");
  verb->add_option("--exec", run.command, "Run this for every task, instead of the task's own run")
      ->type_name("COMMAND");
  verb->add_option("-C,--directory", run.directory, "Where commands run")->type_name("DIR");
  add_duration(verb, "--lease", options->lease, "How long without a heartbeat; 30s by default");
  add_duration(
      verb, "--report-every", options->report_every, "How often it reports; else as the pool says"
  );
  add_duration(verb, "--poll", options->poll, "How often to look for work without a server");
  verb->add_option(
          "--max-load",
          run.max_load,
          "Claim nothing while more of this machine's cores or memory is taken"
  )
      ->type_name("PERCENT")
      ->check(CLI::Range(1, 100));
  verb->add_option(
          "--focus", run.worker.focus, "Paths that it works on rather than others (repeat)"
  )
      ->type_name("PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--max-tasks", run.max_tasks, "End after so many")
      ->type_name("N")
      ->check(whole_number);
  verb->add_option(
          "--context-bytes",
          run.context_bytes,
          "How much of what others found and left a command is told; 0: nothing"
  )
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, limits::most_context_bytes));
  verb->add_flag("--until-idle", run.until_idle, "End when there is nothing left that it could do");
  verb->add_flag("--keep-output", run.keep_output, "Keep the live output files");
}

}  // namespace evener
