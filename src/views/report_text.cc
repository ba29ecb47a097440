// A report as text: figures, shares, and the timeline drawn.
#include <fmt/format.h>

#include <algorithm>

#include "views/report.h"
#include "views/report_figures.h"
#include "views/terminal.h"
#include "views/timeline_block.h"

namespace evener {
namespace {

constexpr std::size_t most_workers_drawn = 20;   // drawn: the busiest
constexpr std::size_t most_lanes = 4;            // of one worker, who may run tasks side by side
constexpr std::size_t most_timeline_rows = 200;  // of the timeline in Markdown

// ---- the drawing -------------------------------------------------------------------------------

char end_mark(AttemptOutcome outcome) {
  switch (outcome) {
    case AttemptOutcome::done:
      return ']';
    case AttemptOutcome::failed:
    case AttemptOutcome::lapsed:
      return 'x';
    case AttemptOutcome::released:
    case AttemptOutcome::cancelled:
      return '<';
    case AttemptOutcome::running:
      break;
  }
  return '>';
}

void draw(std::string& line, const TimelineScale& scale, const TimelineRow& row) {
  draw_block(line, scale, {row.started, row.ended, row.task, end_mark(row.outcome)});
}

using Rows = std::vector<const TimelineRow*>;

// Attempts of one worker that ran side by side stand below each other.
std::vector<Rows> lanes_of(const Rows& rows) {
  std::vector<Rows> lanes;
  for (const TimelineRow* row : rows) {
    const auto free = std::find_if(lanes.begin(), lanes.end(), [&](const Rows& lane) {
      return lane.back()->ended <= row->started;
    });
    if (free != lanes.end()) {
      free->push_back(row);
    } else {
      lanes.push_back({row});
    }
  }
  return lanes;
}

std::string drawn_timeline(const Report& report, int width) {
  constexpr int longest_name = 24;
  constexpr int least_columns = 20;
  std::map<std::string, Rows> by_worker;
  for (const TimelineRow& row : report.timeline) by_worker[row.worker].push_back(&row);
  std::vector<const WorkerShare*> busiest;
  for (const WorkerShare& share : report.workers) busiest.push_back(&share);
  std::stable_sort(busiest.begin(), busiest.end(), [](const auto* a, const auto* b) {
    return a->busy_ms > b->busy_ms;
  });
  const std::size_t shown_workers = std::min(busiest.size(), most_workers_drawn);
  busiest.resize(shown_workers);
  std::sort(busiest.begin(), busiest.end(), [](const auto* a, const auto* b) {
    return a->worker < b->worker;
  });

  int margin = 0;
  for (const WorkerShare* share : busiest) {
    margin = std::max(margin, std::min(longest_name, columns_of(safe_line(share->worker))));
  }
  const TimelineScale scale{
      .from = report.timeline.front().started,
      .length = std::max<Millis>(1, report.time_taken_ms),
      .columns = std::max(least_columns, width - margin - 2)
  };
  const std::string end = format_duration(report.time_taken_ms);
  std::string out = std::string(static_cast<std::size_t>(margin) + 2, ' ') +
                    pad("0s", scale.columns - columns_of(end)) + end + '\n';
  for (const WorkerShare* share : busiest) {
    const std::vector<Rows> lanes = lanes_of(by_worker.at(share->worker));
    for (std::size_t i = 0; i < std::min(lanes.size(), most_lanes); ++i) {
      std::string line(static_cast<std::size_t>(scale.columns), ' ');
      for (const TimelineRow* row : lanes[i]) draw(line, scale, *row);
      line.erase(line.find_last_not_of(' ') + 1);
      const std::string name = i == 0 ? safe_line(share->worker) : "";
      out += pad(name, margin) + "  " + line + '\n';
    }
    if (lanes.size() > most_lanes) {
      out +=
          fmt::format("{}  and {} more side by side\n", pad("", margin), lanes.size() - most_lanes);
    }
  }
  if (report.workers.size() > shown_workers) {
    out += fmt::format("and {} more workers\n", report.workers.size() - shown_workers);
  }
  return out + "]: done   x: failed or lapsed   <: released or cancelled   >: running\n";
}

int columns_for(int width) {
  constexpr int usual_width = 100;
  return width > 0 ? width : usual_width;
}

Table chapter_table(const Report& report) {
  Table table;
  table.columns = {
      {"CHAPTER", true},
      {"BEGAN"},
      {"LASTED", true},
      {"ATTEMPTS", true},
      {"DONE", true},
      {"FAILED", true},
      {"MARK", false, true}
  };
  for (const ChapterRow& row : report.chapters) {
    table.rows.push_back(
        {{std::to_string(row.chapter)},
         {second_text(row.started)},
         {format_duration(row.ended - row.started)},
         {std::to_string(row.attempts)},
         {std::to_string(row.done)},
         {std::to_string(row.failed)},
         {row.text}}
    );
  }
  return table;
}

// ---- Markdown ----------------------------------------------------------------------------------

// Nothing that could end the cell, or begin markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : safe_line(text)) {
    if (std::string_view("\\`*_[]<>|#!&~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string markdown_chapters(const Report& report) {
  std::string out =
      "\n## Chapters\n\n| chapter | mark | began | lasted | attempts | done | failed |\n";
  out += "|--:|---|---|--:|--:|--:|--:|\n";
  for (const ChapterRow& row : report.chapters) {
    out += markdown_row(
        {std::to_string(row.chapter),
         cell(row.text),
         second_text(row.started),
         format_duration(row.ended - row.started),
         std::to_string(row.attempts),
         std::to_string(row.done),
         std::to_string(row.failed)}
    );
  }
  return out;
}

}  // namespace

std::string report_text(const Report& report, int width) {
  constexpr int name_columns = 18;
  std::string out = report_title(report) + "\n\n";
  for (const ReportFigure& figure : report_figures(report)) {
    const std::string name = safe_line(figure.name);
    const int columns = std::max(name_columns, columns_of(name) + 2);
    out += fmt::format("  {}{}\n", pad(name, columns), safe_line(figure.value));
  }
  const bool shows_chapters = !report.chapter && !report.chapters.empty();
  if (shows_chapters) out += "\n" + chapter_table(report).text({.width = columns_for(width)});
  if (report.attempts == 0) return out + fmt::format("\n{}\n", nothing_claimed_text(report));
  Table table;
  table.columns = {
      {"WORKER", false, true},
      {"ATTEMPTS", true},
      {"DONE", true},
      {"FAILED", true},
      {"LAPSED", true},
      {"RELEASED", true},
      {"BUSY", true},
      {"SHARE", true}
  };
  for (const WorkerShare& share : report.workers) {
    table.rows.push_back(
        {{share.worker},
         {std::to_string(share.attempts)},
         {std::to_string(share.done)},
         {std::to_string(share.failed)},
         {std::to_string(share.lapsed)},
         {std::to_string(share.released)},
         {format_duration(share.busy_ms)},
         {share_text(share.share_permille)}}
    );
  }
  const int columns = columns_for(width);
  return out + "\n" + table.text({.width = columns}) + "\n" + drawn_timeline(report, columns);
}

std::string report_markdown(const Report& report) {
  std::string out = "# " + cell(report_title(report)) + "\n\n";
  out += "| figure | value |\n|---|---|\n";
  for (const ReportFigure& figure : report_figures(report))
    out += markdown_row({cell(figure.name), cell(figure.value)});
  if (!report.chapter && !report.chapters.empty()) out += markdown_chapters(report);
  if (report.attempts == 0) return out + fmt::format("\n{}\n", nothing_claimed_sentence(report));
  out += "\n## Workers\n\n";
  out += "| worker | attempts | done | failed | lapsed | released | busy | share |\n";
  out += "|---|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const WorkerShare& share : report.workers) {
    std::vector<std::string> cells = worker_cells(share);
    cells.front() = cell(cells.front());
    out += markdown_row(cells);
  }
  out += "\n## Attempts\n\n| start | duration | worker | task | attempt | outcome |\n";
  out += "|--:|--:|---|---|--:|---|\n";
  const Instant start = report.timeline.front().started;
  const std::size_t rows = std::min(report.timeline.size(), most_timeline_rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const TimelineRow& row = report.timeline[i];
    out += markdown_row(
        {format_duration(row.started - start),
         format_duration(row.ended - row.started),
         cell(row.worker),
         cell(row.task),
         std::to_string(row.attempt),
         std::string(name_of(row.outcome))}
    );
  }
  if (report.timeline.size() > rows) {
    out += fmt::format("\nand {} more.\n", report.timeline.size() - rows);
  }
  return out;
}

}  // namespace evener
