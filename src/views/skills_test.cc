#include "views/skills.h"

#include <gtest/gtest.h>

#include "views/query.h"
#include "views/test_pool.h"
#include "views/text.h"
#include "views/why.h"

namespace evener {
namespace {

// w1 builds well and lints badly, w2 the other way round; one of each is open.
class SkillsTest : public testing::Test {
 protected:
  SkillsTest() {
    for (const char* name : {"w1", "w2"}) test_.join(name);
    for (int i = 0; i < 6; ++i) {
      attempt("build", "w1", true);
      attempt("lint", "w2", true);
      attempt("build", "w2", i < 2);
      attempt("lint", "w1", i < 2);
    }
    for (const char* kind : {"lint", "build"}) open(kind);
  }

  void open(const std::string& kind) {
    TaskSpec spec = task_spec(kind);
    spec.kind = kind;
    test_.add(spec);
  }

  void attempt(const std::string& kind, const std::string& worker, bool succeeds) {
    TaskSpec spec = task_spec("t-" + std::to_string(++tasks_));
    spec.kind = kind;
    test_.add(spec);
    test_.claim(spec.id, worker);
    test_.after(minute);
    if (succeeds) {
      test_.finish(spec.id);
    } else {
      test_.fail(spec.id, "cannot");
    }
  }

  std::string words(const std::string& task, const std::string& worker) const {
    const State& state = test_.pool.state();
    return skill_words(state, test_.index(task), state.worker(test_.worker(worker)));
  }

  int tasks_ = 0;
  TestPool test_;
};

TEST_F(SkillsTest, TellTheCountsThatTheyComeFrom) {
  EXPECT_EQ(words("build", "w1"), "build: 6 of 6 done, 1m 0s");
  EXPECT_EQ(words("build", "w2"), "build: 2 of 6 done, 1m 0s");
  test_.write(TaskReopened{"t-1", "it broke"});
  EXPECT_EQ(words("build", "w1"), "build: 6 of 6 done, 1 rework, 1m 0s");
}

TEST_F(SkillsTest, StandInTheOrderOfWhatSuitsBest) {
  const SkillRows all = skill_rows(test_.pool.state(), "", 3);
  EXPECT_EQ(all.total, 4);
  ASSERT_EQ(all.rows.size(), 3U);
  EXPECT_EQ(all.rows[0].kind, "build");
  EXPECT_EQ(all.rows[0].worker, "w1");
  EXPECT_GT(all.rows[0].suits_percent, 100);
  EXPECT_EQ(all.rows[1].worker, "w2");
  EXPECT_LT(all.rows[1].suits_percent, 100);
  EXPECT_EQ(skill_rows(test_.pool.state(), "lint", 10).total, 2);
}

TEST_F(SkillsTest, LeadEachWorkerToWhatSuitsIt) {
  const State& state = test_.pool.state();
  ASSERT_FALSE(is_next_claim_plain(state));
  const auto offered = [&](const char* name) {
    const TaskIndex task = test_.pool.ready().best_for(state.worker(test_.worker(name)), test_.now);
    return state.task(task).id;
  };
  EXPECT_EQ(offered("w1"), "build");
  EXPECT_EQ(offered("w2"), "lint");
  EXPECT_EQ(
      why_worker(test_.pool, "w1", test_.now).offer_reason,
      "it suits w1 better: build: 6 of 6 done, 1m 0s (the next, lint: lint: 2 of 6 done, 1m 0s)"
  );
  test_.write(PoolConfigured{.card = {}, .settings = PoolSettings{.learn = false}});
  EXPECT_EQ(offered("w1"), "lint");
}

TEST_F(SkillsTest, LeaveNobodyWithoutATask) {
  test_.claim("build", "w1");
  const State& state = test_.pool.state();
  const TaskIndex left = test_.pool.ready().best_for(state.worker(test_.worker("w1")), test_.now);
  EXPECT_EQ(state.task(left).id, "lint");
}

TEST_F(SkillsTest, AreToldOfWhoMayTakeATask) {
  const WhyView view = why_task(test_.pool, test_.index("build"), "", test_.now);
  ASSERT_EQ(view.takers.size(), 2U);
  EXPECT_EQ(view.takers[0].skill, "build: 6 of 6 done, 1m 0s");
}

}  // namespace
}  // namespace evener
