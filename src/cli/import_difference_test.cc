// Importing again: what is changed, what is left, and that progress is never taken back.
#include "cli/import_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/import_states.h"
#include "formats/status_words.h"

namespace evener {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Plan read_text(std::string_view text, const std::string& file) {
  Result<Plan> plan = read_plan(text, file);
  EXPECT_TRUE(plan.ok()) << plan.error().text();
  return plan.ok() ? *plan : Plan{};
}

// A pool into which the plan was imported, and where tasks have come as far as `states` say.
HeldPool pool_of(const Plan& plan, std::map<std::string, std::string> states = {}) {
  for (const TaskSpec& task : plan.tasks) states.emplace(task.id, "ready");
  return held_pool(plan, std::move(states));
}

Plan tasks_json(const std::string& status) {
  return read_text(
      R"({"tasks": [{"id": 1, "title": "Cut", "status": ")" + status + R"("}]})", "tasks.json"
  );
}

constexpr std::string_view straps =
    "## Agents\n### Ash\n- 🔄 Task 1: Cut\n- [ ] Task 2: Sew (after Task 1)\n";

TEST(ImportDifference, IsEmptyForAPlanThatWasImported) {
  Plan plan = read_text(straps, "plan.md");
  const HeldPool held = pool_of(plan);
  reconcile(plan, held);
  const ImportDifference found = difference(plan, held);
  EXPECT_THAT(found.added, IsEmpty());
  EXPECT_THAT(found.changed, IsEmpty());
  EXPECT_THAT(found.states, IsEmpty());
  EXPECT_EQ(found.unchanged, 2U);
}

TEST(ImportDifference, NamesTheFieldsThatDiffer) {
  const HeldPool held = pool_of(read_text(straps, "plan.md"));
  Plan plan = read_text(
      "## Agents\n### Elm\n- 🔄 Task 1: Cut\n- [ ] Task 2: Sew it all (after Task 1)\n- [ ] Wax\n",
      "plan.md"
  );
  reconcile(plan, held);
  const ImportDifference found = difference(plan, held);
  EXPECT_THAT(found.added, ElementsAre("wax"));
  EXPECT_THAT(
      found.changed,
      ElementsAre(TaskDifference{"1", {"assignee"}}, TaskDifference{"2", {"title", "assignee"}})
  );
}

TEST(ImportDifference, LeavesWhatAPartialPlanDoesNotSay) {
  Plan before = read_text(straps, "plan.md");
  before.tasks[0].description = "With the sharp knife";
  before.tasks[1].needs.push_back({"9", Until::done});
  before.workers[0].slots = 4;
  const HeldPool held = pool_of(before);
  Plan plan = read_text(straps, "plan.md");
  reconcile(plan, held);
  EXPECT_EQ(plan.tasks, before.tasks);
  EXPECT_EQ(plan.workers, before.workers);
}

TEST(ImportDifference, TakesOverAStateThatTheFileDidNotHaveBefore) {
  const HeldPool held = pool_of(tasks_json("pending"));
  for (const std::string word : {"done", "in-progress", "blocked", "cancelled"}) {
    Plan plan = tasks_json(word);
    reconcile(plan, held);
    EXPECT_THAT(plan.states, ElementsAre(Field(&ImportedState::word, word)));
  }
}

TEST(ImportDifference, NeverTakesBackWhatThePoolHasDoneSince) {
  const HeldPool held = pool_of(tasks_json("in-progress"), {{"1", "done"}});
  Plan same = tasks_json("in-progress");
  reconcile(same, held);
  EXPECT_THAT(same.states, IsEmpty());
  EXPECT_THAT(difference(same, held).changed, IsEmpty());
  Plan other = tasks_json("blocked");
  reconcile(other, held);
  EXPECT_THAT(other.states, IsEmpty());
  EXPECT_THAT(other.notices, ElementsAre(HasSubstr("1 stays done: the file says blocked")));
}

TEST(ImportDifference, LeavesAHoldThatTheFileDidNotPlace) {
  const std::array<std::array<std::string, 2>, 3> words{
      {{"pending", "in-progress"}, {"in-progress", "pending"}, {"deferred", "pending"}}
  };
  for (const auto& [before, now] : words) {
    HeldPool held = pool_of(tasks_json(before), {{"1", "held"}});
    held.reasons["1"] = "legal must agree";
    Plan plan = tasks_json(now);
    EXPECT_THAT(reconcile(plan, held), ElementsAre("1")) << "it may be taken over later";
    EXPECT_THAT(plan.states, IsEmpty()) << before;
    EXPECT_THAT(plan.notices, ElementsAre("1 stays held: the file says " + now));
    EXPECT_THAT(difference(plan, held).changed, IsEmpty());
  }
}

TEST(ImportDifference, ListsWhatItWouldLetGo) {
  HeldPool held = pool_of(tasks_json("deferred"), {{"1", "held"}});
  held.reasons["1"] = "was deferred when it was imported";
  Plan plan = tasks_json("pending");
  EXPECT_THAT(reconcile(plan, held), IsEmpty());
  EXPECT_THAT(difference(plan, held).states, ElementsAre(Field(&ImportedState::status, "ready")));
}

TEST(ImportDifference, ForgetsTheWordThatAPartialPlanHasTakenBack) {
  HeldPool held = pool_of(read_text("# Tasks\n- ⏸ Task 1: Cut\n", "p.md"), {{"1", "held"}});
  held.reasons["1"] = "was deferred when it was imported";
  Plan plan = read_text("# Tasks\n- [ ] Task 1: Cut\n", "p.md");
  reconcile(plan, held);
  EXPECT_EQ(plan.states.size(), 1U);
  EXPECT_EQ(stated_word(plan.tasks[0]), "") << "else it would not be held again at the next ⏸";
}

TEST(ImportDifference, TakesTheWordThatThePoolWouldWriteForNoNews) {
  const HeldPool held = pool_of(tasks_json("pending"), {{"1", "done"}});
  Plan plan = tasks_json("done");
  reconcile(plan, held);
  EXPECT_THAT(plan.states, IsEmpty());
  EXPECT_THAT(difference(plan, held).changed, IsEmpty());
}

TEST(ImportDifference, HoldsStatedTotalsAgainstWhatIsListed) {
  const Plan plan = read_text(
      "# A\n- [x] one\n- [ ] two\n## Completion rates\n- **All**: 40% (2/5 tasks completed)\n",
      "plan.md"
  );
  EXPECT_THAT(
      stated_and_listed(plan),
      ElementsAre("line 5: All is stated as 2 of 5 tasks done; the file lists 1 of 2")
  );
}

TEST(ImportDifference, WritesDownAWordThatThePoolAgreesWith) {
  Plan finished = tasks_json("done");
  reconcile(finished, pool_of(tasks_json("pending"), {{"1", "done"}}));
  Plan again = tasks_json("done");
  reconcile(again, pool_of(finished));
  EXPECT_THAT(again.states, IsEmpty()) << "it was reopened here since";
}

TEST(ImportDifference, TakesOverWhatIsDoneAgainInTheFile) {
  for (const bool is_markdown : {false, true}) {
    const auto plan_with = [&](bool is_done) {
      if (!is_markdown) return tasks_json(is_done ? "done" : "pending");
      return read_text(
          is_done ? "# Tasks\n- [x] Task 1: Cut\n" : "# Tasks\n- [ ] Task 1: Cut\n", "p.md"
      );
    };
    Plan open = plan_with(false);
    reconcile(open, pool_of(plan_with(true)));
    EXPECT_EQ(stated_word(open.tasks[0]), "") << "it was reopened here and in the file";
    Plan done = plan_with(true);
    reconcile(done, pool_of(open));
    EXPECT_THAT(done.states, ElementsAre(Field(&ImportedState::word, "done")));
  }
}

TEST(ImportDifference, KeepsTheWordOfThePoolWhereAPlanHasNone) {
  Plan before = read_text("[[task]]\nid = \"a\"\ndata = { port = 1 }\n", "plan.toml");
  Plan own = before;
  set_stated_word(before.tasks[0], "done");
  const HeldPool held = pool_of(before);
  reconcile(own, held);
  EXPECT_EQ(stated_word(own.tasks[0]), "done");
  EXPECT_THAT(difference(own, held).changed, IsEmpty());
  Plan foreign = before;
  reconcile(foreign, HeldPool{});
  EXPECT_EQ(stated_word(foreign.tasks[0]), "") << "no file said it to this pool";
}

TEST(ImportDifference, RemembersWhatADashboardSaid) {
  const Plan before = read_text(R"({"tasks": [{"id": "a"}]})", "plan.json");
  const std::string text = R"({"tasks": {"a": {"status": "completed"}}})";
  Plan agreed = read_text(text, "dashboard.json");
  reconcile(agreed, pool_of(before, {{"a", "done"}}));
  EXPECT_THAT(agreed.states, IsEmpty());
  ASSERT_EQ(agreed.tasks.size(), 1U);
  EXPECT_EQ(stated_word(agreed.tasks[0]), "done");
  Plan again = read_text(text, "dashboard.json");
  reconcile(again, pool_of(agreed));
  EXPECT_THAT(again.states, IsEmpty()) << "it was reopened here since";
  EXPECT_THAT(again.tasks, IsEmpty());
}

TEST(ImportDifference, LeavesWhatSomebodyHoldsToTheNextImport) {
  const HeldPool held = pool_of(tasks_json("pending"), {{"1", "running"}});
  for (const std::string word : {"done", "deferred"}) {
    for (int time = 0; time < 2; ++time) {
      Plan plan = tasks_json(word);
      EXPECT_THAT(reconcile(plan, held), ElementsAre("1"));
      EXPECT_THAT(plan.states, IsEmpty());
      EXPECT_THAT(plan.notices, ElementsAre(HasSubstr("1 stays running: the file says " + word)));
      EXPECT_THAT(difference(plan, held).changed, IsEmpty());
    }
  }
}

TEST(ImportDifference, LeavesParentsOpenOverOpenSubtasks) {
  Plan plan =
      read_text("# Tasks\n- [x] Task 1: Cut\n  - [x] 1.1: Deep\n  - [ ] 1.2: Wide\n", "p.md");
  reconcile(plan, HeldPool{});
  EXPECT_THAT(plan.states, Contains(Field(&ImportedState::task, "1.1")));
  EXPECT_THAT(plan.states, Not(Contains(Field(&ImportedState::task, "1"))));
  EXPECT_THAT(plan.notices, ElementsAre(HasSubstr("1 stays open: the file says done, but 1.2")));
  EXPECT_EQ(stated_word(plan.tasks[0]), "");
}

TEST(ImportStates, WriteNoWordOfAStateBeforeItIsTakenOver) {
  for (const std::string word : {"done", "in-progress", "blocked", "cancelled"}) {
    const Plan plan = tasks_json(word);
    std::vector<TaskSpec> first = plan.tasks;
    const auto later = part_stated_tasks(first, plan.states, HeldPool{}, "import");
    EXPECT_EQ(stated_word(first[0]), "") << word;
    ASSERT_EQ(later.size(), 1U) << word;
    EXPECT_EQ(stated_word(later[0][0].described), word);
  }
}

TEST(ImportStates, ReserveWhatIsUnderWayWhereOnlyStatesAreKnown) {
  const HeldPool held = pool_of(read_text(R"({"tasks": [{"id": "a"}]})", "plan.json"));
  Plan plan;
  plan.states.push_back({.task = "a", .status = "running", .worker = "atlas"});
  reconcile(plan, held);
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_EQ(plan.tasks[0].assignee, "atlas");
}

TEST(ImportStates, LeaveTasksOfThePoolWithTheirParentAndPhase) {
  Plan before = read_text(
      R"({"tasks": [{"id": "up"}, {"id": "a", "parent": "up", "phase": "p", "needs": ["b"]},)"
      R"({"id": "b"}]})",
      "plan.json"
  );
  std::vector<TaskSpec> first{before.tasks[1]};
  const std::vector<ImportedState> states{{.task = "a", .status = "done"}};
  const auto later = part_stated_tasks(first, states, pool_of(before), "import");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].parent, "up");
  EXPECT_EQ(first[0].phase, "p");
  EXPECT_THAT(first[0].needs, IsEmpty());
  EXPECT_EQ(first[0].assignee, "import");
}

