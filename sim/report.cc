// Runs seed after seed and says what came of it.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <numeric>

#include "base/json.h"
#include "crash_points.h"
#include "options.h"
#include "shrink.h"
#include "world.h"

namespace evener::sim {

namespace {

constexpr std::string_view help = R"(evener-sim: hostile moments for a pool, from a seed

  --seed N         the first seed (1)
  --seeds M        how many, one after another (1)
  --seconds S      instead: as many as fit
  --steps K        of each run (300)
  --scenario NAME  one of those below (mixed)
  --list           the scenarios, the kinds of steps, and the statements
  --shrink         a run that fails is cut down to the shortest that still does
  --only 3,17-20   only these steps of the run
  --trace          every step and answer of the run
  --crash-points   short scripts, ended at every write, with every survival
  --json           one object a run, and one at the end

Exit code 0: all statements held. 1: one broke; a line says "broke: NUMBER NAME".
)";

// If an invariant of the product ends this process, the last line still says which run it was.
std::array<char, 512> last_words;
std::size_t last_words_size = 0;

void say_last_words(int) {
  const auto written = ::write(STDOUT_FILENO, last_words.data(), last_words_size);
  ::_exit(written > 0 ? 1 : 2);
}

std::string command_of(const Options& options, std::uint64_t seed, const StepNumbers& only) {
  std::string command = fmt::format(
      "evener-sim --seed {} --steps {} --scenario {}", seed, options.steps, options.scenario
  );
  if (!only.empty()) command += " --only " + text_of_step_numbers(only);
  return command;
}

std::string headline(const Breach& breach) {
  return fmt::format("broke: {} {}", breach.statement, breach.name());
}

void prepare_last_words(const Options& options, std::uint64_t seed, const StepNumbers& only) {
  const Breach breach{14, "an invariant of the product broke"};
  const std::string text = fmt::format(
      "{}\nseed {}: {}\nagain: {}\n",
      headline(breach),
      seed,
      breach.what,
      command_of(options, seed, only)
  );
  last_words_size = text.copy(last_words.data(), last_words.size());
}

// The statement that a run breaks, in a process of its own; 0 if none does.
int statement_broken_by(const Mix& mix, const StepNumbers& steps) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, [](int) { ::_exit(14); });
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(0);
    const RunResult result = run(mix, &steps);
    ::_exit(result.breach ? result.breach->statement : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 14;
}

void print_json(std::uint64_t seed, const RunResult& result) {
  JsonObject object{
      {"seed", seed},
      {"steps", result.counts.steps},
      {"commands", result.counts.commands},
      {"facts", result.counts.facts},
      {"flushes", result.counts.flushes},
      {"starts", result.counts.starts},
      {"answers", result.counts.answers},
      {"digest", result.digest},
  };
  if (result.breach) {
    object["broke"] = result.breach->statement;
    object["name"] = result.breach->name();
    object["what"] = result.breach->what;
  }
  fmt::print("{}\n", to_text(object));
}

void report_breach(
    const Options& options, const Mix& mix, const RunResult& result, StepNumbers only
) {
  constexpr std::size_t lines_shown = 30;
  constexpr std::size_t most_tries = 2000;
  fmt::print("{}\nseed {}: {}\n", headline(*result.breach), mix.seed, result.breach->what);
  if (options.shrinks) {
    StepNumbers all = only;
    if (all.empty()) {
      all.resize(mix.steps.size());
      std::iota(all.begin(), all.end(), std::size_t{0});
    }
    const int statement = result.breach->statement;
    const auto fails = [&](const StepNumbers& steps) {
      return statement_broken_by(mix, steps) == statement;
    };
    only = shrink(all, fails, most_tries);
    fmt::print("shrunk from {} steps to {}\n", all.size(), only.size());
  }
  const RunResult again = run(mix, only.empty() ? nullptr : &only, true);
  const std::size_t from =
      options.shrinks || again.trace.size() < lines_shown ? 0 : again.trace.size() - lines_shown;
  for (std::size_t i = from; i < again.trace.size(); ++i) fmt::print("{}\n", again.trace[i]);
  if (again.breach) fmt::print("{}\n", again.breach->what);
  fmt::print("again: {}\n", command_of(options, mix.seed, only));
}

