#include "client/ask_again.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;

Fact held_fact(std::int64_t seq, const std::string& task) {
  return {.seq = Seq{seq}, .by = "ada", .body = TaskHeld{.task = task}};
}

class FollowOnTest : public testing::Test {
 protected:
  // Each call shows what the log has by then; `before_each` is told how many went before.
  Status follow(const std::function<void(int)>& before_each) {
    int calls = 0;
    const Follow once = [&](Seq after, const auto& visit) -> Status {
      before_each(calls++);
      for (const Fact& it : log_) {
        if (it.seq > after && !visit(PoolEvent(it))) break;
      }
      return Done{};
    };
    const auto visit = [&](const PoolEvent& event) {
      seen_.push_back(std::get<Fact>(event).seq.value);
      return std::ssize(seen_) < 4;
    };
    return follow_on(Seq{0}, visit, once, 1, -1);
  }

  std::vector<Fact> log_{held_fact(1, "a"), held_fact(2, "b")};
  std::vector<std::int64_t> seen_;
};

TEST_F(FollowOnTest, ShowsEachFactOnceHoweverOftenItBeginsAgain) {
  const Status followed = follow([&](int calls) {
    if (calls == 1) log_.push_back(held_fact(3, "c"));
    if (calls == 3) log_.push_back(held_fact(4, "d"));
  });
  EXPECT_TRUE(followed.ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4));
}

TEST_F(FollowOnTest, EndsWhenTheLogIsAnotherOne) {
  const Status followed = follow([&](int calls) {
    if (calls == 1) log_ = {held_fact(1, "a")};
    if (calls == 2)
      log_ = {held_fact(1, "a"), held_fact(2, "other"), held_fact(3, "c"), held_fact(4, "d")};
  });
  ASSERT_FALSE(followed.ok());
  EXPECT_EQ(followed.error().code, "resync");
  EXPECT_THAT(seen_, ElementsAre(1, 2));
}

}  // namespace
}  // namespace evener
