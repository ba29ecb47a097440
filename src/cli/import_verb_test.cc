#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/import_states.h"
#include "cli/session.h"
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

TEST_F(ImportVerbTest, NamesWhoNeedsWhatIsMissing) {
  const std::string needed = R"({"tasks":[{"id":"a"},{"id":"b","needs":["nosuch"]}]})";
  EXPECT_EQ(run({"import", file("needed.json", needed)}), 2);
  EXPECT_THAT(err_, HasSubstr("'nosuch' is needed by b, but is neither in the file"));
  const std::string parent = R"({"tasks":[{"id":"c","parent":"nosuch"}]})";
  EXPECT_EQ(run({"import", file("parent.json", parent)}), 2);
  EXPECT_THAT(err_, HasSubstr("'nosuch' is the parent of c, but is neither in the file"));
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
  EXPECT_EQ(out_, "added 0, changed 2, unchanged 0, states 2\n") << "b is reserved for w2";
  EXPECT_EQ(run({"import", dashboard, "--json"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("states")));
}

// Task Master's tasks 1 and 2, of which 2 needs 1.
std::string two_tasks(const std::string& first, const std::string& second) {
  return R"({"tasks":[{"id":1,"title":"A","status":")" + first + R"("},{"id":2,"title":"B",)" +
         R"("dependencies":[1],"status":")" + second + R"("}]})";
}

TEST_F(ImportVerbTest, ClosesTasksWhateverTheyNeed) {
  EXPECT_EQ(run({"import", file("t.json", two_tasks("pending", "blocked"))}), 0) << err_;
  EXPECT_EQ(run({"import", file("t.json", two_tasks("pending", "done"))}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 1, unchanged 1, states 1\n");
  EXPECT_EQ(run({"show", "2"}), 0);
  EXPECT_THAT(out_, HasSubstr("done by import"));
  EXPECT_THAT(out_, HasSubstr("1"));
  EXPECT_EQ(run({"import", file("t.json", two_tasks("pending", "done"))}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 2\n");
  EXPECT_EQ(run({"export"}), 0);
  EXPECT_THAT(out_, HasSubstr("needs = [\"1\"]")) << "it is described in full again";
}

TEST_F(ImportVerbTest, TakesAPlanOfAnotherPoolForNoWordOfItsFile) {
  const std::string source = file("t.json", two_tasks("done", "blocked"));
  ASSERT_EQ(run({"import", source}), 0) << err_;
  const std::string exported = folder_.path("e.toml");
  ASSERT_EQ(run({"export", "-o", exported}), 0) << err_;
  const std::string before = log();
  ASSERT_EQ(run({"import", exported}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 2\n");
  EXPECT_EQ(log(), before) << "nothing changes where it comes from";
  ASSERT_EQ(run({"export"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("stated")));
}

TEST_F(ImportVerbTest, LeavesAReservationThatATaskPoolSaysNothingOf) {
  const std::string pool = file("pool.json", R"({"task_pool":[{"id":"a","service":"s"}]})");
  ASSERT_EQ(run({"import", pool}), 0) << err_;
  ASSERT_EQ(run({"edit", "a", "--assignee", "bob"}), 0) << err_;
  ASSERT_EQ(run({"import", pool}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 1\n");
}

TEST_F(ImportVerbTest, HandsNoLocksOn) {
  ASSERT_EQ(run({"add", "--id", "build"}), 0) << err_;
  ASSERT_EQ(run({"add", "--id", "lock-8080", "--kind", "lock", "--parent", "build"}), 0) << err_;
  ASSERT_EQ(run({"add", "--id", "deploy", "--need", "lock-8080", "--need", "build"}), 0) << err_;
  for (const std::string format : {"toml", "task-master"}) {
    ASSERT_EQ(run({"export", "--format", format}), 0) << err_;
    EXPECT_THAT(out_, Not(HasSubstr("lock-8080"))) << format;
    EXPECT_THAT(out_, HasSubstr("deploy")) << format;
  }
  const std::string plan = R"({"tasks":[{"id":"a"},{"id":"lock-a","kind":"lock","parent":"a"},)"
                           R"({"id":"lock-8080","kind":"lock","parent":"build"},)"
                           R"({"id":"b","parent":"lock-a","needs":["lock-a"]}]})";
  ASSERT_EQ(run({"import", file("plan.json", plan), "--format", "json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("added 2"));
  EXPECT_THAT(err_, HasSubstr("1 of the file's tasks held locks"));
  ASSERT_EQ(run({"export"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("parent = \"a\""));
  EXPECT_THAT(out_, Not(HasSubstr("lock-")));
}

TEST_F(ImportVerbTest, TakesAStateOverOnceNobodyHoldsTheTask) {
  EXPECT_EQ(run({"import", file("t.json", two_tasks("pending", "pending"))}), 0) << err_;
  EXPECT_EQ(run({"claim", "1", "--worker", "w"}), 0) << err_;
  const std::string done = file("t.json", two_tasks("done", "pending"));
  EXPECT_EQ(run({"import", done, "--dry-run"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("1 is done")));
  EXPECT_THAT(err_, HasSubstr("1 stays running"));
  EXPECT_EQ(run({"import", done}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("1 stays running"));
  EXPECT_EQ(run({"release", "1", "--worker", "w"}), 0) << err_;
  EXPECT_EQ(run({"import", done}), 0) << err_;
  EXPECT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("done by import"));
}

TEST_F(ImportVerbTest, LetsOnlyGoWhatAFileHeld) {
  const std::string path = file("r.md", "# Tasks\n- [ ] Task 60: x\n- ⏸ Task 62: z\n");
  ASSERT_EQ(run({"import", path}), 0) << err_;
  ASSERT_EQ(run({"hold", "60", "--reason", "legal must agree"}), 0) << err_;
  file("r.md", "# Tasks\n- 🔄 Task 60: x\n- [ ] Task 62: z\n");
  EXPECT_EQ(run({"import", path, "--dry-run"}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("60 stays held: the file says in-progress"));
  EXPECT_THAT(out_, HasSubstr("62 is pending: it would no longer be held\n"));
  EXPECT_THAT(out_, Not(HasSubstr("60 is")));
  EXPECT_EQ(run({"import", path}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("60 stays held: the file says in-progress"));
  EXPECT_THAT(out_, HasSubstr("states 1"));
  EXPECT_EQ(run({"show", "60"}), 0);
  EXPECT_THAT(out_, HasSubstr("held: legal must agree"));
  EXPECT_EQ(run({"hold", "62", "--reason", "legal, too"}), 0) << err_;
  EXPECT_EQ(run({"import", path}), 0) << err_;
  EXPECT_EQ(run({"show", "62"}), 0);
  EXPECT_THAT(out_, HasSubstr("held: legal, too")) << "the file has not changed";
}

TEST_F(ImportVerbTest, LeavesWhatAPersonHoldsOnTopOfAFile) {
  ASSERT_EQ(run({"import", file("t.json", two_tasks("deferred", "deferred"))}), 0) << err_;
  ASSERT_EQ(run({"hold", "1", "--reason", "legal must agree"}), 0) << err_;
  ASSERT_EQ(run({"hold", "2"}), 0) << err_;
  const std::string before = log();
  ASSERT_EQ(run({"hold", "1", "--reason", "legal must agree"}), 0) << err_;
  EXPECT_EQ(log(), before) << "nothing is new";
  EXPECT_EQ(run({"import", file("t.json", two_tasks("pending", "pending"))}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("1 stays held: the file says pending"));
  EXPECT_THAT(err_, Not(HasSubstr("2 stays held"))) << "nobody gave a reason of their own";
  EXPECT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("held: legal must agree"));
  EXPECT_EQ(run({"import", file("t.json", two_tasks("done", "pending"))}), 0) << err_;
  EXPECT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("done by import")) << "what is over is not held";
}

TEST_F(ImportVerbTest, HoldsNothingThatRuns) {
  ASSERT_EQ(run({"import", file("t.json", two_tasks("pending", "pending"))}), 0) << err_;
  ASSERT_EQ(run({"claim", "1", "--worker", "w"}), 0) << err_;
  const std::string deferred = file("t.json", two_tasks("deferred", "pending"));
  EXPECT_EQ(run({"import", deferred}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("1 stays running: the file says deferred"));
  ASSERT_EQ(run({"fail", "1", "--worker", "w", "--reason", "no ink"}), 0) << err_;
  EXPECT_EQ(run({"import", deferred}), 0) << err_;
  EXPECT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("held: was deferred when it was imported"));
  EXPECT_EQ(run({"import", file("t.json", two_tasks("pending", "pending"))}), 0) << err_;
  EXPECT_THAT(err_, Not(HasSubstr("stays held")));
  EXPECT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("held:")));
}

TEST_F(ImportVerbTest, HoldsWhatItCouldNotCloseForTheReasonOfBefore) {
  ASSERT_EQ(run({"import", file("t.json", two_tasks("pending", "pending"))}), 0) << err_;
  ASSERT_EQ(run({"block", "1", "no ink"}), 0) << err_;
  ASSERT_EQ(run({"hold", "1", "--reason", "legal must agree"}), 0) << err_;
  EXPECT_EQ(run({"import", file("t.json", two_tasks("done", "pending"))}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("1 stays open"));
  EXPECT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("legal must agree"));
}

TEST_F(ImportVerbTest, SaysWhatChangesOfThePoolItself) {
  ASSERT_EQ(run({"configure", "--retries", "9"}), 0) << err_;
  const std::string path =
      file("set.toml", "[pool]\nname = \"renamed\"\n[settings]\nbackoff = \"9s\"\n");
  ASSERT_EQ(run({"import", path, "--dry-run"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("would change the pool: name from \"imports\" to \"renamed\"\n"));
  EXPECT_THAT(out_, HasSubstr("retries from 9 to 2, which is the default; backoff_ms from 1000"));
  ASSERT_EQ(run({"import", path, "--dry-run", "--json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(R"({"field":"retries","from":9,"to":2})"));
  ASSERT_EQ(run({"import", path, "--json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(R"("card":1,"settings":2)"));
  EXPECT_THAT(err_, HasSubstr("retries from 9 to 2, which is the default"));
  ASSERT_EQ(run({"import", path}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 0\n");
  EXPECT_EQ(err_, "");
}

TEST_F(ImportVerbTest, PreviewsOnlyWhatDiffers) {
  const std::string plan = R"({"machines":[{"name":"m1"}],"workers":[{"name":"w1"}],)"
                           R"("phases":[{"id":"p","title":"P"}],"gates":[{"id":"g"}],)"
                           R"("measures":[{"name":"m","value":1}],"tasks":[{"id":"a"}],)"
                           R"("schedules":[{"id":"s","every":"1d"}]})";
  const std::string path = file("plan.json", plan);
  ASSERT_EQ(run({"import", path, "--dry-run"}), 0) << err_;
  for (const std::string line :
       {"machine m1", "worker w1", "phase p: P", "gate g", "measure m: 1", "schedule s"}) {
    EXPECT_THAT(out_, HasSubstr("would add the " + line + "\n"));
  }
  ASSERT_EQ(run({"import", path}), 0) << err_;
  ASSERT_EQ(run({"import", path, "--dry-run"}), 0) << err_;
  EXPECT_EQ(out_, "would add 0, change 0, leave 1 as they are; nothing was imported\n");
}

TEST_F(ImportVerbTest, KnowsAScheduleAgainThatThePoolKeepsInAnotherOrder) {
  const std::string plan = R"({"schedules":[{"id":"s","every":"1d","task":{)"
                           R"("requires":["b","a"],"labels":["schedule:s"]}}]})";
  const std::string path = file("plan.json", plan);
  ASSERT_EQ(run({"import", path, "--format", "json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("schedules 1"));
  ASSERT_EQ(run({"import", path, "--format", "json"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("schedules")));
  ASSERT_EQ(run({"import", path, "--format", "json", "--dry-run"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("schedule s")));
}

TEST_F(ImportVerbTest, AddsNoPhaseForTasksThatWereExportedWithoutOne) {
  const std::string plan = R"({"phases":[{"id":"p"}],"tasks":[{"id":"a"},{"id":"b","phase":"p"}]})";
  ASSERT_EQ(run({"import", file("plan.json", plan), "--format", "json"}), 0) << err_;
  const std::string exported = folder_.path("tm.json");
  ASSERT_EQ(run({"export", "--format", "task-master", "-o", exported}), 0) << err_;
  const std::string before = log();
  ASSERT_EQ(run({"import", exported}), 0) << err_;
  EXPECT_EQ(out_, "added 0, changed 0, unchanged 2\n");
  EXPECT_EQ(log(), before);
}

TEST_F(ImportVerbTest, MakesUpForAnImportThatWasBrokenOff) {
  // As one leaves it that ended in the middle: bare, and one of the tasks claimed.
  const std::string plan = R"({"tasks":[{"id":"1","title":"A","assignee":"import"},)"
                           R"({"id":"2","title":"B","assignee":"import"}]})";
  EXPECT_EQ(run({"import", file("bare.json", plan), "--format", "json"}), 0) << err_;
  EXPECT_EQ(run({"claim", "1", "--worker", "import"}), 0) << err_;
  EXPECT_EQ(run({"import", file("t.json", two_tasks("done", "done"))}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("states 2"));
  EXPECT_EQ(run({"export", "--format", "task-master"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("pending")));
  EXPECT_THAT(out_, Not(HasSubstr("in-progress")));
}

TEST_F(ImportVerbTest, LeavesNoWorkerBehindThatAnybodyCountsOn) {
  EXPECT_EQ(run({"import", file("t.json", two_tasks("done", "pending"))}), 0) << err_;
  EXPECT_EQ(run({"workers"}), 0);
  EXPECT_THAT(out_, HasSubstr("draining"));
  EXPECT_EQ(run({"export"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("[[worker]]")));
}

TEST_F(ImportVerbTest, ClosesOnePhaseAfterAnother) {
  const std::string plan = R"({"phases":[{"id":"p"},{"id":"q","after":["p"]}],"tasks":[)"
                           R"({"id":"z","phase":"p"},{"id":"a","phase":"q"}]})";
  ASSERT_EQ(run({"import", file("plan.json", plan), "--format", "json"}), 0) << err_;
  const std::string dashboard = file(
      "dashboard.json",
      R"({"experiment_start":"2026-11-21T10:00:00Z","tasks":{)"
      R"("a":{"status":"completed"},"z":{"status":"completed"}},)"
      R"("sessions_active":1,"tasks_completed":2,"tasks_in_progress":0,"tasks_available":0})"
  );
  ASSERT_EQ(run({"import", dashboard}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("states 2"));
  EXPECT_THAT(err_, Not(HasSubstr("stays open")));
}

TEST_F(ImportVerbTest, LeavesAnotherWorkerByTheNameImportAlone) {
  const std::string clerk = R"({"workers":[{"name":"import","role":"clerk"}]})";
  ASSERT_EQ(run({"import", file("clerk.json", clerk), "--format", "json"}), 0) << err_;
  ASSERT_EQ(run({"import", file("t.json", two_tasks("done", "done"))}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("states 2"));
  ASSERT_EQ(run({"show", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("done by import-2"));
  ASSERT_EQ(run({"export"}), 0);
  EXPECT_THAT(out_, HasSubstr("clerk"));
  EXPECT_THAT(out_, Not(HasSubstr("import-2")));
}

TEST_F(ImportVerbTest, ClosesTasksThoughAnotherImportLetsItsWorkerDrain) {
  ASSERT_EQ(run({"add", "--id", "a"}), 0);
  Session session;
  session.pool = folder_.path("");
  Client& client = *session.client().value();
  ASSERT_TRUE(employ_importing_worker(client, "import").ok());
  ASSERT_TRUE(dismiss_importing_worker(client, "import").ok());
  const auto refused =
      close_unclaimed(client, "import", {{.task = "a", .status = "done"}}, HeldPool{});
  ASSERT_TRUE(refused.ok()) << refused.error().text();
  EXPECT_TRUE(refused->empty());
}

TEST_F(ImportVerbTest, LearnsNothingFromWhatWasDoneBefore) {
  EXPECT_EQ(run({"import", file("t.json", two_tasks("done", "done"))}), 0) << err_;
  EXPECT_EQ(run({"log", "--type", "attempt_finished", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("untimed":true)"));
  EXPECT_EQ(run({"estimates", "--skill", "--json"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr(R"("import")")));
}

TEST_F(ImportVerbTest, CallsWhatIsWrongInAFileWrong) {
  const std::string wish = R"({"tasks":[{"id":"a","requires":["ram>="]}]})";
  EXPECT_EQ(run({"import", file("wish.json", wish)}), 2) << err_;
  const std::string phase = R"({"tasks":[{"id":"a"}],"phases":[{"id":"p","after":["nosuch"]}]})";
  EXPECT_EQ(run({"import", file("phase.json", phase)}), 2) << err_;
  const std::string nobody = R"({"settings":{"escalate_to":["role:"]}})";
  EXPECT_EQ(run({"import", file("nobody.json", nobody)}), 2) << err_;
  EXPECT_THAT(err_, HasSubstr("names nobody"));
  EXPECT_EQ(run({"import", file("one.json", R"({"gates":[{"id":"g"}]})")}), 0) << err_;
}

TEST_F(ImportVerbTest, GivesEveryTitleAnIdOfItsOwn) {
  EXPECT_EQ(run({"import", file("a.json", R"({"tasks":[{"title":"日本"},{"title":"中国"}]})")}), 0)
      << err_;
  EXPECT_EQ(run({"import", file("b.json", R"({"tasks":[{"title":"한국"}]})")}), 0) << err_;
  EXPECT_EQ(out_, "added 1, changed 0, unchanged 0\n");
}

}  // namespace
}  // namespace evener
