#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {
namespace {

struct PhaseOptions {
  PhaseSpec spec;
  std::string planned_start;
  std::string planned_end;
};

ExitCode describe_phase(Session& session, const PhaseOptions& options) {
  SetPhase command{options.spec};
  for (const auto& [text, out] :
       {std::pair{&options.planned_start, &command.spec.planned_start_ms},
        std::pair{&options.planned_end, &command.spec.planned_end_ms}}) {
    if (text->empty()) continue;
    const Result<Instant> at = parse_time(*text);
    if (!at.ok()) return session.failed(at.error());
    *out = *at;
  }
  const std::string id = command.spec.id;
  return session.give(std::move(command), [&](const Json&) {
    session.print(fmt::format("described the phase {}", id));
  });
}

}  // namespace

void add_phase(CommandLine& line) {
  const auto options = std::make_shared<PhaseOptions>();
  CLI::App* const verb = line.add(
      "phase",
      "Describe a phase: a group of tasks that starts when what comes before it is over",
      "  evener phase design\n"
      "  evener phase build --after design --title 'All features at once'\n"
      "  evener phase deploy --after build --approver role:coordinator --planned-end "
      "2026-12-01T18:00Z",
      [options](Session& session) { return describe_phase(session, *options); }
  );
  PhaseSpec& spec = options->spec;
  verb->add_option("phase", spec.id, "Its id: tasks name it with --phase")
      ->type_name("ID")
      ->required();
  verb->add_option("--title", spec.title, "One line")->type_name("TEXT");
  verb->add_option("--goal", spec.goal, "What is to be reached")->type_name("TEXT");
  verb->add_option("--after", spec.after, "Phases and gates that must be open first")
      ->type_name("ID")
      ->delimiter(',');
  verb->add_option("--participant", spec.participants, "Who takes part")
      ->type_name("WHO")
      ->delimiter(',');
  verb->add_option("--approver", spec.approver, "Whose approval its gate waits for")
      ->type_name("WHO");
  verb->add_option("--planned-start", options->planned_start, "When it should begin")
      ->type_name("TIME");
  verb->add_option("--planned-end", options->planned_end, "When it should be over")
      ->type_name("TIME");
}

}  // namespace evener
