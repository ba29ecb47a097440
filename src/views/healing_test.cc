// Workers that are set aside or stalled, pools in which nothing moves, and machines, as people see
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/due.h"
#include "views/machines.h"
#include "views/query.h"
#include "views/status.h"
#include "views/test_pool.h"
#include "views/text.h"
#include "views/why.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HealingViews : public testing::Test {
 protected:
  void tell() { test.follow_up(); }

  void limit_failures(std::int64_t limit) {
    PoolSettings settings;
    settings.fail_limit = limit;
    test.write(PoolConfigured{{}, settings});
  }

  StatusView status() const { return status_view(test.pool, test.now); }

  WorkerRow row(const std::string& worker) const {
    return row_of(test.pool, test.worker(worker), test.now);
  }

  // A heartbeat that says the work is so far.
  void beat(const std::string& task, std::int64_t percent) {
    Progress progress;
    progress.percent = percent;
    test.pool.renew(test.index(task), test.now, progress);
  }

  std::vector<AttentionKind> attention() const {
    std::vector<AttentionKind> kinds;
    for (const AttentionRow& row : status().attention) kinds.push_back(row.kind);
    return kinds;
  }

  TestPool test;
};

TEST_F(HealingViews, ShowAWorkerThatIsSetAside) {
  limit_failures(1);
  test.join("w1");
  test.add("a");
  test.add("b");
  test.claim("a", "w1");
  test.fail("a", "run ended with exit 1", test.now + 1);
  tell();
  test.after(20'000);
  EXPECT_EQ(status().workers.set_aside, 1);
  EXPECT_EQ(row("w1").set_aside_until, TestPool::start + minute);
  EXPECT_THAT(row("w1").set_aside_reason, HasSubstr("run ended with exit 1"));
  const AttentionRow shown = status().attention.front();
  EXPECT_EQ(shown.kind, AttentionKind::set_aside);
  EXPECT_THAT(shown.text, HasSubstr("it may try one task in 40s"));
  EXPECT_EQ(shown.remedy, "evener drain w1 --off");
  EXPECT_THAT(status_text(status(), plain), HasSubstr("(1 set aside)"));
  EXPECT_THAT(workers_text(workers_view(test.pool, test.now), plain), HasSubstr("set aside until"));
  const WhyView why = why_worker(test.pool, "w1", test.now);
  EXPECT_THAT(why.summary, HasSubstr("w1 gets no task: w1 is set aside: a failed: run ended"));
  EXPECT_THAT(
      why.remedy, HasSubstr("wait 40s, then it may try one task, or: evener drain w1 --off")
  );
  EXPECT_THAT(describe_fact(test.facts.back()), HasSubstr("w1 was set aside for 1m 0s: a failed"));
}

TEST_F(HealingViews, TellOfOneTaskForWhoeverWasSetAsideForLongEnough) {
  limit_failures(1);
  test.join("w1");
  test.add("a");
  test.add("b");
  test.claim("a", "w1");
  test.fail("a", "no disk");
  tell();
  const auto why = [&] { return why_task(test.pool, test.index("b"), "", test.now); };
  ASSERT_EQ(why().misses.size(), 1U);
  EXPECT_EQ(why().misses.front().code, "worker_set_aside");
  test.after(minute);
  EXPECT_THAT(why().misses, IsEmpty());
  EXPECT_THAT(
      workers_text(workers_view(test.pool, test.now), plain),
      HasSubstr("set aside, may try one task: a failed")
  );
  EXPECT_EQ(why().summary, "b is ready: w1 may take it");
  test.claim("b", "w1");
  EXPECT_THAT(
      workers_text(workers_view(test.pool, test.now), plain), HasSubstr("set aside, tries b")
  );
  test.add("c");
  const WhyView other = why_task(test.pool, test.index("c"), "", test.now);
  ASSERT_EQ(other.misses.size(), 1U);
  EXPECT_THAT(other.misses.front().text, HasSubstr("w1 is set aside: a failed: no disk"));
}

TEST_F(HealingViews, BlameALostWorkerForBeingLostAlsoWhereItIsSetAside) {
  limit_failures(1);
  test.join("w1");
  for (const char* id : {"a", "b"}) test.add(id);
  test.claim("a", "w1");
  test.fail("a", "no disk", test.now + 1);
  tell();
  test.after(minute);
  test.claim("b", "w1");
  test.after(minute);
  test.lapse("b");
  const auto cause = [&] { return status().relief.value_or(ReliefRow{}).cause; };
  EXPECT_EQ(cause(), "worker_lost");
  EXPECT_EQ(status().relief.value_or(ReliefRow{}).command, "evener work --name w1");
  test.write(WorkerDrained{"w1", true, ""});
  EXPECT_EQ(cause(), "worker_draining");
}

TEST_F(HealingViews, CountNoLockAmongTheSlotsThatAreTaken) {
  test.join("w1");
  test.add("a");
  test.write(TaskAdded{{.id = "lock-1", .kind = std::string(lock_kind)}});
  test.claim("a", "w1");
  test.claim("lock-1", "w1");
  EXPECT_EQ(row("w1").slots_taken, 1);
  EXPECT_THAT(row("w1").holding, ElementsAre("a", "lock-1"));
  EXPECT_THAT(workers_text(workers_view(test.pool, test.now), plain), HasSubstr("1/1"));
}

TEST_F(HealingViews, ShowATaskWhoseWorkerLivesWithoutProgress) {
  test.join("w1");
  test.add("a");
  test.claim("a", "w1", minute);
  for (int minutes = 0; minutes < 10; ++minutes) {
    test.after(minute / 2);
    beat("a", 40);
  }
  const Instant changed = TestPool::start + minute / 2;
  for (Millis passed = test.now - changed; passed < 30 * minute; passed += minute / 2) {
    EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), 0);
    test.after(minute / 2);
    beat("a", 40);
  }
  test.after(1000);
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), changed);
  EXPECT_EQ(status().running.front().stalled_since, changed);
  EXPECT_EQ(status().workers.stalled, 1);
  EXPECT_EQ(status().workers.live, 1);
  EXPECT_THAT(row("w1").stalled, ElementsAre("a"));
  EXPECT_THAT(attention(), ElementsAre(AttentionKind::stalled));
  EXPECT_THAT(status_text(status(), plain), HasSubstr("stalled since 00:17Z: 40%"));
  EXPECT_EQ(test.pool.state_of(test.index("a")), TaskState::running) << "it keeps its lease";

  beat("a", 41);
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), 0);
  EXPECT_THAT(attention(), IsEmpty());
}

