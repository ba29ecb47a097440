#include "cli/verb.h"
#include "views/text.h"

namespace evener {
namespace {

struct InboxOptions {
  Query query;
  bool acknowledge = false;
};

// What was shown, and no more: a message that came meanwhile stays unread.
ExitCode acknowledge(Session& session, const InboxView& view) {
  Acknowledge command{.worker = view.worker};
  for (const MessageRow& row : view.messages) {
    if (!row.acknowledged) command.messages.push_back(row.message);
  }
  if (command.messages.empty()) return ExitCode::done;
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const Result<Answer> answer = call_one(**client, std::move(command));
  if (!answer.ok()) return session.failed(answer.error());
  return answer->ok ? ExitCode::done : session.refused(*answer->refusal);
}

Result<Json> asked(Session& session, const InboxOptions& options) {
  Query query = options.query;
  query.kind = QueryKind::inbox;
  query.filter.limit = limits::messages_per_inbox;
  if (query.worker.empty()) query.worker = session.worker();
  Client* const client = TRY(session.client());
  const std::string text = TRY(client->ask(query));
  return parse_json(text, "answer");
}

ExitCode inbox(Session& session, const InboxOptions& options) {
  const Result<Json> answer = asked(session, options);
  if (!answer.ok()) return session.failed(answer.error());
  const Result<InboxView> view = from_json<InboxView>(*answer, "answer");
  if (!view.ok()) return session.failed(view.error());
  const ExitCode shown = session.done(*answer, inbox_text(*view, view->log_time, session.style()));
  return options.acknowledge ? acknowledge(session, *view) : shown;
}

}  // namespace

void add_inbox(CommandLine& line) {
  const auto options = std::make_shared<InboxOptions>();
  CLI::App* const verb = line.add(
      "inbox",
      "Read the messages that have reached a worker, urgent ones first",
      "  evener inbox\n"
      "  evener inbox --ack\n"
      "  evener inbox --worker walnut-1 --all --json",
      [options](Session& session) { return inbox(session, *options); }
  );
  verb->add_option(
          "--worker", options->query.worker, "Whose (else EVENER_WORKER, else this terminal's)"
  )
      ->type_name("NAME");
  verb->add_flag(
      "--all", options->query.all, "Also those it has acknowledged, and others have not"
  );
  verb->add_flag("--ack", options->acknowledge, "Acknowledge what is shown");
}

}  // namespace evener
