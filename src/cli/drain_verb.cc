#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_drain(CommandLine& line) {
  struct Options {
    std::string worker;
    std::string reason;
    bool off = false;
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "drain",
      "Give a worker no new task; what it holds it may finish",
      "  evener drain walnut-1 --reason 'going down for repair'\n"
      "  evener drain walnut-1 --off",
      [options](Session& session) {
        const std::string worker = options->worker.empty() ? session.worker() : options->worker;
        DrainWorker command{.worker = worker, .draining = !options->off, .reason = options->reason};
        return session.give(std::move(command), [&](const Json&) {
          session.print(fmt::format("{} {}", worker, options->off ? "takes work again" : "drains"));
        });
      }
  );
  verb->add_option("worker", options->worker, "Which (else this terminal)")->type_name("NAME");
  verb->add_option("--reason", options->reason, "Why")->type_name("TEXT");
  verb->add_flag("--off", options->off, "Let it claim again, also if it was set aside");
}

}  // namespace evener
