#include <fmt/format.h>

#include "base/file.h"
#include "cli/verb.h"
#include "formats/plan.h"

namespace evener {
namespace {

struct Options {
  std::string format = "toml";
  std::string file;
};

Result<Plan> read_pool(Client& client) {
  constexpr std::int64_t page_size = 5000;
  Plan plan;
  Query query;
  query.kind = QueryKind::plan;
  query.filter.limit = page_size;
  for (;;) {
    const std::string text = TRY(client.ask(query));
    const Json json = TRY(parse_json(text, "answer"));
    PlanView page = TRY(from_json<PlanView>(json, "answer"));
    plan.card = std::move(page.pool);
    plan.settings = page.settings;
    for (WorkerSpec& worker : page.workers) plan.workers.push_back(std::move(worker));
    for (TaskSpec& task : page.tasks) plan.tasks.push_back(std::move(task));
    if (page.next.empty()) return plan;
    query.filter.after = page.next;
  }
}

ExitCode export_plan(Session& session, const Options& options) {
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const Result<Plan> plan = read_pool(**client);
  if (!plan.ok()) return session.failed(plan.error());
  const bool as_json = options.format == "json" || session.json;
  const std::string text = as_json ? write_plan_json(*plan) : write_plan_toml(*plan);
  if (options.file.empty()) {
    session.print(text);
    return ExitCode::done;
  }
  const Status written = write_file_atomic(options.file, text, 0644);
  if (!written.ok()) return session.failed(written.error());
  return session.done(
      JsonObject{{"file", options.file}, {"tasks", plan->tasks.size()}},
      fmt::format("wrote {} tasks to {}", plan->tasks.size(), options.file)
  );
}

}  // namespace

void add_export(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "export",
      "Write the pool's tasks as a plan; importing it again changes nothing",
      "  evener export > plan.toml\n"
      "  evener export --format json -o plan.json",
      [options](Session& session) { return export_plan(session, *options); }
  );
  verb->add_option("--format", options->format, "toml or json")
      ->check(CLI::IsMember({"toml", "json"}));
  verb->add_option("-o,--output", options->file, "Into this file")->type_name("FILE");
}

}  // namespace evener
