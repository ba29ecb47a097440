#include <fmt/format.h>

#include "cli/attempt_flags.h"
#include "cli/stop_signal.h"
#include "cli/verb.h"
#include "views/tasks.h"
#include "worker/verify.h"

namespace evener {
namespace {

struct FinishOptions {
  AttemptFlags flags;
  std::string result;
  std::vector<std::string> findings;
};

Result<TaskView> read_task(Client& client, const std::string& id) {
  Query query;
  query.kind = QueryKind::task;
  query.task = id;
  return ask_for<TaskView>(client, query);
}

struct VerifyPlace {
  std::string running;  // where its processes are written down
  std::string pool;     // as EVENER_POOL; "" where there is no folder, but a server that was named
};

Result<VerifyPlace> verify_place(const Session& session) {
  const Result<PoolFolder> folder = session.folder();
  if (folder.ok()) return VerifyPlace{folder->running(), folder->path};
  if (session.server_address().empty()) return folder.error();
  return VerifyPlace{state_folder() + "/running", ""};
}

// Evidence before done: the task's verify command is run here and now, its output shown.
Result<Evidence> verified(Session& session, Client& client, const AttemptName& name) {
  const TaskView task = TRY(read_task(client, name.task));
  if (task.spec.verify.empty()) return Evidence{};
  session.say(fmt::format("verify: {}", safe_text(task.spec.verify)));
  const VerifyPlace place = TRY(verify_place(session));
  SystemProcessRunner processes(keeper_command(), TRY(ProcessTable::open(place.running)));
  VerifyOrder order;
  order.surroundings.worker = name.worker;
  order.surroundings.pool = place.pool;
  order.surroundings.server = session.server_address();
  order.fence = name.fence;
  order.stop_fd = TRY(stop_descriptor());
  order.on_line = [&](std::string_view line) { session.say("  " + safe_text(line)); };
  return run_verify(task.spec, order, processes, client);
}

ExitCode finish(Session& session, const FinishOptions& options) {
  Result<AttemptName> name = options.flags.resolve(session);
  if (!name.ok()) return session.failed(name.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Result<Evidence> evidence = verified(session, **client, *name);
  if (!evidence.ok()) return session.failed(evidence.error());
  Finish command{.task = name->task, .worker = name->worker, .fence = name->fence};
  command.result = options.result;
  command.verify = std::move(*evidence);
  command.findings = options.findings;
  return give_about(session, *name, std::move(command), true, [&](const Json&) {
    session.print("done " + name->task);
  });
}

}  // namespace

void add_finish(CommandLine& line) {
  const auto options = std::make_shared<FinishOptions>();
  CLI::App* const verb = line.add(
      "finish",
      "Finish a task; its verify command is run first, and must pass",
      "  evener finish\n"
      "  evener finish restore-8000 --result 'it answers on port 8000'\n"
      "  evener finish --finding 'it needs 2 GB of memory'",
      [options](Session& session) { return finish(session, *options); }
  );
  options->flags.add_to(verb);
  verb->add_option("--result", options->result, "What came out")->type_name("TEXT");
  verb->add_option("--finding", options->findings, "Handed to whoever works on it next")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace evener
