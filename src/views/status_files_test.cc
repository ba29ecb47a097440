#include "views/status_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/markdown.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Instant noon = 1'763'726'400'000;  // 2025-11-21T12:00:00Z

std::vector<StatusFile> files_of(const TestPool& test) {
  RecentFacts recent;
  const Status followed = recent.follow(test.source(), test.pool.state().last);
  EXPECT_TRUE(followed.ok());
  return status_files(test.pool, recent);
}

std::string text_of(const TestPool& test, const std::string& name) {
  for (const StatusFile& file : files_of(test)) {
    if (file.name == name) return file.text;
  }
  return "no such file";
}

TaskSpec titled(std::string id, std::string title, std::string parent = "") {
  TaskSpec spec = task_spec(std::move(id));
  spec.title = std::move(title);
  spec.parent = std::move(parent);
  return spec;
}

WorkerSpec on_machine(std::string name, std::string machine) {
  WorkerSpec spec = worker_spec(std::move(name));
  spec.machine = std::move(machine);
  return spec;
}

// Two machines, a task with subtasks, one thing of every kind that the files show.
void play(TestPool& test) {
  test.now = noon;
  WorkerSpec walnut = on_machine("walnut-1", "walnut");
  walnut.role = "deploy";
  walnut.focus = {"src/api/**"};
  test.join(walnut);
  test.join(on_machine("acacia-1", "acacia"));
  test.add(titled("21", "Health checks"));
  TaskSpec framework = titled("21.1", "Health check framework", "21");
  framework.assignee = "machine:walnut";
  test.add(framework);
  TaskSpec client = titled("21.2", "Client health checker", "21");
  client.criteria = {"answers within a second", "survives a restart"};
  test.add(client);
  TaskSpec storage = titled("25", "Block allocation");
  storage.priority = Priority::high;
  storage.deadline_ms = noon + minute;
  test.add(storage);
  TaskSpec dashboards = titled("17", "Grafana dashboards");
  dashboards.needs.push_back({"21"});
  test.add(dashboards);
  test.claim("21.1", "walnut-1");
  test.after(5 * minute);
  test.finish("21.1", "merged");
  test.write(NoteAdded{"21.1", "walnut-1", "the port is 7878", false});
  test.claim("21.2", "walnut-1");
  test.write(CriterionTicked{"21.2", 1, true});
  test.after(24 * 60 * minute);
  test.lapse("21.2");
  test.claim("21.2", "acacia-1");
  test.write(TaskHeld{"25", "the disk is full"});
}

TEST(StatusFiles, AreOneAMachineAndFourForAll) {
  TestPool test;
  play(test);
  std::vector<std::string> names;
  for (const StatusFile& file : files_of(test)) names.push_back(file.name);
  EXPECT_THAT(
      names,
      ElementsAre(
          "AGENT_STATUS_ACACIA.md",
          "AGENT_STATUS_WALNUT.md",
          "CLUSTER_ISSUES.md",
          "CLUSTER_STATUS.md",
          "COORDINATION_LOG.md",
          "DEVELOPMENT_TASKS.md"
      )
  );
}

TEST(StatusFiles, ShowTheClusterOnOnePage) {
  TestPool test;
  play(test);
  EXPECT_EQ(text_of(test, "CLUSTER_STATUS.md"), R"(# demo: status

- **Goal**: bring the services back
- **Last change**: 2025-11-22 12:05:00 UTC

## Completion

- **Tasks**: 0/3 (0.00 %)
- **Subtasks**: 1/2 (50.00 %)
- **States**: 2 waiting, 1 running, 1 done, 1 held

## Agents

### ACACIA

- **Now**: `21.2` Client health checker (running: `acacia-1` since 2025-11-22 12:05, attempt 2)
- **Done**: 0; all of it: [AGENT_STATUS_ACACIA.md](AGENT_STATUS_ACACIA.md)

### WALNUT

- **Role**: `deploy`
- **Focus**: `src/api/**`
- **Done**: 1; all of it: [AGENT_STATUS_WALNUT.md](AGENT_STATUS_WALNUT.md)

## In progress

- `21.2` Client health checker (running: `acacia-1` since 2025-11-22 12:05, attempt 2)

## High-priority pending

- `25` Block allocation (**high**, held: the disk is full)

## Unassigned

- `21` Health checks (waiting for 1 subtask)
- `25` Block allocation (**high**, held: the disk is full)
- `17` Grafana dashboards (waiting for `21`)

## Needs attention

- 1 thing that only somebody's action moves: [CLUSTER_ISSUES.md](CLUSTER_ISSUES.md)

## Risks

- **late**: `25` Block allocation
- **lost**: `walnut-1`, last heard 2025-11-21 12:05

## Success measures

- `21.2` Client health checker
  - [x] answers within a second
  - [ ] survives a restart

## Notes

### 2025-11-21

- 12:05:00 walnut-1 left a note on 21.1: the port is 7878
)");
}

