// What a plan comes to before anybody has begun: how much work it is, how long it takes at best,
// and with how many workers. Durations are estimates in milliseconds, ratios are in thousandths.
//
// Workers are taken to be alike: each does any task, in its estimate; locks, hours and what only
// some can do are left out. Whoever is free takes the ready task with the longest remaining path.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/plan_graph.h"
#include "model/worker.h"

namespace evener {

// Of what is written here and read by people and programs: generous, and always written.
inline constexpr Bounds plan_figure{
    .required = true, .max_bytes = 1U << 20U, .form = TextForm::text, .max_items = 1U << 25U
};

// How the tasks of a part hang together. `parallel`: none waits for another. `sequential`: each
// waits for the one before it. `pipeline`: stages, each task of a stage after all of the stage
// before.
enum class PartShape { parallel, pipeline, sequential, mixed };

template <>
struct EnumNames<PartShape> {
  static constexpr std::array<std::string_view, 4> names{
      "parallel", "pipeline", "sequential", "mixed"
  };
};

// Tasks that hang together by needs, parents, phases or gates. Those that hang on nothing are one
// part, the parallel one.
struct PlanPart {
  PartShape shape = PartShape::mixed;
  std::int64_t tasks = 0;
  std::string first = {};  // the first of its tasks in the plan
  Millis work_ms = 0;
  Millis critical_ms = 0;

  bool operator==(const PlanPart&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("shape", &PlanPart::shape, "How its tasks hang together", plan_figure),
        field("tasks", &PlanPart::tasks, "How many", plan_figure),
        field("first", &PlanPart::first, "The first of them in the plan", plan_figure),
        field("work_ms", &PlanPart::work_ms, "The sum of their estimates", plan_figure),
        field("critical_ms", &PlanPart::critical_ms, "Its longest path", plan_figure),
    };
  }
};

struct PlanFinish {
  std::int64_t workers = 0;
  Millis finish_ms = 0;
  std::int64_t speed_up_permille = 0;

  bool operator==(const PlanFinish&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("workers", &PlanFinish::workers, "So many, each a task at a time", plan_figure),
        field("finish_ms", &PlanFinish::finish_ms, "When all is done", plan_figure),
        field("speed_up_permille", &PlanFinish::speed_up_permille, "Work by finish", plan_figure),
    };
  }
};

// A slice of the time that the plan takes with as many workers as it can use.
struct PlanSlice {
  Millis from_ms = 0;
  std::int64_t running_permille = 0;  // on average

  bool operator==(const PlanSlice&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("from_ms", &PlanSlice::from_ms, "Where it begins", plan_figure),
        field(
            "running_permille", &PlanSlice::running_permille, "Tasks that run, mean", plan_figure
        ),
    };
  }
};

struct PlanFigures {
  std::int64_t tasks = 0;
  std::int64_t assumed = 0;
  Millis assumed_ms = 0;
  Millis work_ms = 0;
  Millis critical_ms = 0;
  std::vector<std::string> critical = {};
  std::int64_t speed_up_permille = 0;
  std::int64_t most_at_once = 0;
  std::vector<PlanSlice> profile = {};
  std::vector<PlanFinish> finishes = {};
  std::int64_t best_workers = 0;
  Millis best_finish_ms = 0;
  std::vector<PlanPart> parts = {};

  bool operator==(const PlanFigures&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("tasks", &PlanFigures::tasks, "That are not over", plan_figure),
        field("assumed", &PlanFigures::assumed, "Of these, without an estimate", plan_figure),
        field("assumed_ms", &PlanFigures::assumed_ms, "What such a task counts", plan_figure),
        field("work_ms", &PlanFigures::work_ms, "The sum of all estimates", plan_figure),
        field("critical_ms", &PlanFigures::critical_ms, "The longest path", plan_figure),
        field("critical", &PlanFigures::critical, "The tasks on it, in order", plan_figure),
        field(
            "speed_up_permille",
            &PlanFigures::speed_up_permille,
            "Ideal: work by longest path; also how many run at once on average then",
            plan_figure
        ),
        field("most_at_once", &PlanFigures::most_at_once, "Tasks, with no bound", plan_figure),
        field("profile", &PlanFigures::profile, "Tasks that run, over the time", plan_figure),
        field("finishes", &PlanFigures::finishes, "By number of workers", plan_figure),
        field(
            "best_workers",
            &PlanFigures::best_workers,
            "The fewest that finish at most 2 % later than the most that were asked for",
            plan_figure
        ),
        field("best_finish_ms", &PlanFigures::best_finish_ms, "When they do", plan_figure),
        field("parts", &PlanFigures::parts, "What hangs together, the largest first", plan_figure),
    };
  }
};

// Of each node: its estimate; without one the pool's default, or nothing for a parent, whose work
// is that of its subtasks, and for what is no task.
std::vector<Millis> plan_durations(const PlanGraph& graph, Millis default_estimate_ms);

// The longest path from the beginning of each node to the end of the plan. No cycle.
std::vector<Millis> longest_paths(const PlanGraph& graph, const std::vector<Millis>& durations);

// When all is done by so many workers, 1 or more. No cycle. O((tasks + needs) log tasks).
Millis finish_with(
    const PlanGraph& graph, const std::vector<Millis>& durations, std::int64_t workers
);

// `workers`: how many there may be at most; 0: as many as can be of use. No cycle.
PlanFigures plan_figures(
    const PlanGraph& graph, const PoolSettings& settings, std::int64_t workers
);

// The parts of the plan and their shapes. No cycle.
std::vector<PlanPart> plan_parts(const PlanGraph& graph, const std::vector<Millis>& durations);

}  // namespace evener
