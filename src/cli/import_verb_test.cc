#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

class ImportVerbTest : public TypedVerbTest {
 protected:
  ImportVerbTest() { EXPECT_EQ(run({"init", "--name", "imports"}), 0); }

  std::string file(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path(name);
    EXPECT_TRUE(write_file_atomic(path, text, 0644).ok());
    return path;
  }

  std::string log() {
    EXPECT_EQ(run({"log", "--limit", "5000", "--json"}), 0);
    return out_;
  }

  // The plan is refused with `code`, as a preview too, and leaves no fact behind.
  void expect_refused(const std::string& plan, const std::string& code) {
    const std::string before = log();
    const std::string path = file("refused.json", plan);
    EXPECT_NE(run({"import", path, "--format", "json", "--dry-run", "--json"}), 0) << plan;
    EXPECT_THAT(out_, HasSubstr("\"" + code + "\"")) << plan;
    EXPECT_NE(run({"import", path, "--format", "json", "--json"}), 0) << plan;
    EXPECT_THAT(out_, HasSubstr("\"" + code + "\"")) << plan;
    EXPECT_EQ(log(), before) << plan;
  }

  // More tasks than one command takes.
  static std::string many_tasks(const std::string& more) {
    std::string text = R"({"tasks":[)";
    for (int i = 0; i < 1200; ++i) text += R"({"id":"t)" + std::to_string(i) + "\"},";
    text.back() = ']';
    return text + "," + more + "}";
  }
};

TEST_F(ImportVerbTest, LeavesNothingOfAPlanThatIsRefused) {
  expect_refused(
      many_tasks(R"("measures":[{"name":"z","task":"nosuch","value":1}])"), "unknown_task"
  );
  expect_refused(many_tasks(R"("gates":[{"id":"g","tasks":["nosuch"]}])"), "unknown_task");
  expect_refused(many_tasks(R"("measures":[{"name":"a <= b","value":1}])"), "bad_value");
  expect_refused(
      many_tasks(R"("schedules":[{"id":"s","every_ms":60000,"task":{"needs":["nosuch"]}}])"),
      "need_missing"
  );
  expect_refused(many_tasks(R"("gates":[{"id":"g"}],"phases":[{"id":"g"}])"), "duplicate_id");
}

TEST_F(ImportVerbTest, LeavesNothingOfAPlanThatThePoolItselfRefuses) {
  EXPECT_EQ(run({"add", "--id", "done"}), 0);
  EXPECT_EQ(run({"add", "--id", "up", "--need", "done"}), 0);
  EXPECT_EQ(run({"configure", "--resource", "gpu=2"}), 0);
  EXPECT_EQ(run({"gate", "joins", "done"}), 0) << err_;
  EXPECT_EQ(run({"cancel", "done"}), 0) << err_;
  expect_refused(R"({"tasks":[{"id":"a"},{"id":"b","parent":"done"}]})", "wrong_state");
  expect_refused(R"({"tasks":[{"id":"done","needs":["up"]}]})", "cycle");
  expect_refused(R"({"tasks":[{"id":"a"},{"id":"b","phase":"joins"}]})", "bad_value");
  expect_refused(many_tasks(R"("phases":[{"id":"joins"}])"), "duplicate_id");
  EXPECT_EQ(run({"import", file("wish.json", R"({"tasks":[{"id":"w","locks":["gpu*3"]}]})")}), 2);
}

TEST_F(ImportVerbTest, TakesWhatNamesTasksOfThePool) {
  EXPECT_EQ(run({"add", "--id", "there"}), 0);
  const std::string plan = file(
      "plan.json",
      R"({"tasks":[{"id":"a","needs":["there"]}],"gates":[{"id":"g","tasks":["a","there"]}],)"
      R"("measures":[{"name":"m","task":"there","value":1}]})"
  );
  EXPECT_EQ(run({"import", plan, "--format", "json", "--dry-run"}), 0) << err_;
  EXPECT_EQ(run({"import", plan, "--format", "json"}), 0) << err_;
  EXPECT_EQ(out_, "added 1, changed 0, unchanged 0, measures 1\n");
  EXPECT_EQ(run({"import", plan, "--format", "json"}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 1\n");
}

TEST_F(ImportVerbTest, CountsTheStatesThatItTakesOver) {
  EXPECT_EQ(run({"add", "--id", "a"}), 0);
  EXPECT_EQ(run({"add", "--id", "b"}), 0);
  const std::string dashboard = file(
      "dashboard.json",
      R"({"experiment_start":"2026-11-21T10:00:00Z","tasks":{)"
      R"("a":{"status":"completed","claimed_by":"w1"},"b":{"status":"in_progress","claimed_by":"w2"}},)"
      R"("sessions_active":1,"tasks_completed":1,"tasks_in_progress":1,"tasks_available":0})"
  );
  EXPECT_EQ(run({"import", dashboard}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 0, states 2\n");
  EXPECT_EQ(run({"import", dashboard, "--json"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("states")));
}

}  // namespace
}  // namespace evener
