#include "views/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/dashboard.h"
#include "views/query.h"
#include "views/test_pool.h"
#include "views/workers.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const StatusView& view) {
  std::vector<std::string> out;
  for (const AttentionRow& row : view.attention) out.push_back(row.text + " -> " + row.remedy);
  return out;
}

TEST(Status, OfAnEmptyPoolIsEmpty) {
  const TestPool test;
  const StatusView view = status_view(test.pool, test.now);
  EXPECT_EQ(view.pool, "demo");
  EXPECT_EQ(view.tasks, TaskCounts{});
  EXPECT_EQ(view.percent_done, 0);
  EXPECT_THAT(view.attention, IsEmpty());
  EXPECT_THAT(view.next, IsEmpty());
}

TEST(Status, CountsTasksAndLeavesCancelledOnesOutOfThePercentage) {
  TestPool test;
  test.join("w1");
  for (const char* id : {"a", "b", "c", "d"}) test.add(id);
  test.add("e", {"d"});
  test.claim("a", "w1");
  test.finish("a");
  test.write(TaskCancelled{"b", ""});
  test.claim("c", "w1");
  const StatusView view = status_view(test.pool, test.now);
  EXPECT_EQ(view.tasks.done, 1);
  EXPECT_EQ(view.tasks.cancelled, 1);
  EXPECT_EQ(view.tasks.running, 1);
  EXPECT_EQ(view.tasks.ready, 1);
  EXPECT_EQ(view.tasks.waiting, 1);
  EXPECT_EQ(view.tasks.total, 5);
  EXPECT_EQ(view.percent_done, 25);
}

TEST(Status, CountsNoLockThatIsOver) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.write(TaskAdded{{.id = "lock-1", .kind = std::string(lock_kind)}});
  test.write(TaskAdded{{.id = "lock-2", .kind = std::string(lock_kind)}});
  test.claim("lock-1", "w1");
  test.finish("lock-1");
  test.write(TaskCancelled{"lock-2", ""});
  const StatusView view = status_view(test.pool, test.now);
  EXPECT_EQ(view.tasks.done, 0);
  EXPECT_EQ(view.tasks.cancelled, 0);
  EXPECT_EQ(view.tasks.total, 1);
  EXPECT_EQ(view.percent_done, 0);
}

TEST(Status, CountsNoLockThatIsHeldOrWaitedFor) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.claim("a", "w1");
  test.finish("a");
  test.add("b");
  for (const char* id : {"lock-1", "lock-2", "lock-3"}) {
    test.write(TaskAdded{{.id = id, .kind = std::string(lock_kind), .locks = {"port:1"}}});
  }
  test.write(TaskHeld{"lock-3", "not now"});
  test.claim("lock-1", "w1");
  const StatusView view = status_view(test.pool, test.now);
  EXPECT_EQ(view.tasks, (TaskCounts{.ready = 1, .done = 1, .total = 2}));
  EXPECT_EQ(view.percent_done, 50);
  EXPECT_THAT(view.running, IsEmpty());
}