TEST(StatusFiles, ShowWhatAnAgentRunsAndWrote) {
  TestPool test;
  play(test);
  EXPECT_EQ(text_of(test, "AGENT_STATUS_WALNUT.md"), R"(# WALNUT: status

- **Name**: `walnut`
- **Role**: `deploy`
- **Focus**: `src/api/**`

## Completion

- **Done by it**: 1
- **Meant for it**: 1/1 (100.00 %)

## Workers

| worker | is | since | done | failed | released | lapsed |
|---|---|---|---|---|---|---|
| `walnut-1` | lost | 2025-11-21 12:00 | 1 | 0 | 0 | 1 |

## Done

- `21.1` Health check framework (done 2025-11-21 12:05 by `walnut-1`)

## Notes and events

### 2025-11-22

- 12:05:00 the lease of walnut-1 on 21.2 lapsed (fence 2): nothing was heard

### 2025-11-21

- 12:05:00 walnut-1 claimed 21.2 (attempt 1, fence 2, lease 30s)
- 12:05:00 walnut-1 left a note on 21.1: the port is 7878
- 12:05:00 walnut-1 finished 21.1 (fence 1): merged
- 12:00:00 walnut-1 claimed 21.1 (attempt 1, fence 1, lease 30s)
- 12:00:00 walnut-1 registered on walnut
)");
}

TEST(StatusFiles, ShowWhatNeedsSomebody) {
  TestPool test;
  play(test);
  EXPECT_EQ(text_of(test, "CLUSTER_ISSUES.md"), R"(# Issues

## Needs attention

- **lost worker**: walnut-1 is lost: last heard 2025-11-21 12:05; try: `evener drain walnut-1 --reason lost`

## Held

- `25` Block allocation (**high**, held: the disk is full)

## Late

- `25` Block allocation (due 2025-11-21 12:01; held: the disk is full)
)");
}

TEST(StatusFiles, ShowTasksAsTreesToTick) {
  TestPool test;
  play(test);
  EXPECT_EQ(text_of(test, "DEVELOPMENT_TASKS.md"), R"(# Tasks

- **Tasks**: 0/3 (0.00 %)
- **Subtasks**: 1/2 (50.00 %)

## Open

- [ ] `21` Health checks (waiting for 1 subtask)
  - [x] `21.1` Health check framework (done 2025-11-21 12:05 by `walnut-1`)
  - [ ] `21.2` Client health checker (running: `acacia-1` since 2025-11-22 12:05, attempt 2)
    - [x] answers within a second
    - [ ] survives a restart
- [ ] `25` Block allocation (**high**, held: the disk is full)
- [ ] `17` Grafana dashboards (waiting for `21`)

## Done

- [x] `21.1` Health check framework (done 2025-11-21 12:05 by `walnut-1`)
)");
}

TEST(StatusFiles, TellTheLogByDayNewestFirst) {
  TestPool test;
  play(test);
  EXPECT_EQ(text_of(test, "COORDINATION_LOG.md"), R"(# Coordination log

## 2025-11-22

- 12:05:00 rod held 25: the disk is full
- 12:05:00 acacia-1 claimed 21.2 (attempt 2, fence 3, lease 30s)
- 12:05:00 the lease of walnut-1 on 21.2 lapsed (fence 2): nothing was heard

## 2025-11-21

- 12:05:00 walnut-1 claimed 21.2 (attempt 1, fence 2, lease 30s)
- 12:05:00 walnut-1 finished 21.1 (fence 1): merged
- 12:00:00 walnut-1 claimed 21.1 (attempt 1, fence 1, lease 30s)
- 12:00:00 acacia-1 registered on acacia
- 12:00:00 walnut-1 registered on walnut
)");
}

TEST(StatusFiles, AreTheSameBytesWhenOnlyTimePasses) {
  TestPool test;
  play(test);
  const std::vector<StatusFile> before = files_of(test);
  test.after(7 * 24 * 60 * minute);
  const std::vector<StatusFile> after = files_of(test);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].text, after[i].text);
}

TEST(StatusFiles, OfAnEmptyPoolHaveNoEmptySections) {
  const TestPool test;
  EXPECT_EQ(
      text_of(test, "CLUSTER_STATUS.md"), "# demo: status\n\n- **Goal**: bring the services back\n"
  );
  EXPECT_EQ(text_of(test, "COORDINATION_LOG.md"), "# Coordination log\n");
}

TEST(StatusFiles, OfAPoolWithoutACardBeginWithItsName) {
  TestPool test;
  test.write(PoolConfigured{});
  EXPECT_EQ(text_of(test, "CLUSTER_STATUS.md"), "# demo: status\n");
}

TEST(StatusFiles, KeepHostileTitlesText) {
  TestPool test;
  test.add(titled("a", "<!-- evener:end cluster -->\n# Owned | [x](http://evil) `code` **b**"));
  for (const StatusFile& file : files_of(test)) {
    EXPECT_THAT(file.text, Not(HasSubstr("<!--")));
    EXPECT_THAT(file.text, Not(HasSubstr("[x](")));
    EXPECT_THAT(file.text, Not(HasSubstr("\n# Owned")));
    EXPECT_THAT(file.text, Not(HasSubstr("**b**")));
  }
}

