// evener-bench: measures Evener and what stands beside it, keeps the results, and compares them.
// docs/benchmarks.md describes its verbs, its file and its rules.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/file_limit.h"
#include "base/json.h"
#include "base/time.h"
#include "bench_case.h"
#include "comparison.h"
#include "html_report.h"
#include "machine.h"

namespace evener {
namespace {

constexpr int refused = 1;
constexpr int wrong = 2;

struct Choices {
  std::vector<std::string> names = {};
  int repetitions = 5;
  double seconds = 1;
  bool is_quick = false;
  bool is_json = false;
  bool shows_all = false;
  std::string results = "build/bench/results.db";
  std::string note = {};
  std::string before = {};
  std::string after = {};
  std::string html = {};
};

int fail(const Error& error) {
  fmt::print(stderr, "evener-bench: {}\n", error.text());
  return refused;
}

BenchContext own_context() {
  BenchContext context;
  context.programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  context.sources = EVENER_SOURCE;
  return context;
}

Result<std::vector<BenchCase>> all_cases(const BenchContext& context) {
  std::vector<BenchCase> cases;
  add_machine_cases(cases);
  add_peer_cases(cases);
  add_growth_cases(cases);
  add_smallest_task_case(cases);
  TRY(add_program_cases(cases, context));
  return cases;
}

Result<std::vector<BenchCase>> chosen_cases(
    const BenchContext& context, const std::vector<std::string>& names
) {
  std::vector<BenchCase> cases = TRY(all_cases(context));
  std::erase_if(cases, [&](const BenchCase& one) { return !one.is_chosen_by(names); });
  if (!cases.empty()) return cases;
  return Error{
      "unknown_case",
      fmt::format("no case is called '{}'; evener-bench list", fmt::join(names, " "))
  };
}

int list_cases(const Choices& choices) {
  const Result<std::vector<BenchCase>> cases = chosen_cases(own_context(), choices.names);
  if (!cases.ok()) return fail(cases.error());
  for (const BenchCase& one : *cases) {
    fmt::print(
        "{:<52} {:<22} {}\n", one.text(), fmt::format("{}", fmt::join(one.tags, ",")), one.about
    );
  }
  return 0;
}

// ---- run ---------------------------------------------------------------------------------------

std::vector<Measurement> measurements_of(
    const BenchCase& one, const std::vector<Metric>& metrics, int repetition
) {
  std::vector<Measurement> found;
  for (const Metric& metric : metrics) {
    Parameters parameters = one.parameters;
    parameters.insert(metric.also.begin(), metric.also.end());
    found.push_back(
        {.case_name = metric.case_name.empty() ? one.name : metric.case_name,
         .parameters = parameters_json(parameters),
         .repetition = repetition,
         .metric = metric.name,
         .unit = metric.unit,
         .higher_is_better = metric.higher_is_better,
         .value = metric.value}
    );
  }
  return found;
}

void print_figures(const std::vector<Figure>& figures) {
  for (const Figure& figure : figures) {
    const Spread spread = spread_of(figure.values);
    fmt::print(
        "{:<52} {:<22} {:>12}   {} to {}, {} times\n",
        figure.name.case_name + " " + parameters_text(figure.name.parameters),
        fmt::format("{} {}", figure.name.metric, figure.unit),
        figure_text(spread.median),
        figure_text(spread.least),
        figure_text(spread.most),
        spread.count
    );
  }
}

// One object a row of the file, with what its run is known by.
void print_rows(const RunRow& run, const std::vector<Measurement>& rows) {
  for (const Measurement& row : rows) {
    std::string out = "{";
    append_json_member(out, R"("run":)", run.id);
    append_json_member(out, R"(,"started":)", run.started);
    append_json_member(out, R"(,"commit":)", run.commit);
    out += R"(,"machine":)" + run.machine;
    append_json_member(out, R"(,"case":)", row.case_name);
    out += R"(,"parameters":)" + row.parameters;
    append_json_member(out, R"(,"repetition":)", row.repetition);
    append_json_member(out, R"(,"metric":)", row.metric);
    append_json_member(out, R"(,"unit":)", row.unit);
    append_json_member(out, R"(,"better":)", row.higher_is_better ? "higher" : "lower");
    fmt::print("{},\"value\":{}}}\n", out, row.value);
  }
}

// Cases stand inside repetitions, so that what the machine does meanwhile falls on all of them. A
// case that cannot be measured is named once and left out; answers their number.
Result<int> measure_all(
    ResultsFile& file, std::int64_t run, const std::vector<BenchCase>& cases, const Choices& choices
) {
  BenchContext context = own_context();
  context.seconds = choices.seconds;
  std::set<std::string> failed;
  for (int repetition = 0; repetition <= choices.repetitions; ++repetition) {
    context.is_warm_up = repetition == 0;
    for (const BenchCase& one : cases) {
      if ((context.is_warm_up && !one.needs_warm_up) || failed.contains(one.text())) continue;
      const Result<std::vector<Metric>> metrics = one.measure(context);
      if (!metrics.ok()) {
        failed.insert(one.text());
        fmt::print(stderr, "{}: NOT MEASURED: {}\n", one.text(), metrics.error().text());
        continue;
      }
      if (context.is_warm_up) continue;
      TRY(file.add(run, measurements_of(one, *metrics, repetition)));
      if (metrics->empty()) continue;
      const Metric& first = metrics->front();
      fmt::print(
          stderr,
          "{}/{} {}: {} {} {}\n",
          repetition,
          choices.repetitions,
          one.text(),
          figure_text(first.value),
          first.unit,
          first.name
      );
    }
  }
  return static_cast<int>(failed.size());
}

int run_cases(Choices choices) {
  if (choices.is_quick) {
    choices.repetitions = 1;
    choices.seconds = 0.3;
  }
  const BenchContext context = own_context();
  const Result<std::vector<BenchCase>> cases = chosen_cases(context, choices.names);
  if (!cases.ok()) return fail(cases.error());
  std::error_code ignored;
  std::filesystem::create_directories(
      std::filesystem::path(choices.results).parent_path(), ignored
  );
  Result<ResultsFile> file = ResultsFile::open(choices.results);
  if (!file.ok()) return fail(file.error());
  RunRow run{
      .started = format_time(SystemClock().read().wall),
      .commit = commit_of(context.sources),
      .machine = machine_description(),
      .note = choices.note.empty() ? load_now() : fmt::format("{}; {}", choices.note, load_now())
  };
  const Result<std::int64_t> id = file->begin_run(run);
  if (!id.ok()) return fail(id.error());
  run.id = *id;
  const Result<int> failed = measure_all(*file, run.id, *cases, choices);
  if (!failed.ok()) return fail(failed.error());
  const Result<std::vector<Measurement>> rows = file->measurements(run.id);
  if (!rows.ok()) return fail(rows.error());
  if (choices.is_json) {
    print_rows(run, *rows);
  } else {
    print_figures(figures_of(*rows));
    fmt::print("run {} in {}\n", run.id, choices.results);
  }
  return *failed == 0 ? 0 : refused;
}

// ---- afterwards --------------------------------------------------------------------------------

int list_runs(const Choices& choices) {
  Result<ResultsFile> file = ResultsFile::open(choices.results);
  if (!file.ok()) return fail(file.error());
  const Result<std::vector<RunRow>> runs = file->runs();
  if (!runs.ok()) return fail(runs.error());
  for (const RunRow& run : *runs) {
    fmt::print("{:>4}  {}  {:<13}  {}\n", run.id, run.started, run.commit, run.note);
  }
  return 0;
}

void print_comparison(const Comparison& one, bool is_json) {
  const double change = one.before.median == 0 ? 0 : one.after.median / one.before.median;
  if (!is_json) {
    fmt::print(
        "{:<52} {:<22} {:>12} -> {:>12}  x{:<6.3f} {}\n",
        one.name.case_name + " " + parameters_text(one.name.parameters),
        fmt::format("{} {}", one.name.metric, one.unit),
        figure_text(one.before.median),
        figure_text(one.after.median),
        change,
        name_of(one.verdict)
    );
    return;
  }
  std::string out = "{";
  append_json_member(out, R"("case":)", one.name.case_name);
  out += R"(,"parameters":)" + one.name.parameters;
  append_json_member(out, R"(,"metric":)", one.name.metric);
  append_json_member(out, R"(,"unit":)", one.unit);
  out += fmt::format(R"(,"before":{},"after":{})", one.before.median, one.after.median);
  append_json_member(out, R"(,"verdict":)", name_of(one.verdict));
  fmt::print("{}}}\n", out);
}

int compare(const Choices& choices) {
  Result<ResultsFile> file = ResultsFile::open(choices.results);
  if (!file.ok()) return fail(file.error());
  const Result<RunRow> before = file->find_run(choices.before);
  if (!before.ok()) return fail(before.error());
  const Result<RunRow> after = file->find_run(choices.after);
  if (!after.ok()) return fail(after.error());
  const auto old_rows = file->measurements(before->id);
  const auto new_rows = file->measurements(after->id);
  if (!old_rows.ok()) return fail(old_rows.error());
  if (!new_rows.ok()) return fail(new_rows.error());
  if (before->machine != after->machine) {
    fmt::print(stderr, "evener-bench: the two runs are of different machines\n");
  }
  bool is_worse = false;
  for (const Comparison& one : compare_runs(*old_rows, *new_rows)) {
    is_worse = is_worse || one.verdict == Verdict::worse;
    if (choices.shows_all || one.verdict != Verdict::same) print_comparison(one, choices.is_json);
  }
  return is_worse ? refused : 0;
}

int report(const Choices& choices) {
  Result<ResultsFile> file = ResultsFile::open(choices.results);
  if (!file.ok()) return fail(file.error());
  const Result<RunRow> run = file->find_run(choices.after.empty() ? "last" : choices.after);
  if (!run.ok()) return fail(run.error());
  const auto rows = file->measurements(run->id);
  if (!rows.ok()) return fail(rows.error());
  const Status written = write_file_atomic(choices.html, html_report(*run, *rows), 0644);
  return written.ok() ? 0 : fail(written.error());
}

int bench_main(int argc, char** argv) {
  allow_many_files();  // of which each client is one
  CLI::App app("Measures Evener and what stands beside it", "evener-bench");
  app.require_subcommand(1);
  Choices choices;
  const auto takes_results = [&](CLI::App* verb) {
    verb->add_option("--results", choices.results, "The file of results")->capture_default_str();
  };
  const auto takes_json = [&](CLI::App* verb) {
    verb->add_flag("--json", choices.is_json, "One JSON object a line");
  };
  constexpr const char* names_help = "Names, tags, `all`, and KEY=VALUE of parameters";

  CLI::App* const list = app.add_subcommand("list", "What can be measured");
  list->add_option("CASE", choices.names, names_help);

  CLI::App* const run = app.add_subcommand("run", "Measure, and keep the results");
  run->add_option("CASE", choices.names, names_help)->required();
  run->add_option("--repetitions", choices.repetitions, "How often each is measured")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  run->add_option("--seconds", choices.seconds, "How long one measurement of a rate takes")
      ->check(CLI::Range(0.05, 600.0))
      ->capture_default_str();
  run->add_flag("--quick", choices.is_quick, "Once, and for 0.3 s: to see that it works");
  run->add_option("--note", choices.note, "Kept with the run");
  takes_results(run);
  takes_json(run);

  CLI::App* const runs = app.add_subcommand("runs", "The runs in the file");
  takes_results(runs);

  CLI::App* const both =
      app.add_subcommand("compare", "What differs between two runs beyond noise");
  both->add_option("BEFORE", choices.before, "A run: its number, last, last-N")->required();
  both->add_option("AFTER", choices.after, "A run")->required();
  both->add_flag("--all", choices.shows_all, "Also what is the same");
  takes_results(both);
  takes_json(both);

  CLI::App* const page = app.add_subcommand("report", "Write a run as an HTML page");
  page->add_option("RUN", choices.after, "A run; the last unless given");
  page->add_option("--html", choices.html, "The file to write")->required();
  takes_results(page);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong;
  }
  if (*list) return list_cases(choices);
  if (*run) return run_cases(choices);
  if (*runs) return list_runs(choices);
  return *both ? compare(choices) : report(choices);
}

}  // namespace
}  // namespace evener

int main(int argc, char** argv) {
  return evener::bench_main(argc, argv);
}
