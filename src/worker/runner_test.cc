#include "worker/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "worker/fake_pool.h"
#include "worker/passed_over.h"

namespace evener {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr Millis for_ever = -1;

std::string read_whole(const std::filesystem::path& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Runner : public testing::Test {
 protected:
  Runner() {
    std::string name = testing::TempDir() + "evener-runner-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    options_.worker.name = "w1";
    options_.pool = "/pool";
    options_.output_folder = folder_ + "/outputs";
    options_.poll_ms = 1;
    options_.retry_ms = 1;
    options_.until_idle = true;
  }

  ~Runner() override { std::filesystem::remove_all(folder_); }

  Result<RunnerSummary> run() {
    return run_worker(
        options_,
        [this](int fd) -> Result<std::unique_ptr<Client>> {
          return std::unique_ptr<Client>(std::make_unique<FakeClient>(pool_, fd));
        },
        processes_,
        clock_,
        stop_.fd(),
        [this](std::string_view line) { log_.emplace_back(line); }
    );
  }

  RunnerSummary run_well() {
    const Result<RunnerSummary> summary = run();
    EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().text());
    return summary.ok() ? *summary : RunnerSummary{};
  }

  // Tasks whose commands do what their names say.
  void add(const std::string& id, FakeCommand command, const std::string& verify = "") {
    const std::string run = "run " + id;
    pool_.add(TaskSpec{.id = id, .run = run, .verify = verify});
    processes_.commands[run] = std::move(command);
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.output_folder)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string folder_;
  RunnerOptions options_;
  FakeClock clock_;
  FakePool pool_{clock_};
  FakeProcesses processes_{clock_};
  SignalFd stop_;
  std::vector<std::string> log_;
};

TEST_F(Runner, RunsEveryTaskAndEndsWhenNothingIsLeft) {
  for (const char* id : {"a", "b", "c"}) add(id, {});
  const RunnerSummary summary = run_well();
  EXPECT_EQ(summary, (RunnerSummary{.claimed = 3, .done = 3}));
  EXPECT_EQ(pool_.count(TaskState::done), 3);
  EXPECT_THAT(log_, Contains(StartsWith("claimed b (attempt 1, fence 2)")));
  EXPECT_THAT(log_, Contains("done b in 0s"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Runner, TellsAResultAndClaimsTheNextTaskInOneCall) {
  for (const char* id : {"a", "b"}) add(id, {});
  run_well();
  EXPECT_THAT(
      pool_.call_types(), ElementsAre("register", "claim", "finish claim", "finish claim", "claim")
  );
}

TEST_F(Runner, RegistersItsWorkerWithWhatItCanDo) {
  options_.worker.capabilities = {"gpu"};
  options_.worker.slots = 3;
  run_well();
  const auto registered = pool_.all<RegisterWorker>();
  ASSERT_THAT(registered, SizeIs(1));
  EXPECT_EQ(registered.front().worker, options_.worker);
}

TEST_F(Runner, DoesNotBeginWhenThePoolRefusesItsWorker) {
  pool_.refuses = [](const Command&) { return Refusal{"scope", "w1 may not register"}; };
  const Result<RunnerSummary> summary = run();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, "scope");
}

TEST_F(Runner, EndsWhenThePoolRefusesItsClaims) {
  options_.until_idle = false;
  options_.worker.slots = 2;
  pool_.refuses = [](const Command& command) -> std::optional<Refusal> {
    if (!std::holds_alternative<Claim>(command)) return std::nullopt;
    return Refusal{"scope", "w1 may not claim"};
  };
  const Result<RunnerSummary> summary = run();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().message, "w1 may not claim");
}

TEST_F(Runner, RefusesOptionsThatMakeNoSense) {
  const auto code_with = [&](const std::function<void(RunnerOptions&)>& change) {
    const RunnerOptions before = options_;
    change(options_);
    const Result<RunnerSummary> summary = run();
    options_ = before;
    return summary.ok() ? "" : summary.error().code;
  };
  EXPECT_EQ(code_with([](RunnerOptions& o) { o.lease_ms = 1; }), "bad_value");
  EXPECT_EQ(code_with([](RunnerOptions& o) { o.worker.slots = 0; }), "bad_value");
  EXPECT_EQ(code_with([](RunnerOptions& o) { o.poll_ms = 0; }), "bad_value");
  EXPECT_EQ(code_with([](RunnerOptions& o) { o.directory = "/no/such/folder"; }), "cannot_start");
  EXPECT_THAT(pool_.call_types(), IsEmpty());
}

TEST_F(Runner, TellsHowACommandFailed) {
  add("a", {.exit = {3, 0, 1200}, .output = "one\nlast words\n"});
  const RunnerSummary summary = run_well();
  EXPECT_EQ(summary, (RunnerSummary{.claimed = 1, .failed = 1}));
  const auto failures = pool_.all<Fail>();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures.front().reason, "run ended with exit 3");
  EXPECT_EQ(failures.front().run.exit_code, 3);
  EXPECT_EQ(failures.front().run.duration_ms, 1200);
  EXPECT_EQ(failures.front().run.tail, "one\nlast words\n");
  EXPECT_THAT(log_, Contains("failed a after 1.2s: run ended with exit 3; it is not tried again"));
}

