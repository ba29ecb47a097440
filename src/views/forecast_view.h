// When all that is open will be done, by playing the pool on many times (core/pool_play.h), each
// time with durations drawn from what was learned (forecast_draws.h): as a range, with what waits
// idle, what holds the end up, and what one worker more or one fewer would change.
// docs/forecast.md.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/pool_play.h"
#include "views/described.h"
#include "views/forecast.h"

namespace evener {

// Open tasks beyond which a pool is not played but where it is asked for.
inline constexpr std::int64_t most_tasks_played = 20'000;
// Tasks times plays that one question may ask for: some ten seconds.
inline constexpr std::int64_t most_task_plays = 2'000'000;

struct ForecastWish {
  std::string workers = {};
  std::int64_t runs = 0;
  std::int64_t seed = 1;
  std::int64_t course = 0;

  static constexpr auto fields() {
    constexpr std::int64_t most_runs = 10'000;
    constexpr std::int64_t most_course = 2000;
    return std::tuple{
        field(
            "workers",
            &ForecastWish::workers,
            "So many at work (8), or more or fewer than now (+2, -1)",
            {.max_bytes = 8}
        ),
        field("runs", &ForecastWish::runs, "Plays; 0: by the number of tasks", {.max = most_runs}),
        field("seed", &ForecastWish::seed, "Of what is drawn; the same draws the same", {}),
        field(
            "course",
            &ForecastWish::course,
            "Also who takes which task when: so many of the first",
            {.max = most_course}
        ),
    };
  }
};

enum class ForecastMethod { played, simple };

template <>
struct EnumNames<ForecastMethod> {
  static constexpr std::array<std::string_view, 2> names{"played", "simple"};
};

// With so many at work.
struct ForecastCase {
  std::string workers = {};
  std::int64_t slots = 0;
  std::int64_t runs = 0;
  Millis p10_ms = 0;
  Millis p50_ms = 0;
  Millis p90_ms = 0;
  Millis idle_ms = 0;
  std::int64_t idle_permille = 0;
  std::optional<Millis> sooner_ms = {};
  std::int64_t more_done = 0;

  bool operator==(const ForecastCase&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("workers", &ForecastCase::workers, "As it stands, one more, one fewer, 8", always),
        field("slots", &ForecastCase::slots, "Of workers that take tasks", always),
        field("runs", &ForecastCase::runs, "How often it was played", always),
        field("p10_ms", &ForecastCase::p10_ms, "In one of ten plays all is done in less", always),
        field("p50_ms", &ForecastCase::p50_ms, "In five of ten", always),
        field("p90_ms", &ForecastCase::p90_ms, "In nine of ten", always),
        field("idle_ms", &ForecastCase::idle_ms, "Time of slots without a task, mean", always),
        field("idle_permille", &ForecastCase::idle_permille, "The same of all their time", always),
        field(
            "sooner_ms", &ForecastCase::sooner_ms, "Than as it stands, mean; negative: later", shown
        ),
        field(
            "more_done",
            &ForecastCase::more_done,
            "Tasks that are done and are not as it stands, mean; negative: fewer",
            shown
        ),
    };
  }
};

// Of the tasks on the path that ended last.
struct ForecastPathTask {
  std::string task = {};
  std::int64_t often_permille = 0;
  Millis took_ms = 0;

  bool operator==(const ForecastPathTask&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &ForecastPathTask::task, "Its id", always),
        field("often_permille", &ForecastPathTask::often_permille, "In how many plays", always),
        field("took_ms", &ForecastPathTask::took_ms, "What was left of it then, mean", always),
    };
  }
};

// For what the tasks on that path waited although they could have begun.
struct ForecastWait {
  std::string what = {};
  std::vector<std::string> capabilities = {};
  std::string assignee = {};
  Millis mean_ms = 0;

  bool operator==(const ForecastWait&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("what", &ForecastWait::what, "worker or lock", always),
        field("capabilities", &ForecastWait::capabilities, "Of the worker", shown),
        field("assignee", &ForecastWait::assignee, "Who alone would do", shown),
        field("mean_ms", &ForecastWait::mean_ms, "In a play, mean", always),
    };
  }
};

// What holds the end up most: too few of some workers, a lock, or a task.
struct ForecastBottleneck {
  std::string what = {};
  std::string name = {};
  std::int64_t share_permille = 0;

  bool operator==(const ForecastBottleneck&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("what", &ForecastBottleneck::what, "worker, lock or task", always),
        field("name", &ForecastBottleneck::name, "Who, or which", always),
        field(
            "share_permille", &ForecastBottleneck::share_permille, "Of the time to the end", always
        ),
    };
  }
};

// A worker with a task, if each task takes what is expected of it: what runs now, and what each is
// expected to take after that.
struct ForecastStep {
  std::string worker = {};
  std::string task = {};
  Millis from_ms = 0;
  Millis until_ms = 0;

  bool operator==(const ForecastStep&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &ForecastStep::worker, "Its name", always),
        field("task", &ForecastStep::task, "Its id", always),
        field("from_ms", &ForecastStep::from_ms, "After now; 0: it runs", always),
        field("until_ms", &ForecastStep::until_ms, "After now", always),
    };
  }
};

struct ForecastView {
  ForecastMethod method = ForecastMethod::played;
  std::int64_t open = 0;
  std::int64_t finished = 0;
  std::int64_t seed = 1;
  std::vector<ForecastCase> cases = {};
  std::optional<ForecastBottleneck> bottleneck = {};
  std::vector<ForecastPathTask> path = {};
  std::vector<ForecastWait> waits = {};
  std::vector<ForecastStep> course = {};
  std::int64_t left_out = 0;
  std::vector<std::string> left_out_some = {};

  static constexpr auto fields() {
    return std::tuple{
        field("method", &ForecastView::method, "Played, or work by slots and longest path", always),
        field("open", &ForecastView::open, "Tasks that are not over", always),
        field("finished", &ForecastView::finished, "Tasks from which durations come", always),
        field("seed", &ForecastView::seed, "Of what was drawn", always),
        field(
            "cases",
            &ForecastView::cases,
            "As it stands first; none if nobody works, or nobody can do what is open",
            always
        ),
        field("bottleneck", &ForecastView::bottleneck, "What holds the end up most"),
        field("path", &ForecastView::path, "Most often on the path that ended last", shown),
        field("waits", &ForecastView::waits, "For what tasks on it waited, longest first", shown),
        field("course", &ForecastView::course, "Who takes what when, if it was asked for", shown),
        field("left_out", &ForecastView::left_out, "Tasks that no play could do", always),
        field("left_out_some", &ForecastView::left_out_some, "The first of them", shown),
    };
  }
};

// What a forecast needs of a pool: a copy, so that it can be played beside whoever owns the pool.
struct ForecastQuestion {
  ForecastWish wish = {};
  std::int64_t open = 0;
  std::int64_t finished = 0;
  PlayStart start = {};                 // if it is to be played
  std::optional<Forecast> simple = {};  // else
  bool is_played = true;
};

// Fails with `bad_value`: workers that are no such number, plays beyond most_task_plays.
Result<ForecastQuestion> forecast_question(const Pool& pool, const ForecastWish& wish, Instant now);

ForecastView forecast_view(const ForecastQuestion& question);

}  // namespace evener
