#include "views/forecast_text.h"

#include <fmt/format.h>

#include <cstdlib>

namespace evener {
namespace {

std::string plays_words(const ForecastView& view) {
  if (view.method == ForecastMethod::simple) {
    return fmt::format(
        "{} open tasks are too many to be played: the work by the slots, the longest path, or "
        "what runs, whichever takes longest; --runs N plays them all the same",
        view.open
    );
  }
  return fmt::format(
      "{} open {}, played {} times (seed {}); durations from {}",
      view.open,
      view.open == 1 ? "task" : "tasks",
      view.cases.front().runs,
      view.seed,
      view.finished == 0   ? "estimates alone: nothing was finished yet"
      : view.finished == 1 ? "1 finished task"
                           : fmt::format("{} finished tasks", view.finished)
  );
}

std::string range_words(const ForecastCase& row) {
  return fmt::format("{} to {}", format_duration(row.p10_ms), format_duration(row.p90_ms));
}

std::string change_of(const ForecastCase& row) {
  if (!row.sooner_ms) return "";
  const Millis apart = std::abs(*row.sooner_ms);
  std::string words = "no sooner";
  if (apart != 0) {
    words = fmt::format("{} {}", format_duration(apart), *row.sooner_ms > 0 ? "sooner" : "later");
  }
  if (row.more_done == 0) return words;
  return fmt::format(
      "{}, {} {} {}",
      words,
      std::abs(row.more_done),
      std::abs(row.more_done) == 1 ? "task" : "tasks",
      row.more_done > 0 ? "more" : "fewer"
  );
}

std::string cases_text(const ForecastView& view, const Style& style) {
  Table table{
      .columns =
          {{"WORKERS", false, true},
           {"SLOTS", true},
           {"DONE IN", true},
           {"P10 TO P90"},
           {"IDLE", true},
           {"ON AVERAGE"}}
  };
  for (const ForecastCase& row : view.cases) {
    const bool is_played = view.method == ForecastMethod::played;
    table.rows.push_back(
        {{row.workers, Colour::bold},
         {std::to_string(row.slots)},
         {format_duration(row.p50_ms)},
         {range_words(row)},
         {is_played ? fmt::format("{}%", (row.idle_permille + 5) / 10) : ""},
         {change_of(row)}}
    );
  }
  return table.text(style);
}

std::string wait_words(const ForecastWait& wait) {
  if (wait.what == "lock") return "a lock";
  if (!wait.assignee.empty()) return safe_line(wait.assignee);
  if (wait.capabilities.empty()) return "any worker";
  return safe_line(fmt::format("a worker with {}", fmt::join(wait.capabilities, ", ")));
}

// What is waited for most is the first of `waits`.
std::string bottleneck_words(
    const ForecastBottleneck& worst, const std::vector<ForecastWait>& waits
) {
  const std::string share =
      fmt::format("{}% of the time to the end", (worst.share_permille + 5) / 10);
  if (worst.what == "lock") return "locks: " + share + " passes waiting for them";
  if (worst.what == "task") return fmt::format("{}: {}", safe_line(worst.name), share);
  const bool is_somebody = !waits.empty() && !waits.front().assignee.empty();
  if (is_somebody) return fmt::format("waiting for {}: {}", safe_line(worst.name), share);
  if (worst.name.empty()) return fmt::format("too few workers: {} passes waiting for one", share);
  return fmt::format(
      "too few workers for {}: {} passes waiting for one", safe_line(worst.name), share
  );
}

std::string path_text(const ForecastView& view, const Style& style) {
  std::string out;
  if (view.bottleneck) {
    out += paint(style, Colour::bold, "bottleneck") + "  " +
           bottleneck_words(*view.bottleneck, view.waits) + "\n";
  }
  for (const ForecastPathTask& row : view.path) {
    out += fmt::format(
        "  {} is on the path that ends last in {}% of the plays, and takes {}\n",
        safe_line(row.task),
        (row.often_permille + 5) / 10,
        format_duration(row.took_ms)
    );
  }
  for (const ForecastWait& wait : view.waits) {
    out += fmt::format(
        "  tasks on it wait {} for {}\n", format_duration(wait.mean_ms), wait_words(wait)
    );
  }
  return out;
}

std::string left_out_text(const ForecastView& view) {
  if (view.left_out == 0) return "";
  std::string out = fmt::format(
      "left out: {} {} that nobody at work can do as things stand (held, blocked, behind what "
      "failed)",
      view.left_out,
      view.left_out == 1 ? "task" : "tasks"
  );
  if (view.left_out_some.empty()) return out + "\n";
  out += ": " + safe_line(fmt::format("{}", fmt::join(view.left_out_some, ", ")));
  const std::int64_t more = view.left_out - static_cast<std::int64_t>(view.left_out_some.size());
  if (more > 0) out += fmt::format(" and {} more", more);
  return out + "; see evener why TASK\n";
}

}  // namespace

std::string forecast_view_text(const ForecastView& view, const Style& style) {
  if (view.open == 0) return "nothing is open\n";
  if (view.cases.empty() && view.left_out > 0) {
    return "nobody can do what is open now\n" + left_out_text(view);
  }
  if (view.cases.empty()) {
    const std::string_view words =
        view.method == ForecastMethod::simple
            ? "nobody works, or too little was finished to say\n"
            : "nobody works; evener forecast --workers 4: if so many did\n";
    return std::string(words);
  }
  const ForecastCase& first = view.cases.front();
  return fmt::format(
      "all {}done in {} ({}), {}\n{}\n{}\n{}{}",
      view.left_out == 0   ? std::string()
      : view.left_out == 1 ? std::string("but 1 task ")
                           : fmt::format("but {} tasks ", view.left_out),
      paint(style, Colour::bold, format_duration(first.p50_ms)),
      range_words(first),
      first.workers,
      wrapped(plays_words(view), 2, style),
      cases_text(view, style),
      path_text(view, style),
      left_out_text(view)
  );
}

}  // namespace evener
