#include "views/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "views/test_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> ids(const TaskListView& view) {
  std::vector<std::string> out;
  for (const TaskRow& row : view.tasks) out.push_back(row.id);
  return out;
}

TaskView view_of(const TestPool& test, const std::string& task) {
  return task_view(test.pool, test.index(task), test.source(), test.now).value();
}

// A pool with a task in every state.
TestPool& every_state(TestPool& test) {
  test.join("walnut-1");
  for (const char* id : {"done", "failed", "cancelled", "held", "running", "ready"}) test.add(id);
  test.add("waiting", {"ready"});
  test.claim("done", "walnut-1");
  test.finish("done", "it works");
  test.claim("failed", "walnut-1");
  test.fail("failed", "no disk");
  test.write(TaskCancelled{"cancelled", "not wanted"});
  test.write(TaskHeld{"held", "wait for rod"});
  test.claim("running", "walnut-1");
  return test;
}

TEST(TaskList, ShowsTasksInTheOrderInWhichTheyWereAdded) {
  TestPool test;
  for (const char* id : {"c", "a", "b"}) test.add(id);
  const TaskListView view = list_view(test.pool, {});
  EXPECT_THAT(ids(view), ElementsAre("c", "a", "b"));
  EXPECT_EQ(view.total, 3);
  EXPECT_EQ(view.next, "");
}

TEST(TaskList, FiltersByState) {
  TestPool test;
  every_state(test);
  for (const TaskState state :
       {TaskState::waiting,
        TaskState::ready,
        TaskState::running,
        TaskState::done,
        TaskState::failed,
        TaskState::cancelled,
        TaskState::held}) {
    TaskFilter filter;
    filter.states = {state};
    EXPECT_THAT(ids(list_view(test.pool, filter)), ElementsAre(name_of(state)));
  }
  TaskFilter dead;
  dead.states = {TaskState::cancelled, TaskState::failed};
  EXPECT_THAT(ids(list_view(test.pool, dead)), ElementsAre("failed", "cancelled"));
}

TEST(TaskList, FiltersByTheWordsOfATask) {
  TestPool test;
  TaskSpec spec = task_spec("a");
  spec.labels = {"blue", "red"};
  spec.phase = "two";
  spec.kind = "build";
  test.add(spec);
  spec.id = "b";
  spec.title = "\"blue\" is in the title only";
  spec.labels = {};
  spec.phase = "build";  // the kind of the other
  spec.kind = "two";
  test.add(spec);
  test.add("c");
  const auto filtered = [&](std::string TaskFilter::* member, const std::string& value) {
    TaskFilter filter;
    filter.*member = value;
    return ids(list_view(test.pool, filter));
  };
  EXPECT_THAT(filtered(&TaskFilter::label, "blue"), ElementsAre("a"));
  EXPECT_THAT(filtered(&TaskFilter::label, "blu"), IsEmpty());
  EXPECT_THAT(filtered(&TaskFilter::phase, "build"), ElementsAre("b"));
  EXPECT_THAT(ids(list_view(test.pool, {.unphased = true})), ElementsAre("c"));
  EXPECT_THAT(filtered(&TaskFilter::kind, "build"), ElementsAre("a"));
}

TEST(TaskList, FindsTasksByTheirIds) {
  TestPool test;
  every_state(test);
  TaskFilter filter;
  filter.ids = {"running", "nowhere", "held", "held"};
  const TaskListView found = list_view(test.pool, filter);
  EXPECT_THAT(ids(found), ElementsAre("held", "running"));
  EXPECT_EQ(found.total, 2);
  EXPECT_EQ(found.tasks[0].reason, "wait for rod");
  EXPECT_EQ(found.tasks[1].reason, "");
  filter.states = {TaskState::running};
  EXPECT_THAT(ids(list_view(test.pool, filter)), ElementsAre("running"));
  filter.ids = {"nowhere"};
  EXPECT_THAT(ids(list_view(test.pool, filter)), IsEmpty());
}

