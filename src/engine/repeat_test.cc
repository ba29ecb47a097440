// What the answer to a repeated command tells: what was done then, however the pool has changed.
#include <gtest/gtest.h>

#include "engine/driven_engine.h"

namespace evener {
namespace {

class RepeatTest : public testing::Test {
 protected:
  std::string id() { return fmt::format("{}-{}", engine_.reading.wall, ++ids_); }

  // Whether the command was done, and its repeat tells the same after `between`.
  void expect_told_alike(const Command& command, const std::vector<Command>& between) {
    const std::string request_id = id();
    const Answer first = engine_.done(command, request_id);
    ASSERT_TRUE(first.ok) << first.refusal->message;
    for (const Command& other : between) ASSERT_TRUE(engine_.done(other).ok);
    const Answer again = engine_.done(command, request_id);
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.result.text, first.result.text);
  }

  DrivenEngine engine_;
  int ids_ = 0;
};

TEST_F(RepeatTest, TellsHowTheTaskEndedThen) {
  engine_.done(add_of({{.id = "a", .retries = 0}, {.id = "b"}}));
  engine_.done(Claim{.worker = "w1", .task = "a"});
  expect_told_alike(Finish{.task = "a", .worker = "w1", .fence = Fence{1}}, {Reopen{.task = "a"}});
  engine_.done(Claim{.worker = "w1", .task = "a"});
  expect_told_alike(Fail{.task = "a", .worker = "w1", .fence = Fence{2}}, {Reopen{.task = "a"}});
  expect_told_alike(Cancel{.task = "b"}, {Reopen{.task = "b"}});
}

TEST_F(RepeatTest, TellsWhatWasMeasuredThen) {
  const auto measured = [](std::int64_t whole) {
    RecordMeasure command;
    command.name = "coverage";
    command.value = parse_decimal(std::to_string(whole)).value();
    return command;
  };
  RecordMeasure first = measured(40);
  first.goal = parse_decimal("80").value();
  RecordMeasure later = measured(90);
  later.goal = parse_decimal("95").value();
  expect_told_alike(first, {later});
}

}  // namespace
}  // namespace evener
