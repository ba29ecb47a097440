#include "views/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace evener {
namespace {

constexpr std::size_t findings_a_code = 10;
constexpr std::size_t tasks_a_finding = 6;
constexpr std::size_t tasks_on_a_path = 12;
constexpr std::size_t parts_listed = 10;

std::string plan_count(std::int64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string plan_times(std::int64_t permille) {
  return fmt::format("{}.{:02}", permille / 1000, permille % 1000 / 10);
}

// "a, b, c and 34 more"
std::string first_of(const std::vector<std::string>& tasks) {
  const std::size_t shown = std::min(tasks.size(), tasks_a_finding);
  std::string out =
      fmt::format("{}", fmt::join(tasks.begin(), tasks.begin() + std::ptrdiff_t(shown), ", "));
  if (shown < tasks.size()) out += fmt::format(" and {} more", tasks.size() - shown);
  return out;
}

// "a -> b -> (12 more) -> z"
std::string path_of(const std::vector<std::string>& tasks) {
  if (tasks.size() <= tasks_on_a_path) return fmt::format("{}", fmt::join(tasks, " -> "));
  const auto half = std::ptrdiff_t(tasks_on_a_path / 2);
  return fmt::format(
      "{} -> ({} more) -> {}",
      fmt::join(tasks.begin(), tasks.begin() + half, " -> "),
      tasks.size() - tasks_on_a_path,
      fmt::join(tasks.end() - half, tasks.end(), " -> ")
  );
}

std::string finding_text(const PlanFinding& finding, const Style& style) {
  const bool is_error = finding.severity == PlanSeverity::error;
  std::string out = fmt::format(
      "{} {}  {}\n",
      paint(style, is_error ? Colour::red : Colour::yellow, name_of(finding.severity)),
      finding.code,
      safe_line(first_of(finding.tasks))
  );
  out += wrapped(safe_line(finding.reason), 2, style);
  return out + wrapped("try: " + safe_line(finding.change), 2, style);
}

std::string findings_text(const PlanExamination& examined, const Style& style) {
  std::map<std::string, std::size_t> seen;
  std::string out;
  for (const PlanFinding& finding : examined.findings) {
    if (++seen[finding.code] <= findings_a_code) out += finding_text(finding, style);
  }
  for (const auto& [code, count] : seen) {
    if (count <= findings_a_code) continue;
    out += fmt::format("{} more {}; --json has all\n", count - findings_a_code, code);
  }
  for (const std::string& what : examined.unfinished) out += "cut short: " + what + "\n";
  return out;
}

// A column a slice, eighths high; the highest is the most that run on average in a slice.
std::string bars_of(const std::vector<PlanSlice>& profile) {
  constexpr std::array<std::string_view, 9> bars{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::int64_t highest = 1;
  for (const PlanSlice& slice : profile) highest = std::max(highest, slice.running_permille);
  std::string out;
  for (const PlanSlice& slice : profile) {
    const std::int64_t eighths = (slice.running_permille * 8 + highest - 1) / highest;
    out += bars.at(static_cast<std::size_t>(std::clamp<std::int64_t>(eighths, 0, 8)));
  }
  return out;
}

std::string work_text(const PlanFigures& figures) {
  std::string out =
      fmt::format("{} in {}", format_duration(figures.work_ms), plan_count(figures.tasks, "task"));
  if (figures.assumed > 0) {
    out += fmt::format(
        ", {} of them without an estimate: {} each",
        figures.assumed,
        format_duration(figures.assumed_ms)
    );
  }
  return out;
}

std::string finishes_text(const PlanFigures& figures, const Style& style) {
  Table table{.columns = {{"WORKERS", true}, {"DONE IN", true}, {"SPEED-UP", true}, {""}}};
  for (const PlanFinish& row : figures.finishes) {
    table.rows.push_back(
        {{std::to_string(row.workers)},
         {format_duration(row.finish_ms)},
         {plan_times(row.speed_up_permille)},
         {row.workers == figures.best_workers ? "best" : ""}}
    );
  }
  return table.text(style, 2);
}

std::string parts_text(const PlanFigures& figures, const Style& style) {
  Table table{
      .columns =
          {{"PART"}, {"TASKS", true}, {"WORK", true}, {"LONGEST PATH", true}, {"WITH", false, true}}
  };
  for (std::size_t i = 0; i < std::min(figures.parts.size(), parts_listed); ++i) {
    const PlanPart& part = figures.parts[i];
    table.rows.push_back(
        {{std::string(name_of(part.shape))},
         {std::to_string(part.tasks)},
         {format_duration(part.work_ms)},
         {format_duration(part.critical_ms)},
         {part.first}}
    );
  }
  std::string out = table.text(style, 2);
  if (figures.parts.size() > parts_listed) {
    out += fmt::format("  {} more parts; --json has all\n", figures.parts.size() - parts_listed);
  }
  return out;
}

std::string figures_text(const PlanFigures& figures, const Style& style) {
  std::string out = fmt::format(
      "work            {}\n"
      "longest path    {}: {}\n"
      "ideal speed-up  {}, and so many run at once on average; {} at most\n",
      work_text(figures),
      format_duration(figures.critical_ms),
      safe_line(path_of(figures.critical)),
      plan_times(figures.speed_up_permille),
      figures.most_at_once
  );
  if (figures.finishes.empty()) return out;
  out += fmt::format(
      "best number     {}: done in {}\n"
      "over the time   |{}| {}\n\n",
      plan_count(figures.best_workers, "worker"),
      format_duration(figures.best_finish_ms),
      bars_of(figures.profile),
      format_duration(figures.critical_ms)
  );
  return out + finishes_text(figures, style) + "\n" + parts_text(figures, style);
}

}  // namespace

std::string plan_text(
    const std::string& source, const PlanExamination& examined, const Style& style
) {
  std::string out = fmt::format(
      "{}: {}, {}\n",
      paint(style, Colour::bold, safe_line(source)),
      plan_count(examined.errors, "error"),
      plan_count(examined.warnings, "warning")
  );
  out += findings_text(examined, style);
  if (!examined.figures) return out + "no figures: mend this first\n";
  if (examined.figures->tasks == 0) return out + "no figures: no task is left to do\n";
  return out + "\n" + figures_text(*examined.figures, style);
}

}  // namespace evener