void list_scenarios() {
  fmt::print("scenarios\n");
  for (const Scenario& scenario : scenarios()) {
    fmt::print("  {:<12} {}\n", scenario.name, scenario.about);
  }
}

void list() {
  list_scenarios();
  fmt::print("kinds of steps\n ");
  for (const StepKind& kind : step_kinds()) fmt::print(" {}", kind.name);
  fmt::print("\nstatements\n");
  for (std::size_t i = 0; i < statement_names.size(); ++i) {
    fmt::print("  {:>2} {}\n", i, statement_names[i]);
  }
}

void add(RunCounts& sum, const RunCounts& counts) {
  sum.steps += counts.steps;
  sum.commands += counts.commands;
  sum.facts += counts.facts;
  sum.flushes += counts.flushes;
  sum.starts += counts.starts;
  sum.answers += counts.answers;
}

int run_seeds(const Options& options, const Scenario& scenario) {
  using Seconds = std::chrono::duration<double>;
  const auto begun = std::chrono::steady_clock::now();
  const auto taken = [&] { return Seconds(std::chrono::steady_clock::now() - begun).count(); };
  std::signal(SIGABRT, say_last_words);
  std::signal(SIGSEGV, say_last_words);
  RunCounts sum;
  std::uint64_t runs = 0;
  const auto goes_on = [&] {
    return options.seconds > 0 ? taken() < static_cast<double>(options.seconds)
                               : runs < options.seeds;
  };
  for (std::uint64_t seed = options.seed; goes_on(); ++seed, ++runs) {
    const Mix mix = draw_mix(seed, options.steps, scenario);
    prepare_last_words(options, seed, options.only);
    const RunResult result =
        run(mix, options.only.empty() ? nullptr : &options.only, options.traces);
    add(sum, result.counts);
    if (options.json) print_json(seed, result);
    if (options.traces) {
      for (const std::string& line : result.trace) fmt::print("{}\n", line);
    }
    if (!result.breach) continue;
    if (!options.json) report_breach(options, mix, result, options.only);
    return 1;
  }
  const double seconds = taken();
  if (options.json) {
    const JsonObject object{
        {"scenario", scenario.name},
        {"runs", runs},
        {"steps", options.steps},
        {"commands", sum.commands},
        {"facts", sum.facts},
        {"flushes", sum.flushes},
        {"starts", sum.starts},
        {"answers", sum.answers},
        {"seconds", seconds},
    };
    fmt::print("{}\n", to_text(object));
    return 0;
  }
  fmt::print(
      "{} runs of {}, seeds {} to {}, {} steps each: every statement held\n"
      "{} commands, {} facts, {} flushes, {} starts; {} answers checked; {:.0f} commands a second "
      "in {:.1f} s\n",
      runs,
      scenario.name,
      options.seed,
      options.seed + runs - 1,
      options.steps,
      sum.commands,
      sum.facts,
      sum.flushes,
      sum.starts,
      sum.answers,
      static_cast<double>(sum.commands) / seconds,
      seconds
  );
  return 0;
}

int run_crash_points() {
  const auto begun = std::chrono::steady_clock::now();
  const CrashPointReport report = try_crash_points([](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  });
  if (report.breach) {
    fmt::print(
        "{}\n{}\n{}\nagain: evener-sim --crash-points\n",
        headline(*report.breach),
        report.where,
        report.breach->what
    );
    return 1;
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  fmt::print(
      "{} crash points, {} survivals, each followed by a start: every statement held, in {:.1f} "
      "s\n",
      report.counts.points,
      report.counts.survivals,
      taken.count()
  );
  return 0;
}

}  // namespace

int main_of_simulator(int argc, char** argv) {
  const Result<Options> options = read_options({argv + 1, argv + argc});
  if (!options.ok()) {
    fmt::print(stderr, "evener-sim: {}\n", options.error().message);
    return 2;
  }
  const Scenario* const scenario = find_scenario(options->scenario);
  if (scenario == nullptr) {
    fmt::print(stderr, "evener-sim: there is no scenario '{}'; see --list\n", options->scenario);
    return 2;
  }
  if (options->helps) {
    fmt::print("{}\n", help);
    list_scenarios();
    return 0;
  }
  if (options->lists) {
    list();
    return 0;
  }
  if (options->crash_points) return run_crash_points();
  return run_seeds(*options, *scenario);
}

}  // namespace evener::sim
