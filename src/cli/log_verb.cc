#include <fmt/format.h>

#include "cli/forward_choice.h"
#include "cli/verb.h"
#include "views/text.h"

namespace evener {
namespace {

struct LogOptions {
  Query query;
  std::string since;
  std::string until;
  bool follow = false;
};

// With --json each fact is a line of its own, as it stands in the journal.
void show_fact(const Session& session, const Fact& fact) {
  if (!session.json) {
    session.print(fact_line(fact, session.style()));
    return;
  }
  std::string text;
  append_fact(text, fact);
  session.print(text);
}

// Pages through the log as it stands; `last` is the newest fact that was seen.
Status show_pages(const Session& session, Client& client, Query query, Seq& last) {
  const std::int64_t wanted = query.limit;
  std::int64_t printed = 0;
  for (;;) {
    const auto page = TRY(ask_for<LogView>(client, query));
    for (const RawJson& raw : page.facts) {
      if (wanted > 0 && printed++ >= wanted) return Done{};
      const Json fact = TRY(parse_json(raw.text));
      const Fact read = TRY(read_fact(fact));
      show_fact(session, read);
    }
    last = page.end;
    if (page.next.value == 0) return Done{};
    query.after = page.next;
  }
}

ExitCode log(Session& session, const LogOptions& options) {
  Query query = options.query;
  query.kind = QueryKind::log;
  const Status known = check_fact_types(query.log.types, "--type");
  if (!known.ok()) return session.failed(known.error());
  if (!options.since.empty()) {
    const Result<Instant> since = parse_time(options.since);
    if (!since.ok()) return session.failed(since.error());
    query.log.since = *since;
  }
  if (!options.until.empty()) {
    const Result<Instant> until = parse_time(options.until);
    if (!until.ok()) return session.failed(until.error());
    query.log.until = *until;
  }
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Seq last = query.after;
  const Status paged = show_pages(session, **client, query, last);
  if (!paged.ok()) return session.failed(paged.error());
  if (!options.follow) return ExitCode::done;
  const Status followed = (*client)->follow(last, [&](const PoolEvent& event) {
    const auto* fact = std::get_if<Fact>(&event);
    if (fact != nullptr && query.log.matches(*fact)) show_fact(session, *fact);
    return true;
  });
  return followed.ok() ? ExitCode::done : session.failed(followed.error());
}

}  // namespace

void add_log(CommandLine& line) {
  const auto options = std::make_shared<LogOptions>();
  options->query.limit = 0;
  CLI::App* const verb = line.add(
      "log",
      "Show what happened: every fact, in order",
      "  evener log --task restore-8000\n"
      "  evener log --type task_claimed --worker walnut-1\n"
      "  evener log --follow --json",
      [options](Session& session) { return log(session, *options); }
  );
  LogFilter& filter = options->query.log;
  verb->add_option("--task", filter.task, "About this task")->type_name("TASK");
  verb->add_option("--worker", filter.worker, "About this worker")->type_name("NAME");
  verb->add_option("--type", filter.types, "Of this type, or one of these")
      ->type_name("TYPE")
      ->delimiter(',');
  verb->add_option("--by", filter.by, "Written by this author")->type_name("NAME");
  verb->add_option("--since", options->since, "From then on")->type_name("TIME");
  verb->add_option("--until", options->until, "Before then")->type_name("TIME");
  verb->add_option("--after", options->query.after.value, "Behind this fact")
      ->type_name("SEQ")
      ->check(whole_number);
  verb->add_option("--limit", options->query.limit, "At most so many; 0: all")
      ->type_name("N")
      ->check(whole_number);
  verb->add_flag("-f,--follow", options->follow, "Go on as more happens");
}

}  // namespace evener
