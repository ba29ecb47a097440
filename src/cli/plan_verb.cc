#include "cli/plan_verb.h"

namespace evener {
namespace {

constexpr PlanPartCommand plan_parts_of_verb[] = {
    {"check",
     "What is wrong with a plan, or could be better, and what it comes to",
     "  evener plan check plan.toml\n"
     "  evener plan check plan.toml --fix\n"
     "  evener plan check tasks.json --worker-caps gpu,docker --worker-caps docker\n"
     "  evener plan check --workers 8         (the pool)\n"
     "  evener plan check --json - < plan.toml",
     add_plan_check},
    {"decompose",
     "Have a language model divide a goal, or a task of the pool, into tasks",
     "  evener plan decompose 'Move the shop to the new payment service' --with 'claude -p'\n"
     "  evener plan decompose --file spec.md --endpoint http://127.0.0.1:11434/v1 --model qwen3 "
     "\\\n"
     "      --output plan.toml\n"
     "  evener plan decompose --task restore-8000 --with 'claude -p' --apply",
     add_plan_decompose},
    {"graph",
     "Draw a plan: what comes after what",
     "  evener plan graph plan.toml --format svg --output plan.svg\n"
     "  evener plan graph --format mermaid    (the pool)\n"
     "  evener plan graph plan.toml --format dot | dot -Tpng > plan.png",
     add_plan_graph},
    {"simulate",
     "Play a plan on a virtual clock: how long it takes, who does what when",
     "  evener plan simulate plan.toml\n"
     "  evener plan simulate plan.toml --workers 8 --svg timeline.svg\n"
     "  evener plan simulate plan.toml --noise 0.6 --seed 7\n"
     "  evener plan simulate rand0000.stg --format stg --workers 4 --order fifo\n"
     "  evener plan simulate workflows.jsonl --format wf --line 3 --workers 16 --json",
     add_plan_simulate},
};

}  // namespace

void add_plan(CommandLine& line) {
  CLI::App* const verb = line.add(
      "plan",
      "Look at a plan before it runs: what is wrong with it, what it comes to, how it looks",
      "  evener plan check plan.toml\n"
      "  evener plan graph plan.toml --format svg --output plan.svg\n"
      "  evener plan simulate plan.toml --workers 4",
      [](Session&) { return ExitCode::done; }
  );
  verb->require_subcommand(1);
  verb->callback(nullptr);
  for (const PlanPartCommand& command : plan_parts_of_verb) {
    CLI::App* const part = verb->add_subcommand(command.name, command.summary);
    part->footer(std::string("Examples:\n") + command.examples);
    part->callback([&line, action = command.add(part)] {
      line.session.verb = "plan";
      line.exit = action(line.session);
    });
  }
}

}  // namespace evener
