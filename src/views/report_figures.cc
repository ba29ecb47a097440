#include "views/report_figures.h"

#include <fmt/format.h>

#include "views/terminal.h"

namespace evener {
namespace {

std::string counted(std::int64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::vector<ReportFigure> task_figures(const Report& report) {
  const std::int64_t open =
      report.tasks - report.tasks_done - report.tasks_failed - report.tasks_cancelled;
  std::string tasks = fmt::format("{}: {} done", report.tasks, report.tasks_done);
  if (report.tasks_failed > 0) tasks += fmt::format(", {} failed", report.tasks_failed);
  if (report.tasks_cancelled > 0) tasks += fmt::format(", {} cancelled", report.tasks_cancelled);
  if (open > 0) tasks += fmt::format(", {} open", open);
  std::string attempts = fmt::format("{}", report.attempts);
  if (report.running > 0) attempts += fmt::format(", {} running", report.running);
  if (report.retries > 0)
    attempts +=
        ", " + std::to_string(report.retries) + (report.retries == 1 ? " retry" : " retries");
  if (report.lapses > 0) attempts += ", " + counted(report.lapses, "lapse");
  if (report.salvage > 0) attempts += ", " + counted(report.salvage, "late result") + " kept";
  std::vector<ReportFigure> out{{"tasks", tasks}, {"attempts", attempts}};
  if (report.closed_by_imports > 0) {
    out.push_back({"closed by imports", std::to_string(report.closed_by_imports)});
  }
  return out;
}

}  // namespace

std::string share_text(std::int64_t permille) {
  return fmt::format("{}.{}%", permille / 10, permille % 10);
}

std::string times_text(std::int64_t permille) {
  return fmt::format("{}.{:02}x", permille / 1000, permille % 1000 / 10);
}

std::string second_text(Instant instant) {
  constexpr std::size_t to_seconds = 19;  // 2026-11-21T12:00:30
  return format_time(instant).substr(0, to_seconds) + "Z";
}

std::vector<ReportFigure> report_figures(const Report& report) {
  std::vector<ReportFigure> out;
  if (report.started != 0) {
    out.push_back(
        {"period",
         fmt::format(
             "{} to {} ({})",
             second_text(report.started),
             second_text(report.ended),
             format_duration(report.wall_ms)
         )}
    );
  }
  for (ReportFigure& figure : task_figures(report)) out.push_back(std::move(figure));
  for (const MeasureRow& row : report.measures) {
    out.push_back({measure_title(row), measure_words(row)});
  }
  for (const KindDurations& row : report.durations) {
    if (row.expected.source < Source::kind) continue;
    out.push_back({"kind " + row.kind, range_text(row.expected)});
  }
  if (report.attempts == 0) return out;
  const std::string best = fmt::format(
      "{}{}",
      format_duration(report.best_schedule_ms),
      report.best_is_optimal
          ? ", and none is shorter"
          : fmt::format(" found; none is below {}", format_duration(report.lower_bound_ms))
  );
  out.insert(
      out.end(),
      {{"time taken", format_duration(report.time_taken_ms) + ", first claim to last outcome"},
       {"one worker alone", format_duration(report.sequential_ms)},
       {"speed-up",
        fmt::format(
            "{} with {}",
            times_text(report.speed_up_permille),
            counted(static_cast<std::int64_t>(report.workers.size()), "worker")
        )},
       {"side by side", share_text(report.overlap_permille) + " of the busy time"},
       {"independent", share_text(report.independent_permille) + " of the tasks need no other"},
       {"best schedule", best},
       {"overhead",
        fmt::format(
            "{}, {} of the time taken",
            format_duration(report.overhead_ms),
            share_text(report.overhead_permille)
        )},
       {"lost", format_duration(report.lost_ms) + " in attempts that lapsed or failed"}}
  );
  return out;
}

std::string report_title(const Report& report) {
  const std::string& name = report.card.name.empty() ? report.pool : report.card.name;
  std::string out = "report of " + (name.empty() ? std::string("the pool") : name);
  if (report.chapter) {
    const ChapterRow& row = report.chapters.front();
    out += fmt::format(", chapter {}", row.chapter);
    out += row.text.empty() ? "" : ": " + row.text;
  } else if (!report.card.goal.empty()) {
    out += ": " + report.card.goal;
  }
  return safe_line(out);
}

std::string nothing_claimed_text(const Report& report) {
  const bool has_imports = report.closed_by_imports > 0;
  return has_imports ? "nobody here has claimed a task yet" : "no task has been claimed yet";
}

std::string nothing_claimed_sentence(const Report& report) {
  const bool has_imports = report.closed_by_imports > 0;
  return has_imports ? "Nobody here has claimed a task yet." : "No task has been claimed yet.";
}

std::vector<std::string> worker_cells(const WorkerShare& share) {
  return {
      share.worker,
      std::to_string(share.attempts),
      std::to_string(share.done),
      std::to_string(share.failed),
      std::to_string(share.lapsed),
      std::to_string(share.released),
      format_duration(share.busy_ms),
      share_text(share.share_permille)
  };
}

}  // namespace evener
