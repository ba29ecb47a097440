#include "cli/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "cli/near_names.h"
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

// Where the verb stands: the first word that is neither a flag nor what one takes; argc if none is.
int place_of_verb(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--pool" || word == "--server") {
      ++i;
    } else if (!word.starts_with('-')) {
      return i;
    }
  }
  return argc;
}

const Verb* find_verb(std::string_view name) {
  const auto* const found = std::ranges::find(verbs, name, &Verb::name);
  return found == std::end(verbs) ? nullptr : found;
}

// What other tools call it.
struct OtherName {
  std::string_view name;
  std::string_view verb;
};

constexpr OtherName other_names[] = {
    {"complete", "finish"}, {"create", "add"}, {"delete", "cancel"},   {"done", "finish"},
    {"get", "show"},        {"ls", "list"},    {"message", "send"},    {"new", "add"},
    {"next", "claim"},      {"ps", "workers"}, {"ready", "list"},      {"remove", "cancel"},
    {"rm", "cancel"},       {"run", "work"},   {"serve", "up"},        {"start", "claim"},
    {"stats", "report"},    {"take", "claim"}, {"unblock", "resolve"}, {"update", "edit"},
};

// The verbs that may have been meant, the nearest first.
std::vector<std::string> near_verbs(std::string_view wrong) {
  const auto* const other = std::ranges::find(other_names, wrong, &OtherName::name);
  if (other != std::end(other_names)) return {std::string(other->verb)};
  std::vector<std::string> known;
  for (const Verb& verb : verbs) known.emplace_back(verb.name);
  return near_names(wrong, known);
}

// What is told back of a word that is nobody's name.
std::string_view beginning_of(std::string_view wrong) {
  std::string_view shown = wrong.substr(0, 64);
  while (!is_utf8(shown)) shown.remove_suffix(1);  // not in the middle of a character
  return shown;
}

Error no_such_verb(std::string_view wrong) {
  const std::string_view shown = beginning_of(wrong);
  const std::vector<std::string> near = near_verbs(shown);
  return {
      "usage",
      near.empty()
          ? fmt::format("there is no verb '{}'; evener --help names all", shown)
          : fmt::format("there is no verb '{}'; did you mean {}?", shown, fmt::join(near, " or "))
  };
}

// A verb of several parts, as `plan`, that was given none of them.
Error no_such_part(
    const std::string& verb, const std::vector<const CLI::App*>& parts, std::string_view wrong
) {
  std::vector<std::string> names;
  for (const CLI::App* const part : parts) names.push_back(part->get_name());
  const std::string all = fmt::format("one of: {}", fmt::join(names, ", "));
  if (wrong.empty())
    return {"usage", fmt::format("{} needs {}; see evener {} --help", verb, all, verb)};
  const std::string_view shown = beginning_of(wrong);
  const std::vector<std::string> near = near_names(shown, names);
  const std::string meant =
      near.empty() ? "expected " + all : fmt::format("did you mean {}?", fmt::join(near, " or "));
  return {"usage", fmt::format("{} has no part '{}'; {}", verb, shown, meant)};
}

// Words that no flag and no place takes. Who forgot the quotes has some.
std::string not_expected(const std::vector<std::string>& words) {
  const bool has_flag =
      std::ranges::any_of(words, [](const std::string& word) { return word.starts_with('-'); });
  return fmt::format(
      "not expected: {}{}",
      fmt::join(words, " "),
      has_flag ? "" : "; a text of several words stands in quotes"
  );
}

