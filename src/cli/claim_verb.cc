#include <fmt/format.h>

#include "cli/attempt_flags.h"
#include "cli/unread_line.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct ClaimOptions {
  std::string task;
  std::string worker;
  std::string lease;
  std::string wait;
  bool parents = false;
  std::int64_t context_bytes = limits::context_bytes;
  WorkerSpec description;
  std::vector<CLI::Option*> describing;
};

std::string text_of(const Json& object, std::string_view name) {
  const Json* member = object.get_object().if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
}

void show_claim(const Session& session, const Json& result) {
  const Json& task = result.at("task");
  const std::string id = text_of(task, "id");
  session.print(fmt::format(
      "claimed {} as {} (attempt {}, fence {}, lease {})",
      id,
      text_of(result, "worker"),
      result.at("attempt").get_int64(),
      result.at("fence").get_int64(),
      format_duration(result.at("lease_ms").get_int64())
  ));
  const auto show = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) session.print(fmt::format("  {}: {}", label, safe_text(text)));
  };
  show("title", text_of(task, "title"));
  show("description", text_of(task, "description"));
  show("run", text_of(task, "run"));
  show("verify", text_of(task, "verify"));
  show("context", text_of(task, "context"));
  show("last time", text_of(result, "last_reason"));
  if (const Json* lacks = result.get_object().if_contains("lacks")) {
    for (const Json& lack : lacks->get_array()) {
      show("prefers, and you lack", std::string(lack.get_string()));
    }
  }
  if (const Json* findings = result.get_object().if_contains("findings")) {
    for (const Json& finding : findings->get_array()) {
      show("finding", std::string(finding.get_string()));
    }
  }
  if (const Json* handed = result.get_object().if_contains("handed")) {
    for (const Json& item : handed->get_array()) {
      const bool is_result = item.get_object().contains("result");
      show(
          fmt::format("{} of {}", is_result ? "result" : "finding", text_of(item, "task")),
          text_of(item, "text")
      );
    }
  }
  if (const Json* left_out = result.get_object().if_contains("left_out")) {
    session.print(fmt::format(
        "  {} more did not fit: evener claim --context-bytes N, or evener show",
        left_out->get_int64()
    ));
  }
  const std::string worker = text_of(result, "worker");
  const std::string unread = unread_line(result, worker);
  if (!unread.empty()) session.print(unread);
  const bool is_this_terminal = worker == session.worker();
  session.print(
      fmt::format("next: evener finish {}{}", id, is_this_terminal ? "" : " --worker " + worker)
  );
}

// The worker's description, if flags gave one; then the claim.
std::vector<Command> commands_for(const ClaimOptions& options, Claim claim) {
  std::vector<Command> commands;
  for (const CLI::Option* option : options.describing) {
    if (option->count() == 0) continue;
    RegisterWorker registration{options.description};
    registration.worker.name = claim.worker;
    commands.emplace_back(std::move(registration));
    break;
  }
  commands.emplace_back(std::move(claim));
  return commands;
}

// Not in one request: who could not be described as asked takes nothing.
Result<Answer> give_in_turn(Client& client, std::vector<Command> commands) {
  Answer answer;
  for (Command& command : commands) {
    answer = TRY(call_one(client, std::move(command)));
    if (!answer.ok) break;
  }
  return answer;
}

// Whoever is offered nothing has time to read.
void say_unread(const Session& session, const Answer& refused, const std::string& worker) {
  const Result<Json> detail = parse_json(refused.refusal->detail.text);
  const std::string unread = detail.ok() ? unread_line(*detail, worker) : "";
  if (!unread.empty()) session.say(unread);
}

ExitCode claim(Session& session, const ClaimOptions& options) {
  const Result<Millis> lease = duration_of(options.lease);
  if (!lease.ok()) return session.failed(lease.error());
  const Result<Millis> wait = duration_of(options.wait);
  if (!wait.ok()) return session.failed(wait.error());
  Claim command;
  command.worker = options.worker.empty() ? session.worker() : options.worker;
  command.task = options.task;
  command.parents = options.parents;
  command.context_bytes = options.context_bytes;
  if (*lease > 0) command.lease_ms = *lease;
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const Millis started = session.clock().read().monotonic;
  for (;;) {
    // The server lets a claim wait for a minute; longer waits are several.
    const Millis left = *wait - (session.clock().read().monotonic - started);
    command.wait_ms = std::clamp<Millis>(left, 0, limits::longest_wait);
    const Result<Answer> answer = give_in_turn(**client, commands_for(options, command));
    if (!answer.ok()) return session.failed(answer.error());
    if (!answer->ok && answer->refusal->code == "nothing_to_claim" && left > limits::longest_wait) {
      continue;
    }
    if (answer->ok) {
      const Result<Json> result = parse_json(answer->result.text);
      if (!result.ok()) return session.failed(result.error());
      const Status kept =
          ticket_of(session, command.worker)
              .add({text_of(result->at("task"), "id"), Fence{result->at("fence").get_int64()}});
      if (!kept.ok()) session.say("warning: no ticket was kept: " + kept.error().text());
    }
    if (!answer->ok) say_unread(session, *answer, command.worker);
    const ExitCode told =
        session.answered(*answer, [&](const Json& result) { show_claim(session, result); });
    const std::string advice = name_advice(options.worker);
    if (!answer->ok && answer->refusal->code == "slots_full" && !advice.empty()) {
      session.say("  or: " + advice);
    }
    return told;
  }
}

}  // namespace

void add_claim(CommandLine& line) {
  const auto options = std::make_shared<ClaimOptions>();
  CLI::App* const verb = line.add(
      "claim",
      "Take a task: the named one, or the best that this worker may take",
      "  evener claim\n"
      "  evener claim restore-8000\n"
      "  evener claim --worker walnut-1 --capability gpu --wait 5m\n"
      "  eval \"$(evener claim --json | jq -r 'select(.ok) | .result | \"export "
      "EVENER_TASK=\\(.task.id) "
      "EVENER_FENCE=\\(.fence)\"')\"",
      [options](Session& session) { return claim(session, *options); }
  );
  verb->add_option("task", options->task, "Its id")->type_name("TASK");
  verb->add_option(
          "--worker", options->worker, "Who takes it (else EVENER_WORKER, else this terminal)"
  )
      ->type_name("NAME");
  add_duration(verb, "--lease", options->lease, "How long without renewal; 30m by default");
  add_duration(verb, "--wait", options->wait, "Wait so long for a task");
  verb->add_flag("--parents", options->parents, "Also the named task whose subtasks are open");
  verb->add_option(
          "--context-bytes",
          options->context_bytes,
          "How much of what others found and left is handed over; 0: nothing"
  )
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, limits::most_context_bytes));
  WorkerSpec& described = options->description;
  options->describing = {
      verb->add_option(
              "--capability", described.capabilities, "What it has: gpu, model=a, ram_gb=64"
      )
          ->type_name("NAME")
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll),
      verb->add_option("--slots", described.slots, "How many tasks it runs at once")
          ->type_name("N"),
      verb->add_option("--machine", described.machine, "The host it runs on")->type_name("NAME"),
      verb->add_option("--role", described.role, "Its role")->type_name("NAME"),
      verb->add_option("--team", described.team, "Its team")->type_name("NAME"),
  };
}

}  // namespace evener
