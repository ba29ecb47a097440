#include "formats/schedule_instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ScheduleInstance instance_of(std::string_view text, InstanceFormat format, std::int64_t line = 1) {
  Result<ScheduleInstance> read = read_schedule_instance(text, "file", format, line);
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().text());
  return read.ok() ? std::move(*read) : ScheduleInstance{};
}

std::string problem_of(std::string_view text, InstanceFormat format, std::int64_t line = 1) {
  const Result<ScheduleInstance> read = read_schedule_instance(text, "file", format, line);
  return read.ok() ? "read" : read.error().text();
}

std::vector<std::string> needs_of(const TaskSpec& task) {
  std::vector<std::string> ids;
  for (const Need& need : task.needs) ids.push_back(need.task);
  return ids;
}

// ---- Standard Task Graphs
// ------------------------------------------------------------------------

constexpr std::string_view two_listed =
    "  2\n"
    "  0   0   0\n"
    "  1   9   1   0\n"
    "  2   4   2   0  1\n"
    "  3   0   1   2\n"
    "#   Edges : 1\n";

TEST(ScheduleInstances, ReadAStandardTaskGraphWithoutItsDummies) {
  const ScheduleInstance graph = instance_of(two_listed, InstanceFormat::stg);
  ASSERT_EQ(graph.plan.tasks.size(), 2U);
  EXPECT_EQ(graph.plan.tasks[0].id, "t1");
  EXPECT_EQ(graph.plan.tasks[0].estimate_ms, 9000);
  EXPECT_THAT(needs_of(graph.plan.tasks[0]), IsEmpty());
  EXPECT_THAT(needs_of(graph.plan.tasks[1]), ElementsAre("t1"));
  EXPECT_THAT(graph.plan.workers, IsEmpty());
}

TEST(ScheduleInstances, ReadAGraphThatCountsItsDummies) {
  std::string text(two_listed);
  text[2] = '4';
  EXPECT_EQ(instance_of(text, InstanceFormat::stg).plan.tasks.size(), 2U);
}

TEST(ScheduleInstances, NameTheLineOfAGraphThatIsWrong) {
  const auto problem = [](std::string_view text) { return problem_of(text, InstanceFormat::stg); };
  EXPECT_EQ(
      problem("two"),
      "file:1: expected the number of tasks from 1 to 100000, found 'two' (bad_value)"
  );
  EXPECT_EQ(
      problem("2\n0 0 0\n1 9 1\n"),
      "file:3: expected a predecessor from 0 to 100000, found the end of the line (bad_value)"
  );
  EXPECT_EQ(
      problem("2\n0 0 0\n2 9 0\n"),
      "file:3: expected the task's number from 1 to 1, found '2' (bad_value)"
  );
  EXPECT_EQ(
      problem("2\n0 0 0\n1 9 0 0\n"), "file:3: expected 0 predecessors, found more (bad_value)"
  );
  EXPECT_THAT(problem("2\n0 0 0\n1 -9 0\n"), HasSubstr("found '-9'"));
  EXPECT_THAT(problem("9\n0 0 0\n1 9 0\n2 0 0\n"), HasSubstr("expected 9 tasks between two"));
  EXPECT_THAT(problem("1\n0 0 0\n1 9 0\n2 5 0\n"), HasSubstr("between two that take no time"));
  EXPECT_THAT(problem(""), HasSubstr("empty_plan"));
}

// ---- workflows
// -----------------------------------------------------------------------------------

constexpr std::string_view two_workflows =
    R"({"name":"a","family":"f","classes":["x"],"tasks":[[5,0,[]]]})"
    "\n"
    R"({"name":"b","family":"f","classes":["Big one",""],"tasks":[[5,0,[]],[7,1,[0],"obj/a.o"]]})"
    "\n";

TEST(ScheduleInstances, ReadTheWorkflowOfALine) {
  const ScheduleInstance flow = instance_of(two_workflows, InstanceFormat::wf, 2);
  EXPECT_EQ(flow.name, "b");
  ASSERT_EQ(flow.plan.tasks.size(), 2U);
  EXPECT_EQ(flow.plan.tasks[0].kind, "big-one");
  EXPECT_EQ(flow.plan.tasks[1].estimate_ms, 7);
  EXPECT_EQ(flow.plan.tasks[1].title, "obj/a.o");
  EXPECT_THAT(needs_of(flow.plan.tasks[1]), ElementsAre("t0"));
  EXPECT_EQ(instance_of(two_workflows, InstanceFormat::ninja).name, "a");
}

