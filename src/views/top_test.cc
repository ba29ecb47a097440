#include "views/top.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace evener {
namespace {

constexpr int screen_width = 100;
constexpr int screen_height = 30;

std::string text_of(const TopLine& line) {
  std::string text;
  for (const Cell& cell : line.cells) text += cell.text;
  return text;
}

std::string text_of(const std::vector<TopLine>& lines) {
  std::string text;
  for (const TopLine& line : lines) text += text_of(line) + "\n";
  return text;
}

TaskRow task_row(const std::string& id, TaskState state) {
  TaskRow row;
  row.id = id;
  row.title = "Do " + id;
  row.state = state;
  return row;
}

TopContent busy_pool() {
  TopContent content;
  content.status.pool = "restore";
  content.status.tasks = {
      .waiting = 1, .ready = 1, .running = 1, .done = 5, .failed = 2, .total = 10
  };
  content.status.percent_done = 50;
  content.status.workers.live = 1;
  content.status.running = {{.task = "build", .worker = "walnut-1", .elapsed_ms = 65'000}};
  content.status.attention = {
      {.kind = AttentionKind::failed, .task = "lint", .text = "lint failed 3 times"}
  };
  content.status.attention_total = 1;
  WorkerRow worker;
  worker.name = "walnut-1";
  worker.holding = {"build"};
  content.workers = {.workers = {worker}, .total = 1};
  content.tasks.tasks = {
      task_row("deploy", TaskState::waiting),
      task_row("lint", TaskState::failed),
      task_row("test", TaskState::ready),
      task_row("build", TaskState::running)
  };
  content.tasks.total = 4;
  content.filter = filter_of(TopState{});
  order_tasks(content.tasks);
  content.log = {"12  2026-11-21T12:00:30Z  walnut-1 claimed build"};
  return content;
}

TopKey typed(const std::string& text) {
  return {.text = text};
}

TopKey named(TopKey::Named key) {
  return {.named = key};
}

void type(TopState& state, const TopContent& content, const std::string& text) {
  for (const char c : text) press(state, content, typed(std::string(1, c)));
}

std::string look(TopState& state, const TopContent& content) {
  return text_of(draw_top(content, state, screen_width, screen_height));
}

std::string chosen_line(TopState& state, const TopContent& content) {
  for (const TopLine& line : draw_top(content, state, screen_width, screen_height)) {
    if (line.chosen) return text_of(line);
  }
  return {};
}

// A state whose screen somebody has seen.
TopState looked_at(const TopContent& content) {
  TopState state;
  look(state, content);
  return state;
}

TEST(Top, SaysInOneScreenWhatIsDoneByWhomAndWhatIsStuck) {
  TopState state;
  const std::string screen = text_of(draw_top(busy_pool(), state, screen_width, screen_height));
  for (const char* said :
       {"restore",
        "50%",
        "done 5",
        "running 1",
        "failed 2",
        "needs somebody (1)",
        "! lint failed 3 times",
        "walnut-1",
        "build for 1m 5s",
        "open tasks (4)",
        "walnut-1 claimed build",
        "? keys"}) {
    EXPECT_NE(screen.find(said), std::string::npos) << said << "\n" << screen;
  }
}

TEST(Top, SaysHowMuchIsLeftOnlyWhereThatIsKnown) {
  TopContent content = busy_pool();
  DurationRange& left = content.status.running.front().left.emplace();
  left.p10_ms = 1000;
  left.p90_ms = 6000;
  left.source = Source::pool;
  TopState state;
  EXPECT_EQ(look(state, content).find("left"), std::string::npos) << look(state, content);
  left.source = Source::kind;
  EXPECT_NE(look(state, content).find("for 1m 5s, left 1s to 6s"), std::string::npos);
}

TEST(Top, FillsTheScreenAndGoesNoFurther) {
  for (const int height : {1, 2, 5, 10, 24, 60}) {
    for (const int width : {1, 8, 20, 80, 300}) {
      TopState state;
      const std::vector<TopLine> lines = draw_top(busy_pool(), state, width, height);
      EXPECT_LE(lines.size(), static_cast<std::size_t>(height)) << width << " by " << height;
      for (const TopLine& line : lines)
        EXPECT_LE(columns_of(text_of(line)), width) << text_of(line);
    }
  }
}

TEST(Top, ListsWhatRunsFirstThenWhatMayBeTakenOrFailed) {
  std::vector<std::string> ids;
  for (const TaskRow& row : busy_pool().tasks.tasks) ids.push_back(row.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"build", "test", "lint", "deploy"}));
}

TEST(Top, ShowsHostileTextAsText) {
  TopContent content = busy_pool();
  content.tasks.tasks.front().title = "\x1b[2J\u202egone";
  content.status.attention.front().text = "\x07 bell";
  TopState state;
  const std::string screen = text_of(draw_top(content, state, screen_width, screen_height));
  EXPECT_EQ(screen.find('\x1b'), std::string::npos);
  EXPECT_EQ(screen.find('\x07'), std::string::npos);
  EXPECT_EQ(screen.find("\u202e"), std::string::npos);
}

TEST(Top, KeepsTheChosenRowOnTheScreen) {
  TopContent content = busy_pool();
  content.tasks.tasks.clear();
  for (int i = 0; i < 200; ++i) {
    content.tasks.tasks.push_back(task_row("task-" + std::to_string(i), TaskState::ready));
  }
  TopState state = looked_at(content);
  press(state, content, typed("G"));
  EXPECT_NE(chosen_line(state, content).find("task-199"), std::string::npos);
}

TEST(Top, KeepsWhatIsChosenWhileRowsMove) {
  TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, named(TopKey::Named::down));
  EXPECT_NE(chosen_line(state, content).find("test"), std::string::npos);
  content.tasks.tasks.insert(content.tasks.tasks.begin(), task_row("first", TaskState::running));
  EXPECT_NE(chosen_line(state, content).find("test"), std::string::npos);
  press(state, content, typed("c"));
  std::swap(content.tasks.tasks.front(), content.tasks.tasks[2]);
  const TopWish wish = press(state, content, named(TopKey::Named::enter));
  EXPECT_EQ(std::get<Cancel>(std::get<TopGive>(wish).command).task, "test");
}

