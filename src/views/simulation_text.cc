#include "views/simulation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "views/simulation_lanes.h"
#include "views/terminal.h"
#include "views/timeline_block.h"

namespace evener {
namespace {

constexpr std::size_t most_lanes_drawn = 40;

std::string simulation_figures(const Simulation& run) {
  std::string out;
  const auto tell = [&](std::string_view name, const std::string& value) {
    out += fmt::format("  {:<16}{}\n", name, value);
  };
  const std::size_t workers = run.workers.size();
  tell("tasks", fmt::format("{}", run.tasks));
  tell(
      "makespan",
      fmt::format(
          "{} with {} worker{}", format_duration(run.makespan_ms), workers, workers == 1 ? "" : "s"
      )
  );
  tell(
      "lower bound",
      fmt::format("{}, by {}", format_duration(run.lower_bound_ms), safe_line(run.lower_bound_by))
  );
  if (run.never_started.empty()) tell("ratio", ratio_text(run.ratio_ppm));
  tell("one worker", format_duration(run.sequential_ms));
  return out;
}

std::string drawn_simulation(const Simulation& run, int width) {
  constexpr int longest_name = 24;
  constexpr int least_columns = 20;
  const std::vector<SimulationLane> lanes = lanes_of(run);
  int margin = 0;
  for (const SimulationLane& lane : lanes) {
    margin = std::max(margin, std::min(longest_name, columns_of(safe_line(lane.worker))));
  }
  const TimelineScale scale{
      .length = std::max<Millis>(1, run.makespan_ms),
      .columns = std::max(least_columns, width - margin - 2)
  };
  const std::string end = format_duration(run.makespan_ms);
  std::string out = std::string(static_cast<std::size_t>(margin) + 2, ' ') +
                    pad("0s", scale.columns - columns_of(end)) + end + '\n';
  std::string named;
  for (std::size_t i = 0; i < std::min(lanes.size(), most_lanes_drawn); ++i) {
    std::string line(static_cast<std::size_t>(scale.columns), ' ');
    for (const SimulatedAttempt* attempt : lanes[i].attempts) {
      const char mark = attempt->lost ? 'x' : ']';
      draw_block(line, scale, {attempt->started_ms, attempt->ended_ms, attempt->task, mark});
    }
    line.erase(line.find_last_not_of(' ') + 1);
    const std::string& name = lanes[i].worker;
    out += pad(name == named ? "" : safe_line(name), margin) + "  " + line + '\n';
    named = name;
  }
  if (lanes.size() > most_lanes_drawn) {
    out += fmt::format("and {} more\n", lanes.size() - most_lanes_drawn);
  }
  return out;
}

}  // namespace

std::string ratio_text(std::int64_t ppm) {
  constexpr std::int64_t step = 100;  // millionths in the fourth place
  const std::int64_t rounded = (ppm + step / 2) / step;
  return fmt::format("{}.{:04}", rounded / 10'000, rounded % 10'000);
}

std::string simulation_text(const Simulation& run, int width) {
  constexpr std::size_t most_named = 20;
  std::string out = simulation_figures(run);
  if (!run.attempts.empty()) out += "\n" + drawn_simulation(run, width);
  if (run.never_started.empty()) return out;
  out += fmt::format("\nnever done: {}\n", run.never_started.size());
  for (std::size_t i = 0; i < std::min(run.never_started.size(), most_named); ++i) {
    const NeverStarted& task = run.never_started[i];
    out += fmt::format("  {}: {}\n", safe_line(task.task), safe_line(task.why));
  }
  if (run.never_started.size() > most_named) {
    out += fmt::format("  and {} more\n", run.never_started.size() - most_named);
  }
  return out;
}

}  // namespace evener
