// The runner with real processes: what a command is given, and what becomes of its output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "worker/fake_pool.h"
#include "worker/test_processes.h"
#include "worker/verify.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class RunnerSystem : public ProcessTest {
 protected:
  RunnerSystem() {
    options_.worker.name = "w1";
    options_.pool = "the-pool";
    options_.directory = folder();
    options_.output_folder = path("outputs");
    options_.process_folder = table_folder();
    options_.poll_ms = 1;
    options_.until_idle = true;
  }

  RunnerSummary run() {
    SystemProcessRunner processes = runner();
    const Result<RunnerSummary> summary = run_worker(
        options_,
        [this](int fd) -> Result<std::unique_ptr<Client>> {
          return std::unique_ptr<Client>(std::make_unique<FakeClient>(pool_, fd));
        },
        processes,
        clock_,
        stop_.fd(),
        nullptr
    );
    EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().text());
    return summary.ok() ? *summary : RunnerSummary{};
  }

  std::string content(const std::string& name) const {
    const std::ifstream file(path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  RunnerOptions options_;
  FakeClock fake_clock_;
  FakePool pool_{fake_clock_};
  SystemClock clock_;
  SignalFd stop_;
};

TEST_F(RunnerSystem, GivesACommandItsTaskAsEnvironmentAndNeverAsShellText) {
  pool_.add(
      {.id = "t1",
       .title = "$(touch pwned)",
       .run = "printf '%s|' \"$EVENER_TASK\" \"$EVENER_TITLE\" \"$EVENER_FENCE\" "
              "\"$EVENER_WORKER\" \"$EVENER_POOL\" \"$EVENER_DATA_PORT\" > seen",
       .data = {R"({"port":8000})"}}
  );
  EXPECT_EQ(run().done, 1);
  EXPECT_EQ(content("seen"), "t1|$(touch pwned)|1|w1|the-pool|8000|");
  EXPECT_FALSE(is_there("pwned"));
}

TEST_F(RunnerSystem, GivesACommandTheWholeClaimOnStdin) {
  pool_.add({.id = "t1", .title = "One", .run = "cat > seen"});
  EXPECT_EQ(run().done, 1);
  const Json json = parse_json(content("seen")).value();
  EXPECT_EQ(json.at("task").at("title").as_string(), "One");
  EXPECT_EQ(json.at("fence").as_int64(), 1);
}

TEST_F(RunnerSystem, GivesVerifyTheSameAndTheExitOfRun) {
  pool_.add(
      {.id = "t1",
       .run = "echo made > product",
       .verify = "test \"$EVENER_RUN_EXIT\" = 0 && grep -q made product && cat && echo $EVENER_TASK"
      }
  );
  EXPECT_EQ(run().done, 1);
  const auto finished = pool_.all<Finish>();
  ASSERT_THAT(finished, SizeIs(1));
  EXPECT_EQ(finished.front().verify.exit_code, 0);
  EXPECT_THAT(finished.front().verify.tail, HasSubstr("t1"));
}

TEST_F(RunnerSystem, BoundsAnOutputWithoutEnd) {
  options_.output = {.head = 1000, .tail = 5000};
  pool_.add({.id = "t1", .run = "echo begin; seq 1 100000; echo end; exit 1"});
  EXPECT_EQ(run().failed, 1);
  ASSERT_THAT(pool_.blobs, SizeIs(1));
  EXPECT_THAT(pool_.blobs.front(), testing::StartsWith("begin\n1\n2\n"));
  EXPECT_THAT(pool_.blobs.front(), testing::EndsWith("100000\nend\n"));
  EXPECT_LT(pool_.blobs.front().size(), 6100U);
  EXPECT_LE(pool_.all<Fail>().front().run.tail.size(), limits::tail_bytes);
}

TEST_F(RunnerSystem, ShowsTheOutputOfARunningCommandInAFile) {
  pool_.add(
      {.id = "t1",
       .run = "echo hello; i=0; until grep -qs hello outputs/1-t1.log || [ $i = 500 ]; do "
              "sleep 0.02; i=$((i+1)); done; grep -q hello outputs/1-t1.log"}
  );
  EXPECT_EQ(run().done, 1);
  EXPECT_FALSE(is_there("outputs/1-t1.log"));
}

TEST_F(RunnerSystem, EndsACommandAndReleasesItsTaskWhenStopped) {
  pool_.add({.id = "t1", .run = "echo $$ > pid; exec sleep 1000"});
  ProcessIdentity command;
  std::thread stopper([&] {
    command = process_in("pid");
    stop_.raise();
  });
  EXPECT_EQ(run(), (RunnerSummary{.claimed = 1, .released = 1}));
  stopper.join();
  EXPECT_FALSE(alive(command));
}

TEST_F(RunnerSystem, VerifiesForSomebodyWhoFinishesByHand) {
  SystemProcessRunner processes = runner();
  FakeClient client(pool_, -1);
  TaskSpec task{.id = "t1", .verify = "echo checked $EVENER_TASK by $EVENER_WORKER; exit 4"};
  std::vector<std::string> lines;
  VerifyOrder order{.surroundings = {.worker = "me"}, .directory = folder()};
  order.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  const Evidence evidence = run_verify(task, order, processes, client).value();
  EXPECT_EQ(evidence.exit_code, 4);
  EXPECT_EQ(evidence.tail, "checked t1 by me\n");
  EXPECT_THAT(lines, ElementsAre("checked t1 by me"));
  task.verify.clear();
  EXPECT_EQ(run_verify(task, order, processes, client).value(), Evidence{});
}

TEST_F(RunnerSystem, EndsAVerifyByHandThatIsStopped) {
  SystemProcessRunner processes = runner();
  FakeClient client(pool_, -1);
  const TaskSpec task{.id = "t1", .verify = "echo started; exec sleep 1000"};
  VerifyOrder order{.stop_fd = stop_.fd()};
  order.on_line = [&](std::string_view) { stop_.raise(); };
  const Result<Evidence> evidence = run_verify(task, order, processes, client);
  ASSERT_FALSE(evidence.ok());
  EXPECT_EQ(evidence.error().code, "interrupted");
}

}  // namespace
}  // namespace evener