TEST_F(HealingViews, GiveATaskThriceItsEstimate) {
  test.join("w1");
  TaskSpec spec = task_spec("a");
  spec.estimate_ms = 60 * minute;
  test.add(spec);
  test.claim("a", "w1", 600 * minute);
  test.after(179 * minute);
  beat("a", 1);
  test.after(179 * minute);
  beat("a", 1);
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), 0);
  test.after(2 * minute);
  beat("a", 1);
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), TestPool::start + 179 * minute);
  PoolSettings never;
  never.stall_ms = 0;
  test.write(PoolConfigured{{}, never});
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), 0);
}

TEST_F(HealingViews, TellASilentWorkerFromAStalledOne) {
  test.join("w1");
  test.add("a");
  test.claim("a", "w1", 90 * minute);
  test.after(60 * minute);
  EXPECT_EQ(row("w1").liveness, Liveness::quiet);
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), 0);
  test.pool.saw(test.worker("w1"), test.now);
  EXPECT_EQ(stalled_since(test.pool, test.index("a"), test.now), TestPool::start);
}

TEST_F(HealingViews, NameWhatWouldFreeAPoolInWhichNothingMoves) {
  test.join("w1");
  test.add("a");
  test.add("b", {"a"});
  test.add("c", {"b"});
  EXPECT_FALSE(status().relief) << "w1 could take a";
  test.write(TaskHeld{"a", "the disk is full"});
  const auto relief = status().relief;
  ASSERT_TRUE(relief);
  EXPECT_EQ(relief->command, "evener resume a");
  EXPECT_EQ(relief->frees, 3);
  EXPECT_THAT(
      status_text(status(), plain),
      HasSubstr("nothing moves\n  a is held: the disk is full\n      evener resume a  # frees 3 of "
                "3 open tasks\n")
  );
  EXPECT_EQ(why_worker(test.pool, "w1", test.now).relief, relief);
  EXPECT_THAT(why_text(why_worker(test.pool, "w1", test.now), plain), HasSubstr("evener resume a"));
}

