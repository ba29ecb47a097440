#include <fmt/format.h>

#include "cli/unread_line.h"
#include "cli/verb.h"

namespace evener {
namespace {

ExitCode acknowledge(Session& session, Acknowledge command) {
  if (command.all == !command.messages.empty()) {
    return session.failed({"usage", "which messages: their numbers, or --all"});
  }
  if (command.worker.empty()) command.worker = session.worker();
  const std::string worker = command.worker;
  return session.give(std::move(command), [&](const Json& result) {
    const bool changed = result.get_object().contains("unread");
    session.print(changed ? "acknowledged" : "nothing was left to acknowledge");
    const std::string more = unread_line(result, worker);
    if (!more.empty()) session.print(more);
  });
}

}  // namespace

void add_ack(CommandLine& line) {
  const auto command = std::make_shared<Acknowledge>();
  CLI::App* const verb = line.add(
      "ack",
      "Acknowledge messages: they have been read",
      "  evener ack 12 13\n"
      "  evener ack --all --worker walnut-1",
      [command](Session& session) { return acknowledge(session, *command); }
  );
  verb->add_option("messages", command->messages, "Their numbers")->type_name("ID");
  verb->add_flag("--all", command->all, "Everything that has reached the worker");
  verb->add_option(
          "--worker", command->worker, "Who has read them (else EVENER_WORKER, else this terminal)"
  )
      ->type_name("NAME");
}

}  // namespace evener
