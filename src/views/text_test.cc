#include "views/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/test_pool.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

void busy(TestPool& test) {
  test.join(worker_spec("walnut-1", {"gpu"}));
  test.join("walnut-2");
  TaskSpec spec = task_spec("restore-8000");
  spec.title = "Bring 8000 back";
  spec.verify = "curl -f localhost:8000";
  spec.criteria = {"it answers", "it is quick"};
  test.add(spec);
  test.add("build");
  test.add("test", {"build"});
  test.add("broken");
  test.add("report", {"broken"});
  test.claim("broken", "walnut-2");
  test.after(61'000);
  test.fail("broken", "the disk is full");
  test.claim("restore-8000", "walnut-1");
  test.after(3'500);
  test.write(CriterionTicked{"restore-8000", 1, true});
  test.pool.renew(
      test.index("restore-8000"), test.now, {.percent = 40, .line = "copying", .stage = "running"}
  );
}

TEST(StatusText, FitsOnAScreen) {
  TestPool test;
  busy(test);
  EXPECT_EQ(
      status_text(status_view(test.pool, test.now), narrow),
      "pool demo: bring the services back\n"
      "1970-01-01T00:17:44Z, fact 12\n"
      "\n"
      "[--------------------] 0% done: 0 of 5 tasks\n"
      "  1 running, 1 ready, 2 waiting, 1 failed (1 stuck)\n"
      "  workers: 2 live\n"
      "\n"
      "running\n"
      "  TASK          WORKER     FOR  LEASE LEFT  PROGRESS             TITLE\n"
      "  restore-8000  walnut-1  3.5s         30s  40% running copying  Bring 8000 back\n"
      "\n"
      "needs attention\n"
      "  ! broken failed: the disk is full (1 task waits for it)\n"
      "      evener reopen broken\n"
      "\n"
      "ready\n"
      "  TASK   PRIORITY  READY FOR\n"
      "  build  normal        1m 4s\n"
  );
}

TEST(StatusText, OfAnEmptyPoolSaysHowToBegin) {
  const TestPool test;
  EXPECT_THAT(
      status_text(status_view(test.pool, test.now), narrow), HasSubstr("no tasks yet: evener add")
  );
}

TEST(ListText, IsATable) {
  TestPool test;
  busy(test);
  TaskFilter filter;
  filter.limit = 4;
  EXPECT_EQ(
      list_text(list_view(test.pool, filter), test.now, narrow),
      "TASK          STATE          PRIORITY  WORKER    SINCE  TITLE\n"
      "restore-8000  running 40%    normal    walnut-1   3.5s  Bring 8000 back\n"
      "build         ready          normal              1m 4s\n"
      "test          waiting for 1  normal              1m 4s\n"
      "broken        failed         normal    walnut-2   3.5s\n"
      "4 of 5 tasks\n"
      "more: --after broken\n"
  );
}

TEST(ListText, SaysWhenNothingMatches) {
  EXPECT_EQ(list_text({}, 0, narrow), "no task matches\n");
}

TEST(TaskText, ShowsTheWholeTask) {
  TestPool test;
  busy(test);
  const Result<TaskView> view =
      task_view(test.pool, test.index("restore-8000"), test.source(), test.now);
  EXPECT_EQ(
      task_text(*view, test.now, narrow),
      "restore-8000  Bring 8000 back\n"
      "running by walnut-1 (attempt 1, fence 2) for 3.5s\n"
      "\n"
      "  lease         ends in 30s, 40%, running, copying\n"
      "  path          1m 0s to the end of the plan\n"
      "  priority      normal\n"
      "  verify        curl -f localhost:8000\n"
      "\n"
      "criteria\n"
      "  1. [x] it answers\n"
      "  2. [ ] it is quick\n"
      "\n"
      "attempts\n"
      "  1. running by walnut-1 (fence 2) for 3.5s\n"
  );
}

TEST(TaskText, ShowsAttemptsAndWhatIsStuck) {
  TestPool test;
  busy(test);
  const auto text = [&](const std::string& task) {
    const Result<TaskView> view = task_view(test.pool, test.index(task), test.source(), test.now);
    return task_text(*view, test.now, narrow);
  };
  EXPECT_THAT(
      text("broken"),
      HasSubstr("\nattempts\n"
                "  1. failed by walnut-2 (fence 1) after 1m 1s, 3.5s ago\n"
                "     the disk is full\n")
  );
  EXPECT_THAT(text("report"), HasSubstr("  stuck behind  broken\n"));
  EXPECT_THAT(text("report"), HasSubstr("  no  broken (failed)\n"));
}

TEST(WorkersText, IsATable) {
  TestPool test;
  busy(test);
  EXPECT_EQ(
      workers_text(workers_view(test.pool, test.now), {.width = 0}),
      "WORKER    STATE     HEARD  SLOTS  HOLDING       DONE  FAILED  LAPSED  RELEASED  "
      "CAPABILITIES\n"
      "walnut-1  live     0s ago    1/1  restore-8000     0       0       0         0  gpu\n"
      "walnut-2  live   3.5s ago    0/1                   0       1       0         0\n"
  );
  EXPECT_EQ(workers_text({}, narrow), "no worker has come yet: evener work\n");
}

TEST(WhyText, BeginsWithTheAnswer) {
  TestPool test;
  busy(test);
  EXPECT_EQ(
      why_text(why_task(test.pool, test.index("test"), "walnut-2", test.now), narrow),
      "test is waiting: it waits for build (ready)\n"
      "\n"
      "  yes it is open\n"
      "  yes it is not held\n"
      "  no  it waits for build (ready)\n"
      "      finish them first\n"
      "  yes it belongs to no phase\n"
      "  yes no blocker stops it\n"
      "  yes it has no subtasks\n"
      "  yes it may be tried now\n"
      "  yes it is for anyone\n"
      "  yes it requires no capability\n"
      "  yes walnut-2 takes work\n"
      "  yes 0 of 1 slots are taken\n"
      "\n"
      "who could take it\n"
      "  walnut-2 (live)\n"
      "\n"
      "who could not\n"
      "  walnut-1: 1 of 1 slots are taken, by restore-8000\n"
  );
}

TEST(FactLine, HasTimeAndSequence) {
  TestPool test;
  busy(test);
  EXPECT_EQ(
      fact_line(test.facts[1], narrow), "2  1970-01-01T00:16:40Z  walnut-1 registered, with gpu\n"
  );
}

// What people wrote cannot reach the terminal as a command, in any rendering.
TEST(Text, LetsNoControlCharacterThrough) {
  const std::string evil = "e\x1b]0;owned\x07\u202Eevil\n\x9b";
  TestPool test;
  PoolCard card;
  card.goal = evil;
  test.write(PoolConfigured{card, {}});
  WorkerSpec worker = worker_spec("w1", {evil});
  worker.machine = evil;
  test.join(worker);
  TaskSpec spec = task_spec("t");
  spec.title = "e\u202Eevil";  // one line: no control characters
  spec.criteria = spec.labels = spec.paths = {spec.title};
  spec.description = spec.context = spec.run = spec.verify = "e\x1b]0;owned\u202E\n";
  spec.assignee = "w1";
  test.add(spec);
  test.add("u", {"t"});
  test.write(NoteAdded{"t", "", evil, true});
  test.claim("t", "w1");
  test.pool.renew(test.index("t"), test.now, {.percent = 1, .line = evil, .stage = evil});
  const auto safe = [](const std::string& text) {
    for (const char c : text) {
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << text;
    }
    EXPECT_THAT(text, Not(HasSubstr("\u202E")));
    EXPECT_THAT(text, Not(HasSubstr("\x9b")));
  };
  const auto everything = [&] {
    safe(status_text(status_view(test.pool, test.now), narrow));
    safe(list_text(list_view(test.pool, {}), test.now, narrow));
    for (const char* task : {"t", "u"}) {
      const Result<TaskView> view = task_view(test.pool, test.index(task), test.source(), test.now);
      safe(task_text(*view, test.now, narrow));
      safe(why_text(why_task(test.pool, test.index(task), "w1", test.now), narrow));
    }
    safe(workers_text(workers_view(test.pool, test.now), narrow));
    for (const Fact& fact : test.facts) safe(fact_line(fact, narrow));
  };
  everything();
  test.write(WorkerDrained{"w1", true, evil});
  test.fail("t", evil);
  test.write(SalvageKept{"t", "w1", Fence{1}, evil, evil, {}, {}});
  everything();
}

}  // namespace
}  // namespace evener