TEST(TaskList, FindsTextInIdsAndTitlesWithoutRegardToCase) {
  TestPool test;
  TaskSpec spec = task_spec("Restore-8000");
  spec.title = "Bring \"it\" back";
  spec.description = "hidden";
  test.add(spec);
  test.add("other");
  const auto found = [&](const std::string& text) {
    TaskFilter filter;
    filter.text = text;
    return ids(list_view(test.pool, filter));
  };
  EXPECT_THAT(found("restore"), ElementsAre("Restore-8000"));
  EXPECT_THAT(found("\"IT\""), ElementsAre("Restore-8000"));
  EXPECT_THAT(found("hidden"), IsEmpty());
  EXPECT_THAT(found("o"), ElementsAre("Restore-8000", "other"));
}

TEST(TaskList, FiltersByWorkerAndParent) {
  TestPool test;
  test.join("w1");
  test.join("w2");
  test.add("top");
  for (const char* id : {"top.1", "top.2"}) {
    TaskSpec spec = task_spec(id);
    spec.parent = "top";
    test.add(spec);
  }
  test.claim("top.1", "w1");
  test.claim("top.2", "w2");
  test.release("top.2");
  TaskFilter by_parent;
  by_parent.parent = "top";
  EXPECT_THAT(ids(list_view(test.pool, by_parent)), ElementsAre("top.1", "top.2"));
  by_parent.parent = "nothing";
  EXPECT_THAT(ids(list_view(test.pool, by_parent)), IsEmpty());
  TaskFilter by_worker;
  by_worker.worker = "w1";
  EXPECT_THAT(ids(list_view(test.pool, by_worker)), ElementsAre("top.1"));
  by_worker.worker = "w2";  // it gave its task back
  EXPECT_THAT(ids(list_view(test.pool, by_worker)), IsEmpty());
  by_worker.worker = "w3";
  EXPECT_THAT(ids(list_view(test.pool, by_worker)), IsEmpty());
}

// Whatever the filter and the page size: the pages together are the list.
TEST(TaskList, FiltersByForWhomATaskIsMeant) {
  TestPool test;
  WorkerSpec reviewer = worker_spec("w1");
  reviewer.role = "reviewer";
  test.join(reviewer);
  test.join("w2");
  const auto add = [&](const char* id, const char* assignee) {
    TaskSpec spec = task_spec(id);
    spec.assignee = assignee;
    test.add(spec);
  };
  add("to-w1", "w1");
  add("to-role", "role:reviewer");
  add("to-w2", "worker:w2");
  add("to-nobody", "");
  add("taken", "");
  test.claim("taken", "w1");
  EXPECT_THAT(ids(list_view(test.pool, {.assignee = "w2"})), ElementsAre("to-w2"));
  EXPECT_THAT(ids(list_view(test.pool, {.assignee = "worker:w1"})), ElementsAre("to-w1"));
  EXPECT_THAT(ids(list_view(test.pool, {.assignee = "role:reviewer"})), ElementsAre("to-role"));
  EXPECT_THAT(ids(list_view(test.pool, {.assignee = "role:nobody"})), ElementsAre());
  EXPECT_THAT(ids(list_view(test.pool, {.unassigned = true})), ElementsAre("to-nobody", "taken"));
  EXPECT_THAT(ids(list_view(test.pool, {.mine = "w1"})), ElementsAre("to-w1", "to-role", "taken"));
  EXPECT_THAT(ids(list_view(test.pool, {.mine = "ghost"})), ElementsAre());
}

TEST(TaskList, PagesAddUpToTheWhole) {
  TestPool test;
  every_state(test);
  for (int i = 0; i < 20; ++i) {
    TaskSpec spec = task_spec("t" + std::to_string(i));
    if (i % 3 == 0) spec.labels = {"third"};
    test.add(spec);
  }
  TaskFilter third;
  third.label = "third";
  TaskFilter ready;
  ready.states = {TaskState::ready, TaskState::failed};
  for (TaskFilter filter : {TaskFilter{}, third, ready}) {
    filter.limit = 0;
    const TaskListView whole = list_view(test.pool, filter);
    EXPECT_EQ(static_cast<std::size_t>(whole.total), whole.tasks.size());
    EXPECT_EQ(whole.next, "");
    for (const std::int64_t limit : {1, 2, 7, 100}) {
      filter.limit = limit;
      filter.after.clear();
      std::vector<TaskRow> pages;
      do {
        const TaskListView page = list_view(test.pool, filter);
        EXPECT_EQ(page.total, whole.total);
        EXPECT_LE(page.tasks.size(), static_cast<std::size_t>(limit));
        pages.insert(pages.end(), page.tasks.begin(), page.tasks.end());
        filter.after = page.next;
      } while (!filter.after.empty());
      EXPECT_EQ(pages, whole.tasks) << limit;
    }
  }
}

