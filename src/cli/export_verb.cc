#include <fmt/format.h>

#include "cli/held_pool.h"
#include "cli/plan_file.h"
#include "cli/plan_locks.h"
#include "cli/verb.h"
#include "formats/plan.h"
#include "formats/status_words.h"
#include "formats/task_master.h"

namespace evener {
namespace {

struct ExportOptions {
  std::string format;  // "" as the file's name tells, or else toml
  std::string file;
};

// What a file said of a task is known of that file and this pool alone: to another pool it would
// tell that the file has nothing new to say.
void forget_stated_words(Plan& plan) {
  for (TaskSpec& task : plan.tasks) set_stated_word(task, "");
}

std::string text_of(HeldPool& held, const std::string& format) {
  if (format == "task-master") return write_task_master(held.plan, held.states);
  forget_stated_words(held.plan);
  return format == "json" ? write_plan_json(held.plan) : write_plan_toml(held.plan);
}

std::string format_of(const Session& session, const ExportOptions& options) {
  if (options.file.empty()) {
    const bool is_free = options.format.empty() || options.format == "toml";
    return is_free && session.json ? "json" : options.format;
  }
  if (!options.format.empty()) return options.format;
  return is_json_file(options.file) ? "json" : "toml";
}

ExitCode export_plan(Session& session, const ExportOptions& options) {
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Result<HeldPool> held = read_held_pool(**client);
  if (!held.ok()) return session.failed(held.error());
  leave_out_locks(held->plan, HeldPool{});
  const std::string text = text_of(*held, format_of(session, options));
  if (options.file.empty()) {
    session.print(text);
    return ExitCode::done;
  }
  const Status written = write_plan_file(options.file, text);
  if (!written.ok()) return session.failed(written.error());
  return session.done(
      JsonObject{{"file", options.file}, {"tasks", held->plan.tasks.size()}},
      fmt::format("wrote {} tasks to {}", held->plan.tasks.size(), options.file)
  );
}

}  // namespace

void add_export(CommandLine& line) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* const verb = line.add(
      "export",
      "Write the pool's tasks as a plan; importing it again changes nothing",
      "  evener export > plan.toml\n"
      "  evener export -o plan.json\n"
      "  evener export --format task-master -o tasks.json",
      [options](Session& session) { return export_plan(session, *options); }
  );
  verb->add_option(
          "--format",
          options->format,
          "toml, json, or Task Master's tasks.json; else as the file's name tells"
  )
      ->check(CLI::IsMember({"toml", "json", "task-master"}));
  verb->add_option("-o,--output", options->file, "Into this file")->type_name("FILE");
}

}  // namespace evener
