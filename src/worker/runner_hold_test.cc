// Results that the pool does not take: work that is done, and may not be finished yet or at all.
#include <gmock/gmock.h>

#include "base/file.h"
#include "worker/test_runner.h"

namespace evener {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class RunnerHold : public RunnerTest {
 protected:
  // Refuses the first `times` finishes of a.
  void block(int times) {
    pool_.refuses = [this, times](const Command& command) -> std::optional<Refusal> {
      const auto* const finish = std::get_if<Finish>(&command);
      if (finish == nullptr || finish->task != "a" || ++finishes_ > times) return std::nullopt;
      return Refusal{"blocked", "a: blocker 1 (high): nope", "evener resolve 1"};
    };
  }

  void lapse_once_kept() {
    pool_.before_ask = [this](const Query&) {
      if (is_kept()) pool_.task("a").state = TaskState::ready;
    };
  }

  // a, and the task that another runner holds, until a's result is kept.
  void block_two() {
    add("a", {});
    block(for_good);
    pool_.add("theirs", "x");
    pool_.task("theirs").state = TaskState::running;
    pool_.finish_blocked = {"a", "theirs"};
    pool_.before_ask = [&](const Query&) {
      if (!is_kept()) return;
      for (const char* task : {"a", "theirs"}) pool_.task(task).state = TaskState::held;
    };
  }

  bool is_kept() const {
    return std::filesystem::exists(options_.output_folder + "/1-a.result.json");
  }

  static constexpr int for_good = 1'000'000;
  int finishes_ = 0;
};

TEST_F(RunnerHold, FinishesWhatABlockerHeldUpWithoutRunningItAgain) {
  options_.until_idle = false;
  options_.max_tasks = 1;
  add("a", {});
  block(4);
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Finish>(command)) clock_.advance(options_.lease_ms / 3);
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  EXPECT_THAT(processes_.started(), SizeIs(1));
  EXPECT_EQ(pool_.task("a").state, TaskState::done);
  const auto renewals = pool_.all<Renew>();
  ASSERT_THAT(renewals, SizeIs(4));
  EXPECT_EQ(renewals.front().fence, Fence{1});
  EXPECT_EQ(renewals.front().progress.line, "done, but blocker 1 (high): nope");
  const std::string said =
      "a is done, but cannot be finished yet: blocker 1 (high): nope; it is told once that is "
      "resolved";
  EXPECT_EQ(std::ranges::count(log_, said), 1);
}

TEST_F(RunnerHold, TellsAHeldResultUnderANewRequestIdEachTime) {
  options_.max_tasks = 1;
  add("a", {});
  block(2);
  run_well();
  std::set<std::string> ids;
  for (const auto& call : pool_.calls) {
    if (std::holds_alternative<Finish>(call.front().command)) ids.insert(call.front().request_id);
  }
  EXPECT_THAT(ids, SizeIs(3));
}

TEST_F(RunnerHold, KeepsAHeldResultWhenItIsStopped) {
  options_.until_idle = false;
  add("a", {});
  block(for_good);
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Finish>(command) && finishes_ == 3) stop_.raise();
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
  EXPECT_TRUE(is_kept());
}

TEST_F(RunnerHold, KeepsAHeldResultWhenAllElseIsIdleAndDoesNotRunItAgain) {
  add("a", {});
  block(for_good);
  pool_.finish_blocked = {"a"};
  lapse_once_kept();
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
  EXPECT_TRUE(is_kept());
  EXPECT_THAT(processes_.started(), SizeIs(1));
}

TEST_F(RunnerHold, HoldsAResultWhileOthersAreAtWork) {
  add("a", {});
  block(for_good);
  pool_.add("theirs", "x");
  pool_.task("theirs").state = TaskState::running;
  pool_.finish_blocked = {"a"};
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Finish>(command) && finishes_ == 3) {
      pool_.task("theirs").state = TaskState::done;
    }
  };
  lapse_once_kept();
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
  EXPECT_EQ(finishes_, 3);
}

TEST_F(RunnerHold, DoesNotWaitForOthersThatHoldAResultToo) {
  block_two();
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
}

// Its free slot looks on: what others hold does not keep it, and so the slot that holds does not.
TEST_F(RunnerHold, DoesNotWaitForOthersThatHoldAResultWithASlotThatIsFree) {
  options_.worker.slots = 2;
  block_two();
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
}

TEST_F(RunnerHold, KeepsAHeldResultUnderAnIdThatIsGood) {
  add("a", {});
  block(for_good);
  pool_.finish_blocked = {"a"};
  lapse_once_kept();
  run_well();
  const std::string kept = read_file(options_.output_folder + "/1-a.result.json").value();
  EXPECT_THAT(kept, HasSubstr("request_id"));
  int finishes = 0;
  for (const auto& call : pool_.calls) {
    if (!std::holds_alternative<Finish>(call.front().command)) continue;
    ++finishes;
    EXPECT_THAT(kept, testing::Not(HasSubstr(call.front().request_id)));
  }
  EXPECT_GE(finishes, 1);
}

TEST_F(RunnerHold, HandsBackTheTaskThatCameForTheSlotThatIsHeld) {
  for (const char* id : {"a", "b"}) add(id, {});
  block(1);
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 3, .done = 2, .released = 1}));
  EXPECT_THAT(pool_.all<Release>(), ElementsAre(testing::Field(&Release::task, "b")));
  EXPECT_THAT(log_, Contains(HasSubstr("released b: a keeps this worker's slot")));
  EXPECT_THAT(processes_.started(), SizeIs(2));
}

TEST_F(RunnerHold, LosesAHeldResultWhoseTaskIsAnothersByNow) {
  add("a", {});
  pool_.refuses = [this](const Command& command) -> std::optional<Refusal> {
    if (!std::holds_alternative<Finish>(command)) return std::nullopt;
    if (++finishes_ == 1) return Refusal{"blocked", "a: blocker 1 (high): nope"};
    pool_.task("a").state = TaskState::done;
    return Refusal{"stale_fence", "a: fence 1 is not its newest", "the result is kept"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .lost = 1}));
}

TEST_F(RunnerHold, DoesNotRunAgainWhatThePoolWillNeverTake) {
  add("a", {});
  pool_.refuses = [](const Command& command) -> std::optional<Refusal> {
    if (!std::holds_alternative<Finish>(command)) return std::nullopt;
    return Refusal{"too_large", "2 changes of 9000000 bytes in one command"};
  };
  lapse_once_kept();
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
  EXPECT_THAT(processes_.started(), SizeIs(1));
}

}  // namespace
}  // namespace evener
