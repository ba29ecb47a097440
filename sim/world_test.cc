// Runs are the same for the same seed, and what fails is cut down to what makes it fail.
#include "world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "options.h"
#include "shrink.h"

namespace evener::sim {
namespace {

TEST(Run, IsTheSameForTheSameSeed) {
  const Scenario& mixed = *find_scenario("mixed");
  const RunResult first = run(draw_mix(11, 150, mixed));
  const RunResult second = run(draw_mix(11, 150, mixed));
  EXPECT_FALSE(first.breach) << first.breach->what;
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.counts.answers, second.counts.answers);
  EXPECT_NE(first.digest, run(draw_mix(12, 150, mixed)).digest);
}

TEST(Run, DoesAStepTheSameWhicheverOthersAreLeftOut) {
  const Mix mix = draw_mix(5, 60, *find_scenario("calm"));
  const std::vector<std::size_t> kept{3, 4, 40, 41, 42};
  const RunResult traced = run(mix, &kept, true);
  EXPECT_FALSE(traced.breach);
  EXPECT_EQ(traced.counts.steps, kept.size());
  EXPECT_FALSE(traced.trace.empty());
}

TEST(Scenarios, EachRunsAndDiffersByItsGroups) {
  for (const Scenario& scenario : scenarios()) {
    if (scenario.large) continue;
    const RunResult result = run(draw_mix(3, 40, scenario));
    EXPECT_FALSE(result.breach) << scenario.name << ": " << result.breach->what;
  }
  for (const Step& step : draw_mix(1, 500, *find_scenario("calm")).steps) {
    EXPECT_NE(step.kind->group, StepGroup::disk);
  }
}

TEST(Shrink, FindsTheTwoStepsThatMatter) {
  StepNumbers all(200);
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::size_t tries = 0;
  const auto fails = [&](const StepNumbers& steps) {
    ++tries;
    return std::ranges::count(steps, std::size_t{17}) +
               std::ranges::count(steps, std::size_t{151}) ==
           2;
  };
  EXPECT_EQ(shrink(all, fails, 1000), (StepNumbers{17, 151}));
  EXPECT_LT(tries, 150U);
}

TEST(Options, AreReadAndRefused) {
  const Result<Options> options =
      read_options({"--seed", "7", "--steps", "50", "--only", "3,17-19", "--shrink"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->seed, 7U);
  EXPECT_EQ(options->only, (std::vector<std::size_t>{3, 17, 18, 19}));
  EXPECT_EQ(text_of_step_numbers(options->only), "3,17-19");
  EXPECT_FALSE(read_options({"--seed", "many"}).ok());
  EXPECT_FALSE(read_options({"--only", "300"}).ok());
  EXPECT_FALSE(read_options({"--sed", "1"}).ok());
}

}  // namespace
}  // namespace evener::sim
