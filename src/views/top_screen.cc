// How the screen of `evener top` is laid out (top.h): from the top, how far the work has come; then
// what needs somebody, the workers, the tasks, the newest facts; on the last line what can be
// typed.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "views/estimates.h"
#include "views/report_figures.h"
#include "views/text.h"
#include "views/top_choice.h"

namespace evener {
namespace {

constexpr int gap = 2;  // columns between columns

using CellRows = std::vector<std::vector<Cell>>;

// Rows under each other in columns as wide as they need, the last as wide as there is room.
std::vector<TopLine> in_columns(const CellRows& rows, int width) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(safe_line(row[i].text)));
    }
  }
  const int widest = std::max(8, width / 3);
  std::vector<TopLine> lines;
  for (const auto& row : rows) {
    TopLine line{.cells = {{"  "}}};
    int left = width - gap;
    for (std::size_t i = 0; i < row.size() && left > 0; ++i) {
      if (widths[i] == 0) continue;
      const bool is_last = i + 1 == row.size();
      const int columns = is_last ? left : std::min({widths[i], widest, left});
      std::string text = pad(safe_line(row[i].text), columns);
      left -= columns;
      if (!is_last && left > 0) {
        const int spaces = std::min(gap, left);
        text.append(static_cast<std::size_t>(spaces), ' ');
        left -= spaces;
      }
      line.cells.push_back({std::move(text), row[i].colour});
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

// A pane's rows, of which as many are shown as there is room for, that at `at` among them.
struct TopPart {
  std::string title = {};
  std::vector<TopLine> lines = {};
  bool is_active = false;  // the keys move in it
  std::size_t at = 0;
  std::optional<std::size_t> chosen = {};  // in the active one, while it is listed
};

void append_part(std::vector<TopLine>& out, const TopPart& part, int width, int room) {
  const auto rows = static_cast<std::size_t>(std::max(room - 1, 0));
  std::string title = part.title;
  std::size_t first = 0;
  const std::size_t at = std::min(part.at, part.lines.empty() ? 0 : part.lines.size() - 1);
  if (part.is_active && at >= rows) first = at - rows + 1;
  const std::size_t end = std::min(part.lines.size(), first + rows);
  if (end < part.lines.size() || first > 0) {
    title += fmt::format("  {}-{} of {}", first + 1, end, part.lines.size());
  }
  out.push_back({.cells = {{pad((part.is_active ? "> " : "  ") + title, width), Colour::bold}}});
  for (std::size_t i = first; i < end; ++i) {
    out.push_back(part.lines[i]);
    out.back().chosen = part.chosen == i;
  }
}

std::vector<TopLine> heading(const TopContent& content, int width) {
  const StatusView& status = content.status;
  const std::string name = status.card.name.empty() ? status.pool : status.card.name;
  const std::string clock = second_text(status.log_time);
  const int room = std::max(0, width - columns_of(clock) - 1);
  TopLine line{.cells = {{pad(safe_line(name), room) + " ", Colour::bold}, {clock, Colour::dim}}};
  std::vector<TopLine> lines{std::move(line)};
  if (!content.problem.empty()) {
    const std::string text = "! what you see may be old: " + safe_line(content.problem);
    lines.push_back({.cells = {{fit(text, width), Colour::red}}});
  }
  return lines;
}

// "[######>>>   ] 62% done 62 running 4 ready 10 waiting 20 failed 1": the bar holds what is done,
// then what runs.
TopLine progress(const TaskCounts& tasks, std::int64_t percent, int width) {
  const int columns = std::clamp(width / 4, 6, 40);
  const std::int64_t counted = std::max<std::int64_t>(1, tasks.total - tasks.cancelled);
  const auto share = [&](std::int64_t count) {
    return static_cast<int>(count * columns / counted);
  };
  const int done = share(tasks.done);
  const int running = std::min(columns - done, share(tasks.running));
  const auto times = [](int count, char c) {
    return std::string(static_cast<std::size_t>(count), c);
  };
  TopLine line;
  line.cells = {
      {"["},
      {times(done, '#'), Colour::blue},
      {times(running, '>'), Colour::cyan},
      {times(columns - done - running, '.'), Colour::dim},
      {fmt::format("] {:3}%", percent), Colour::bold}
  };
  int left = width - columns - 7;
  const auto add = [&](std::int64_t count, TaskState state) {
    const std::string text = fmt::format("  {} {}", name_of(state), count);
    if (count == 0 || columns_of(text) > left) return;
    left -= columns_of(text);
    line.cells.push_back({text, colour_of(state)});
  };
  add(tasks.done, TaskState::done);
  add(tasks.running, TaskState::running);
  add(tasks.ready, TaskState::ready);
  add(tasks.failed, TaskState::failed);
  add(tasks.waiting, TaskState::waiting);
  add(tasks.held, TaskState::held);
  add(tasks.cancelled, TaskState::cancelled);
  return line;
}

std::vector<TopLine> outlook(const StatusView& status, int width) {
  const WorkerCounts& workers = status.workers;
  std::string text = fmt::format("workers: {} live", workers.live);
  if (workers.quiet > 0) text += fmt::format(", {} quiet", workers.quiet);
  if (workers.lost > 0) text += fmt::format(", {} lost", workers.lost);
  if (workers.stalled > 0) text += fmt::format(", {} stalled", workers.stalled);
  if (status.forecast) text = forecast_text(*status.forecast) + ";  " + text;
  std::vector<TopLine> lines{{.cells = {{fit(text, width)}}}};
  if (status.relief) {
    const std::string relief = fmt::format(
        "nothing moves: {}; try {}",
        safe_line(status.relief->text),
        safe_line(status.relief->command)
    );
    lines.push_back({.cells = {{fit(relief, width), Colour::yellow}}});
  }
  return lines;
}

TopPart attention_part(const StatusView& status, int width) {
  TopPart part{.title = fmt::format("needs somebody ({})", status.attention_total)};
  for (const AttentionRow& row : status.attention) {
    const bool grave = row.kind == AttentionKind::failed ||
                       row.kind == AttentionKind::lost_worker || row.kind == AttentionKind::blocker;
    const Colour colour = grave ? Colour::red : Colour::yellow;
    part.lines.push_back(
        {.cells = {{"  "}, {pad("! " + safe_line(row.text), std::max(0, width - gap)), colour}}}
    );
  }
  if (part.lines.empty()) part.lines.push_back({.cells = {{"  nothing", Colour::dim}}});
  return part;
}

// What a worker does: the task that it has held longest, for how long, and how much is left.
std::string doing(const WorkerRow& worker, const StatusView& status) {
  const auto row =
      std::find_if(status.running.begin(), status.running.end(), [&](const RunningRow& r) {
        return r.worker == worker.name;
      });
  if (row == status.running.end()) return worker.holding.empty() ? "" : worker.holding.front();
  std::string text = fmt::format("{} for {}", row->task, format_duration(row->elapsed_ms));
  if (const std::string left = span_of(row->left); !left.empty()) text += ", left " + left;
  if (row->progress.percent) text += fmt::format(", {}%", *row->progress.percent);
  if (worker.holding.size() > 1) text += fmt::format(", and {} more", worker.holding.size() - 1);
  return text;
}

TopPart workers_part(const TopContent& content, int width) {
  TopPart part{.title = fmt::format("workers ({})", content.workers.total)};
  CellRows rows;
  for (const WorkerRow& row : content.workers.workers) {
    std::string state(name_of(row.liveness));
    if (row.draining) state += ", draining";
    if (row.set_aside_until) state += ", set aside";
    if (row.stalled_since) state += ", stalled";
    const bool live = row.liveness == Liveness::live && !row.stalled_since;
    rows.push_back(
        {{row.name, Colour::bold},
         {state, live ? Colour::green : Colour::yellow},
         {"heard " + format_duration(row.unheard_ms)},
         {doing(row, content.status), Colour::cyan},
         {fmt::format(
             "done {}{}", row.done, row.failed > 0 ? fmt::format(", failed {}", row.failed) : ""
         )}}
    );
  }
  part.lines = in_columns(rows, width);
  if (rows.empty()) part.lines.push_back({.cells = {{"  no worker has come yet", Colour::dim}}});
  return part;
}

TopPart tasks_part(const TopContent& content, const TopState& state, int width) {
  constexpr std::array<std::string_view, 3> which{"open tasks", "all tasks", "tasks that are over"};
  TopPart part;
  const bool is_read = is_list_read(state, content);
  part.title = fmt::format(
      "{} ({})",
      which[static_cast<std::size_t>(state.states)],
      is_read ? std::to_string(content.tasks.total) : "being read"
  );
  if (!state.filter.empty()) part.title += fmt::format(" with \"{}\"", safe_line(state.filter));
  CellRows rows;
  for (const TaskRow& row : content.tasks.tasks) {
    std::string words(name_of(row.state));
    if (row.percent) words += fmt::format(" {}%", *row.percent);
    if (row.blocked_by > 0) words += fmt::format(" for {}", row.blocked_by);
    rows.push_back(
        {{row.id, Colour::bold},
         {words, colour_of(row.state)},
         {row.priority == Priority::normal ? "" : std::string(name_of(row.priority)), Colour::yellow
         },
         {row.worker.empty() && !row.assignee.empty() ? "for " + row.assignee : row.worker},
         {format_duration(std::max<Millis>(0, content.status.log_time - row.since))},
         {row.title}}
    );
  }
  part.lines = in_columns(rows, width);
  if (rows.empty()) part.lines.push_back({.cells = {{"  none", Colour::dim}}});
  return part;
}

TopLine last_line(const TopContent& content, const TopState& state, int width) {
  if (state.prompt) {
    const std::string text = safe_line(state.prompt->label + state.prompt->text) + "_";
    // What is typed now stands at the end.
    const int over = columns_of(text) - width;
    return {
        .cells = {{over > 0 ? fit(safe_line(state.prompt->text) + "_", width) : text, Colour::bold}}
    };
  }
  if (!state.said.empty()) return {.cells = {{fit(safe_line(state.said), width), Colour::bold}}};
  const std::optional<std::size_t> row = chosen_row(state, content, state.pane);
  if (!row && rows_of(content, state.pane) > 0) {
    return {.cells = {{fit(safe_line(nothing_chosen(state, content)), width), Colour::yellow}}};
  }
  if (row && state.pane == TopPane::attention) {
    const std::string& remedy = content.status.attention[*row].remedy;
    return {.cells = {{fit("try: " + safe_line(remedy), width), Colour::bold}}};
  }
  return {
      .cells =
          {{fit("? keys  Tab pane  Enter open  / find  h hold  c cancel  p priority  q quit",
                width),
            Colour::dim}}
  };
}

std::vector<TopLine> draw_page(TopPage& page, const TopState& state, int width, int height) {
  const auto rows = static_cast<std::size_t>(std::max(1, height - 2));
  page.first = std::min(page.first, page.lines.empty() ? 0 : page.lines.size() - 1);
  const std::size_t end = std::min(page.lines.size(), page.first + rows);
  std::string title = safe_line(page.title);
  if (page.lines.size() > rows)
    title += fmt::format("  {}-{} of {}", page.first + 1, end, page.lines.size());
  std::vector<TopLine> lines{{.cells = {{pad(title, width), Colour::bold}}}};
  for (std::size_t i = page.first; i < end; ++i) {
    lines.push_back({.cells = {{fit(safe_line(page.lines[i]), width)}}});
  }
  while (lines.size() + 1 < static_cast<std::size_t>(height)) lines.emplace_back();
  const std::string keys =
      state.said.empty() ? "Up Down PgUp PgDn: read on   Esc: back" : safe_line(state.said);
  lines.push_back({.cells = {{fit(keys, width), Colour::dim}}});
  return lines;
}

// Cuts what is wider than the screen.
void clip(TopLine& line, int width) {
  int left = width;
  for (Cell& cell : line.cells) {
    cell.text = left > 0 ? fit(cell.text, left) : "";
    left -= columns_of(cell.text);
  }
}

std::vector<TopLine> draw_panes(const TopContent& content, TopState& state, int width, int height) {
  std::vector<TopLine> lines = heading(content, width);
  lines.push_back(progress(content.status.tasks, content.status.percent_done, width));
  for (TopLine& line : outlook(content.status, width)) lines.push_back(std::move(line));
  std::array<TopPart, 3> parts{
      attention_part(content.status, width),
      workers_part(content, width),
      tasks_part(content, state, width)
  };
  settle_choices(state, content);
  TopPart& active = parts[static_cast<std::size_t>(state.pane)];
  active.is_active = true;
  active.at = state.chosen[static_cast<std::size_t>(state.pane)].row;
  active.chosen = chosen_row(state, content, state.pane);
  const int used = static_cast<int>(lines.size()) + 1;
  const int news = height >= 24 ? std::min(6, 1 + static_cast<int>(content.log.size())) : 0;
  const int room = std::max(0, height - used - news);
  const auto wanted = [&](std::size_t i, int most) {
    return std::clamp(static_cast<int>(parts[i].lines.size()) + 1, 0, std::max(2, most));
  };
  const int attention = wanted(0, room / 4);
  const int workers = wanted(1, room / 3);
  append_part(lines, parts[0], width, attention);
  append_part(lines, parts[1], width, workers);
  append_part(lines, parts[2], width, std::max(2, room - attention - workers));
  lines.resize(std::min(lines.size(), static_cast<std::size_t>(std::max(0, height - 1 - news))));
  while (lines.size() + 1 + static_cast<std::size_t>(news) < static_cast<std::size_t>(height))
    lines.emplace_back();
  if (news > 0) {
    TopPart part{.title = "what happened"};
    const std::size_t count = std::min(content.log.size(), static_cast<std::size_t>(news) - 1);
    for (std::size_t i = content.log.size() - count; i < content.log.size(); ++i) {
      part.lines.push_back(
          {.cells = {{"  " + fit(safe_line(content.log[i]), width - gap), Colour::dim}}}
      );
    }
    append_part(lines, part, width, news);
  }
  lines.push_back(last_line(content, state, width));
  return lines;
}

}  // namespace

std::vector<TopLine> draw_top(const TopContent& content, TopState& state, int width, int height) {
  state.height = height;
  if (width < 1 || height < 1) return {};
  std::vector<TopLine> lines = state.page ? draw_page(*state.page, state, width, height)
                                          : draw_panes(content, state, width, height);
  if (lines.size() > static_cast<std::size_t>(height))
    lines.resize(static_cast<std::size_t>(height));
  for (TopLine& line : lines) clip(line, width);
  if (!state.page) {
    const bool is_drawn =
        std::any_of(lines.begin(), lines.end(), [](const TopLine& line) { return line.chosen; });
    state.seen.reset();
    if (is_drawn)
      state.seen.emplace(state.pane, state.chosen[static_cast<std::size_t>(state.pane)].name);
  }
  return lines;
}

}  // namespace evener
