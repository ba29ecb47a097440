#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <iterator>

#include "cli/task_flags.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct AddOptions {
  std::string title;
  std::string id;
  bool from_stdin = false;
  TaskFlags flags;
};

// A task, or a list of tasks, as JSON.
Result<std::vector<TaskSpec>> read_stdin() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const Json json = TRY(parse_json(text, "standard input"));
  JsonArray items;
  if (json.is_array()) {
    items = json.get_array();
  } else {
    items.push_back(json);
  }
  std::vector<TaskSpec> tasks;
  const Path path{nullptr, "tasks", -1};
  for (std::size_t i = 0; i < items.size(); ++i) {
    TRY(read_object(items[i], tasks.emplace_back(), Path{&path, {}, static_cast<std::int64_t>(i)}));
  }
  return tasks;
}

Result<std::vector<TaskSpec>> read_flags(const AddOptions& options) {
  JsonObject members = TRY(options.flags.members());
  if (!options.title.empty()) members["title"] = options.title;
  if (!options.id.empty()) members["id"] = options.id;
  if (members.empty()) return Error{"usage", "a task needs a title or an --id"};
  std::vector<TaskSpec> tasks;
  TRY(read_object(Json(members), tasks.emplace_back(), Path{}));
  return tasks;
}

ExitCode add(Session& session, const AddOptions& options) {
  const bool says_one = !options.title.empty() || !options.id.empty() || options.flags.is_given();
  if (options.from_stdin && says_one) {
    return session.failed(
        {"usage", "with --stdin all of a task comes from standard input; drop the title and flags"}
    );
  }
  Result<std::vector<TaskSpec>> tasks = options.from_stdin ? read_stdin() : read_flags(options);
  if (!tasks.ok()) return session.failed(tasks.error());
  AddTasks command;
  command.tasks = std::move(*tasks);
  const char* const self = std::getenv("EVENER_WORKER");
  if (self != nullptr) command.worker = self;
  return session.give(std::move(command), [&](const Json& result) {
    const Json* const added = result.get_object().if_contains("added");
    if (added == nullptr) return session.print("added nothing");
    for (const Json& id : added->get_array()) {
      session.print(fmt::format("added {}", std::string_view(id.get_string())));
    }
  });
}

}  // namespace

void add_add(CommandLine& line) {
  const auto options = std::make_shared<AddOptions>();
  CLI::App* const verb = line.add(
      "add",
      "Add a task, also while workers run",
      "  evener add 'Restore the registry' --id restore-8000 --estimate 3m\n"
      "  evener add 'Deploy' -n build -n test --requires docker --verify 'curl -f localhost:80'\n"
      "  echo '[{\"id\":\"a\"},{\"id\":\"b\",\"needs\":[\"a\"]}]' | evener add --stdin",
      [options](Session& session) { return add(session, *options); }
  );
  verb->add_option("title", options->title, "One line")->type_name("TITLE");
  verb->add_option("--id", options->id, "Its id (else made from the title)")->type_name("ID");
  verb->add_flag("--stdin", options->from_stdin, "Read a task, or a list of them, as JSON");
  options->flags.add_to(verb);
}

}  // namespace evener
