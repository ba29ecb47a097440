#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {
namespace {

std::string joined(const Json& list) {
  std::string out;
  for (const Json& item : list.get_array()) {
    out += (out.empty() ? "" : ", ") + std::string(item.get_string());
  }
  return out;
}

}  // namespace

void add_reopen(CommandLine& line) {
  const auto command = std::make_shared<Reopen>();
  CLI::App* const verb = line.add(
      "reopen",
      "Open a done, failed or cancelled task again",
      "  evener reopen restore-8000 --reason 'it broke again'",
      [command](Session& session) {
        return session.give(*command, [&](const Json& result) {
          session.print("reopened " + command->task);
          const Json* closed = result.get_object().if_contains("closed_gates");
          if (closed == nullptr) return;
          session.print(fmt::format("closed again: {}", joined(*closed)));
          const std::string resting = joined(result.at("resting_on_them"));
          if (!resting.empty()) session.print("begun or done behind it: " + resting);
        });
      }
  );
  verb->add_option("task", command->task, "Its id")->type_name("TASK")->required();
  verb->add_option("--reason", command->reason, "Why")->type_name("TEXT");
}

}  // namespace evener