TEST(Status, ShowsWhoRunsWhatOldestFirst) {
  TestPool test;
  test.join("w1");
  test.join("w2");
  test.add("a");
  test.add("b");
  test.claim("b", "w2", 60'000);
  test.after(1000);
  test.claim("a", "w1", 60'000);
  test.after(4000);
  test.pool.renew(test.index("a"), test.now, {.percent = 10, .line = "x", .stage = "running"});
  const StatusView view = status_view(test.pool, test.now);
  ASSERT_EQ(view.running.size(), 2U);
  EXPECT_EQ(view.running[0].task, "b");
  EXPECT_EQ(view.running[0].elapsed_ms, 5000);
  EXPECT_EQ(view.running[0].lease_left_ms, 55'000);
  EXPECT_EQ(view.running[1].task, "a");
  EXPECT_EQ(view.running[1].lease_left_ms, 60'000);
  EXPECT_EQ(view.running[1].progress.percent, 10);
  EXPECT_EQ(status_view(test.pool, test.now, {.running = 1}).running.size(), 1U);
}

TEST(Status, AsksForAttentionWithARemedy) {
  TestPool test;
  test.join("w1");
  test.join("w2");
  for (const char* id : {"bad", "gone", "late"}) test.add(id);
  test.add("x", {"bad"});
  test.add("y", {"gone"});
  test.claim("bad", "w1");
  test.fail("bad", "no disk");
  test.write(TaskCancelled{"gone", ""});
  test.claim("late", "w2");
  test.after(60'000);
  test.lapse("late");
  test.claim("late", "w1");
  test.write(SalvageKept{"late", "w2", Fence{2}, "finish", "it was done", {}, {}});
  test.write(AttemptLapsed{"late", "w1", Fence{3}, "gone too"});
  const StatusView view = status_view(test.pool, test.now);
  EXPECT_THAT(
      texts(view),
      ElementsAre(
          "bad failed: no disk (1 task waits for it) -> evener reopen bad",
          "y is stuck: it needs gone, which was cancelled -> evener edit y --drop-need gone",
          "w1 is lost: nothing was heard for 0s -> evener drain w1 --reason lost",
          "a late result of w2 for late was kept -> evener show late"
      )
  );
  EXPECT_EQ(view.attention_total, 4);
  EXPECT_EQ(view.tasks.stuck, 2);
  EXPECT_EQ(status_view(test.pool, test.now, {.attention = 1}).attention.size(), 1U);
  EXPECT_EQ(status_view(test.pool, test.now, {.attention = 1}).attention_total, 4);
}

TEST(Status, ShowsAsManyRowsOfWhatNeedsSomebodyAsAreAskedFor) {
  TestPool test;
  test.join("w");
  for (int i = 0; i < 30; ++i) {
    const std::string id = "t" + std::to_string(i);
    test.add(id);
    test.claim(id, "w");
    test.fail(id, "no disk");
  }
  const auto rows = [&](const QueryParameters& parameters) {
    const Query query = query_of("status", parameters).value();
    const std::string text = answer_query(query, test.pool, test.source(), test.now).value();
    return parse_json(text).value().at("attention").as_array().size();
  };
  EXPECT_EQ(rows({}), 20U);
  EXPECT_EQ(rows({{"attention", "25"}}), 25U);
  EXPECT_EQ(rows({{"attention", "100"}}), 30U);
  EXPECT_FALSE(query_of("status", {{"attention", "10001"}}).ok());
  EXPECT_EQ(target_of(query_of("status", {{"attention", "25"}}).value()), "status?attention=25");
}

TEST(Status, SaysWhichReadyTasksNobodyCanTake) {
  TestPool test;
  test.join(worker_spec("w1", {"gpu"}));
  WorkerSpec builder = worker_spec("w2");
  builder.role = "builder";
  test.join(builder);
  const auto add = [&](const std::string& id, std::vector<std::string> wants, std::string whom) {
    TaskSpec spec = task_spec(id);
    spec.capabilities = std::move(wants);
    spec.assignee = std::move(whom);
    test.add(spec);
  };
  add("fine-1", {"gpu"}, "");
  add("fine-2", {}, "role:builder");
  EXPECT_THAT(status_view(test.pool, test.now).attention, IsEmpty());
  add("a", {"arm"}, "");
  add("b", {"arm"}, "");
  add("c", {}, "role:reviewer");
  add("d", {"gpu"}, "role:builder");
  add("e", {}, "ada");
  EXPECT_THAT(
      texts(status_view(test.pool, test.now)),
      ElementsAre(
          "2 tasks are ready but require arm, which no worker has -> evener work --capability arm",
          "1 task is ready but requires gpu, which no worker of role:builder has -> "
          "evener work --capability gpu",
          "1 task is ready, but meant for role:reviewer, and no worker is that -> "
          "evener work --role reviewer",
          "1 task is ready, but meant for ada, and no worker is that -> evener work --name ada"
      )
  );
  test.write(WorkerDrained{"w1", true, ""});  // the only one with a gpu
  EXPECT_EQ(status_view(test.pool, test.now).attention_total, 5);
}

TEST(Status, NamesTheNextReadyTasksInTheOrderOfClaims) {
  TestPool test;
  for (const char* id : {"a", "b", "c"}) test.add(id);
  test.add("d", {"c"});  // a longer path hangs on c
  TaskSpec urgent = task_spec("u");
  urgent.priority = Priority::urgent;
  test.add(urgent);
  const StatusView view = status_view(test.pool, test.now, {.next = 3});
  ASSERT_EQ(view.next.size(), 3U);
  EXPECT_EQ(view.next[0].task, "u");
  EXPECT_EQ(view.next[1].task, "c");
  EXPECT_EQ(view.next[1].path_ms, 120'000);
  EXPECT_EQ(view.next[2].task, "a");
}

TEST(Status, ReadsBackFromItsJson) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.claim("a", "w1");
  const std::string text = to_json_text(status_view(test.pool, test.now));
  const Result<StatusView> back = from_json<StatusView>(parse_json(text).value());
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json_text(*back), text);
  EXPECT_NE(text.find("\"ready\":0"), std::string::npos);  // counts are there also when 0
}

// ---- workers -----------------------------------------------------------------------------------

TEST(Liveness, FollowsTheLease) {
  TestPool test;
  test.join("w1");
  test.add("t");
  test.claim("t", "w1", 30'000);
  const auto liveness = [&] { return liveness_of(test.pool, test.worker("w1"), test.now); };
  test.after(15'000);
  EXPECT_EQ(liveness(), Liveness::live);
  test.after(1);
  EXPECT_EQ(liveness(), Liveness::quiet);
  test.pool.renew(test.index("t"), test.now, {});
  EXPECT_EQ(liveness(), Liveness::live);
  test.after(30'000);
  test.lapse("t");
  EXPECT_EQ(liveness(), Liveness::lost);
  test.claim("t", "w1");
  EXPECT_EQ(liveness(), Liveness::live);
}

TEST(Liveness, GrantsALongLeaseALongSilence) {
  TestPool test;
  test.join("w1");
  test.add("t");
  test.claim("t", "w1", 4 * limits::hand_lease);
  test.after(2 * limits::hand_lease);
  EXPECT_EQ(liveness_of(test.pool, test.worker("w1"), test.now), Liveness::live);
}

TEST(Liveness, CallsAnIdleWorkerQuietAfterHalfAnHour) {
  TestPool test;
  test.join("w1");
  test.after(limits::hand_lease);
  EXPECT_EQ(liveness_of(test.pool, test.worker("w1"), test.now), Liveness::live);
  test.after(1);
  EXPECT_EQ(liveness_of(test.pool, test.worker("w1"), test.now), Liveness::quiet);
}

TEST(Workers, StandByNameWithWhatTheyDid) {
  TestPool test;
  WorkerSpec spec = worker_spec("w2", {"gpu"});
  spec.slots = 2;
  spec.machine = "walnut";
  test.join(spec);
  test.join("w1");
  for (const char* id : {"a", "b"}) test.add(id);
  test.claim("a", "w2");
  test.finish("a");
  test.claim("b", "w2");
  test.after(2500);
  const WorkerListView view = workers_view(test.pool, test.now);
  ASSERT_EQ(view.workers.size(), 2U);
  EXPECT_EQ(view.workers[0].name, "w1");
  EXPECT_EQ(
      to_json_text(view.workers[1]),
      R"({"name":"w2","machine":"walnut","capabilities":["gpu"],"slots":2,"liveness":"live",)"
      R"("holding":["b"],"slots_taken":1,"unheard_ms":2500,"done":1,"failed":0,"released":0,"lapsed":0})"
  );
  const WorkerListView first = workers_view(test.pool, test.now, "", 1);
  EXPECT_EQ(first.workers.size(), 1U);
  EXPECT_EQ(first.total, 2);
  EXPECT_EQ(first.next, "w1");
  EXPECT_EQ(workers_view(test.pool, test.now, first.next, 1).workers[0].name, "w2");
  EXPECT_EQ(workers_view(test.pool, test.now, first.next, 1).next, "");
}

// ---- the framework's dashboard -----------------------------------------------------------------

TEST(Dashboard, HasARowForEveryTask) {
  TestPool test;
  test.join("w1");
  for (const char* id : {"a", "b", "c"}) test.add(id);
  test.claim("a", "w1");
  test.after(1000);
  test.finish("a");
  test.claim("b", "w1");
  EXPECT_THAT(
      dashboard_rows(test.pool),
      ElementsAre(
          DashboardRow{"a", TaskState::done, "w1", {}, TestPool::start + 1000},
          DashboardRow{"b", TaskState::running, "w1", TestPool::start + 1000, {}},
          DashboardRow{"c", TaskState::ready, "", {}, {}}
      )
  );
}

}  // namespace
}  // namespace evener
