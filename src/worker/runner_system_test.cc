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

class RunnerSecrets : public RunnerSystem {
 protected:
  RunnerSecrets() {
    write("key", "hunter22-" + std::string("xyz") + "\n");
    options_.secrets = {parse_secret_source("DEPLOY_KEY=file:" + path("key")).value()};
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    std::filesystem::permissions(path(name), std::filesystem::perms(0600));
  }

  // Everything that was told to the pool, and everything that stands in files, but for the key.
  std::string everything_kept() const {
    std::string all;
    for (const auto& requests : pool_.calls) {
      for (const Request& request : requests) all += to_json_text(request) + "\n";
    }
    for (const std::string& blob : pool_.blobs) all += blob;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
      if (!entry.is_regular_file() || entry.path() == path("key")) continue;
      std::ifstream in(entry.path());
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  static constexpr const char* secret = "hunter22-xyz";
};

TEST_F(RunnerSecrets, GivesRunAndVerifyTheSecretsThatTheTaskNames) {
  pool_.add(
      {.id = "t1",
       .run = "test \"$DEPLOY_KEY\" = hunter22-xyz && test \"$EVENER_SECRETS\" = DEPLOY_KEY",
       .verify = "test \"$DEPLOY_KEY\" = hunter22-xyz",
       .secrets = {"DEPLOY_KEY"}}
  );
  pool_.add({.id = "t2", .run = "test -z \"$DEPLOY_KEY\" && test -z \"$EVENER_SECRETS\""});
  EXPECT_EQ(run().done, 2);
}

TEST_F(RunnerSecrets, ReadsThemAnewForEveryAttempt) {
  pool_.add({.id = "t1", .run = "printf 'rotated-1' > key", .secrets = {"DEPLOY_KEY"}});
  pool_.add({.id = "t2", .run = "test \"$DEPLOY_KEY\" = rotated-1", .secrets = {"DEPLOY_KEY"}});
  EXPECT_EQ(run().done, 2);
}

TEST_F(RunnerSecrets, KeepsThemOutOfAllThatIsKept) {
  options_.keep_output = true;
  options_.output = {.head = 2000, .tail = 6000};
  pool_.add(
      {.id = "t1",
       .run =
           "echo first $DEPLOY_KEY; printf 'hunter'; sleep 0.2; printf '22-x'; sleep 0.2; echo yz; "
           "printf '%s' \"$DEPLOY_KEY\" | base64; seq 1 3000; "
           "echo \"evener:progress 40 with $DEPLOY_KEY\"; sleep 0.3; echo last $DEPLOY_KEY",
       .verify = "echo $DEPLOY_KEY; exit 1",
       .secrets = {"DEPLOY_KEY"}}
  );
  EXPECT_EQ(run().failed, 1);
  const std::string kept = everything_kept();
  EXPECT_THAT(kept, testing::Not(HasSubstr("hunter")));
  EXPECT_THAT(kept, testing::Not(HasSubstr("22-x")));
  EXPECT_THAT(kept, testing::Not(HasSubstr("aHVudGVyMjIteH")));
  EXPECT_THAT(kept, HasSubstr("last [secret DEPLOY_KEY]"));
  const Fail fail = pool_.all<Fail>().front();
  EXPECT_EQ(fail.verify.tail, "[secret DEPLOY_KEY]\n");
  EXPECT_THAT(
      content("outputs/1-t1.log"), HasSubstr("first [secret DEPLOY_KEY]\n[secret DEPLOY_KEY]\n")
  );
}

TEST_F(RunnerSecrets, TellsAResultWithoutThem) {
  pool_.add({.id = "t1", .run = "printf 'done with %s' $DEPLOY_KEY", .secrets = {"DEPLOY_KEY"}});
  EXPECT_EQ(run().done, 1);
  EXPECT_EQ(pool_.all<Finish>().front().result, "done with [secret DEPLOY_KEY]");
}

// The shell that runs the task looks at its parents: the keeper, and this process, which stands for
// the runner. Nobody's command line holds the value.
TEST_F(RunnerSecrets, StandInNoOtherEnvironmentAndOnNoCommandLine) {
  pool_.add(
      {.id = "t1",
       .run = "tr '\\0' '\\n' < /proc/$$/environ | grep -c \"$DEPLOY_KEY\" > mine; "
              "tr '\\0' '\\n' < /proc/$PPID/environ > keeper.environ; "
              "grep PPid /proc/$PPID/status | tr -dc 0-9 > runner.pid; "
              "tr '\\0' '\\n' < /proc/$(cat runner.pid)/environ > runner.environ; "
              "cat /proc/$$/cmdline /proc/$PPID/cmdline /proc/$(cat runner.pid)/cmdline > lines",
       .secrets = {"DEPLOY_KEY"}}
  );
  EXPECT_EQ(run().done, 1);
  EXPECT_EQ(content("mine"), "1\n");
  EXPECT_THAT(content("keeper.environ"), HasSubstr("PATH="));
  EXPECT_THAT(content("runner.environ"), HasSubstr("PATH="));
  EXPECT_THAT(everything_kept(), testing::Not(HasSubstr(secret)));
}

TEST_F(RunnerSecrets, ReleaseATaskThatCannotHaveThemAndSayWhy) {
  std::filesystem::permissions(path("key"), std::filesystem::perms(0644));
  pool_.add({.id = "t1", .run = "touch ran", .secrets = {"DEPLOY_KEY"}});
  EXPECT_EQ(run().released, 1);
  EXPECT_FALSE(is_there("ran"));
  const std::string reason = pool_.all<Release>().front().reason;
  EXPECT_THAT(reason, HasSubstr("the secret DEPLOY_KEY (file:" + path("key") + ") may be read by"));
  EXPECT_THAT(reason, testing::Not(HasSubstr(secret)));
}

TEST_F(RunnerSecrets, KeepsThemOutOfWhatIsVerifiedByHand) {
  ::setenv("DEPLOY_KEY", secret, 1);
  SystemProcessRunner processes = runner();
  FakeClient client(pool_, -1);
  const TaskSpec task{.id = "t1", .verify = "echo $DEPLOY_KEY", .secrets = {"DEPLOY_KEY"}};
  std::vector<std::string> lines;
  VerifyOrder order{.directory = folder()};
  order.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  const Evidence evidence = run_verify(task, order, processes, client).value();
  ::unsetenv("DEPLOY_KEY");
  EXPECT_EQ(evidence.tail, "[secret DEPLOY_KEY]\n");
  EXPECT_THAT(lines, ElementsAre("[secret DEPLOY_KEY]"));
}

}  // namespace
}  // namespace evener
