#include "views/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/test_pool.h"

namespace evener {
namespace {

using testing::HasSubstr;

Report report_of(const TestPool& test) {
  ReportBuilder builder;
  for (const Fact& fact : test.facts) builder.add(fact);
  return builder.report(test.now);
}

// Two workers; c needs a and b. w2 crashes on b, whose second attempt fails at first.
//
//   s        0    10    20    30    40    50    60    70    80
//   w1       [a        ][b.2  x]    [b.3       ][c            ]
//   w2       [b.1      x]
void crash_and_retry(TestPool& test) {
  test.join("w1");
  test.join("w2");
  test.add("a");
  test.add("b");
  test.add("c", {"a", "b"});
  test.after(5'000);  // before the first claim
  test.claim("a", "w1");
  test.claim("b", "w2", 20'000);
  test.after(20'000);
  test.lapse("b");
  test.finish("a");
  test.claim("b", "w1");
  test.after(10'000);
  test.fail("b", "flaky", test.now + 5'000);
  test.after(10'000);
  test.claim("b", "w1");
  test.after(20'000);
  test.finish("b");
  test.claim("c", "w1");
  test.after(20'000);
  test.finish("c");
  test.after(7'000);  // nothing more happens
}

TEST(Report, TellsTheFiguresOfATimelineWithACrashAndARetry) {
  TestPool test;
  crash_and_retry(test);
  const Report report = report_of(test);
  EXPECT_EQ(report.started, TestPool::start);
  EXPECT_EQ(report.wall_ms, 85'000);
  EXPECT_EQ(report.time_taken_ms, 80'000);
  EXPECT_EQ(report.tasks, 3);
  EXPECT_EQ(report.tasks_done, 3);
  EXPECT_EQ(report.attempts, 5);
  EXPECT_EQ(report.retries, 2);
  EXPECT_EQ(report.lapses, 1);
  EXPECT_EQ(report.running, 0);
  EXPECT_EQ(report.sequential_ms, 60'000);  // 20 + 20 + 20
  EXPECT_EQ(report.speed_up_permille, 750);
  EXPECT_EQ(report.lost_ms, 30'000);            // 20 of the lapse, 10 of the failure
  EXPECT_EQ(report.overlap_permille, 285);      // 20 of 70 s
  EXPECT_EQ(report.independent_permille, 666);  // a and b
  EXPECT_EQ(report.best_schedule_ms, 40'000);   // a beside b, then c
  EXPECT_EQ(report.lower_bound_ms, 40'000);
  EXPECT_TRUE(report.best_is_optimal);
  EXPECT_EQ(report.overhead_ms, 40'000);
  EXPECT_EQ(report.overhead_permille, 500);
  ASSERT_EQ(report.workers.size(), 2U);
  EXPECT_EQ(report.workers[0], (WorkerShare{"w1", 4, 3, 1, 0, 0, 70'000, 875}));
  EXPECT_EQ(report.workers[1], (WorkerShare{"w2", 1, 0, 0, 1, 0, 20'000, 250}));
  ASSERT_EQ(report.timeline.size(), 5U);
  EXPECT_EQ(report.timeline[1].outcome, AttemptOutcome::lapsed);
  EXPECT_EQ(report.timeline[1].ended, TestPool::start + 25'000);
}

TEST(Report, LeavesOutTasksThatOnlyHoldLocks) {
  TestPool test;
  crash_and_retry(test);
  const Report before = report_of(test);
  test.write(TaskAdded{{.id = "lock-1", .kind = std::string(lock_kind)}});
  test.claim("lock-1", "w1");
  test.finish("lock-1");
  const Report after = report_of(test);
  EXPECT_EQ(after.tasks, before.tasks);
  EXPECT_EQ(after.attempts, before.attempts);
  EXPECT_EQ(after.sequential_ms, before.sequential_ms);
}

// An import claims and ends at once what was over before; that is no attempt of a worker.
TEST(Report, CountsWhatImportsClosedByItself) {
  TestPool test;
  test.join("import");
  test.join("w1");
  for (const char* id : {"old", "lost", "new"}) test.add(id);
  const Fence done = test.claim("old", "import");
  test.write(AttemptFinished{.task = "old", .worker = "import", .fence = done, .untimed = true});
  const Fence failed = test.claim("lost", "import");
  test.after(1'000);
  test.write(AttemptFailed{.task = "lost", .worker = "import", .fence = failed, .untimed = true});
  constexpr std::string_view unclaimed = "obody here has claimed a task yet";
  EXPECT_THAT(report_text(report_of(test), 80), HasSubstr(unclaimed));
  EXPECT_THAT(report_markdown(report_of(test)), HasSubstr(unclaimed));
  test.write(TaskReopened{"lost", "once more"});
  test.after(60'000);
  for (const char* id : {"new", "lost"}) {
    test.claim(id, "w1");
    test.after(10'000);
    test.finish(id);
  }
  const Report report = report_of(test);
  EXPECT_EQ(report.closed_by_imports, 2);
  EXPECT_EQ(report.tasks_done, 3);
  EXPECT_EQ(report.attempts, 2);
  EXPECT_EQ(report.retries, 0);
  EXPECT_EQ(report.lost_ms, 0);
  EXPECT_EQ(report.time_taken_ms, 20'000);
  EXPECT_EQ(report.overhead_ms, 0);
  ASSERT_EQ(report.workers.size(), 1U);
  EXPECT_EQ(report.workers[0].worker, "w1");
  EXPECT_THAT(report_text(report, 80), HasSubstr("  closed by imports  2\n"));
  EXPECT_THAT(to_json_text(report), HasSubstr(R"("closed_by_imports":2)"));
}

TEST(Report, OfAPoolWithoutClaimsIsSensible) {
  TestPool test;
  const Report empty = report_of(test);
  EXPECT_EQ(empty.tasks, 0);
  EXPECT_EQ(empty.time_taken_ms, 0);
  EXPECT_THAT(report_text(empty, 80), HasSubstr("no task has been claimed yet"));
  test.add("a");
  const Report unclaimed = report_of(test);
  EXPECT_EQ(unclaimed.tasks, 1);
  EXPECT_EQ(unclaimed.independent_permille, 1000);
  EXPECT_THAT(report_text(unclaimed, 80), HasSubstr("1: 0 done, 1 open"));
  EXPECT_THAT(report_markdown(unclaimed), HasSubstr("No task has been claimed yet"));
}

TEST(Report, OfNoFactsAtAllIsEmpty) {
  EXPECT_EQ(ReportBuilder().report(0), Report{});
}

TEST(Report, EndsWhatStillRunsNow) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.claim("a", "w1");
  test.after(10'000);
  const Report report = report_of(test);
  EXPECT_EQ(report.running, 1);
  EXPECT_EQ(report.time_taken_ms, 10'000);
  EXPECT_EQ(report.timeline[0].ended, test.now);
  EXPECT_EQ(report.sequential_ms, 0);
  EXPECT_EQ(report.workers[0].share_permille, 1000);
}

// Without a server, the lapse is written when somebody happens to write.
TEST(Report, EndsALeaseWhenItWasOverHoweverLateThatIsWritten) {
  TestPool test;
  test.join("w1");
  test.add("a");
  const Fence fence = test.claim("a", "w1");
  test.after(20'000);
  test.write(LeaseRenewed{"a", "w1", fence, test.now + 30'000, {}});
  test.after(1'000'000);
  EXPECT_EQ(report_of(test).running, 1);
  EXPECT_EQ(report_of(test).workers[0].busy_ms, 50'000);
  test.write(ServerOpened{.instance = "s1"});
  test.write(Marked{.chapter = 1, .text = "later"});
  test.lapse("a");
  const Report report = report_of(test);
  EXPECT_EQ(report.lost_ms, 50'000);
  EXPECT_EQ(report.timeline[0].ended, TestPool::start + 50'000);
  ReportBuilder later(1);
  for (const Fact& fact : test.facts) later.add(fact);
  EXPECT_EQ(later.report(test.now).lost_ms, 0);
}

TEST(Report, EndsALeaseThatAServerKeptWhenItsLapseWasWritten) {
  TestPool test;
  test.join("w1");
  for (const char* id : {"a", "b", "c"}) test.add(id);
  test.write(ServerOpened{.instance = "s1"});
  test.claim("a", "w1");
  const Fence noted = test.claim("b", "w1");
  test.claim("c", "w1");
  test.after(100'000);  // renewals stand in no fact
  test.lapse("a");
  EXPECT_EQ(report_of(test).lost_ms, 100'000);
  test.write(LeasesNoted{{{noted, test.now + 20'000}}});
  test.write(ServerClosed{});
  test.after(1'000'000);
  test.lapse("b");
  EXPECT_EQ(report_of(test).lost_ms, 100'000 + 120'000);
  test.write(LeasesExtended{.from = test.now});
  test.after(1'000'000);
  test.lapse("c");
  EXPECT_EQ(report_of(test).lost_ms, 100'000 + 120'000 + 1'100'000 + 30'000);
}

TEST(Report, ForgetsALapseWhoseHolderCameBack) {
  TestPool test;
  test.join("w1");
  test.add("a");
  const Fence fence = test.claim("a", "w1");
  test.after(30'000);
  test.lapse("a");
  test.after(5'000);
  test.write(AttemptRevived{"a", "w1", fence, test.now + 30'000});
  test.after(5'000);
  test.finish("a");
  const Report report = report_of(test);
  EXPECT_EQ(report.lapses, 1);
  EXPECT_EQ(report.lost_ms, 0);
  EXPECT_EQ(report.sequential_ms, 40'000);
  EXPECT_EQ(report.workers[0].lapsed, 0);
  EXPECT_EQ(report.overhead_ms, 0);
}

TEST(Report, CountsOverlapOnlyBetweenWorkers) {
  TestPool test;
  WorkerSpec two_slots = worker_spec("w1");
  two_slots.slots = 2;
  test.join(two_slots);
  test.add("a");
  test.add("b");
  test.claim("a", "w1");
  test.claim("b", "w1");
  test.after(10'000);
  test.finish("a");
  test.finish("b");
  const Report report = report_of(test);
  EXPECT_EQ(report.overlap_permille, 0);
  EXPECT_EQ(report.workers[0].busy_ms, 10'000);
  EXPECT_EQ(report.speed_up_permille, 2000);
  EXPECT_EQ(report.best_schedule_ms, 10'000);
  EXPECT_EQ(report.overhead_ms, 0);
}

// The best schedule knows what the tasks did: needs through parents, capabilities, when they came.
TEST(Report, ComparesWithAScheduleUnderTheSameConditions) {
  TestPool test;
  test.join("w1");
  test.join(worker_spec("w2", {"gpu"}));
  test.add("first");
  test.add(task_spec("p", {"first"}));
  for (const char* id : {"p.1", "p.2"}) {
    TaskSpec spec = task_spec(id);
    spec.parent = "p";
    spec.capabilities = {"gpu"};
    test.add(spec);
  }
  const auto work = [&](const std::string& task, const std::string& worker) {
    test.claim(task, worker);
    test.after(10'000);
    test.finish(task);
  };
  work("first", "w1");
  work("p.1", "w2");
  work("p.2", "w2");
  work("p", "w1");
  EXPECT_EQ(report_of(test).best_schedule_ms, 40'000);  // only w2 has a gpu; p after both
  test.after(100'000);
  test.add("late");
  work("late", "w1");
  EXPECT_EQ(report_of(test).best_schedule_ms, 150'000);  // it was added at 140 s
  EXPECT_EQ(report_of(test).overhead_ms, 0);
}

TEST(Report, AddsUpWorkThatWasDoneTwice) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.claim("a", "w1");
  test.after(10'000);
  test.finish("a");
  test.write(TaskReopened{"a", "not good enough"});
  test.claim("a", "w1");
  test.after(5'000);
  test.finish("a");
  const Report report = report_of(test);
  EXPECT_EQ(report.sequential_ms, 15'000);
  EXPECT_EQ(report.best_schedule_ms, 15'000);
  EXPECT_EQ(report.retries, 0);
  EXPECT_EQ(report.tasks_done, 1);
}

TEST(Report, ReadsBackFromItsJson) {
  TestPool test;
  crash_and_retry(test);
  const Report report = report_of(test);
  const Result<Report> back = from_json<Report>(parse_json(to_json_text(report)).value());
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(*back, report);
}

TEST(ReportText, DrawsTheTimeline) {
  TestPool test;
  crash_and_retry(test);
  EXPECT_EQ(
      report_text(report_of(test), 60),
      "report of demo: bring the services back\n"
      "\n"
      "  period            1970-01-01T00:16:40Z to 1970-01-01T00:18:05Z (1m 25s)\n"
      "  tasks             3: 3 done\n"
      "  attempts          5, 2 retries, 1 lapse\n"
      "  time taken        1m 20s, first claim to last outcome\n"
      "  one worker alone  1m 0s\n"
      "  speed-up          0.75x with 2 workers\n"
      "  side by side      28.5% of the busy time\n"
      "  independent       66.6% of the tasks need no other\n"
      "  best schedule     40s, and none is shorter\n"
      "  overhead          40s, 50.0% of the time taken\n"
      "  lost              30s in attempts that lapsed or failed\n"
      "\n"
      "WORKER  ATTEMPTS  DONE  FAILED  LAPSED  RELEASED    BUSY  SHARE\n"
      "w1             4     3       1       0         0  1m 10s  87.5%\n"
      "w2             1     0       0       1         0     20s  25.0%\n"
      "\n"
      "    0s                                                1m 20s\n"
      "w1  [a===========][b====x       [b===========][c===========]\n"
      "w2  [b===========x\n"
      "]: done   x: failed or lapsed   <: released or cancelled   >: running\n"
  );
}

TEST(ReportText, PutsTasksThatRanSideBySideBelowEachOther) {
  TestPool test;
  WorkerSpec two_slots = worker_spec("w1");
  two_slots.slots = 2;
  test.join(two_slots);
  test.add("left");
  test.add("right");
  test.claim("left", "w1");
  test.claim("right", "w1");
  test.after(1'000);
  test.finish("left");
  test.after(1'000);
  test.release("right");
  EXPECT_THAT(
      report_text(report_of(test), 44),
      HasSubstr("    0s                                    2s\n"
                "w1  [left==============]\n"
                "    [right=================================<\n")
  );
}

TEST(ReportText, ShowsACrashHoweverShort) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.add("b");
  test.claim("a", "w1");
  test.after(1);
  test.lapse("a");
  test.claim("b", "w1");
  test.after(1'000'000);
  test.finish("b");
  EXPECT_THAT(report_text(report_of(test), 40), HasSubstr("w1  xb==="));
}

TEST(ReportMarkdown, EscapesWhatPeopleWrote) {
  TestPool test;
  PoolCard card;
  card.goal = "a|b <script> `x`";
  test.write(PoolConfigured{card, {}});
  test.join("w1");
  test.add("a");
  test.claim("a", "w1");
  test.after(1'500);
  test.finish("a");
  const std::string text = report_markdown(report_of(test));
  EXPECT_THAT(text, HasSubstr("a\\|b \\<script\\> \\`x\\`"));
  EXPECT_THAT(text, HasSubstr("| speed-up | 1.00x with 1 worker |\n"));
  EXPECT_THAT(text, HasSubstr("| 0s | 1.5s | w1 | a | 1 | done |\n"));
}

}  // namespace
}  // namespace evener