TEST(ScheduleInstances, NameThePlaceInAWorkflowThatIsWrong) {
  const auto problem = [](std::string_view text, std::int64_t line = 1) {
    return problem_of(text, InstanceFormat::wf, line);
  };
  EXPECT_EQ(
      problem(two_workflows, 3),
      "file:3: expected an instance in line 3, found the end of the file (bad_value)"
  );
  EXPECT_THAT(problem("{}\n{\"tasks\":[[1,0,[0]]]}", 2), HasSubstr("file:2:"));
  EXPECT_THAT(problem("{\"tasks\":[[1,0,[0]]]}"), HasSubstr("stand before the task"));
  EXPECT_THAT(problem("{\"tasks\":[[1.5,0,[]]]}"), HasSubstr("whole milliseconds"));
  EXPECT_THAT(problem("{\"classes\":[\"x\"],\"tasks\":[[1,1,[]]]}"), HasSubstr("classes"));
  EXPECT_THAT(problem("{\"tasks\":[7]}"), HasSubstr("[duration_ms, class, [predecessors]]"));
  EXPECT_THAT(problem("{\"tasks\":[]}"), HasSubstr("1 to 100000 tasks"));
  EXPECT_THAT(problem("[1,"), HasSubstr("bad_json"));
}

// ---- multi-skill projects
// ------------------------------------------------------------------------

constexpr std::string_view project =
    "====\nTasks: 2\n====\n"
    "ResourceID \t Salary \t Skills\n"
    "1\t56.0\t Q1: 0\t Q2: 1\n"
    "2\t53.6\t Q2: 2\n"
    "====\n"
    "TaskID \t Duration \t Skill \t Predecessor IDs\n"
    "1\t37\t Q2: 2\t\n"
    "2\t13\t Q1: 0\t1\n"
    "====\n";

TEST(ScheduleInstances, ReadSkillsAsCapabilitiesWithLevels) {
  const ScheduleInstance read = instance_of(project, InstanceFormat::imopse);
  ASSERT_EQ(read.plan.workers.size(), 2U);
  EXPECT_THAT(read.plan.workers[0].capabilities, ElementsAre("Q1=0", "Q2=1"));
  EXPECT_THAT(read.plan.workers[1].capabilities, ElementsAre("Q2=2"));
  ASSERT_EQ(read.plan.tasks.size(), 2U);
  EXPECT_THAT(read.plan.tasks[0].capabilities, ElementsAre("Q2>=2"));
  EXPECT_THAT(needs_of(read.plan.tasks[1]), ElementsAre("t1"));
}

TEST(ScheduleInstances, NameTheLineOfAProjectThatIsWrong) {
  const auto problem = [](std::string_view text) {
    return problem_of(text, InstanceFormat::imopse);
  };
  EXPECT_THAT(problem("nothing\n"), HasSubstr("expected a line with 'ResourceID'"));
  EXPECT_THAT(problem("ResourceID\n1 5 Q1 0\n===="), HasSubstr("file:2: expected a skill"));
  EXPECT_THAT(problem("ResourceID\n1 5 Q1:\n===="), HasSubstr("the skill's level"));
  EXPECT_THAT(problem("ResourceID\n1 5 Q1: 0\n"), HasSubstr("expected a resource, or ===="));
}

// ---- flexible job shops
// --------------------------------------------------------------------------