TEST(TaskList, ListsNothingBehindATaskThatDoesNotExist) {
  TestPool test;
  test.add("a");
  TaskFilter filter;
  filter.after = "nothing";
  EXPECT_THAT(list_view(test.pool, filter).tasks, IsEmpty());
  EXPECT_EQ(list_view(test.pool, filter).total, 1);
  EXPECT_EQ(list_view(test.pool, filter).next, "");
  filter.states = {TaskState::ready};
  EXPECT_THAT(list_view(test.pool, filter).tasks, IsEmpty());
  EXPECT_EQ(list_view(test.pool, filter).total, 1);
}

TEST(TaskList, ReadsTitlesAsTheSpecHasThem) {
  TestPool test;
  std::mt19937 random(3);
  const std::string letters = "ab\"\\/ü東{}:,\\\\\"";
  for (int i = 0; i < 50; ++i) {
    TaskSpec spec = task_spec("t" + std::to_string(i));
    const std::size_t from = random() % letters.size();
    spec.title = letters.substr(from, random() % 5);
    if (!spec.title.empty() && (static_cast<unsigned char>(spec.title.front()) & 0xC0U) == 0x80U) {
      spec.title = "x";
    }
    while (!check_text(spec.title, shown, Path{}).ok() || !parse_json(to_json_text(spec)).ok()) {
      spec.title.pop_back();
    }
    spec.data.text = "{\"title\":\"another\"}";
    test.add(spec);
    const TaskIndex index = test.index(spec.id);
    EXPECT_EQ(title_of(test.pool.state(), index), spec_of(test.pool.state(), index).title);
    EXPECT_EQ(title_of(test.pool.state(), index), spec.title);
  }
}

TEST(TaskRow, TellsWhatPeopleAsk) {
  TestPool test;
  test.join("w1");
  TaskSpec spec = task_spec("b", {"a"});
  spec.title = "Second";
  spec.priority = Priority::high;
  spec.assignee = "role:builder";
  spec.estimate_ms = 5000;
  test.add("a");
  test.add(spec);
  const TaskRow row = row_of(test.pool, test.index("b"));
  EXPECT_EQ(
      to_json_text(row),
      R"({"id":"b","title":"Second","state":"waiting","priority":"high","assignee":"role:builder",)"
      R"("since":1000000,"blocked_by":1,"estimate_ms":5000})"
  );
  test.claim("a", "w1");
  test.pool.renew(test.index("a"), test.now, {.percent = 40, .line = "half", .stage = ""});
  EXPECT_EQ(row_of(test.pool, test.index("a")).worker, "w1");
  EXPECT_EQ(row_of(test.pool, test.index("a")).percent, 40);
}

TEST(TaskRow, TellsABackoffFromAllElseThatATaskWaitsFor) {
  TestPool test;
  test.join("w1");
  test.add("again");
  test.add("blocked");
  test.add("behind", {"again"});
  test.claim("again", "w1");
  test.fail("again", "no disk", test.now + 5000);
  test.write(BlockerRaised{.blocker = 1, .task = "blocked", .text = "nope", .worker = "w1"});
  EXPECT_EQ(row_of(test.pool, test.index("again")).state, TaskState::waiting);
  EXPECT_EQ(row_of(test.pool, test.index("again")).retry_at, test.now + 5000);
  for (const char* id : {"blocked", "behind"}) {
    EXPECT_EQ(row_of(test.pool, test.index(id)).state, TaskState::waiting);
    EXPECT_EQ(row_of(test.pool, test.index(id)).retry_at, std::nullopt);
  }
  test.write(BlockerRaised{.blocker = 2, .task = "again", .text = "nope", .worker = "w1"});
  EXPECT_EQ(row_of(test.pool, test.index("again")).retry_at, std::nullopt);
}