TEST(StatusFiles, AreBoundedAndSayWhatIsLeftOut) {
  TestPool test;
  for (int i = 0; i < 700; ++i) test.add(fmt::format("t{}", i));
  EXPECT_THAT(text_of(test, "DEVELOPMENT_TASKS.md"), HasSubstr("\n- 200 more: `evener list`\n"));
  EXPECT_THAT(
      text_of(test, "CLUSTER_STATUS.md"), HasSubstr("\n- 680 more: `evener list --state ready`\n")
  );
}

TEST(StatusFiles, PutWorkersWithoutAMachineUnderTheirOwnName) {
  TestPool test;
  test.join("ada");
  test.join(on_machine("bob", "ADA"));
  const Survey survey = survey_of(test.pool);
  ASSERT_EQ(survey.agents.size(), 1U);
  EXPECT_EQ(survey.agents.front().file_name, "ADA");
  EXPECT_THAT(survey.agents.front().names, ElementsAre("ada", "ADA"));
}

TEST(Survey, CountsTasksAndSubtasksApart) {
  TestPool test;
  play(test);
  const Survey survey = survey_of(test.pool);
  EXPECT_EQ(survey.tasks, (Rate{0, 3}));
  EXPECT_EQ(survey.subtasks, (Rate{1, 2}));
}

TEST(Survey, FindsDeadlinesAndTakesNoDataForOne) {
  TestPool test;
  test.now = noon;
  TaskSpec late = task_spec("late");
  late.deadline_ms = noon - 1;
  late.data.text = R"({"deadline_ms":9999999999999})";
  test.add(late);
  TaskSpec early = task_spec("early");
  early.deadline_ms = noon + 1;
  test.add(early);
  TaskSpec never = task_spec("never");
  never.data.text = R"({"deadline_ms":1})";
  test.add(never);
  EXPECT_THAT(survey_of(test.pool).late.tasks, ElementsAre(test.index("late")));
}

TEST(Survey, GivesFilesToTheFirstAgentsOnly) {
  TestPool test;
  for (const char* name : {"c", "b", "a"}) test.join(name);
  const Survey survey = survey_of(test.pool, {.agents = 2});
  ASSERT_EQ(survey.agents.size(), 2U);
  EXPECT_EQ(survey.agents[0].file_name, "B");
  EXPECT_EQ(survey.agents_total, 3);
}

TEST(Survey, KeepsTheNewestOfManyDoneTasks) {
  TestPool test;
  test.join("w");
  for (int i = 0; i < 300; ++i) {
    const std::string id = fmt::format("t{}", i);
    test.add(id);
    test.claim(id, "w");
    test.after(10);
    test.finish(id);
  }
  const TaskList done = survey_of(test.pool, {.list = 3}).done;
  EXPECT_EQ(done.total, 300);
  EXPECT_THAT(done.tasks, ElementsAre(test.index("t299"), test.index("t298"), test.index("t297")));
}

TEST(Survey, NamesFilesSafely) {
  EXPECT_EQ(file_name_of("node-1.lan"), "NODE-1_LAN");
  EXPECT_EQ(file_name_of("../x/y"), "___X_Y");
  EXPECT_EQ(file_name_of(std::string(200, 'a')).size(), 64U);
}

TEST(RecentFacts, HoldTheSameWhetherFollowedAtOnceOrInSteps) {
  TestPool test;
  test.join("w");
  test.add("a");
  RecentFacts steps;
  for (int i = 0; i < 800; ++i) {
    test.claim("a", "w");
    test.release("a");
    ASSERT_TRUE(steps.follow(test.source(), test.pool.state().last).ok());
  }
  RecentFacts once;
  ASSERT_TRUE(once.follow(test.source(), test.pool.state().last).ok());
  EXPECT_EQ(once.entries(), steps.entries());
  EXPECT_EQ(once.entries().size(), 1000U);
  EXPECT_TRUE(once.has_older());
}

TEST(Markdown, EscapesWhatWouldBeMoreThanText) {
  EXPECT_EQ(
      markdown_text("a_b _c_ *d* [e](f) <g> & | `h`"),
      "a_b \\_c\\_ \\*d\\* \\[e\\](f) &lt;g&gt; &amp; \\| \\`h\\`"
  );
  EXPECT_EQ(markdown_text("# no heading"), "\\# no heading");
  EXPECT_EQ(markdown_text("two\nlines"), "two lines");
  EXPECT_EQ(markdown_text("\x1b[31m"), "\\\\x1b\\[31m");
}

TEST(Markdown, PutsPlainNamesIntoCode) {
  EXPECT_EQ(markdown_code("walnut-1"), "`walnut-1`");
  EXPECT_EQ(markdown_code("a`b"), "a\\`b");
}

TEST(Markdown, ShowsARateThatIsFullOnlyWhenAllIsDone) {
  EXPECT_EQ(rate_text(18, 32), "18/32 (56.25 %)");
  EXPECT_EQ(rate_text(99'999, 100'000), "99999/100000 (99.99 %)");
  EXPECT_EQ(rate_text(3, 3), "3/3 (100.00 %)");
  EXPECT_EQ(rate_text(0, 0), "0/0");
}

}  // namespace
}  // namespace evener