TEST_F(HealingViews, ListMachinesWithTheirWorkers) {
  Machine walnut{.name = "walnut", .address = "10.0.0.7", .domain = "rack-3"};
  walnut.cores = 64;
  walnut.memory_mb = 98'304 + 512;
  walnut.gpus = {"A100", "A100"};
  walnut.labels = {"fast"};
  test.write(MachineSet{walnut});
  for (const char* name : {"w2", "w1"}) {
    WorkerSpec spec = worker_spec(name, {"linux"});
    spec.machine = "walnut";
    spec.slots = 2;
    test.join(spec);
  }
  WorkerSpec guest = worker_spec("guest");
  guest.machine = "elm";
  test.join(guest);
  test.add("a");
  test.claim("a", "w1");
  test.write(WorkerDrained{"w2", true, ""});
  test.after(5000);
  const MachineListView view = machines_view(test.pool, test.now);
  ASSERT_EQ(view.machines.size(), 2U);
  const MachineRow& elm = view.machines[0];
  EXPECT_FALSE(elm.spec);
  EXPECT_EQ(elm.free_slots, 1);
  const MachineRow& row = view.machines[1];
  EXPECT_THAT(row.lends, ElementsAre("gpu", "gpu:A100", "gpu:A100", "fast"));
  EXPECT_EQ(row.workers.front().name, "w1");
  EXPECT_THAT(row.workers.front().holding, ElementsAre("a"));
  EXPECT_EQ(row.slots, 4);
  EXPECT_EQ(row.free_slots, 1) << "w1 has one of two left, w2 drains";
  EXPECT_EQ(row.unheard_ms, 5000);
  EXPECT_EQ(hardware_text(row.spec.value()), "64 cores, 96.5 GB, 2 GPUs (A100, A100)");
  const std::string text = machines_text(view, plain);
  EXPECT_THAT(text, HasSubstr("w1 (a), w2"));
  EXPECT_THAT(text, HasSubstr("not described"));
  EXPECT_THAT(this->row("w1").capabilities, ElementsAre("linux", "fast", "gpu", "gpu:A100"));
}

TEST_F(HealingViews, AnswerWithMachinesInThePlan) {
  test.write(MachineSet{{.name = "walnut", .cores = 8}});
  Query query;
  query.kind = QueryKind::plan;
  const Json plan =
      parse_json(answer_query(query, test.pool, test.source(), test.now).value()).value();
  EXPECT_EQ(plan.at("machines").at(0).at("cores").as_int64(), 8);
  query.kind = QueryKind::machines;
  EXPECT_EQ(target_of(query), "machines");
  EXPECT_EQ(query_of("machines", {})->kind, QueryKind::machines);
  const std::string text = answer_query(query, test.pool, test.source(), test.now).value();
  EXPECT_THAT(text, HasSubstr(R"("name":"walnut")"));
}

TEST_F(HealingViews, ShowWhatATaskRequiresForItsSecrets) {
  TaskSpec spec = task_spec("a");
  spec.secrets = {"KEY"};
  test.add(spec);
  EXPECT_THAT(row_of(test.pool, test.index("a")).capabilities, ElementsAre("secret:KEY"));
  EXPECT_THAT(
      why_task(test.pool, test.index("a"), "w1", test.now).remedy, HasSubstr("--secret KEY=")
  );
  EXPECT_EQ(spec_of(test.pool.state(), test.index("a")), spec);
}

}  // namespace
}  // namespace evener