// What is wrong with the line, in our words where the parser's mislead.
Error mistake_of(const CLI::App& app, const CLI::ParseError& problem) {
  const std::vector<std::string> left_over = app.remaining(true);
  std::string of;
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) {
    last = last->get_subcommands().front();
    of += last->get_name() + " ";
  }
  const std::vector<const CLI::App*> parts =
      last->get_subcommands([](const CLI::App*) { return true; });
  const bool is_left_over = dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr;
  const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr;
  // The words behind a flag that nothing takes may be its values: the flag is what is wrong.
  const bool begins_with_flag =
      !left_over.empty() && left_over.front().starts_with('-') && left_over.front() != "--";
  const bool is_wrong_flag = is_missing && begins_with_flag;
  if (last != &app && !parts.empty() && (is_left_over || is_missing) && !begins_with_flag) {
    const auto word = std::ranges::find_if(left_over, [](const std::string& left) {
      return !left.starts_with('-');
    });
    return no_such_part(last->get_name(), parts, word == left_over.end() ? "" : *word);
  }
  const std::string what =
      is_left_over || is_wrong_flag ? not_expected(left_over) : std::string(problem.what());
  return {"usage", fmt::format("{}; see evener {}--help", what, of)};
}

int exit_with(ExitCode code) {
  return static_cast<int>(code);
}

// Whether the verb runs a command, which is not ours to read: what stands behind `--`.
bool takes_a_command(std::string_view verb) {
  return verb == "lock" || verb == "lead";
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

Result<Millis> lifetime_of(const std::optional<std::string>& text) {
  if (!text) return Millis{0};
  const Millis lifetime = TRY(parse_duration(*text));
  if (lifetime > 0) return lifetime;
  return Error{"usage", fmt::format("expected more than 0, found '{}'", *text), "--expires"};
}

std::string whole_number(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end && number >= 0) return "";
  return fmt::format("expected a whole number from 0, found '{}'", text);
}

namespace {

// What a script left empty is no moment, and would be taken for now.
void want_a_moment(CLI::App& app) {
  for (CLI::App* const verb : app.get_subcommands({})) {
    CLI::Option* const at = verb->get_option_no_throw("--at");
    if (at == nullptr) continue;
    at->check([](const std::string& text) {
      return text.empty() ? std::string("expected a fact's number or a time, found ''") : "";
    });
  }
}

int run_line(int argc, char** argv);

// `evener help [VERB [PART]]`, as other tools have it.
int help_with(char* program, std::span<char* const> names) {
  constexpr std::size_t most = 2;
  std::string flag = "--help";
  std::vector<char*> words{program};
  for (char* const name : names.first(std::min(names.size(), most))) {
    if (*name == '-') break;
    words.push_back(name);
  }
  words.push_back(flag.data());
  return run_line(static_cast<int>(words.size()), words.data());
}

int run_line(int argc, char** argv) {
  CLI::App app(
      "One pool of tasks for parallel workers: each takes the best task it can do.", "evener"
  );
  Session session;
  CommandLine line{app, session};
  const int place = place_of_verb(argc, argv);
  const std::string_view name = place < argc ? argv[place] : "";
  if (name == "help") return help_with(argv[0], {argv + place + 1, argv + argc});
  if (takes_a_command(name)) {
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
  app.add_option(
         "--server", session.server, "A server to use instead (else EVENER_SERVER, unless --pool)"
  )
      ->type_name("ADDRESS");
  app.set_version_flag("--version", "evener " EVENER_VERSION, "Print the version");
  const Verb* const named = find_verb(name);
  if (named != nullptr) session.verb = name;
  std::optional<Error> mistake = not_text(argc, argv);
  if (!mistake && named == nullptr && !name.empty()) mistake = no_such_verb(name);
  if (mistake) {
    session.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    return exit_with(session.failed(*mistake));
  }
  // Only the flags of the verb that is named are described: those of all verbs take longer than
  // many a command.
  const bool needs_all = named == nullptr || name == "completion";
  for (const Verb& verb : verbs) {
    if (needs_all || named == &verb) verb.add(line);
  }
  want_a_moment(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // for help, or the version
    return app.exit(asked);
  } catch (const CLI::ParseError& problem) {
    return exit_with(session.failed(mistake_of(app, problem)));
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