TEST_F(Runner, CountsASignalAsShellsDo) {
  add("a", {.exit = {-1, 9, 5}});
  run_well();
  EXPECT_EQ(pool_.all<Fail>().front().run.exit_code, 137);
  EXPECT_EQ(pool_.all<Fail>().front().reason, "run was ended by signal 9");
}

TEST_F(Runner, VerifiesBeforeItFinishes) {
  add("a", {.output = "42 made\n"}, "check");
  processes_.commands["check"] = {.exit = {0, 0, 3}, .output = "good\n"};
  run_well();
  const auto finished = pool_.all<Finish>();
  ASSERT_THAT(finished, SizeIs(1));
  EXPECT_EQ(finished.front().result, "42 made");
  EXPECT_EQ(finished.front().run.exit_code, 0);
  EXPECT_EQ(finished.front().verify.exit_code, 0);
  EXPECT_EQ(finished.front().verify.tail, "good\n");
}

TEST_F(Runner, FailsWhenVerifyDoes) {
  add("a", {}, "check");
  processes_.commands["check"] = {.exit = {2, 0, 3}};
  run_well();
  const auto failures = pool_.all<Fail>();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures.front().reason, "verify ended with exit 2");
  EXPECT_EQ(failures.front().run.exit_code, 0);
  EXPECT_EQ(failures.front().verify.exit_code, 2);
}

TEST_F(Runner, FailsWithThePoolsReasonWhenTheWorkIsNotTakenAsDone) {
  add("a", {});
  pool_.refuses = [](const Command& command) -> std::optional<Refusal> {
    if (!std::holds_alternative<Finish>(command)) return std::nullopt;
    return Refusal{"criteria_open", "a: 1 of 3 criteria are ticked"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .failed = 1}));
  EXPECT_EQ(pool_.task("a").reason, "a: 1 of 3 criteria are ticked");
}

TEST_F(Runner, UploadsAnOutputThatDoesNotFitIntoTheEvidence) {
  const std::string output(10'000, 'x');
  add("a", {.output = output});
  add("b", {.output = "short\n"});
  run_well();
  EXPECT_THAT(pool_.blobs, ElementsAre(output));
  const auto finished = pool_.all<Finish>();
  ASSERT_THAT(finished, SizeIs(2));
  ASSERT_TRUE(finished[0].run.output);
  EXPECT_EQ(finished[0].run.output->size, 10'000);
  EXPECT_THAT(finished[0].run.tail, SizeIs(limits::tail_bytes));
  EXPECT_FALSE(finished[1].run.output);
}

TEST_F(Runner, TellsTheResultWhenTheOutputCannotBeUploaded) {
  const std::string output(10'000, 'x');
  add("a", {.output = output});
  pool_.blobs_fail = true;
  EXPECT_EQ(run_well().done, 1);
  EXPECT_FALSE(pool_.all<Finish>().front().run.output);
  EXPECT_EQ(read_whole(options_.output_folder + "/1-a.log"), output);
  EXPECT_THAT(log_, Contains(HasSubstr("1-a.log")));
}

TEST_F(Runner, KeepsOutputsWhenAsked) {
  options_.keep_output = true;
  add("a/b", {.output = "hello\n"});
  run_well();
  EXPECT_THAT(files(), ElementsAre("1-a_b.log"));
  EXPECT_EQ(read_whole(options_.output_folder + "/1-a_b.log"), "hello\n");
}

TEST_F(Runner, RunsTheCommandThatItWasGivenInsteadOfTheTasks) {
  options_.command = "agent";
  processes_.commands["agent"] = {};
  pool_.add("a", "do this");
  pool_.add("b", "");
  EXPECT_EQ(run_well().done, 2);
  const auto started = processes_.started();
  EXPECT_THAT(started.front().argv, ElementsAre("/bin/sh", "-c", "agent"));
  EXPECT_THAT(started.front().environment, Contains(testing::Pair("EVENER_RUN", "do this")));
}

TEST_F(Runner, RunsAsManyTasksAtOnceAsItHasSlots) {
  options_.worker.slots = 3;
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) add(id, {.duration = 5000});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 6, .done = 6}));
  EXPECT_GT(processes_.most_running(), 1);
  EXPECT_LE(processes_.most_running(), 3);
}

