#include "cli/plan_verb.h"

namespace evener {
namespace {

// In the order of the help.
constexpr void (*plan_parts[])(CommandLine&, CLI::App&) = {
    add_plan_simulate,
};

}  // namespace

CLI::App* add_plan_part(
    CommandLine& line,
    CLI::App& verb,
    const std::string& name,
    const std::string& summary,
    const std::string& examples,
    Action action
) {
  CLI::App* const part = verb.add_subcommand(name, summary);
  part->footer("Examples:\n" + examples);
  part->callback([&line, action = std::move(action)] {
    line.session.verb = "plan";
    line.exit = action(line.session);
  });
  return part;
}

void add_plan(CommandLine& line) {
  CLI::App* const verb = line.add(
      "plan",
      "What can be said of a plan before it runs",
      "  evener plan simulate plan.toml\n"
      "  evener plan simulate --help",
      [](Session&) { return ExitCode::done; }
  );
  verb->require_subcommand(1);
  verb->callback(nullptr);
  for (const auto add_part : plan_parts) add_part(line, *verb);
}

}  // namespace evener
