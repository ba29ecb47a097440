#include <fmt/format.h>

#include "cli/task_flags.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct EditOptions {
  std::string task;
  CLI::Option* title_option = nullptr;
  std::string title;
  std::vector<std::string> add_needs;
  std::vector<std::string> drop_needs;
  TaskFlags flags;
};

ExitCode edit(Session& session, const EditOptions& options) {
  Result<JsonObject> members = options.flags.members();
  if (!members.ok()) return session.failed(members.error());
  if (options.title_option->count() > 0) (*members)["title"] = options.title;
  EditTask command;
  command.task = options.task;
  command.changes.text = to_text(*members);
  for (const std::string& id : options.add_needs) command.add_needs.push_back({id, Until::done});
  command.drop_needs = options.drop_needs;
  if (members->empty() && command.add_needs.empty() && command.drop_needs.empty()) {
    return session.failed({"usage", "nothing to change was given"});
  }
  return session.give(std::move(command), [&](const Json& result) {
    const bool changed = result.at("changed").is_array();
    session.print(fmt::format("{} {}", changed ? "changed" : "unchanged:", options.task));
  });
}

}  // namespace

void add_edit(CommandLine& line) {
  const auto options = std::make_shared<EditOptions>();
  CLI::App* const verb = line.add(
      "edit",
      "Change a task; an empty value clears a field",
      "  evener edit restore-8000 --priority urgent --estimate 10m\n"
      "  evener edit deploy --add-need smoke-test --drop-need lint\n"
      "  evener edit deploy --assignee ''",
      [options](Session& session) { return edit(session, *options); }
  );
  verb->add_option("task", options->task, "Its id")->type_name("TASK")->required();
  options->title_option =
      verb->add_option("--title", options->title, "One line")->type_name("TEXT");
  verb->add_option("--add-need", options->add_needs, "A task that comes first")
      ->type_name("TASK")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--drop-need", options->drop_needs, "A need to drop")
      ->type_name("TASK")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  options->flags.add_to(verb);
}

}  // namespace evener
