#include "core/plan_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/plan_test_random.h"

namespace evener {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

// Says all that find_unsaid() asks for.
TaskSpec told_task(std::string id, std::vector<std::string> needs = {}) {
  TaskSpec task = plan_task(std::move(id), std::move(needs), 60'000);
  task.criteria = {"it works"};
  task.verify = "make test";
  task.context = "see README.md";
  return task;
}

TaskSpec pathed_task(
    std::string id, std::vector<std::string> paths, std::vector<std::string> needs = {}
) {
  TaskSpec task = told_task(std::move(id), std::move(needs));
  task.context.clear();
  task.paths = std::move(paths);
  return task;
}

std::vector<PlanFinding> found(const PlanToExamine& plan, std::string_view code) {
  std::vector<PlanFinding> out;
  for (PlanFinding& finding : examine_plan(plan).findings) {
    if (finding.code == code) out.push_back(std::move(finding));
  }
  return out;
}

std::vector<PlanFinding> found(const std::vector<TaskSpec>& tasks, std::string_view code) {
  return found(PlanToExamine{.tasks = tasks}, code);
}

auto about(
    const std::vector<std::string>& tasks, const std::string& reason, const std::string& change
) {
  return AllOf(
      Field(&PlanFinding::tasks, tasks),
      Field(&PlanFinding::reason, HasSubstr(reason)),
      Field(&PlanFinding::change, HasSubstr(change))
  );
}

TEST(PlanFindings, AreNoneWhereAllIsSaidAndInOrder) {
  const std::vector<TaskSpec> tasks{told_task("a"), told_task("b", {"a"})};
  const PlanExamination examined = examine_plan({.tasks = tasks});
  EXPECT_THAT(examined.findings, IsEmpty());
  EXPECT_EQ(examined.errors + examined.warnings, 0);
  EXPECT_TRUE(examined.figures.has_value());
}

TEST(PlanFindings, NameACycleInFullAndWhatBreaksIt) {
  const std::vector<TaskSpec> tasks{
      told_task("a", {"b"}), told_task("b", {"c"}), told_task("c", {"a"})
  };
  const PlanExamination examined = examine_plan({.tasks = tasks});
  ASSERT_EQ(examined.errors, 1);
  EXPECT_THAT(
      examined.findings.front(),
      about({"a", "b", "c"}, "a -> b -> c -> a", "evener edit a --drop-need b")
  );
  EXPECT_FALSE(examined.figures.has_value());
}

TEST(PlanFindings, NameWhatIsNeededAndNotThere) {
  std::vector<TaskSpec> tasks{told_task("a", {"x"}), told_task("b", {"x", "y"}), told_task("c")};
  tasks[2].parent = "z";
  EXPECT_THAT(
      found(tasks, "need_missing"),
      ElementsAre(
          about({"a", "b"}, "x is needed", "evener edit a --drop-need x"),
          about({"b"}, "y is needed", "evener edit b --drop-need y"),
          about({"c"}, "the parent z", "evener edit c --parent ''")
      )
  );
  EXPECT_THAT(found({.tasks = tasks, .elsewhere = {"x", "y", "z"}}, "need_missing"), IsEmpty());
}

TEST(PlanFindings, NameWhatIsNeededAndCancelled) {
  const std::vector<TaskSpec> tasks{told_task("a"), told_task("b")};
  EXPECT_THAT(
      found({.tasks = tasks, .cancelled = {{"x", {"a", "b"}}}}, "need_cancelled"),
      ElementsAre(about({"a", "b"}, "x is needed, and is cancelled", "evener reopen x"))
  );
  EXPECT_EQ(examine_plan({.tasks = tasks, .cancelled = {{"x", {"a"}}}}).errors, 1);
}

TEST(PlanFindings, SayThatANeedIsMetWhenItsTaskIsDone) {
  std::vector<TaskSpec> tasks{told_task("a"), told_task("b", {"a"})};
  EXPECT_THAT(found(tasks, "need_until"), IsEmpty());
  tasks[1].needs[0].until = Until::accepted;
  EXPECT_THAT(
      found(tasks, "need_until"), ElementsAre(about({"b"}, "until that is done", "acceptance of a"))
  );
}

TEST(PlanFindings, NameASecondTaskOfAnId) {
  EXPECT_EQ(found(std::vector{told_task("a"), told_task("a")}, "duplicate_id").size(), 1U);
}

TEST(PlanFindings, NameLocksThatCanNeverBeGranted) {
  std::vector<TaskSpec> tasks{told_task("train"), told_task("test")};
  tasks[0].locks = {"gpu*4"};
  tasks[1].locks = {"gpu*2"};
  PlanToExamine plan{.tasks = tasks};
  plan.settings.resources = {"gpu=2"};
  EXPECT_THAT(found(plan, "lock_never"), ElementsAre(about({"train"}, "4 of gpu", "resources")));
}

TEST(PlanFindings, NameCapabilitiesThatNobodyHas) {
  std::vector<TaskSpec> tasks{told_task("a"), told_task("b"), told_task("c"), told_task("d")};
  tasks[0].capabilities = {"gpu"};
  tasks[1].capabilities = {"docker", "tpu"};
  tasks[2].capabilities = {"docker", "gpu"};
  tasks[3].capabilities = {"docker"};
  tasks[3].assignee = "role:tester";
  EXPECT_EQ(examine_plan({.tasks = tasks}).errors, 0) << "nobody is known at all";
  PlanToExamine plan{.tasks = tasks};
  plan.workers = {
      {.name = "one", .machine = "box", .role = "tester"},
      {.name = "two", .capabilities = {"docker"}}
  };
  plan.machines = {{.name = "box", .gpus = {"RTX 3070"}}};
  EXPECT_THAT(
      found(plan, "capability_missing"),
      ElementsAre(about({"b"}, "offers tpu", "evener work --capability tpu"))
  );
  EXPECT_THAT(found(plan, "capabilities_apart"), ElementsAre(about({"c"}, "docker, gpu", "split")));
  EXPECT_THAT(
      found(plan, "assignee_unable"),
      ElementsAre(about({"d"}, "role:tester", "evener edit d --assignee ''"))
  );
}

TEST(PlanFindings, NameGatesThatDoNotOpenByThemselves) {
  std::vector<TaskSpec> tasks{told_task("a"), told_task("b")};
  tasks[0].phase = "one";
  tasks[1].phase = "two";
  const std::vector<PhaseSpec> phases{
      {.id = "one"},
      {.id = "empty"},
      {.id = "asked", .approver = "ada"},
      {.id = "two", .after = {"one", "empty", "asked", "nowhere"}}
  };
  PlanToExamine plan{.tasks = tasks, .phases = phases};
  EXPECT_THAT(found(plan, "gate_empty"), ElementsAre(about({"b"}, "empty, which has", "tasks")));
  EXPECT_THAT(found(plan, "gate_missing"), ElementsAre(about({"b"}, "nowhere", "phase nowhere")));
  plan.gates_known = {"empty", "nowhere"};
  EXPECT_EQ(examine_plan(plan).findings.size(), 0U);
}

TEST(PlanFindings, TellOfTasksThatMeetAtSeveralPathsOnce) {
  const std::vector<TaskSpec> tasks{
      pathed_task("a", {"src/x", "src/y"}), pathed_task("b", {"src/x", "src/y"})
  };
  EXPECT_THAT(
      found(tasks, "paths_meet"), ElementsAre(about({"a", "b"}, "src/x; src/y", "b --add-need a"))
  );
}

TEST(PlanFindings, NamePathsThatNothingOrders) {
  std::vector<TaskSpec> tasks{
      pathed_task("a", {"src/auth/**"}),
      pathed_task("b", {"src/auth/login.cc"}),
      pathed_task("c", {"src/auth/login.cc"}, {"b"}),
      pathed_task("d", {"shared:docs/**"}),
      pathed_task("e", {"shared:docs/**"}),
      pathed_task("f", {"docs/a.md"}, {"d", "e"})
  };
  EXPECT_THAT(
      found(tasks, "paths_meet"),
      ElementsAre(about({"a", "b", "c"}, "src/auth/** and src/auth/login.cc", "--add-need a"))
  );
  tasks[0].needs.push_back({"c"});
  EXPECT_THAT(found(tasks, "paths_meet"), IsEmpty());
}

TEST(PlanFindings, LeaveTasksOfOneLineOfParentsAlone) {
  std::vector<TaskSpec> tasks{pathed_task("whole", {"src/**"}), pathed_task("part", {"src/a"})};
  tasks[1].parent = "whole";
  EXPECT_THAT(found(tasks, "paths_meet"), IsEmpty());
}

TEST(PlanFindings, NameNeedsThatOthersImply) {
  std::vector<TaskSpec> tasks{
      told_task("a"), told_task("b", {"a"}), told_task("c", {"a", "b"}), told_task("d", {"a", "c"})
  };
  const PlanExamination examined = examine_plan({.tasks = tasks});
  EXPECT_THAT(examined.spare_needs, ElementsAre(SpareNeed{"c", "a"}, SpareNeed{"d", "a"}));
  EXPECT_THAT(
      found(tasks, "need_redundant"),
      ElementsAre(
          about({"c"}, "a (it comes before b)", "evener edit c --drop-need a"),
          about({"d"}, "a (it comes before c)", "evener edit d --drop-need a")
      )
  );
  tasks[2].needs.front().until = Until::accepted;
  tasks[3].needs.front().until = Until::accepted;
  EXPECT_THAT(found(tasks, "need_redundant"), IsEmpty());
}

TEST(PlanFindings, NameNeedsThatTheParentHas) {
  std::vector<TaskSpec> tasks{told_task("a"), told_task("whole", {"a"}), told_task("part", {"a"})};
  tasks[2].parent = "whole";
  EXPECT_THAT(examine_plan({.tasks = tasks}).spare_needs, ElementsAre(SpareNeed{"part", "a"}));
}

// Without all of its spare needs a plan orders the same, and without any other it does not.
TEST(PlanFindings, SpareNeedsAreTheTransitiveReduction) {
  std::mt19937 random(17);
  std::size_t spare = 0;
  for (int round = 0; round < 300; ++round) {
    RandomPlan plan = random_plan(random, round % 2 == 1);
    if (PlanGraph(plan.tasks, plan.phases).has_cycle()) continue;
    const auto reached = [&] {
      auto out = all_reached(PlanGraph(plan.tasks, plan.phases));
      return out;
    };
    const auto before = reached();
    const PlanExamination examined = examine_plan({.tasks = plan.tasks, .phases = plan.phases});
    for (const SpareNeed& need : examined.spare_needs) {
      for (TaskSpec& task : plan.tasks) {
        if (task.id == need.task) std::erase(task.needs, Need{need.need});
      }
    }
    EXPECT_EQ(reached(), before);
    for (TaskSpec& task : plan.tasks) {
      for (std::size_t i = 0; i < task.needs.size(); ++i) {
        const std::vector<Need> kept = task.needs;
        task.needs.erase(task.needs.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_NE(reached(), before);
        task.needs = kept;
      }
    }
    spare += examined.spare_needs.size();
  }
  EXPECT_GT(spare, 100U);
}

TEST(PlanFindings, NameNeedsOfWhichNoUseIsSeen) {
  std::vector<TaskSpec> tasks{
      pathed_task("api", {"src/api/**"}),
      pathed_task("page", {"src/page/**"}, {"api"}),
      pathed_task("client", {"src/client/**"}, {"api"}),
      pathed_task("proxy", {"src/proxy/**"}, {"api"}),
      pathed_task("fix", {"src/api/fix.cc"}, {"api"}),
      told_task("talk", {"api"})
  };
  tasks[2].description = "Call what api offers";
  tasks[3].run = "make -C src/api all";
  EXPECT_THAT(
      found(tasks, "need_unused"),
      ElementsAre(about({"page"}, "page waits for api", "evener edit page --drop-need api"))
  );
  tasks[1].context = "the schema is in the wiki";
  EXPECT_THAT(found(tasks, "need_unused"), IsEmpty());
}

TEST(PlanFindings, NameBottlenecks) {
  std::vector<TaskSpec> tasks{
      told_task("a"),
      told_task("b"),
      told_task("gate", {"a", "b"}),
      told_task("c", {"gate"}),
      told_task("d", {"gate"})
  };
  EXPECT_THAT(
      found(tasks, "bottleneck"),
      ElementsAre(about({"gate"}, "after 2 of the others, and before 2", "split"))
  );
  tasks[4].needs.clear();
  EXPECT_THAT(found(tasks, "bottleneck"), IsEmpty());
}

TEST(PlanFindings, NameTasksFarLongerThanTheRest) {
  std::vector<TaskSpec> tasks;
  for (int i = 0; i < 9; ++i) tasks.push_back(told_task(fmt::format("t{}", i)));
  tasks.push_back(told_task("long"));
  tasks.back().estimate_ms = 241'000;
  EXPECT_THAT(found(tasks, "task_long"), ElementsAre(about({"long"}, "4m 1s", "split")));
  tasks.back().estimate_ms = 240'000;
  EXPECT_THAT(found(tasks, "task_long"), IsEmpty());
}

TEST(PlanFindings, GatherWhatIsNotSaid) {
  std::vector<TaskSpec> tasks;
  for (int i = 0; i < 500; ++i) tasks.push_back(plan_task(fmt::format("t{}", i)));
  tasks[0].assignee = "ada";
  tasks[1].assignee = "ada";
  tasks[2].assignee = "ada";
  tasks[2].assignee_delay_ms = 1000;
  tasks[3].assignee = "role:tester";
  const PlanExamination examined = examine_plan({.tasks = tasks});
  EXPECT_EQ(examined.warnings, 5);
  EXPECT_THAT(found(tasks, "assignee_pinned"), ElementsAre(about({"t0", "t1"}, "only ada", "t0")));
  ASSERT_EQ(found(tasks, "estimate_missing").size(), 1U);
  EXPECT_EQ(found(tasks, "estimate_missing").front().tasks.size(), 500U);
  EXPECT_EQ(found(tasks, "estimate_missing").front().reason, "500 of 500 tasks say no estimate");
}

}  // namespace
}  // namespace evener
