#include <fmt/format.h>

#include <charconv>

#include "cli/verb.h"
#include "views/tasks.h"

namespace evener {
namespace {

struct TickOptions {
  std::string task;
  std::string which;
  bool off = false;
};

// The numbers meant by "3" or "all".
Result<std::vector<std::int64_t>> criteria_of(Session& session, const TickOptions& options) {
  std::int64_t number = 0;
  const char* const end = options.which.data() + options.which.size();
  const auto [rest, problem] = std::from_chars(options.which.data(), end, number);
  if (problem == std::errc{} && rest == end) return std::vector{number};
  if (options.which != "all") {
    return Error{"usage", fmt::format("'{}' is neither a number nor 'all'", options.which)};
  }
  Client* const client = TRY(session.client());
  Query query;
  query.kind = QueryKind::task;
  query.task = options.task;
  const auto view = TRY(ask_for<TaskView>(*client, query));
  std::vector<std::int64_t> all(view.spec.criteria.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i) + 1;
  return all;
}

ExitCode tick(Session& session, const TickOptions& options) {
  const Result<std::vector<std::int64_t>> criteria = criteria_of(session, options);
  if (!criteria.ok()) return session.failed(criteria.error());
  std::vector<Request> requests;
  for (const std::int64_t criterion : *criteria) {
    requests.push_back({"", TickCriterion{options.task, criterion, !options.off}});
  }
  if (requests.empty()) {
    return session.done(JsonObject{{"ticked", 0}}, options.task + " has no checklist");
  }
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const Result<std::vector<Answer>> answers = (*client)->call(std::move(requests));
  if (!answers.ok()) return session.failed(answers.error());
  for (const Answer& answer : *answers) {
    if (!answer.ok) return session.refused(*answer.refusal);
  }
  return session.done(
      JsonObject{{"task", options.task}, {"ticked", answers->size()}},
      fmt::format("{} {} of {}", options.off ? "unticked" : "ticked", answers->size(), options.task)
  );
}

}  // namespace

void add_tick(CommandLine& line) {
  const auto options = std::make_shared<TickOptions>();
  CLI::App* const verb = line.add(
      "tick",
      "Tick an entry of a task's checklist",
      "  evener tick deploy 2\n"
      "  evener tick deploy all\n"
      "  evener tick deploy 2 --off",
      [options](Session& session) { return tick(session, *options); }
  );
  verb->add_option("task", options->task, "Its id")->type_name("TASK")->required();
  verb->add_option("criterion", options->which, "Which, from 1; or 'all'")
      ->type_name("N")
      ->required();
  verb->add_flag("--off", options->off, "Untick it");
}

}  // namespace evener