TEST(Top, ChoosesNoOtherWhenWhatWasChosenIsGone) {
  TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, named(TopKey::Named::down));
  look(state, content);
  std::erase_if(content.tasks.tasks, [](const TaskRow& row) { return row.id == "test"; });
  EXPECT_EQ(chosen_line(state, content), "");
  EXPECT_NE(look(state, content).find("test is not listed any more"), std::string::npos);
  for (const char* const key : {"u", "d", "c", "h", "n"}) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(press(state, content, typed(key)))) << key;
    EXPECT_FALSE(state.prompt) << key;
    EXPECT_EQ(state.said, "test is not listed any more; choose another: Up Down") << key;
  }
  press(state, content, named(TopKey::Named::down));
  EXPECT_NE(chosen_line(state, content).find("lint"), std::string::npos);
}

TEST(Top, DoesAtOnceOnlyWhatConcernsWhatWasSeenChosen) {
  TopContent content = busy_pool();
  TopState state = looked_at(content);
  const TopWish seen = press(state, content, typed("u"));
  EXPECT_EQ(std::get<Resume>(std::get<TopGive>(seen).command).task, "build");

  press(state, content, named(TopKey::Named::down));  // and not drawn yet
  EXPECT_TRUE(std::holds_alternative<std::monostate>(press(state, content, typed("u"))));
  ASSERT_TRUE(state.prompt);
  EXPECT_NE(state.prompt->label.find("resume test"), std::string::npos);
  const TopWish asked = press(state, content, named(TopKey::Named::enter));
  EXPECT_EQ(std::get<Resume>(std::get<TopGive>(asked).command).task, "test");

  press(state, content, named(TopKey::Named::back_tab));
  look(state, content);
  press(state, content, typed("u"));  // a task, where a worker is chosen
  ASSERT_TRUE(state.prompt);
  EXPECT_NE(state.prompt->label.find("resume build"), std::string::npos);
}

TEST(Top, ChoosesTheFirstOfAnotherListOnceThatIsRead) {
  TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, typed("/"));
  type(state, content, "de");
  press(state, content, named(TopKey::Named::enter));
  EXPECT_NE(look(state, content).find("being read"), std::string::npos);
  press(state, content, typed("u"));
  EXPECT_EQ(state.said, "the tasks are being read");
  std::erase_if(content.tasks.tasks, [](const TaskRow& row) { return row.id != "deploy"; });
  content.filter = filter_of(state);
  EXPECT_NE(chosen_line(state, content).find("deploy"), std::string::npos);
}

