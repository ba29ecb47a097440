#include "views/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "views/query.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Told {
  std::vector<std::int64_t> seqs = {};
  std::int64_t next = 0;
};

Told log_of(const TestPool& test, const QueryParameters& parameters) {
  const Query query = query_of("log", parameters).value();
  const std::string text = answer_query(query, test.pool, test.source(), test.now).value();
  const Json answer = parse_json(text).value();
  Told told{.next = answer.at("next").as_int64()};
  for (const Json& fact : answer.at("facts").as_array()) {
    told.seqs.push_back(fact.at("seq").as_int64());
  }
  return told;
}

std::string sentence(FactBody body) {
  return describe_fact({Seq{1}, Seq{}, 1'000'000, "rod", std::move(body)});
}

TEST(DescribeFact, SaysEachInOneSentence) {
  TaskSpec spec;
  spec.id = "b";
  spec.title = "Build it";
  spec.needs = {{"a"}, {"c"}};
  WorkerSpec worker;
  worker.name = "walnut-1";
  worker.machine = "walnut";
  worker.slots = 2;
  worker.capabilities = {"gpu"};
  PoolCard card;
  card.goal = "all up";
  Evidence passed;
  passed.exit_code = 0;
  passed.duration_ms = 1500;
  const std::pair<FactBody, std::string> sentences[] = {
      {PoolCreated{"demo", card}, "rod created the pool demo: all up"},
      {PoolConfigured{}, "rod changed the pool's card or settings"},
      {TaskAdded{spec}, "rod added b: Build it (needs a and 1 more)"},
      {TaskEdited{spec}, "rod changed b"},
      {TaskHeld{"b", "later"}, "rod held b: later"},
      {TaskResumed{"b", ""}, "rod resumed b"},
      {TaskCancelled{"b", "not wanted"}, "rod cancelled b: not wanted"},
      {TaskReopened{"b", ""}, "rod reopened b"},
      {CriterionTicked{"b", 2, false}, "rod unticked criterion 2 of b"},
      {CriterionTicked{"b", 1, true, "a is done"}, "rod ticked criterion 1 of b: a is done"},
      {Marked{2, "the load test", "", Seq{}}, "rod opened chapter 2: the load test"},
      {Marked{3, "lunch", "walnut-1", Seq{}}, "walnut-1 opened chapter 3: lunch"},
      {NoteAdded{"b", "walnut-1", "see x", true}, "walnut-1 left a finding on b: see x"},
      {NoteAdded{"b", "", "see y", false}, "rod left a note on b: see y"},
      {WorkerRegistered{worker}, "walnut-1 registered on walnut, 2 slots, with gpu"},
      {WorkerDrained{"walnut-1", true, "reboot"}, "rod drained walnut-1: reboot"},
      {WorkerDrained{"walnut-1", false, ""}, "rod put back to work walnut-1"},
      {TaskClaimed{"restore-8000", "walnut-1", Fence{41}, 2, 30'000, 0},
       "walnut-1 claimed restore-8000 (attempt 2, fence 41, lease 30s)"},
      {LeaseRenewed{"b", "w", Fence{4}, 1'030'000, {.percent = 50, .line = "half", .stage = ""}},
       "w renewed b (fence 4) for 30s, 50%: half"},
      {AttemptRevived{"b", "w", Fence{4}, 0}, "w came back to b (fence 4), which nobody had taken"},
      {AttemptFinished{"b", "w", Fence{4}, "fine", {}, passed},
       "w finished b (fence 4, verify exit 0 in 1.5s): fine"},
      {AttemptFailed{"b", "w", Fence{4}, "broke", 1'002'000, {}, {}},
       "w failed b (fence 4, to be tried again in 2s): broke"},
      {AttemptFailed{"b", "w", Fence{4}, "broke", {}, {}, {}},
       "w failed b (fence 4, for good): broke"},
      {AttemptReleased{"b", "w", Fence{4}, ""}, "w released b (fence 4)"},
      {AttemptLapsed{"b", "w", Fence{4}, "silence"}, "the lease of w on b lapsed (fence 4): silence"
      },
      {SalvageKept{"b", "w", Fence{3}, "finish", "late", {}, {}},
       "a late finish of w for b (fence 3) was kept as salvage: late"},
      {ServerOpened{"i-1"}, "a server started (i-1)"},
      {LeasesNoted{{{Fence{1}, 2}}}, "the server noted when its live leases end (1)"},
      {ServerClosed{"i-1"}, "the server stopped (i-1)"},
      {LeasesExtended{0, "restart"}, "all live leases were extended: restart"},
      {MessageSent{.message = 1, .to = "everyone", .text = "lunch", .urgent = true, .worker = "w"},
       "w urgently told everyone: lunch"},
      {MessageSent{.message = 1, .to = "task:b", .text = "go on"}, "rod told task:b: go on"},
      {MessageSent{.message = 1, .to = "w", .text = "report", .automatic = true},
       "the pool told w: report"},
      {MessageAcknowledged{"w", {1, 2}}, "w acknowledged messages 1, 2"},
      {MessageAcknowledged{"w", {}, 9}, "w acknowledged all messages up to 9"},
      {MessagesExpired{9}, "messages up to 9 are kept no longer"},
      {TaskFollowed{"b", "w"}, "w follows b"},
      {TaskFollowed{"b", "w", true}, "w follows b no more"},
      {ReportOverdue{"w", 400'000, 1, ""}, "w has not reported for 10m 0s"},
      {ReportOverdue{"w", 400'000, 3, "role:boss"},
       "w has not reported for 10m 0s; role:boss is told"},
  };
  for (const auto& [body, expected] : sentences) EXPECT_EQ(sentence(body), expected);
}

TEST(DescribeFact, IsOneLineWhateverPeopleWrote) {
  const std::string text = sentence(AttemptReleased{"b", "w", Fence{1}, "a\nb\x1b[2J\u202Ec"});
  EXPECT_EQ(text, "w released b (fence 1): a b\\x1b[2J\\u{202e}c");
  const std::string longer = sentence(TaskHeld{"b", std::string(5000, 'x')});
  EXPECT_LT(longer.size(), 300U);
}

TEST(Log, ShowsTheNewestAndGoesBackWithoutAGap) {
  TestPool test;
  test.add("a");
  for (int i = 0; i < 300; ++i) test.write(NoteAdded{"a", "", "note", false});
  const Told newest = log_of(test, {{"newest", "true"}, {"limit", "3"}});
  EXPECT_THAT(newest.seqs, ElementsAre(300, 301, 302));
  EXPECT_EQ(newest.next, 300);
  EXPECT_THAT(
      log_of(test, {{"newest", "true"}, {"limit", "2"}, {"before", "300"}}).seqs,
      ElementsAre(298, 299)
  );
  const Told oldest = log_of(test, {{"newest", "true"}, {"limit", "5"}, {"before", "3"}});
  EXPECT_THAT(oldest.seqs, ElementsAre(1, 2));
  EXPECT_EQ(oldest.next, 0);
  EXPECT_THAT(
      log_of(test, {{"newest", "true"}, {"seq", "300"}, {"limit", "9"}}).seqs, ElementsAre(301, 302)
  );
  EXPECT_THAT(log_of(test, {{"before", "3"}}).seqs, ElementsAre(1, 2));
  const std::string beyond = std::to_string(std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(log_of(test, {{"newest", "true"}, {"seq", beyond}}).seqs, IsEmpty());
}

TEST(Log, FindsTheNewestOfATaskHoweverFarBack) {
  TestPool test;
  test.add("a");
  test.add("b");
  for (int i = 0; i < 300; ++i) test.write(NoteAdded{i % 100 == 0 ? "b" : "a", "", "note", false});
  // Facts 4, 104 and 204 are the notes on b.
  Told told = log_of(test, {{"newest", "true"}, {"task", "b"}, {"limit", "2"}});
  EXPECT_THAT(told.seqs, ElementsAre(104, 204));
  EXPECT_GT(told.next, 4);
  const std::string before = std::to_string(told.next);
  told = log_of(test, {{"newest", "true"}, {"task", "b"}, {"limit", "2"}, {"before", before}});
  EXPECT_THAT(told.seqs, ElementsAre(3, 4));
  told = log_of(test, {{"newest", "true"}, {"task", "b"}, {"limit", "9"}, {"before", "3"}});
  EXPECT_THAT(told.seqs, IsEmpty());
  EXPECT_EQ(told.next, 0);
}

TEST(LogFilter, NarrowsByWhatIsGiven) {
  const Fact fact{Seq{1}, Seq{}, 1000, "rod", TaskClaimed{"t", "w", Fence{1}, 1, 30'000, 31'000}};
  const auto matches = [&](const auto& change) {
    LogFilter filter;
    change(filter);
    return filter.matches(fact);
  };
  EXPECT_TRUE(matches([](LogFilter&) {}));
  EXPECT_TRUE(matches([](LogFilter& f) { f.task = "t"; }));
  EXPECT_FALSE(matches([](LogFilter& f) { f.task = "u"; }));
  EXPECT_TRUE(matches([](LogFilter& f) { f.worker = "w"; }));
  EXPECT_FALSE(matches([](LogFilter& f) { f.worker = "v"; }));
  EXPECT_TRUE(matches([](LogFilter& f) { f.type = "task_claimed"; }));
  EXPECT_FALSE(matches([](LogFilter& f) { f.type = "task_added"; }));
  EXPECT_TRUE(matches([](LogFilter& f) { f.by = "rod"; }));
  EXPECT_FALSE(matches([](LogFilter& f) { f.by = "w"; }));
  EXPECT_TRUE(matches([](LogFilter& f) { f.since = 1000; }));
  EXPECT_FALSE(matches([](LogFilter& f) { f.since = 1001; }));
  EXPECT_TRUE(matches([](LogFilter& f) { f.until = 1001; }));
  EXPECT_FALSE(matches([](LogFilter& f) { f.until = 1000; }));
}

}  // namespace
}  // namespace evener
