#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {
namespace {

struct MeasureOptions {
  RecordMeasure command;
  std::string value;
  std::string of;
  std::string goal;
  std::string direction;
};

Status read_numbers(const MeasureOptions& options, RecordMeasure& command) {
  for (const auto& [text, out] :
       {std::pair{&options.value, &command.value},
        std::pair{&options.of, &command.of},
        std::pair{&options.goal, &command.goal}}) {
    if (!text->empty()) *out = TRY(parse_decimal(*text));
  }
  if (!options.direction.empty()) command.direction = enum_of<Direction>(options.direction);
  return Done{};
}

std::string text_in(const Json& result, std::string_view name) {
  const Json* member = result.get_object().if_contains(name);
  return member == nullptr ? "" : std::string(member->get_string());
}

ExitCode measure(Session& session, const MeasureOptions& options) {
  RecordMeasure command = options.command;
  const Status read = read_numbers(options, command);
  if (!read.ok()) return session.failed(read.error());
  return session.give(command, [&](const Json& result) {
    const std::string value = text_in(result, "value");
    const std::string goal = text_in(result, "goal");
    std::string text =
        safe_line(command.name) + (value.empty() ? " is not measured yet" : " is " + value);
    if (!goal.empty()) {
      text +=
          fmt::format(", {} {}", result.at("reached").get_bool() ? "at its goal" : "goal", goal);
    }
    session.print(text);
  });
}

}  // namespace

void add_measure(CommandLine& line) {
  const auto options = std::make_shared<MeasureOptions>();
  CLI::App* const verb = line.add(
      "measure",
      "Write down the value of a measure, its goal, or both",
      "  evener measure coverage 62 --goal 80 --unit %\n"
      "  evener measure 'restored services' 7 --of 10\n"
      "  evener measure latency 350 --goal 200 --direction down --unit ms --task restore-8000\n"
      "  evener measure coverage 81.5",
      [options](Session& session) { return measure(session, *options); }
  );
  RecordMeasure& command = options->command;
  verb->add_option("name", command.name, "Its name; criteria may name it")
      ->type_name("NAME")
      ->required();
  verb->add_option("value", options->value, "What it is now, at most six digits behind the point")
      ->type_name("VALUE");
  verb->add_option("--of", options->of, "The total that it is a part of")->type_name("TOTAL");
  verb->add_option("--goal", options->goal, "What it is to reach")->type_name("N");
  verb->add_option("--direction", options->direction, "up: more is better (default); or down")
      ->check(CLI::IsMember({"up", "down"}));
  verb->add_option("--unit", command.unit, "What it counts")->type_name("WORD");
  CLI::Option* const task =
      verb->add_option("--task", command.task, "It is one of this task")->type_name("TASK");
  verb->add_option("--phase", command.phase, "It is one of this phase")
      ->type_name("PHASE")
      ->excludes(task);
  verb->add_option("--worker", command.worker, "Who measured")->type_name("NAME");
}

}  // namespace evener