TEST(TreeProgress, CountsTasksWithoutSubtasksAndLeavesCancelledOnesOut) {
  TestPool test;
  test.join("w1");
  const auto add = [&](const std::string& id, const std::string& parent) {
    TaskSpec spec = task_spec(id);
    spec.parent = parent;
    test.add(spec);
  };
  add("top", "");
  add("left", "top");
  add("left.1", "left");
  add("left.2", "left");
  add("right", "top");
  add("gone", "top");
  const auto progress = [&](const std::string& id) {
    return tree_progress(test.pool.state(), test.index(id));
  };
  EXPECT_EQ(progress("right"), std::nullopt);
  EXPECT_EQ(progress("top"), (TreeProgress{0, 4, 0}));
  test.write(TaskCancelled{"gone", ""});
  test.claim("left.1", "w1");
  test.finish("left.1");
  EXPECT_EQ(progress("top"), (TreeProgress{1, 3, 33}));
  EXPECT_EQ(progress("left"), (TreeProgress{1, 2, 50}));
  test.write(TaskCancelled{"left.2", ""});
  EXPECT_EQ(progress("left"), (TreeProgress{1, 1, 100}));
  EXPECT_EQ(row_of(test.pool, test.index("top")).percent, 50);
  test.write(TaskAdded{{.id = "lock-1", .parent = "right", .kind = std::string(lock_kind)}});
  EXPECT_EQ(progress("right"), std::nullopt) << "a lock is no part of the work";
  EXPECT_EQ(progress("top"), (TreeProgress{1, 2, 50}));
}

// ---- one task ----------------------------------------------------------------------------------

