#include "cli/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "base/utf8.h"
#include "cli/verb.h"

namespace evener {
namespace {

constexpr const char* closing =
    "Exit codes: 0 done, 1 refused, 2 wrong usage or input, 3 the pool cannot be reached,\n"
    "4 nothing to claim. Every verb has examples: evener VERB --help\n";

struct Verb {
  std::string_view name;
  void (*add)(CommandLine&);
};

// In the order of the help.
constexpr Verb verbs[] = {
    {"init", add_init},
    {"up", add_up},
    {"open", add_open},
    {"invite", add_invite},
    {"join", add_join},
    {"token", add_token},
    {"add", add_add},
    {"import", add_import},
    {"export", add_export},
    {"plan", add_plan},
    {"list", add_list},
    {"show", add_show},
    {"claim", add_claim},
    {"beat", add_beat},
    {"progress", add_progress},
    {"note", add_note},
    {"tick", add_tick},
    {"finish", add_finish},
    {"fail", add_fail},
    {"release", add_release},
    {"cancel", add_cancel},
    {"hold", add_hold},
    {"resume", add_resume},
    {"reopen", add_reopen},
    {"edit", add_edit},
    {"why", add_why},
    {"lock", add_lock},
    {"locks", add_locks},
    {"hook", add_hook},
    {"status", add_status},
    {"top", add_top},
    {"log", add_log},
    {"journal", add_journal},
    {"forward", add_forward},
    {"report", add_report},
    {"estimates", add_estimates},
    {"forecast", add_forecast},
    {"measure", add_measure},
    {"measures", add_measures},
    {"mark", add_mark},
    {"marks", add_marks},
    {"schedule", add_schedule},
    {"schedules", add_schedules},
    {"workers", add_workers},
    {"drain", add_drain},
    {"machine", add_machine},
    {"machines", add_machines},
    {"work", add_work},
    {"phase", add_phase},
    {"gate", add_gate},
    {"phases", add_phases},
    {"approve", add_approve},
    {"block", add_block},
    {"resolve", add_resolve},
    {"blockers", add_blockers},
    {"send", add_send},
    {"inbox", add_inbox},
    {"ack", add_ack},
    {"follow", add_follow},
    {"lead", add_lead},
    {"configure", add_configure},
    {"files", add_files},
    {"doctor", add_doctor},
    {"completion", add_completion},
    {"version", add_version},
};

// The verb that the command line names. Only its flags are described then: those of all verbs take
// longer than many a command. None where it is not plain which it is, or where all are asked for.
const Verb* named_verb(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--pool" || word == "--server") {
      ++i;
    } else if (!word.starts_with('-')) {
      const auto* const found = std::find_if(
          std::begin(verbs), std::end(verbs), [&](const Verb& verb) { return verb.name == word; }
      );
      return found == std::end(verbs) || word == "completion" ? nullptr : found;
    }
  }
  return nullptr;
}

int exit_with(ExitCode code) {
  return static_cast<int>(code);
}

// Whether the verb runs a command, which is not ours to read: what stands behind `--`.
bool takes_a_command(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word == "--pool" || word == "--server") {
      ++i;
    } else if (!word.starts_with('-')) {
      return word == "lock" || word == "lead";
    }
  }
  return false;
}

// What is no text cannot be told back, neither in words nor in JSON.
std::optional<Error> not_text(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (is_utf8(argv[i])) continue;
    return Error{"usage", fmt::format("argument {} holds bytes that are no UTF-8", i)};
  }
  return std::nullopt;
}

}  // namespace

CLI::App* CommandLine::add(
    const std::string& name, const std::string& summary, const std::string& examples, Action action
) {
  CLI::App* const verb = app.add_subcommand(name, summary);
  verb->footer("Examples:\n" + examples);
  verb->callback([this, name, action = std::move(action)] {
    session.verb = name;
    exit = action(session);
  });
  return verb;
}

void add_duration(
    CLI::App* verb, const std::string& flag, std::string& text, const std::string& help
) {
  verb->add_option(flag, text, help + " (30s, 5m, 1h30m)")->type_name("DURATION");
}

Result<Millis> duration_of(const std::string& text) {
  if (text.empty()) return Millis{0};
  return parse_duration(text);
}

namespace {

int run_line(int argc, char** argv) {
  CLI::App app(
      "One pool of tasks for parallel workers: each takes the best task it can do.", "evener"
  );
  Session session;
  CommandLine line{app, session};
  if (takes_a_command(argc, argv)) {
    char** const dashes = std::find(argv, argv + argc, std::string_view("--"));
    if (dashes != argv + argc) session.behind_flags.assign(dashes + 1, argv + argc);
    argc = static_cast<int>(dashes - argv);
  }
  app.footer(closing);
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_flag("--json", session.json, "Print one JSON envelope on stdout");
  app.add_flag("--no-colour,--no-color", session.no_colour, "No colours (as does NO_COLOR)");
  app.add_option("--pool", session.pool, "The pool's folder (else EVENER_POOL, else found upward)")
      ->type_name("DIR");
  app.add_option("--server", session.server, "A server to use instead (else EVENER_SERVER)")
      ->type_name("ADDRESS");
  bool wants_version = false;
  app.add_flag("--version", wants_version, "Print the version");
  if (const std::optional<Error> problem = not_text(argc, argv)) {
    session.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    return exit_with(session.failed(*problem));
  }
  const Verb* const named = named_verb(argc, argv);
  for (const Verb& verb : verbs) {
    if (named == nullptr || named == &verb) verb.add(line);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& problem) {
    return exit_with(session.failed({"usage", problem.what() + std::string("; see evener --help")})
    );
  }
  if (wants_version) {
    session.print("evener " EVENER_VERSION);
    return 0;
  }
  if (app.get_subcommands().empty()) {
    session.print(app.help());
    return exit_with(ExitCode::usage);
  }
  return exit_with(line.exit);
}

}  // namespace

// What was to be printed has been: a plan that breaks off on a full disk is none.
int run_cli(int argc, char** argv) {
  const int code = run_line(argc, argv);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fputs("error: stdout: not all of the answer could be written (output_lost)\n", stderr);
  return code == exit_with(ExitCode::done) ? exit_with(ExitCode::unreachable) : code;
}

}  // namespace evener