TEST(ScheduleInstances, ReadJobsAsChainsOfOperations) {
  const ScheduleInstance shop =
      instance_of("2 3 1.5\n2  1 2 21  2 1 4 3 8\n1  3 1 5 2 5 3 5\n", InstanceFormat::fjsp);
  ASSERT_EQ(shop.plan.tasks.size(), 3U);
  EXPECT_EQ(shop.plan.tasks[1].id, "j1.2");
  EXPECT_THAT(needs_of(shop.plan.tasks[1]), ElementsAre("j1.1"));
  EXPECT_THAT(shop.plan.tasks[1].capabilities, ElementsAre("on.1-3"));
  EXPECT_EQ(shop.plan.tasks[1].estimate_ms, 6000);
  EXPECT_THAT(shop.durations[1], ElementsAre(4000, 0, 8000));
  EXPECT_THAT(shop.plan.workers[0].capabilities, ElementsAre("on.1-3"));
  EXPECT_THAT(shop.plan.workers[1].capabilities, ElementsAre("on.2"));
  EXPECT_THAT(shop.plan.tasks[2].capabilities, IsEmpty()) << "every machine may do it";
}

TEST(ScheduleInstances, NameTheLineOfAJobShopThatIsWrong) {
  const auto problem = [](std::string_view text) { return problem_of(text, InstanceFormat::fjsp); };
  EXPECT_THAT(problem("1 2\n1 1 3 5\n"), HasSubstr("file:2: expected a machine from 1 to 2"));
  EXPECT_THAT(problem("1 2\n1 2 1 5 1 6\n"), HasSubstr("each machine once"));
  EXPECT_THAT(problem("1 2\n1 1 1 5 9\n"), HasSubstr("the end after 1 operations"));
  EXPECT_THAT(problem("2 2\n1 1 1 5\n"), HasSubstr("expected job 2, found the end of the file"));
  EXPECT_THAT(problem("1 2\n1 1 1 5\n1 1 1 5\n"), HasSubstr("the end after 1 jobs"));
}

// ---- projects with limited resources
// -------------------------------------------------------------

constexpr std::string_view limited =
    "jobs (incl. supersource/sink ):  4\n"
    "RESOURCES\n"
    "  - renewable                 :  2   R\n"
    "  - nonrenewable              :  0   N\n"
    "PRECEDENCE RELATIONS:\n"
    "jobnr.    #modes  #successors   successors\n"
    "   1        1          2           2   3\n"
    "   2        1          1           3\n"
    "   3        1          1           4\n"
    "   4        1          0\n"
    "REQUESTS/DURATIONS:\n"
    "jobnr. mode duration  R 1  R 2\n"
    "-------\n"
    "  1      1     0       0    0\n"
    "  2      1     8       4    0\n"
    "  3      1     4      10    1\n"
    "  4      1     0       0    0\n"
    "*******\n"
    "RESOURCEAVAILABILITIES:\n"
    "  R 1  R 2\n"
    "   12    3\n";

TEST(ScheduleInstances, ReadResourcesAsLocksWithACapacity) {
  const ScheduleInstance read = instance_of(limited, InstanceFormat::psplib);
  ASSERT_EQ(read.plan.tasks.size(), 2U);
  EXPECT_EQ(read.plan.workers.size(), 2U);
  EXPECT_THAT(read.plan.settings->resources, ElementsAre("R1=12", "R2=3"));
  EXPECT_EQ(read.plan.tasks[0].estimate_ms, 8000);
  EXPECT_THAT(read.plan.tasks[0].locks, ElementsAre("R1*4"));
  EXPECT_THAT(read.plan.tasks[1].locks, ElementsAre("R1*10", "R2*1"));
  EXPECT_THAT(needs_of(read.plan.tasks[1]), ElementsAre("j2"));
}

TEST(ScheduleInstances, NameTheLineOfALimitedProjectThatIsWrong) {
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string text(limited);
    text.replace(text.find(from), from.size(), to);
    return problem_of(text, InstanceFormat::psplib);
  };
  EXPECT_THAT(changed(":  0   N", ":  1   N"), HasSubstr("nonrenewable ones"));
  EXPECT_THAT(changed("2        1          1 ", "2        3          1 "), HasSubstr("one mode"));
  EXPECT_THAT(changed("   12    3\n", "   12\n"), HasSubstr("file:21: expected how much there is"));
  EXPECT_THAT(changed("  3      1     4", "  3      1    x4"), HasSubstr("file:16:"));
  EXPECT_THAT(changed("RESOURCEAVAILABILITIES", "x"), HasSubstr("RESOURCEAVAILABILITIES"));
}

}  // namespace
}  // namespace evener
