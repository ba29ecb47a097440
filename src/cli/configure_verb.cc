#include <fmt/format.h>

#include <filesystem>

#include "cli/kept_files.h"
#include "cli/verb.h"
#include "views/status.h"

namespace evener {
namespace {

struct Options {
  std::int64_t retries = -1;
  std::string backoff;
  std::string backoff_cap;
  std::string age_limit;
  std::string default_estimate;
  std::string goal;
  std::vector<std::string> resources;
  CLI::Option* dashboard_option = nullptr;
  CLI::Option* claims_option = nullptr;
  std::string dashboard_file;
  std::string claims_dir;
};

std::string absolute(const std::string& path) {
  return path.empty() ? "" : std::filesystem::absolute(path).lexically_normal().string();
}

Status keep(const Session& session, const Options& options) {
  const PoolFolder folder = TRY(session.folder());
  FolderConfig config = TRY(read_config(folder));
  if (options.dashboard_option->count() > 0)
    config.dashboard_file = absolute(options.dashboard_file);
  if (options.claims_option->count() > 0) config.claims_dir = absolute(options.claims_dir);
  return write_config(folder, config);
}

// The settings as they are, with what was given changed.
Result<Configure> configuration(Session& session, const Options& options) {
  Client* const client = TRY(session.client());
  Query query;
  query.kind = QueryKind::plan;
  query.filter.limit = 1;
  const std::string text = TRY(client->ask(query));
  const Json json = TRY(parse_json(text));
  const PlanView plan = TRY(from_json<PlanView>(json));
  Configure command{.card = plan.pool, .settings = plan.settings};
  if (!options.goal.empty()) command.card->goal = options.goal;
  if (options.retries >= 0) command.settings->retries = options.retries;
  const auto set = [](const std::string& given, Millis& setting) -> Status {
    if (!given.empty()) setting = TRY(parse_duration(given));
    return Done{};
  };
  for (const std::string& resource : options.resources) {
    std::vector<std::string>& known = command.settings->resources;
    const std::string name = resource.substr(0, resource.rfind('=') + 1);
    std::erase_if(known, [&](const std::string& old) { return old.starts_with(name); });
    known.push_back(resource);
  }
  TRY(set(options.backoff, command.settings->backoff_ms));
  TRY(set(options.backoff_cap, command.settings->backoff_cap_ms));
  TRY(set(options.age_limit, command.settings->age_limit_ms));
  TRY(set(options.default_estimate, command.settings->default_estimate_ms));
  return command;
}

ExitCode configure(Session& session, const Options& options) {
  if (options.dashboard_option->count() + options.claims_option->count() > 0) {
    const Status kept = keep(session, options);
    if (!kept.ok()) return session.failed(kept.error());
  }
  Result<Configure> command = configuration(session, options);
  if (!command.ok()) return session.failed(command.error());
  return session.give(std::move(*command), [&](const Json&) { session.print("configured"); });
}

}  // namespace

void add_configure(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "configure",
      "Change how the pool behaves; what is left out stays",
      "  evener configure --retries 5 --backoff 10s\n"
      "  evener configure --dashboard-file /tmp/coordination_dashboard.json --claims-dir "
      "/tmp/claims",
      [options](Session& session) { return configure(session, *options); }
  );
  verb->add_option("--retries", options->retries, "Retries of a task that names none")
      ->type_name("N");
  add_duration(verb, "--backoff", options->backoff, "Wait after a first failure, then doubled");
  add_duration(verb, "--backoff-cap", options->backoff_cap, "Longest such wait");
  add_duration(verb, "--age-limit", options->age_limit, "Ready for longer than this goes first");
  add_duration(verb, "--default-estimate", options->default_estimate, "Of a task that has none");
  verb->add_option("--resource", options->resources, "How much there is of a resource: gpu=2")
      ->type_name("NAME=N")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--goal", options->goal, "What is to be reached")->type_name("TEXT");
  options->dashboard_option = verb->add_option(
                                      "--dashboard-file",
                                      options->dashboard_file,
                                      "A file kept in the framework's form; '' for none"
  )
                                  ->type_name("FILE");
  options->claims_option = verb->add_option(
                                   "--claims-dir",
                                   options->claims_dir,
                                   "A folder with a file for every claimed task; '' for none"
  )
                               ->type_name("DIR");
}

}  // namespace evener
