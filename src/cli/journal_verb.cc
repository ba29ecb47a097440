#include <fmt/format.h>

#include "cli/verb.h"
#include "views/journal.h"

namespace evener {
namespace {

struct JournalOptions {
  LogFilter filter;
  std::string day;
  std::string since;
  std::string until;
};

// The log's filter for what was asked: a day is all of it, in UTC.
Result<LogFilter> filter_of(const JournalOptions& options) {
  constexpr Millis whole_day = 86'400'000;
  LogFilter filter = options.filter;
  filter.types = journal_types();
  if (!options.day.empty()) {
    const Result<Instant> start = parse_time(options.day + "T00:00:00Z");
    if (!start.ok() || journal_day(*start) != options.day) {
      return Error{
          "bad_time",
          fmt::format("'{}' is no day; expected one such as 2026-11-21", options.day),
          "--day"
      };
    }
    filter.since = *start;
    filter.until = *start + whole_day;
  }
  if (!options.since.empty()) filter.since = TRY(parse_time(options.since));
  if (!options.until.empty()) filter.until = TRY(parse_time(options.until));
  return filter;
}

// Every entry, a page of the log at a time.
Status each_entry(
    Client& client, LogFilter filter, const std::function<void(const JournalEntry&)>& visit
) {
  Query query;
  query.kind = QueryKind::log;
  query.log = std::move(filter);
  for (;;) {
    const auto page = TRY(ask_for<LogView>(client, query));
    for (const RawJson& raw : page.facts) {
      const Json fact = TRY(parse_json(raw.text));
      const Fact read = TRY(read_fact(fact));
      if (const std::optional<JournalEntry> entry = journal_entry(read)) visit(*entry);
    }
    if (page.next.value == 0) return Done{};
    query.after = page.next;
  }
}

ExitCode as_json(Session& session, Client& client, const LogFilter& filter) {
  JsonArray days;
  const Status read = each_entry(client, filter, [&](const JournalEntry& entry) {
    const std::string day = journal_day(entry.at);
    if (days.empty() || days.back().at("day").get_string() != day) {
      days.push_back(JsonObject{{"day", day}, {"entries", JsonArray{}}});
    }
    days.back().at("entries").get_array().push_back(parse_json(to_json_text(entry)).value());
  });
  if (!read.ok()) return session.failed(read.error());
  return session.done(JsonObject{{"days", std::move(days)}}, "");
}

ExitCode as_text(Session& session, Client& client, const LogFilter& filter) {
  const Style style = session.style();
  std::string day;
  const Status read = each_entry(client, filter, [&](const JournalEntry& entry) {
    if (std::string its_day = journal_day(entry.at); its_day != day) {
      session.print((day.empty() ? "" : "\n") + paint(style, Colour::bold, its_day));
      day = std::move(its_day);
    }
    session.print(journal_text(entry, style));
  });
  if (!read.ok()) return session.failed(read.error());
  if (day.empty()) session.print("nothing was written");
  return ExitCode::done;
}

ExitCode journal(Session& session, const JournalOptions& options) {
  const Result<LogFilter> filter = filter_of(options);
  if (!filter.ok()) return session.failed(filter.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  return session.json ? as_json(session, **client, *filter) : as_text(session, **client, *filter);
}

}  // namespace

void add_journal(CommandLine& line) {
  const auto options = std::make_shared<JournalOptions>();
  CLI::App* const verb = line.add(
      "journal",
      "Show by day what was noted, found, marked, measured and finished",
      "  evener journal\n"
      "  evener journal --day 2026-11-21 --worker walnut-1\n"
      "  evener journal --task restore-8000 --json",
      [options](Session& session) { return journal(session, *options); }
  );
  verb->add_option("--task", options->filter.task, "Of this task")->type_name("TASK");
  verb->add_option("--worker", options->filter.worker, "By, or on, this worker")->type_name("NAME");
  CLI::Option* const day =
      verb->add_option("--day", options->day, "Of this day, in UTC")->type_name("YYYY-MM-DD");
  verb->add_option("--since", options->since, "From then on")->type_name("TIME")->excludes(day);
  verb->add_option("--until", options->until, "Before then")->type_name("TIME")->excludes(day);
}

}  // namespace evener
