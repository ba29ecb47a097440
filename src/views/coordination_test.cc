// Phases, gates and blockers as people see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/conditions.h"
#include "core/due.h"
#include "views/status.h"
#include "views/test_pool.h"
#include "views/text.h"
#include "views/why.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PhaseSpec phase(std::string id, std::vector<std::string> after, std::string approver = "") {
  PhaseSpec spec;
  spec.id = std::move(id);
  spec.after = std::move(after);
  spec.approver = std::move(approver);
  return spec;
}

TaskSpec task_in(std::string phase, std::string id) {
  TaskSpec spec = task_spec(std::move(id));
  spec.phase = std::move(phase);
  return spec;
}

class CoordinationViews : public testing::Test {
 protected:
  CoordinationViews() {
    test.join("w1");
    test.write(PhaseSet{phase("deploy", {}, "role:boss")});
    test.write(PhaseSet{phase("build", {"deploy"})});
    test.add(task_in("deploy", "image"));
    test.add(task_in("build", "members"));
    GateSpec meeting;
    meeting.id = "meeting";
    meeting.tasks = {"image", "members"};
    meeting.between = {"x", "y"};
    test.write(GateSet{meeting});
  }

  void tell() { test.follow_up(); }

  std::vector<GateState> states() const {
    std::vector<GateState> out;
    for (const PhaseRow& row : phases_view(test.pool).phases) out.push_back(row.state);
    return out;
  }

  const Gate& deploy() const {
    return test.pool.state().gate(test.pool.state().find_gate("deploy"));
  }

  TestPool test;
};

TEST_F(CoordinationViews, TellWhatEachGateWaitsFor) {
  const auto rows = phases_view(test.pool).phases;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].waits, "waits for image (ready)");
  EXPECT_EQ(rows[1].waits, "comes after deploy, which waits for image (ready)");
  EXPECT_EQ(rows[2].participants, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(rows[2].tasks, 2);
  EXPECT_THAT(states(), ElementsAre(GateState::begun, GateState::waiting, GateState::begun));
}

TEST_F(CoordinationViews, TellWhenAPhaseBeganAndWhenItsGateOpened) {
  test.after(500);
  test.claim("image", "w1");
  const Instant began = test.now;
  test.after(1000);
  test.finish("image");
  EXPECT_THAT(states(), ElementsAre(GateState::approval, GateState::waiting, GateState::begun));
  test.write(GateApproved{"deploy", "w1", "it answers"});
  tell();
  const PhaseRow row = phases_view(test.pool).phases.front();
  EXPECT_EQ(row.state, GateState::open);
  EXPECT_EQ(row.started_ms, began);
  EXPECT_EQ(row.opened_ms, test.now);
  EXPECT_EQ(row.approved_by, "w1");
  EXPECT_EQ(row.waits, "");
  EXPECT_THAT(phases_text(phases_view(test.pool), plain), HasSubstr("approved by w1: it answers"));
}

// Subtasks belong to the phases, and to the points where work meets, of their parents.
TEST_F(CoordinationViews, CountWhatRunsBelowATaskOfAPhase) {
  TaskSpec kid = task_spec("kid");
  kid.parent = "image";
  test.add(kid);
  test.claim("kid", "w1");
  const auto rows = phases_view(test.pool).phases;
  EXPECT_EQ(rows[0].id, "deploy");
  EXPECT_EQ(rows[0].running, 1);
  EXPECT_EQ(rows[1].running, 0);
  EXPECT_EQ(rows[2].id, "meeting");
  EXPECT_EQ(rows[2].running, 1);
  std::vector<std::string> listed_ids;
  for (const TaskRow& row : list_view(test.pool, {.phase = "deploy"}).tasks) {
    listed_ids.push_back(row.id);
  }
  EXPECT_THAT(listed_ids, ElementsAre("image", "kid"));
  EXPECT_TRUE(list_view(test.pool, {.phase = "nowhere"}).tasks.empty());
  for (const TaskRow& row : list_view(test.pool, {.unphased = true}).tasks) {
    EXPECT_NE(row.id, "kid");
  }
}

// A lock that was taken by hand for a task of a phase is none of its work.
TEST_F(CoordinationViews, LeaveOutLocksBelowATaskOfAPhase) {
  TaskSpec lock = task_spec("lock-1");
  lock.kind = lock_kind;
  lock.parent = "image";
  test.add(lock);
  test.claim("lock-1", "w1");
  for (const PhaseRow& row : phases_view(test.pool).phases) EXPECT_EQ(row.running, 0) << row.id;
  const TaskListView list = list_view(test.pool, {.phase = "deploy"});
  ASSERT_EQ(list.tasks.size(), 1U);
  EXPECT_EQ(list.tasks[0].id, "image");
}

// Whether its own tasks are fewer than the failed ones of the pool, or more.
TEST_F(CoordinationViews, NameTheFailedTaskOfThePhaseItself) {
  for (const char* id : {"test", "ship"}) test.add(task_in("deploy", id));
  for (const char* id : {"members", "ship"}) {
    const Condition before = gate_condition(test.pool, deploy());
    EXPECT_EQ(before.remedy, "finish them first") << id;
    test.claim(id, "w1");
    test.fail(id, "no disk");
  }
  constexpr std::string_view remedy =
      "stuck: evener reopen ship, or do without it: evener cancel ship";
  EXPECT_EQ(gate_condition(test.pool, deploy()).remedy, remedy);
  for (const char* id : {"x", "y"}) {
    test.add(id);
    test.claim(id, "w1");
    test.fail(id, "no disk");
  }
  EXPECT_EQ(gate_condition(test.pool, deploy()).remedy, remedy);
}