TEST(Top, IsHeadedByTheNameOfThePool) {
  TopContent content = busy_pool();
  content.status.card.name = "Services of the barn";
  TopState state;
  EXPECT_TRUE(look(state, content).starts_with("Services of the barn"));
}

TEST(Top, OpensTheTaskOfTheRowOrTheWorker) {
  const TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, named(TopKey::Named::down));
  const TopWish task = press(state, content, named(TopKey::Named::enter));
  EXPECT_EQ(std::get<TopOpen>(task).task, "test");
  press(state, content, named(TopKey::Named::back_tab));
  const TopWish worker = press(state, content, named(TopKey::Named::enter));
  EXPECT_EQ(std::get<TopOpen>(worker).worker, "walnut-1");
}

TEST(Top, AsksForTheReasonBeforeItCancels) {
  const TopContent content = busy_pool();
  TopState state = looked_at(content);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(press(state, content, typed("c"))));
  type(state, content, "not needed qq");
  press(state, content, named(TopKey::Named::backspace));
  press(state, content, named(TopKey::Named::backspace));
  const TopWish wish = press(state, content, named(TopKey::Named::enter));
  const auto& cancel = std::get<Cancel>(std::get<TopGive>(wish).command);
  EXPECT_EQ(cancel.task, "build");
  EXPECT_EQ(cancel.reason, "not needed ");
}

TEST(Top, LeavesAQuestionByEscapeAndDoesNothing) {
  const TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, typed("c"));
  EXPECT_TRUE(
      std::holds_alternative<std::monostate>(press(state, content, named(TopKey::Named::escape)))
  );
  EXPECT_FALSE(state.prompt);
}

TEST(Top, QuotesWhatIsTypedAsAPriority) {
  const TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, typed("p"));
  type(state, content, "ur\"gent");
  const TopWish wish = press(state, content, named(TopKey::Named::enter));
  const auto& edit = std::get<EditTask>(std::get<TopGive>(wish).command);
  EXPECT_EQ(edit.changes.text, R"({"priority":"ur\"gent"})");
}

TEST(Top, DrainsAWorkerAndLetsItTakeWorkAgain) {
  TopContent content = busy_pool();
  TopState state = looked_at(content);
  press(state, content, named(TopKey::Named::back_tab));
  look(state, content);
  const TopWish off = press(state, content, typed("d"));
  EXPECT_TRUE(std::get<DrainWorker>(std::get<TopGive>(off).command).draining);
  content.workers.workers.front().draining = true;
  const TopWish on = press(state, content, typed("d"));
  EXPECT_FALSE(std::get<DrainWorker>(std::get<TopGive>(on).command).draining);
}

TEST(Top, NarrowsTheTasksAndWidensThemAgain) {
  const TopContent content = busy_pool();
  TopState state;
  press(state, content, typed("/"));
  type(state, content, "dep");
  EXPECT_TRUE(std::holds_alternative<TopRead>(press(state, content, named(TopKey::Named::enter))));
  EXPECT_EQ(filter_of(state).text, "dep");
  EXPECT_TRUE(std::holds_alternative<TopRead>(press(state, content, named(TopKey::Named::escape))));
  EXPECT_EQ(filter_of(state).text, "");
}

TEST(Top, NamesTheCommandThatWouldHelpOnceItsRowIsChosen) {
  TopContent content = busy_pool();
  content.status.attention.front().remedy = "evener reopen lint";
  TopState state;
  press(state, content, named(TopKey::Named::tab));
  EXPECT_NE(
      text_of(draw_top(content, state, screen_width, screen_height))
          .find("try: evener reopen lint"),
      std::string::npos
  );
}

TEST(Top, SaysWhenWhatItShowsMayBeOld) {
  TopContent content = busy_pool();
  content.problem = "nobody answers";
  TopState state;
  EXPECT_NE(
      text_of(draw_top(content, state, screen_width, screen_height))
          .find("may be old: nobody answers"),
      std::string::npos
  );
}

}  // namespace
}  // namespace evener