TEST_F(Runner, RunsNoMoreTasksThanItIsTold) {
  options_.max_tasks = 2;
  options_.until_idle = false;
  options_.worker.slots = 2;
  for (const char* id : {"a", "b", "c"}) add(id, {});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 2}));
  EXPECT_EQ(pool_.count(TaskState::ready), 1);
}

TEST_F(Runner, WaitsForTasksThatAreTriedAgain) {
  add("a", {.exit = {1, 0, 5}});
  pool_.task("a").failures_allowed = 1;
  int looks = 0;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    FakeTask& task = pool_.task("a");
    const bool claims = std::holds_alternative<Claim>(requests.front().command);
    if (claims && task.state == TaskState::waiting && ++looks == 4) task.state = TaskState::ready;
    return std::nullopt;
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .failed = 2}));
}

TEST_F(Runner, DoesNotWaitForTasksThatAreStuck) {
  add("a", {.exit = {1, 0, 5}});
  pool_.add(TaskSpec{.id = "b", .needs = {{.task = "a"}}, .run = "run b"});
  pool_.task("b").state = TaskState::waiting;
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .failed = 1}));
}

TEST_F(Runner, WaitsForTasksThatOthersRun) {
  pool_.add("theirs", "x");
  pool_.task("theirs").state = TaskState::running;
  int claims = 0;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (std::holds_alternative<Claim>(requests.front().command) && ++claims == 5) {
      pool_.task("theirs").state = TaskState::done;
    }
    return std::nullopt;
  };
  EXPECT_EQ(run_well(), RunnerSummary{});
  EXPECT_GE(claims, 5);
}

TEST_F(Runner, SaysOnceWhyItWaits) {
  pool_.add("theirs", "x");
  pool_.task("theirs").state = TaskState::running;
  int claims = 0;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (std::holds_alternative<Claim>(requests.front().command) && ++claims == 9) stop_.raise();
    return std::nullopt;
  };
  options_.worker.slots = 2;
  options_.until_idle = false;
  run_well();
  EXPECT_EQ(std::ranges::count(log_, "waiting: nothing to claim for w1 (a remedy)"), 1);
}

TEST_F(Runner, EndsACommandWhoseLeaseIsRefusedAndTellsNothing) {
  add("a", {.duration = for_ever});
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Claim>(command)) pool_.task("a").state = TaskState::held;
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .lost = 1}));
  EXPECT_THAT(processes_.kills(), ElementsAre(0));
  EXPECT_THAT(pool_.all<Fail>(), IsEmpty());
  EXPECT_THAT(pool_.all<Release>(), IsEmpty());
  EXPECT_THAT(log_, Contains("lost a: that attempt is over"));
}

