#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/simulation_lanes.h"
#include "views/simulation_svg.h"
#include "views/simulation_text.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

Simulation small_simulation() {
  Simulation run;
  run.makespan_ms = 4000;
  run.lower_bound_ms = 3500;
  run.lower_bound_by = "the work of 2 workers";
  run.ratio_ppm = ratio_ppm(4000, 3500);
  run.sequential_ms = 7000;
  run.tasks = 3;
  run.workers = {{"ada", 2, 4000}, {"idle", 0, 0}, {"bob", 1, 3000}};
  run.attempts = {{"a<b>", "ada", 0, 1000}, {"c", "bob", 0, 3000}, {"d", "ada", 1000, 4000}};
  return run;
}

TEST(SimulationText, DrawsALaneForEachWorkerThatDidSomething) {
  EXPECT_EQ(
      simulation_text(small_simulation(), 46),
      "  tasks           3\n"
      "  makespan        4s with 3 workers\n"
      "  lower bound     3.5s, by the work of 2 workers\n"
      "  ratio           1.1429\n"
      "  one worker      7s\n"
      "\n"
      "     0s                                     4s\n"
      "ada  [a<b>====][d============================]\n"
      "bob  [c===========================]\n"
  );
}

TEST(SimulationText, NamesWhatNeverStartedAndShowsNoControls) {
  Simulation run = small_simulation();
  run.never_started = {{"e\x1b[2J", "no worker\nhas it"}};
  const std::string text = simulation_text(run, 80);
  EXPECT_THAT(text, HasSubstr("never done: 1\n  e\\x1b[2J: no worker has it\n"));
  EXPECT_THAT(text, Not(HasSubstr("ratio")));
}

TEST(SimulationText, RoundsARatioToFourPlaces) {
  EXPECT_EQ(ratio_text(1'000'000), "1.0000");
  EXPECT_EQ(ratio_text(1'002'650), "1.0027");
  EXPECT_EQ(ratio_text(2'999'990), "3.0000");
}

TEST(SimulationLanes, PutWhatRanSideBySideBelowEachOther) {
  Simulation run = small_simulation();
  run.attempts.push_back({"e", "ada", 1500, 2000});
  const std::vector<SimulationLane> lanes = lanes_of(run);
  ASSERT_EQ(lanes.size(), 3U);
  EXPECT_EQ(lanes[0].attempts.size(), 2U);
  EXPECT_EQ(lanes[1].worker, "ada");
  EXPECT_EQ(lanes[1].attempts.front()->task, "e");
}

TEST(SimulationSvg, DrawsBlocksByTimeAndEscapesNames) {
  const std::string svg = simulation_svg(small_simulation());
  EXPECT_THAT(svg, HasSubstr("<title>a&lt;b&gt;: 0s to 1s</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("a<b>")));
  // 1024 pixels are 4 s, from 160 on.
  EXPECT_THAT(svg, HasSubstr("x=\"416.0\" y=\"56\" width=\"768.0\""));
  EXPECT_THAT(svg, HasSubstr("bound 3.5s"));
}

}  // namespace
}  // namespace evener
