// Lists: status, tasks, workers, facts. One task and why stand in text_task.cc.
#include "views/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener {
namespace {

std::string count_of(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string progress_words(const Progress& progress) {
  std::string out;
  if (progress.percent) out = fmt::format("{}%", *progress.percent);
  for (const std::string* word : {&progress.stage, &progress.line}) {
    if (word->empty()) continue;
    if (!out.empty()) out += ' ';
    out += *word;
  }
  return out;
}

// "12:00Z"
std::string minute_of(Instant at) {
  constexpr std::size_t hour = 11;  // in 2026-11-21T12:00:30
  return format_time(at).substr(hour, 5) + "Z";
}

std::string stalled_words(const RunningRow& row) {
  const std::string progress = progress_words(row.progress);
  const std::string stalled = fmt::format("stalled since {}", minute_of(*row.stalled_since));
  return progress.empty() ? stalled : fmt::format("{}: {}", stalled, progress);
}

std::string bar(std::int64_t percent) {
  constexpr std::int64_t cells = 20;
  const auto full =
      static_cast<std::size_t>(std::clamp<std::int64_t>(percent * cells / 100, 0, cells));
  return "[" + std::string(full, '#') + std::string(cells - full, '-') + "]";
}

std::string heading(const StatusView& view, const Style& style) {
  const std::string& name = view.card.name.empty() ? view.pool : view.card.name;
  std::string out = paint(style, Colour::bold, safe_line("pool " + name));
  if (!view.card.goal.empty()) out += safe_line(": " + view.card.goal);
  out += '\n';
  constexpr std::size_t to_seconds = 19;  // 2026-11-21T12:00:30
  const std::string time = format_time(view.log_time).substr(0, to_seconds) + "Z";
  return out + paint(style, Colour::dim, fmt::format("{}, fact {}", time, view.last.value)) +
         "\n\n";
}

std::string counts(const StatusView& view, const Style& style) {
  const TaskCounts& tasks = view.tasks;
  std::string out = fmt::format(
      "{} {}% done: {} of {}\n",
      bar(view.percent_done),
      view.percent_done,
      tasks.done,
      count_of(tasks.total - tasks.cancelled, "task", "tasks")
  );
  const std::pair<TaskState, std::int64_t> states[] = {
      {TaskState::running, tasks.running},
      {TaskState::ready, tasks.ready},
      {TaskState::waiting, tasks.waiting},
      {TaskState::held, tasks.held},
      {TaskState::done, tasks.done},
      {TaskState::failed, tasks.failed},
      {TaskState::cancelled, tasks.cancelled}
  };
  std::string line;
  for (const auto& [state, count] : states) {
    if (count == 0) continue;
    if (!line.empty()) line += ", ";
    line += fmt::format("{} {}", count, state_text(state, style));
  }
  if (tasks.stuck > 0) {
    line +=
        fmt::format(" ({})", paint(style, Colour::yellow, fmt::format("{} stuck", tasks.stuck)));
  }
  if (!line.empty()) out += "  " + line + "\n";
  const WorkerCounts& workers = view.workers;
  out += fmt::format("  workers: {} live", workers.live);
  if (workers.quiet > 0) out += fmt::format(", {} quiet", workers.quiet);
  if (workers.lost > 0) {
    out += ", " + paint(style, Colour::red, fmt::format("{} lost", workers.lost));
  }
  if (workers.draining > 0) out += fmt::format(" ({} draining)", workers.draining);
  if (workers.set_aside > 0) out += fmt::format(" ({} set aside)", workers.set_aside);
  if (workers.stalled > 0) out += fmt::format(" ({} stalled)", workers.stalled);
  out += '\n';
  if (view.forecast) out += "  " + forecast_text(*view.forecast) + "\n";
  for (const LeaderRow& row : view.leaders) {
    out += safe_line(fmt::format("  {} leads {}", row.worker, row.role)) + "\n";
  }
  return out;
}

std::string running(const StatusView& view, const Style& style) {
  if (view.running.empty()) return {};
  Table table;
  table.columns = {
      {"TASK", false, true},
      {"WORKER", false, true},
      {"FOR", true},
      {"LEASE LEFT", true},
      {"EXPECTED LEFT"},
      {"PROGRESS", false, true},
      {"TITLE", false, true}
  };
  for (const RunningRow& row : view.running) {
    std::string task = row.task;
    if (row.attempt > 1) task += fmt::format(" (attempt {})", row.attempt);
    table.rows.push_back(
        {{task, Colour::cyan},
         {row.worker},
         {format_duration(row.elapsed_ms)},
         {format_duration(row.lease_left_ms)},
         {span_of(row.left)},
         {row.stalled_since ? stalled_words(row) : progress_words(row.progress)},
         {row.title}}
    );
  }
  std::string out = "\n" + paint(style, Colour::bold, "running") + "\n" + table.text(style, 2);
  const std::int64_t more = view.tasks.running - static_cast<std::int64_t>(view.running.size());
  if (more > 0) out += fmt::format("  and {} more: evener list --state running\n", more);
  return out;
}

std::string attention(const StatusView& view, const Style& style) {
  if (view.attention_total == 0) return {};
  std::string out = "\n" + paint(style, Colour::bold, "needs attention") + "\n";
  for (const AttentionRow& row : view.attention) {
    const bool grave = row.kind == AttentionKind::failed ||
                       row.kind == AttentionKind::lost_worker || row.kind == AttentionKind::blocker;
    const std::string text = fit(safe_line(row.text), style.width <= 0 ? 0 : style.width - 4);
    out += fmt::format(
        "  {} {}\n      {}\n",
        paint(style, grave ? Colour::red : Colour::yellow, "!"),
        text,
        safe_line(row.remedy)
    );
  }
  const std::int64_t more = view.attention_total - static_cast<std::int64_t>(view.attention.size());
  if (more > 0) out += fmt::format("  and {} more\n", more);
  return out;
}

std::string next(const StatusView& view, const Style& style) {
  if (view.next.empty()) return {};
  Table table;
  table.columns = {
      {"TASK", false, true}, {"PRIORITY"}, {"READY FOR", true}, {"EXPECTED"}, {"TITLE", false, true}
  };
  for (const NextRow& row : view.next) {
    table.rows.push_back(
        {{row.task, Colour::green},
         {std::string(name_of(row.priority))},
         {format_duration(row.ready_for_ms)},
         {span_of(row.expected)},
         {row.title}}
    );
  }
  std::string out = "\n" + paint(style, Colour::bold, "ready") + "\n" + table.text(style, 2);
  const std::int64_t more = view.tasks.ready - static_cast<std::int64_t>(view.next.size());
  if (more > 0) out += fmt::format("  and {} more: evener list --state ready\n", more);
  return out;
}

std::string measures(const StatusView& view, const Style& style) {
  if (view.measures.empty()) return {};
  std::string out = "\n" + paint(style, Colour::bold, "measures") + "\n";
  for (const MeasureRow& row : view.measures) {
    const std::string line = fmt::format("{}: {}", measure_title(row), measure_words(row));
    const int room = style.width <= 0 ? 0 : std::max(1, style.width - 2);
    const Colour colour = row.reached ? Colour::green : Colour::plain;
    out += "  " + paint(style, colour, fit(safe_line(line), room)) + "\n";
  }
  const std::int64_t more = view.measures_total - static_cast<std::int64_t>(view.measures.size());
  if (more > 0) out += fmt::format("  and {} more: evener measures\n", more);
  return out;
}

Colour colour_of(Liveness liveness) {
  switch (liveness) {
    case Liveness::live:
      return Colour::green;
    case Liveness::quiet:
      return Colour::yellow;
    case Liveness::lost:
      break;
  }
  return Colour::red;
}

}  // namespace

Colour colour_of(TaskState state) {
  switch (state) {
    case TaskState::ready:
      return Colour::green;
    case TaskState::running:
      return Colour::cyan;
    case TaskState::failed:
      return Colour::red;
    case TaskState::held:
      return Colour::yellow;
    case TaskState::done:
      return Colour::blue;
    case TaskState::waiting:
    case TaskState::cancelled:
      break;
  }
  return Colour::dim;
}

std::string state_text(TaskState state, const Style& style) {
  return paint(style, colour_of(state), name_of(state));
}

std::string relief_text(const std::optional<ReliefRow>& relief, const Style& style) {
  if (!relief) return {};
  const std::string gain =
      relief->frees > 0
          ? fmt::format(
                "frees {} of {}", relief->frees, count_of(relief->open, "open task", "open tasks")
            )
          : fmt::format(
                "is a first step: each of {} waits for several things",
                count_of(relief->open, "open task", "open tasks")
            );
  return fmt::format(
      "\n{}\n  {}\n      {}  {}\n",
      paint(style, Colour::bold, "nothing moves"),
      fit(safe_line(relief->text), style.width <= 0 ? 0 : style.width - 2),
      safe_line(relief->command),
      paint(style, Colour::dim, "# " + gain)
  );
}

std::string status_text(const StatusView& view, const Style& style) {
  std::string out = heading(view, style) + counts(view, style) + running(view, style) +
                    relief_text(view.relief, style) + attention(view, style) + next(view, style) +
                    measures(view, style);
  if (view.tasks.total == 0) out += "\nno tasks yet: evener add\n";
  return out;
}

std::string list_text(const TaskListView& view, Instant now, const Style& style) {
  if (view.tasks.empty()) return view.total == 0 ? "no task matches\n" : "no more tasks\n";
  Table table;
  table.columns = {
      {"TASK", false, true},
      {"STATE"},
      {"PRIORITY"},
      {"WORKER", false, true},
      {"SINCE", true},
      {"EXPECTED"},
      {"TITLE", false, true}
  };
  for (const TaskRow& row : view.tasks) {
    std::string state(name_of(row.state));
    if (row.percent) state += fmt::format(" {}%", *row.percent);
    if (row.blocked_by > 0) state += fmt::format(" for {}", row.blocked_by);
    std::string worker = row.worker;
    if (worker.empty() && !row.assignee.empty()) worker = "for " + row.assignee;
    table.rows.push_back(
        {{row.id, Colour::bold},
         {state, colour_of(row.state)},
         {std::string(name_of(row.priority))},
         {worker},
         {format_duration(std::max<Millis>(0, now - row.since))},
         {span_of(row.expected)},
         {row.title}}
    );
  }
  std::string out = table.text(style);
  const auto listed = static_cast<std::int64_t>(view.tasks.size());
  if (listed < view.total)
    out += fmt::format("{} of {}\n", listed, count_of(view.total, "task", "tasks"));
  if (!view.next.empty()) out += fmt::format("more: --after {}\n", view.next);
  return out;
}

std::string workers_text(const WorkerListView& view, const Style& style) {
  if (view.workers.empty()) return "no worker has come yet: evener work\n";
  Table table;
  table.columns = {
      {"WORKER", false, true},
      {"STATE", false, true},
      {"HEARD", true},
      {"SLOTS", true},
      {"HOLDING", false, true},
      {"DONE", true},
      {"FAILED", true},
      {"LAPSED", true},
      {"RELEASED", true},
      {"MACHINE", false, true},
      {"CAPABILITIES", false, true}
  };
  for (const WorkerRow& row : view.workers) {
    std::string state(name_of(row.liveness));
    if (row.draining) state += ", draining";
    if (!row.drain_reason.empty()) state += ": " + row.drain_reason;
    if (row.set_aside_until) {
      state += !row.probe.empty() ? ", set aside, tries " + row.probe
               : row.may_try_one
                   ? ", set aside, may try one task"
                   : fmt::format(", set aside until {}", minute_of(*row.set_aside_until));
      if (!row.set_aside_reason.empty()) state += ": " + row.set_aside_reason;
    }
    if (row.stalled_since) {
      state += fmt::format(
          ", stalled since {}: {}", minute_of(*row.stalled_since), fmt::join(row.stalled, " ")
      );
    }
    if (!row.leads.empty()) state += fmt::format(", leads {}", fmt::join(row.leads, " "));
    if (row.unread > 0) state += fmt::format(", {} unread", row.unread);
    if (row.report_overdue_ms > 0) {
      state += ", report overdue by " + format_duration(row.report_overdue_ms);
    }
    table.rows.push_back(
        {{row.name, Colour::bold},
         {state, colour_of(row.liveness)},
         {format_duration(row.unheard_ms) + " ago"},
         {fmt::format("{}/{}", row.slots_taken, row.slots)},
         {fmt::format("{}", fmt::join(row.holding, " "))},
         {std::to_string(row.done)},
         {std::to_string(row.failed)},
         {std::to_string(row.lapsed)},
         {std::to_string(row.released)},
         {row.machine},
         {fmt::format("{}", fmt::join(row.capabilities, " "))}}
    );
  }
  std::string out = table.text(style);
  const auto listed = static_cast<std::int64_t>(view.workers.size());
  if (listed < view.total)
    out += fmt::format("{} of {}\n", listed, count_of(view.total, "worker", "workers"));
  if (!view.next.empty()) out += fmt::format("more: --after {}\n", view.next);
  return out;
}

std::string fact_line(const Fact& fact, const Style& style) {
  constexpr std::size_t to_seconds = 19;  // 2026-11-21T12:00:30
  const std::string head =
      fmt::format("{}  {}Z", fact.seq.value, format_time(fact.at).substr(0, to_seconds));
  const int room = style.width <= 0 ? 0 : std::max(1, style.width - columns_of(head) - 2);
  return paint(style, Colour::dim, head) + "  " + fit(describe_fact(fact), room) + "\n";
}

}  // namespace evener
