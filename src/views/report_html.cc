#include "views/report_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "views/report_figures.h"
#include "views/svg.h"

namespace evener {
namespace {

constexpr std::size_t most_attempts_listed = 2000;
constexpr std::size_t most_attempts_drawn = 5000;  // a page with more is slow to open
constexpr int timeline_width = 1160;
constexpr int timeline_names = 160;
constexpr int timeline_lane = 24;
constexpr int timeline_axis = 28;

constexpr std::string_view page_style = R"(<style>
:root { color-scheme: light dark; --ink: #1a1d21; --dim: #57606a; --sheet: #ffffff; --rule: #d0d7de; --band: #f6f8fa }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--sheet); margin: 0 auto; padding: 2rem 1.5rem; max-width: 76rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top }
th { color: var(--dim); font-weight: 600 } .n { text-align: right }
tbody tr:hover { background: var(--band) }
.dim { color: var(--dim) }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink) } svg .axis { fill: var(--dim) } svg .rule { stroke: var(--rule) }
.done { fill: #54aeff; stroke: #0550ae } .running { fill: #7ee2b8; stroke: #116329 } .released, .cancelled { fill: none; stroke: #57606a; stroke-dasharray: 4 3 }
.failed, .lapsed { fill: #ffb3ad; stroke: #a40e26; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --dim: #9aa4af; --sheet: #0d1117; --rule: #30363d; --band: #161b22 }
  .done { fill: #0d4f9e; stroke: #79c0ff } .running { fill: #14532d; stroke: #7ee2b8 } .failed, .lapsed { fill: #67121c; stroke: #ff938a }
  .released, .cancelled { stroke: #9aa4af }
}
</style>
)";

// ---- tables ------------------------------------------------------------------------------------

struct HtmlColumn {
  std::string_view title;
  bool is_number = false;
};

class HtmlTable {
 public:
  explicit HtmlTable(std::vector<HtmlColumn> columns) : columns_(std::move(columns)) {
    text_ = "<div class=\"wide\"><table><thead><tr>";
    for (const HtmlColumn& column : columns_) {
      text_ += fmt::format("<th scope=\"col\"{}>{}</th>", align(column), column.title);
    }
    text_ += "</tr></thead><tbody>\n";
  }

  void add(const std::vector<std::string>& cells) {
    text_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text_ += fmt::format("<td{}>{}</td>", align(columns_[i]), svg_text(cells[i]));
    }
    text_ += "</tr>\n";
  }

  std::string text() const { return text_ + "</tbody></table></div>\n"; }

 private:
  static std::string_view align(const HtmlColumn& column) {
    return column.is_number ? " class=\"n\"" : "";
  }

  std::vector<HtmlColumn> columns_;
  std::string text_;
};

std::string html_figures(const Report& report) {
  HtmlTable table({{"figure"}, {"value"}});
  for (const ReportFigure& figure : report_figures(report)) table.add({figure.name, figure.value});
  return table.text();
}

// The experiment's table: what each run took with how many workers, and what that was worth.
std::string html_runs(const std::vector<NamedReport>& runs) {
  HtmlTable table(
      {{"run"},
       {"workers", true},
       {"tasks", true},
       {"time", true},
       {"one worker", true},
       {"parallelism", true},
       {"independent", true},
       {"speed-up", true},
       {"lost", true},
       {"overhead", true}}
  );
  for (const NamedReport& run : runs) {
    const Report& report = run.report;
    table.add(
        {run.name,
         std::to_string(report.workers.size()),
         fmt::format("{} of {}", report.tasks_done, report.tasks),
         format_duration(report.time_taken_ms),
         format_duration(report.sequential_ms),
         share_text(report.overlap_permille),
         share_text(report.independent_permille),
         times_text(report.speed_up_permille),
         format_duration(report.lost_ms),
         share_text(report.overhead_permille)}
    );
  }
  return "<h2>Runs</h2>\n" + table.text() +
         "<p class=\"dim\">parallelism: of the time in which anybody was busy, with more than one "
         "busy; independent: of the tasks, those that need no other; overhead: time beyond the "
         "best schedule of the same durations</p>\n";
}

std::string html_workers(const Report& report) {
  HtmlTable table(
      {{"worker"},
       {"attempts", true},
       {"done", true},
       {"failed", true},
       {"lapsed", true},
       {"released", true},
       {"busy", true},
       {"share", true}}
  );
  for (const WorkerShare& share : report.workers) table.add(worker_cells(share));
  return "<h2>Workers</h2>\n" + table.text();
}

std::string html_chapters(const Report& report) {
  if (report.chapter || report.chapters.empty()) return {};
  HtmlTable table(
      {{"chapter", true},
       {"mark"},
       {"began"},
       {"lasted", true},
       {"attempts", true},
       {"done", true},
       {"failed", true}}
  );
  for (const ChapterRow& row : report.chapters) {
    table.add(
        {std::to_string(row.chapter),
         row.text,
         second_text(row.started),
         format_duration(row.ended - row.started),
         std::to_string(row.attempts),
         std::to_string(row.done),
         std::to_string(row.failed)}
    );
  }
  return "<h2>Chapters</h2>\n" + table.text();
}

std::string html_attempts(const Report& report) {
  HtmlTable table(
      {{"start", true}, {"duration", true}, {"worker"}, {"task"}, {"attempt", true}, {"outcome"}}
  );
  const Instant start = report.timeline.front().started;
  const std::size_t rows = std::min(report.timeline.size(), most_attempts_listed);
  for (std::size_t i = 0; i < rows; ++i) {
    const TimelineRow& row = report.timeline[i];
    table.add(
        {format_duration(row.started - start),
         format_duration(row.ended - row.started),
         row.worker,
         row.task,
         std::to_string(row.attempt),
         std::string(name_of(row.outcome))}
    );
  }
  std::string out = "<h2>Attempts</h2>\n" + table.text();
  if (rows < report.timeline.size()) {
    out += fmt::format("<p class=\"dim\">and {} more</p>\n", report.timeline.size() - rows);
  }
  return out;
}

// ---- the timeline ------------------------------------------------------------------------------

// A worker's attempts one below the other where they overlap.
class HtmlTimeline {
 public:
  explicit HtmlTimeline(const Report& report)
      : start_(report.timeline.front().started), span_(std::max<Millis>(1, report.time_taken_ms)) {
    const std::size_t drawn = std::min(report.timeline.size(), most_attempts_drawn);
    for (std::size_t i = 0; i < drawn; ++i)
      by_worker_[report.timeline[i].worker].push_back(&report.timeline[i]);
    left_out_ = report.timeline.size() - drawn;
  }

  std::string text() {
    for (const auto& [worker, rows] : by_worker_) append_worker(worker, rows);
    const int height = lanes_ * timeline_lane + timeline_axis;
    std::string out = fmt::format(
        "<h2>Timeline</h2>\n<div class=\"wide\"><svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" "
        "role=\"img\" aria-label=\"Attempts by worker and time\">\n",
        timeline_width,
        height
    );
    out += axis(height) + blocks_ + "</svg></div>\n";
    if (left_out_ > 0) out += fmt::format("<p class=\"dim\">and {} attempts more</p>\n", left_out_);
    return out +
           "<p class=\"dim\">filled: done or running; thick red: failed or lapsed; dashed: "
           "given back or cancelled</p>\n";
  }

 private:
  double x_of(Instant at) const {
    const double room = timeline_width - timeline_names;
    const Millis from = std::clamp<Millis>(at - start_, 0, span_);
    return timeline_names + room * static_cast<double>(from) / static_cast<double>(span_);
  }

  void append_worker(const std::string& worker, const std::vector<const TimelineRow*>& rows) {
    blocks_ += fmt::format(
        "<text x=\"0\" y=\"{}\">{}</text>\n", lanes_ * timeline_lane + 16, svg_text(worker)
    );
    std::vector<Instant> ends;  // of the lanes' last attempts
    for (const TimelineRow* row : rows) {
      auto lane =
          std::find_if(ends.begin(), ends.end(), [&](Instant end) { return end <= row->started; });
      if (lane == ends.end()) lane = ends.insert(ends.end(), 0);
      *lane = row->ended;
      append_block(*row, lanes_ + static_cast<int>(lane - ends.begin()));
    }
    lanes_ += static_cast<int>(ends.size());
  }

  void append_block(const TimelineRow& row, int lane) {
    const double from = x_of(row.started);
    const double width = std::max(2.0, x_of(row.ended) - from);
    const std::string said = fmt::format(
        "{}, attempt {} by {}: {}, {}",
        row.task,
        row.attempt,
        row.worker,
        name_of(row.outcome),
        format_duration(row.ended - row.started)
    );
    blocks_ += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" "
        "rx=\"2\"><title>{}</title></rect>\n",
        name_of(row.outcome),
        from,
        lane * timeline_lane + 2,
        width,
        timeline_lane - 4,
        svg_text(said)
    );
    constexpr double columns_per_pixel = 1 / 7.0;
    const auto room = static_cast<std::size_t>(width * columns_per_pixel);
    if (row.task.size() > room) return;
    blocks_ += fmt::format(
        "<text x=\"{:.1f}\" y=\"{}\" pointer-events=\"none\">{}</text>\n",
        from + 4,
        lane * timeline_lane + 16,
        svg_text(row.task)
    );
  }

  std::string axis(int height) const {
    constexpr int steps = 4;
    std::string out;
    for (int i = 0; i <= steps; ++i) {
      const Millis at = span_ * i / steps;
      const double x = x_of(start_ + at);
      const char* const anchor = i == 0 ? "start" : i == steps ? "end" : "middle";
      out += fmt::format(
          "<line class=\"rule\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"{1}\"/>"
          "<text class=\"axis\" x=\"{0:.1f}\" y=\"{2}\" text-anchor=\"{3}\">{4}</text>\n",
          x,
          height - timeline_axis + 6,
          height - 6,
          anchor,
          format_duration(at)
      );
    }
    return out;
  }

  Instant start_;
  Millis span_;
  std::map<std::string, std::vector<const TimelineRow*>> by_worker_;
  std::size_t left_out_ = 0;
  int lanes_ = 0;
  std::string blocks_;
};

}  // namespace

std::string report_html(const std::vector<NamedReport>& runs) {
  const Report& report = runs.front().report;
  const std::string title = svg_text(report_title(report));
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<title>{0}</title>\n{1}</head>\n<body>\n<main>\n<h1>{0}</h1>\n",
      title,
      page_style
  );
  out += html_figures(report);
  if (report.attempts > 0 || runs.size() > 1) out += html_runs(runs);
  out += html_chapters(report);
  if (report.timeline.empty()) {
    out += fmt::format("<p>{}</p>\n", nothing_claimed_sentence(report));
  } else {
    out += HtmlTimeline(report).text() + html_workers(report) + html_attempts(report);
  }
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace evener