TEST(ImportDifference, LeavesTasksOfPhasesThatHaveNotBegunOpen) {
  const HeldPool held = pool_of(read_text(
      R"({"phases": [{"id": "p"}, {"id": "q", "after": ["p"]}], "tasks": [)"
      R"({"id": "a", "phase": "p"}, {"id": "b", "phase": "q"}]})",
      "plan.json"
  ));
  Plan plan;
  plan.states.push_back({.task = "b", .status = "done"});
  Plan whole = plan;
  EXPECT_THAT(reconcile(plan, held), ElementsAre("b"));
  EXPECT_THAT(plan.states, IsEmpty());
  EXPECT_THAT(
      plan.notices,
      ElementsAre(HasSubstr("b stays open: the file says done, but its phase q comes after p"))
  );
  whole.states.push_back({.task = "a", .status = "done"});
  EXPECT_THAT(reconcile(whole, held), IsEmpty());
  EXPECT_EQ(whole.states.size(), 2U);
}

TEST(ImportDifference, KnowsTheImportingWorkerFromAnotherOfItsName) {
  EXPECT_EQ(importing_worker({}), "import");
  EXPECT_EQ(importing_worker({{.name = "import"}}), "import");
  EXPECT_EQ(importing_worker({{.name = "import", .role = "clerk"}}), "import-2");
}

TEST(ImportStates, AddsClosedTasksWithoutWhatWouldKeepThemOpen) {
  Plan plan = read_text(
      "## Agents\n### Ash\n- ✅ Task 1: Cut (after Task 2)\n  - ✅ 1.1: Deep\n- Task 2: Sew\n",
      "plan.md"
  );
  std::vector<TaskSpec> first = plan.tasks;
  const auto later = part_stated_tasks(first, plan.states, HeldPool{}, "import");
  ASSERT_EQ(later.size(), 2U);
  ASSERT_EQ(later[0].size(), 1U);
  ASSERT_EQ(later[1].size(), 1U);
  EXPECT_EQ(later[0][0].described.id, "1.1");
  EXPECT_EQ(later[1][0].described, plan.tasks[0]);
  EXPECT_THAT(first[0].needs, IsEmpty());
  EXPECT_EQ(first[1].parent, "");
  EXPECT_EQ(first[2], plan.tasks[2]);
}

}  // namespace
}  // namespace evener
