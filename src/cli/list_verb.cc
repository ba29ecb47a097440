#include "cli/verb.h"
#include "views/text.h"

namespace evener {
namespace {

struct ListOptions {
  std::vector<std::string> states;
  std::string sort;
  bool mine = false;
  Query query;
};

std::vector<std::string> task_orders() {
  const auto& names = EnumNames<TaskOrder>::names;
  return {names.begin(), names.end()};
}

ExitCode list(Session& session, const ListOptions& options) {
  Query query = options.query;
  query.kind = QueryKind::tasks;
  query.filter.sort = enum_of<TaskOrder>(options.sort).value_or(TaskOrder::added);
  if (options.mine && query.filter.mine.empty()) query.filter.mine = session.worker();
  for (const std::string& name : options.states) {
    const auto state = enum_of<TaskState>(name);
    if (!state) {
      return session.failed(
          {"usage",
           fmt::format(
               "'{}' is no state; known are {}", name, fmt::join(EnumNames<TaskState>::names, ", ")
           )}
      );
    }
    query.filter.states.push_back(*state);
  }
  return session.ask(query, showing<TaskListView>([&](const TaskListView& view) {
                       session.print(list_text(view, view.log_time, session.style()));
                     }));
}

}  // namespace

void add_list(CommandLine& line) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* const verb = line.add(
      "list",
      "List tasks",
      "  evener list\n"
      "  evener list --state ready --state running --label backend\n"
      "  evener list --unassigned --state ready\n"
      "  evener list --assignee role:reviewer\n"
      "  evener list --mine\n"
      "  evener list --sort since --descending --limit 10\n"
      "  evener list --at 2026-11-21T12:00Z",
      [options](Session& session) { return list(session, *options); }
  );
  TaskFilter& filter = options->query.filter;
  verb->add_option("--state", options->states, "In this state (repeat for more)")
      ->type_name("STATE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--label", filter.label, "With this label")->type_name("WORD");
  verb->add_option("--worker", filter.worker, "That this worker runs, or ran last")
      ->type_name("NAME");
  verb->add_option("--assignee", filter.assignee, "Meant for this worker, role:, machine: or team:")
      ->type_name("WHO");
  verb->add_flag("--unassigned", filter.unassigned, "Meant for nobody in particular");
  verb->add_flag("--unphased", filter.unphased, "Of no phase, nor below a task of one");
  verb->add_flag(
      "--mine",
      options->mine,
      "That this worker (EVENER_WORKER, else this terminal) runs, or that are meant for it"
  );
  verb->add_option("--parent", filter.parent, "Direct subtasks of this task")->type_name("TASK");
  verb->add_option("--phase", filter.phase, "Of this phase, or below a task of it")
      ->type_name("NAME");
  verb->add_option("--kind", filter.kind, "Of this kind")->type_name("NAME");
  verb->add_option("--text", filter.text, "With this in the id or title")->type_name("TEXT");
  verb->add_option("--limit", filter.limit, "At most so many; 0: all")
      ->type_name("N")
      ->check(whole_number);
  CLI::Option* const after =
      verb->add_option("--after", filter.after, "From behind this task")->type_name("TASK");
  verb->add_option("--sort", options->sort, "By what, instead of as they were added")
      ->type_name("FIELD")
      ->check(CLI::IsMember(task_orders()))
      ->excludes(after);
  verb->add_flag("--descending", filter.descending, "The last first")->excludes(after);
  verb->add_option("--at", options->query.at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