TEST(TaskView, ExplainsEveryState) {
  TestPool test;
  every_state(test);
  test.after(65'000);
  EXPECT_EQ(view_of(test, "done").explanation, "done by walnut-1, 1m 5s ago");
  EXPECT_EQ(view_of(test, "failed").explanation, "failed after 1 attempt: no disk");
  EXPECT_EQ(view_of(test, "cancelled").explanation, "cancelled: not wanted");
  EXPECT_EQ(view_of(test, "held").explanation, "held: wait for rod");
  EXPECT_EQ(
      view_of(test, "running").explanation, "running by walnut-1 (attempt 1, fence 3) for 1m 5s"
  );
  EXPECT_EQ(view_of(test, "ready").explanation, "ready for 1m 5s");
  EXPECT_EQ(view_of(test, "waiting").explanation, "waiting: it waits for ready (ready)");
}

TEST(TaskView, TellsAttemptsFromTheLogNewestFirst) {
  TestPool test;
  test.join("w1");
  test.join("w2");
  test.add("t");
  test.claim("t", "w1");
  test.after(2000);
  test.fail("t", "flaky", test.now + 500);
  test.after(1000);
  test.claim("t", "w2");
  test.after(30'000);
  test.lapse("t");
  test.after(1000);
  test.write(AttemptRevived{"t", "w2", Fence{2}, test.now + 30'000});
  test.write(NoteAdded{"t", "w2", "nearly there", false});
  test.after(4000);
  test.finish("t", "done after all");
  test.add("noise");

  const TaskView view = view_of(test, "t");
  ASSERT_EQ(view.attempts.size(), 2U);
  const AttemptRow& newest = view.attempts[0];
  EXPECT_EQ(newest.number, 2);
  EXPECT_EQ(newest.worker, "w2");
  EXPECT_EQ(newest.outcome, AttemptOutcome::done);
  EXPECT_EQ(newest.duration_ms, 35'000);
  EXPECT_EQ(newest.revivals, 1);
  EXPECT_EQ(newest.result, "done after all");
  EXPECT_EQ(newest.reason, "");
  EXPECT_EQ(view.attempts[1].outcome, AttemptOutcome::failed);
  EXPECT_EQ(view.attempts[1].reason, "flaky");
  EXPECT_EQ(view.attempts[1].duration_ms, 2000);
  ASSERT_EQ(view.notes.size(), 1U);
  EXPECT_EQ(view.notes[0].text, "nearly there");
  EXPECT_FALSE(view.older_history);
  EXPECT_EQ(view.result, "done after all");
}

TEST(TaskView, BoundsTheHistoryAndKnowsTheLiveAttemptAllTheSame) {
  TestPool test;
  test.join("w1");
  test.add("t");
  const Fence fence = test.claim("t", "w1");
  for (int i = 0; i < 250; ++i) {
    test.after(100);
    test.write(LeaseRenewed{"t", "w1", fence, test.now + 30'000, {}});
  }
  const TaskView view = view_of(test, "t");
  EXPECT_TRUE(view.older_history);
  ASSERT_EQ(view.attempts.size(), 1U);
  EXPECT_EQ(view.attempts[0].number, 1);
  EXPECT_EQ(view.attempts[0].outcome, AttemptOutcome::running);
  EXPECT_EQ(view.attempts[0].duration_ms, 25'000);
  ASSERT_TRUE(view.lease.has_value());
  EXPECT_EQ(view.lease->left_ms, 30'000);
}

TEST(TaskView, ShowsWhatStandsAroundATask) {
  TestPool test;
  test.join("w1");
  test.add("before");
  test.add("gone");
  TaskSpec parent = task_spec("p", {"before"});
  test.add(parent);
  TaskSpec spec = task_spec("p.1", {"gone"});
  spec.parent = "p";
  spec.criteria = {"builds", "passes"};
  test.add(spec);
  test.add("after", {"p.1"});
  test.write(CriterionTicked{"p.1", 2, true});
  test.write(NoteAdded{"p.1", "", "old", true});
  test.write(NoteAdded{"p.1", "", "new", true});
  test.write(TaskCancelled{"gone", ""});
  const TaskView view = view_of(test, "p.1");
  ASSERT_EQ(view.needs.size(), 2U);
  EXPECT_EQ(view.needs[0].task, "gone");
  EXPECT_EQ(view.needs[0].state, TaskState::cancelled);
  EXPECT_EQ(view.needs[1].task, "before");
  EXPECT_EQ(view.needs[1].through, "p");
  EXPECT_THAT(view.dependants, ElementsAre(TaskRef{"after", "", TaskState::waiting}));
  EXPECT_THAT(
      view.criteria, ElementsAre(CriterionRow{"builds", false}, CriterionRow{"passes", true})
  );
  EXPECT_THAT(view.findings, ElementsAre("new", "old"));
  EXPECT_THAT(view.stuck_behind, ElementsAre("gone"));
  EXPECT_EQ(view.path_ms, 120'000);
  EXPECT_EQ(view.conditions.size(), 7U);
  EXPECT_EQ(view_of(test, "p").children_total, 1);
}

TEST(TaskView, ReadsBackFromItsJson) {
  TestPool test;
  every_state(test);
  for (const char* id : {"done", "failed", "running", "waiting"}) {
    const TaskView view = view_of(test, id);
    const std::string text = to_json_text(view);
    const Result<TaskView> back = from_json<TaskView>(parse_json(text).value());
    ASSERT_TRUE(back.ok()) << back.error().text();
    EXPECT_EQ(to_json_text(*back), text);
  }
  const TaskListView list = list_view(test.pool, {});
  const std::string text = to_json_text(list);
  const Result<TaskListView> back = from_json<TaskListView>(parse_json(text).value());
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json_text(*back), text);
}

TEST(TaskView, FailsWhenTheLogCannotBeRead) {
  TestPool test;
  test.add("t");
  const FactSource broken = [](Seq, Seq, const std::function<bool(const Fact&)>&) -> Status {
    return Error{"disk", "gone"};
  };
  const Result<TaskView> view = task_view(test.pool, test.index("t"), broken, test.now);
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.error().code, "disk");
}

}  // namespace
}  // namespace evener
