#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {
namespace {

template <typename Enum>
std::vector<std::string> words_of() {
  return {EnumNames<Enum>::names.begin(), EnumNames<Enum>::names.end()};
}

}  // namespace

void add_block(CommandLine& line) {
  struct Options {
    RaiseBlocker command;
    std::vector<std::string> words;
    std::string severity{name_of(Priority::normal)};
    std::string stops{name_of(Stops::start)};
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "block",
      "Raise a blocker on a task: what stands in its way, how grave, and who must act",
      "  evener block restore-8000 'the registry has no disk left' --severity high --owner rod\n"
      "  evener block audit 'the key is missing' --stops finish",
      [options](Session& session) {
        RaiseBlocker& command = options->command;
        command.text.clear();
        for (const std::string& word : options->words) {
          command.text += (command.text.empty() ? "" : " ") + word;
        }
        command.severity = *enum_of<Priority>(options->severity);
        command.stops = *enum_of<Stops>(options->stops);
        return session.give(command, [&](const Json& result) {
          session.print(fmt::format(
              "raised blocker {} on {}\nnext: evener resolve {}",
              result.at("blocker").get_int64(),
              command.task,
              result.at("blocker").get_int64()
          ));
        });
      }
  );
  verb->add_option("task", options->command.task, "On this task")->type_name("TASK")->required();
  verb->add_option("text", options->words, "What stands in the way")->type_name("TEXT")->required();
  verb->add_option("--severity", options->severity, "How grave it is")
      ->check(CLI::IsMember(words_of<Priority>()));
  verb->add_option("--stops", options->stops, "What the task is kept from meanwhile")
      ->check(CLI::IsMember(words_of<Stops>()));
  verb->add_option("--owner", options->command.owner, "Who must act, if known")->type_name("WHO");
  verb->add_option("--worker", options->command.worker, "Who reports it")->type_name("NAME");
}

}  // namespace evener
