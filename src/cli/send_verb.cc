#include <fmt/format.h>

#include <cstdlib>

#include "cli/verb.h"

namespace evener {
namespace {

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

void add_send(CommandLine& line) {
  struct Options {
    SendMessage command;
    std::vector<std::string> words;
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "send",
      "Send a message: to a worker, to a role, team or machine, to a task's followers, to everyone",
      "  evener send walnut-1 'the port is 5433 now'\n"
      "  evener send role:coordinator 'the plan lacks a step' --urgent\n"
      "  evener send task:restore-8000 'use the new registry' --as walnut-1\n"
      "  evener send everyone 'no deploys after 18:00'",
      [options](Session& session) {
        SendMessage command = options->command;
        command.text = joined(options->words);
        const char* const self = std::getenv("EVENER_WORKER");
        if (command.worker.empty() && self != nullptr) command.worker = self;
        return session.give(std::move(command), [&](const Json& result) {
          const std::int64_t reaches = result.at("reaches").get_int64();
          session.print(fmt::format(
              "sent message {} to {}: it reaches {} worker{}",
              result.at("message").get_int64(),
              safe_line(std::string_view(result.at("to").get_string())),
              reaches,
              reaches == 1 ? "" : "s"
          ));
        });
      }
  );
  verb->add_option("to", options->command.to, "A worker, role:, team:, machine:, task: or everyone")
      ->type_name("TO")
      ->required();
  verb->add_option("text", options->words, "What is said")->type_name("TEXT")->required();
  verb->add_flag("--urgent", options->command.urgent, "To be read before anything else");
  verb->add_option("--as", options->command.worker, "Who sends it (else EVENER_WORKER, if set)")
      ->type_name("WORKER");
}

}  // namespace evener
