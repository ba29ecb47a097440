#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_mark(CommandLine& line) {
  struct Options {
    OpenChapter command;
    std::vector<std::string> words;
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "mark",
      "Open a new chapter of the work; the report can be split by chapters",
      "  evener mark 'the load test begins'\n"
      "  evener report --chapter last",
      [options](Session& session) {
        OpenChapter command = options->command;
        for (const std::string& word : options->words) {
          command.text += (command.text.empty() ? "" : " ") + word;
        }
        return session.give(std::move(command), [&](const Json& result) {
          session.print(fmt::format("opened chapter {}", result.at("chapter").get_int64()));
        });
      }
  );
  verb->add_option("text", options->words, "What begins here")->type_name("TEXT")->required();
  verb->add_option("--worker", options->command.worker, "Who says so")->type_name("NAME");
}

}  // namespace evener