TEST_F(Runner, EndsACommandWhenNobodyRenewsItsLease) {
  add("a", {.duration = for_ever});
  pool_.before_call = [](const std::vector<Request>& requests) -> std::optional<Error> {
    if (!std::holds_alternative<Renew>(requests.front().command)) return std::nullopt;
    return Error{"unreachable", "nobody answers"};
  };
  pool_.after_command = [&](const Command& command) {
    // The task lapses meanwhile, and is not offered again.
    if (std::holds_alternative<Claim>(command)) pool_.task("a").state = TaskState::held;
  };
  const Millis begun = clock_.read().boot;
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .lost = 1}));
  EXPECT_THAT(processes_.kills(), SizeIs(1));
  EXPECT_GE(clock_.read().boot - begun, 27'000);
  EXPECT_THAT(pool_.all<Renew>(), SizeIs(testing::Ge(3)));
  EXPECT_THAT(log_, Contains(HasSubstr("lost a: the pool has not renewed the lease for")));
}

TEST_F(Runner, RenewsTheLeasesOfLongCommands) {
  processes_.step_takes_ms = 4;
  add("a", {.output = "::progress 30 working\n", .duration = 25'000});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  const auto renewals = pool_.all<Renew>();
  EXPECT_THAT(renewals, SizeIs(testing::Ge(3)));
  EXPECT_EQ(renewals.front().fence, Fence{1});
  EXPECT_EQ(
      renewals.back().progress, (Progress{.percent = 30, .line = "working", .stage = "running"})
  );
}

TEST_F(Runner, RepeatsAReportUnderItsRequestIdUntilItIsHeard) {
  for (const char* id : {"a", "b"}) add(id, {});
  int lost = 0;
  pool_.loses_answer = [&](const std::vector<Request>& requests) {
    return std::holds_alternative<Finish>(requests.front().command) && ++lost <= 3;
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 2}));
  EXPECT_EQ(pool_.task("b").attempts, 1);
  std::vector<std::set<std::string>> ids(2);
  for (const auto& call : pool_.calls) {
    if (!std::holds_alternative<Finish>(call.front().command)) continue;
    const bool first = std::get<Finish>(call.front().command).task == "a";
    ids[first ? 0 : 1].insert(call.front().request_id);
    if (first) ids[0].insert(call.back().request_id);
  }
  EXPECT_THAT(ids[0], SizeIs(2));  // of the finish, and of the claim beside it
  EXPECT_THAT(ids[1], SizeIs(1));
  EXPECT_THAT(ids[0], Not(Contains("")));
  EXPECT_EQ(std::ranges::count(log_, "the pool answers again"), 1);
}

TEST_F(Runner, KeepsAResultInAFileWhenNobodyEverHearsIt) {
  add("a", {.output = "worth keeping\n"});
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (!std::holds_alternative<Finish>(requests.front().command)) return std::nullopt;
    clock_.advance(10'000);
    pool_.task("a").state = TaskState::held;
    return Error{"unreachable", "nobody answers"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
  EXPECT_THAT(pool_.all<Finish>(), SizeIs(9));  // for 90 s: a lease and a minute
  const std::string path = options_.output_folder + "/1-a.result.json";
  EXPECT_THAT(read_whole(path), StartsWith(R"({"commands":[{"type":"finish","request_id":)"));
  EXPECT_THAT(read_whole(path), HasSubstr("worth keeping"));
  EXPECT_THAT(log_, Contains(HasSubstr("it is kept in " + path)));
}

TEST_F(Runner, SaysThatAResultCameTooLate) {
  add("a", {});
  pool_.refuses = [](const Command& command) -> std::optional<Refusal> {
    if (!std::holds_alternative<Finish>(command)) return std::nullopt;
    return Refusal{"stale_fence", "a: fence 1 is not its newest", "the result is kept"};
  };
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Finish>(command)) pool_.task("a").state = TaskState::done;
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .lost = 1}));
  EXPECT_THAT(log_, Contains("lost a: fence 1 is not its newest; the result is kept"));
}

TEST_F(Runner, ReleasesWhatRunsWhenItIsStopped) {
  options_.until_idle = false;
  processes_.step_takes_ms = 4;
  add("a", {.duration = for_ever});
  add("b", {});
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Renew>(command)) stop_.raise();
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .released = 1}));
  EXPECT_THAT(processes_.kills(), ElementsAre(options_.grace_ms));
  EXPECT_EQ(pool_.task("a").state, TaskState::ready);
  EXPECT_EQ(pool_.task("a").reason, "worker stopped");
  EXPECT_THAT(pool_.all<Claim>(), SizeIs(1));
}