TEST_F(CoordinationViews, ShowTheOpenBlockersOfATask) {
  test.write(BlockerRaised{1, "image", "slow disk", Priority::low, Stops::nothing, "", "w1"});
  test.write(BlockerRaised{2, "image", "cert missing", Priority::normal, Stops::finish, "rod", ""});
  test.write(BlockerRaised{3, "members", "no key", Priority::normal, Stops::start, "", "w1"});
  const Result<TaskView> view = task_view(test.pool, test.index("image"), test.source(), test.now);
  ASSERT_TRUE(view.ok());
  ASSERT_EQ(view->blockers.size(), 2U);
  EXPECT_EQ(view->blockers[0].blocker, 2);
  EXPECT_THAT(
      task_text(*view, test.now, plain),
      HasSubstr("\nblockers\n"
                "  2 (normal) stops its finish: cert missing (up to rod)\n"
                "  1 (low) stops nothing: slow disk\n")
  );
}

TEST_F(CoordinationViews, SayWhyATaskOfALaterPhaseWaits) {
  const WhyView why = why_task(test.pool, test.index("members"), "w1", test.now);
  EXPECT_THAT(why.summary, HasSubstr("its phase build comes after deploy, which waits for image"));
}

TEST_F(CoordinationViews, PutWantedApprovalsAndBlockersBeforeTheRest) {
  test.claim("image", "w1");
  test.finish("image");
  test.write(BlockerRaised{1, "members", "no key", Priority::normal, Stops::start, "", "w1"});
  test.write(BlockerRaised{2, "members", "no disk", Priority::urgent, Stops::start, "rod", ""});
  test.add("broken");
  test.claim("broken", "w1");
  test.fail("broken", "no");
  std::vector<std::string> texts;
  for (const AttentionRow& row : status_view(test.pool, test.now).attention) {
    texts.push_back(row.text);
  }
  EXPECT_THAT(
      texts,
      ElementsAre(
          "members: blocker 2 (urgent): no disk (up to rod)",
          "members: blocker 1 (normal): no key",
          "deploy waits for the approval of role:boss",
          "broken failed: no"
      )
  );
}

TEST_F(CoordinationViews, ListBlockersGravestFirstWithTheirNextStep) {
  test.add("needs-members", {"members"});
  test.write(BlockerRaised{1, "members", "no key", Priority::high, Stops::finish, "", "w1"});
  test.after(600'000);
  test.write(BlockerRaised{2, "image", "no disk", Priority::urgent, Stops::start, "rod", ""});
  tell();
  const auto rows = blockers_view(test.pool, test.now).blockers;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].blocker, 2);
  EXPECT_EQ(rows[0].reporter, "rod");
  EXPECT_EQ(rows[0].asked, "rod");
  EXPECT_EQ(rows[0].escalates_to, "role:coordinator");
  EXPECT_EQ(rows[0].escalates_in_ms, 1'800'000);
  EXPECT_EQ(rows[1].open_for_ms, 600'000);
  EXPECT_EQ(rows[1].escalates_in_ms, 1'200'000);
  EXPECT_EQ(rows[1].waiting, 1);
  EXPECT_THAT(
      blockers_text(blockers_view(test.pool, test.now), plain),
      HasSubstr("in 20m 0s to role:coordinator")
  );
}

TEST_F(CoordinationViews, TellTheLogInSentences) {
  test.write(BlockerRaised{1, "image", "no disk", Priority::high, Stops::start, "rod", "w1"});
  test.write(BlockerEscalated{1, "image", "rod", 1}, "evener");
  test.write(BlockerResolved{1, "image", "", "disk added"});
  std::vector<std::string> said;
  for (const Fact& fact : test.facts) said.push_back(describe_fact(fact));
  EXPECT_THAT(said, testing::Contains("rod described the phase build (after deploy)"));
  EXPECT_THAT(said, testing::Contains("w1 raised blocker 1 on image (high, stops start): no disk"));
  EXPECT_THAT(said, testing::Contains("blocker 1 on image escalated to rod"));
  EXPECT_THAT(said, testing::Contains("rod resolved blocker 1 on image: disk added"));
}

TEST(DescribeFact, SaysWhoDecidedInTheNameOfAnother) {
  const auto said = [](FactBody body) {
    return describe_fact({.seq = Seq{1}, .by = "w2", .body = std::move(body)});
  };
  EXPECT_EQ(said(GateApproved{"deploy", "boss", ""}), "boss approved deploy (by w2)");
  EXPECT_EQ(said(GateApproved{"deploy", "w2", "fine"}), "w2 approved deploy: fine");
  EXPECT_EQ(said(GateApproved{"deploy", "", ""}), "w2 approved deploy");
  EXPECT_EQ(
      said(BlockerResolved{1, "image", "boss", "disk added"}),
      "boss resolved blocker 1 on image (by w2): disk added"
  );
}

}  // namespace
}  // namespace evener
