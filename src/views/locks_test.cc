#include "views/locks.h"

#include <gtest/gtest.h>

#include "views/query.h"
#include "views/test_pool.h"
#include "views/text.h"
#include "views/why.h"

namespace evener {
namespace {

// w1 holds src/auth and shares db; b waits for a file there, c only shares db.
class LocksViews : public testing::Test {
 protected:
  LocksViews() {
    TaskSpec a = task_spec("a");
    a.paths = {"src/auth/"};
    a.locks = {"shared:db"};
    test_.add(a);
    TaskSpec b = task_spec("b");
    b.paths = {"src/auth/login.cc"};
    test_.add(b);
    TaskSpec c = task_spec("c");
    c.locks = {"shared:db"};
    test_.add(c);
    test_.join("w1");
    test_.join("w2");
    test_.claim("a", "w1");
    test_.after(5000);
  }

  TestPool test_;
};

TEST_F(LocksViews, TellWhatIsHeldAndWhoWaits) {
  const LocksView view = locks_view(test_.pool, "", 0, test_.now);
  ASSERT_EQ(view.held.size(), 2U);
  EXPECT_EQ(view.held[0].lock, "db");
  EXPECT_TRUE(view.held[0].shared);
  EXPECT_FALSE(view.held[0].is_path);
  EXPECT_EQ(view.held[1].lock, "src/auth/**");
  EXPECT_EQ(view.held[1].worker, "w1");
  EXPECT_EQ(view.held[1].task, "a");
  EXPECT_EQ(view.held[1].since, TestPool::start);
  EXPECT_EQ(view.held[1].left_ms, 25'000);
  ASSERT_EQ(view.waiting.size(), 1U);
  EXPECT_EQ(view.waiting[0].task, "b");
  EXPECT_EQ(view.waiting[0].wants, "src/auth/login.cc");
  EXPECT_EQ(view.waiting[0].by_task, "a");
  EXPECT_EQ(view.waiting[0].by_worker, "w1");
}

TEST_F(LocksViews, NameWhoHoldsAPathOrAResource) {
  const auto held = [&](const std::string& who) {
    return locks_view(test_.pool, who, 0, test_.now).held.size();
  };
  EXPECT_EQ(held("src/auth/x/y.cc"), 1U);
  EXPECT_EQ(held("./src/auth/login.cc"), 1U);
  EXPECT_EQ(held("src/authors.cc"), 0U);
  EXPECT_EQ(held("db"), 1U);
  EXPECT_EQ(held("gpu"), 0U);
  EXPECT_EQ(locks_view(test_.pool, "db", 0, test_.now).waiting_total, 1);
}

TEST_F(LocksViews, AreCutToTheLimitAndSayHowManyThereAre) {
  const LocksView view = locks_view(test_.pool, "", 1, test_.now);
  EXPECT_EQ(view.held.size(), 1U);
  EXPECT_EQ(view.held_total, 2);
}

TEST_F(LocksViews, AreAskedForByTheirOwnQuery) {
  Query query;
  query.kind = QueryKind::locks;
  query.who = "src/auth/a b.cc";
  const std::string target = target_of(query);
  EXPECT_EQ(target, "locks?who=src%2Fauth%2Fa%20b.cc&limit=1000");
  const Result<Query> again = query_of("locks", {{"who", "src/auth/a b.cc"}, {"limit", "1000"}});
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(again->who, query.who);
  const Result<std::string> answer = answer_query(*again, test_.pool, test_.source(), test_.now);
  ASSERT_TRUE(answer.ok());
  const Result<LocksView> view = from_json<LocksView>(parse_json(*answer).value());
  ASSERT_TRUE(view.ok()) << view.error().text();
  EXPECT_EQ(view->held.size(), 1U);
}

TEST_F(LocksViews, AreTextForATerminal) {
  const std::string text =
      locks_text(locks_view(test_.pool, "", 0, test_.now), test_.now, {.width = 0});
  EXPECT_NE(text.find("src/auth/**"), std::string::npos) << text;
  EXPECT_NE(text.find("a by w1"), std::string::npos) << text;
  EXPECT_EQ(locks_text({}, 0, {.width = 0}), "nothing is held\n");
}

TEST_F(LocksViews, WhyNamesTheHolderAndWhatWouldHelp) {
  const WhyView why = why_task(test_.pool, test_.index("b"), "", test_.now);
  EXPECT_EQ(
      why.summary, "b is ready, but it wants src/auth/login.cc, and w1 holds src/auth/** for a"
  );
  EXPECT_EQ(why.conditions.back().code, "locked");
  EXPECT_FALSE(why.conditions.back().holds);
  EXPECT_EQ(why.remedy, "wait until a ends: evener show a");
  test_.finish("a");
  EXPECT_TRUE(why_task(test_.pool, test_.index("b"), "", test_.now).conditions.back().holds);
}

TEST_F(LocksViews, WhyAWorkerGetsNothingNamesWhoIsInTheWay) {
  test_.claim("c", "w2");
  const WhyView why = why_worker(test_.pool, "w3", test_.now);
  EXPECT_NE(why.summary.find("1 task ready but for locks, behind a (w1)"), std::string::npos)
      << why.summary;
}

}  // namespace
}  // namespace evener