TEST_F(Runner, UploadsAnOutputAlthoughAStopComesBetween) {
  options_.until_idle = false;
  add("a", {.output = std::string(10'000, 'x')});
  pool_.raised_by_blob = &stop_;
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  EXPECT_THAT(pool_.blobs, SizeIs(1));
  EXPECT_TRUE(pool_.all<Finish>().front().run.output);
}

TEST_F(Runner, DoesNotUploadTheOutputOfAReleasedTask) {
  add("a", {.exit = {75, 0, 5}, .output = std::string(10'000, 'x')});
  EXPECT_EQ(run_well().released, 1);
  EXPECT_THAT(pool_.blobs, IsEmpty());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Runner, IsStoppedWhileItWaits) {
  options_.until_idle = false;
  options_.worker.slots = 2;
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Claim>(command)) stop_.raise();
  };
  EXPECT_EQ(run_well(), RunnerSummary{});
}

TEST_F(Runner, DoesNotTryForLongToTellAResultAfterAStop) {
  options_.until_idle = false;
  add("a", {});
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (!std::holds_alternative<Finish>(requests.front().command)) return std::nullopt;
    stop_.raise();
    clock_.advance(1000);
    return Error{"unreachable", "nobody answers"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .kept = 1}));
  EXPECT_LT(pool_.all<Finish>().size(), 40U);
}

TEST_F(Runner, ComesBackWhenThePoolWasOutOfReach) {
  add("a", {});
  int failures = 0;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    const bool claims = std::holds_alternative<Claim>(requests.front().command);
    if (!claims || ++failures > 3) return std::nullopt;
    return Error{"unreachable", "nobody answers"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  std::set<std::string> ids;
  for (const auto& call : pool_.calls) {
    if (std::holds_alternative<Claim>(call.front().command)) ids.insert(call.front().request_id);
  }
  EXPECT_THAT(ids, SizeIs(2));  // the first, repeated until it was answered; and the last
  EXPECT_THAT(log_, Contains(HasSubstr("the pool cannot be reached, trying again")));
}

TEST_F(Runner, DoesNotWaitForEverForAPoolWhenItIsToEndWhenIdle) {
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (!std::holds_alternative<Claim>(requests.front().command)) return std::nullopt;
    clock_.advance(10'000);
    return Error{"unreachable", "nobody answers"};
  };
  const Result<RunnerSummary> summary = run();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, "unreachable");
}

TEST_F(Runner, EndsAtOnceWhenItIsSentAway) {
  int claims = 0;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (!std::holds_alternative<Claim>(requests.front().command)) return std::nullopt;
    ++claims;
    return Error{"unauthorized", "the token was revoked"};
  };
  const Result<RunnerSummary> summary = run();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, "unauthorized");
  EXPECT_EQ(claims, 1);
}

TEST_F(Runner, GivesBackATaskWithoutACommandAndRunsTheOthers) {
  pool_.add("for-people", "");
  for (const char* id : {"a", "b"}) add(id, {});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 3, .done = 2, .released = 1}));
  EXPECT_EQ(pool_.task("for-people").state, TaskState::ready);
  EXPECT_EQ(pool_.task("for-people").attempts, 1);
  EXPECT_THAT(pool_.task("for-people").reason, HasSubstr("has no command to run"));
}

TEST_F(Runner, LeavesATaskToOthersWhenItsCommandAsksForThat) {
  add("a", {.exit = {75, 0, 5}});
  add("b", {});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 1, .released = 1}));
  EXPECT_EQ(pool_.task("a").reason, "run ended with exit 75");
  EXPECT_EQ(pool_.task("a").attempts, 1);
}

TEST_F(Runner, TriesATaskThatItGaveBackAgainAfterAWhile) {
  options_.until_idle = false;
  add("a", {.exit = {75, 0, 5}});
  pool_.after_command = [&](const Command& command) {
    if (const auto* claim = std::get_if<Claim>(&command); claim && pool_.task("a").attempts == 2) {
      stop_.raise();
    }
    if (std::holds_alternative<Release>(command)) clock_.advance(PassedOver::first_ms);
  };
  EXPECT_EQ(run_well().claimed, 2);
}

}  // namespace
}  // namespace evener
