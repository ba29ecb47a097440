#include <gmock/gmock.h>
#include <sys/resource.h>

#include "worker/test_runner.h"

namespace evener {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

using Runner = RunnerTest;

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

TEST_F(Runner, DoesNotBeginWithFewerOpenFilesThanItsSlotsNeed) {
  options_.worker.slots = 4;
  const auto begin_with_few = [this] {
    const rlimit few{.rlim_cur = 30, .rlim_max = 30};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) ::_exit(2);
    const Result<RunnerSummary> summary = run();
    const bool is_told = !summary.ok() && summary.error().code == "cannot_start" &&
                         summary.error().message.find("ulimit -n 80") != std::string::npos;
    ::_exit(is_told ? 0 : 1);
  };
  EXPECT_EXIT(begin_with_few(), testing::ExitedWithCode(0), "");
}

TEST_F(Runner, AllowsItselfTheOpenFilesThatItsSlotsNeed) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 60;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  options_.worker.slots = 4;
  run_well();
  rlimit now = {};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, 80U);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
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

TEST_F(Runner, SaysOfAnOutputThatCanNeitherBeUploadedNorKeptWhereItIsNot) {
  add("a", {.output = std::string(10'000, 'x')});
  pool_.blobs_fail = true;
  std::filesystem::create_directories(options_.output_folder + "/1-a.log");
  EXPECT_EQ(run_well().done, 1);
  EXPECT_THAT(log_, Contains(HasSubstr("could not be uploaded (no space); nor kept whole: ")));
  EXPECT_THAT(log_, testing::Not(Contains(HasSubstr("it stays in"))));
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

TEST_F(Runner, DoesNotWaitForTasksThatPeopleKeepBack) {
  pool_.add("blocked", "x");
  pool_.task("blocked").state = TaskState::waiting;
  EXPECT_EQ(run_well(), RunnerSummary{});
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

TEST_F(Runner, LooksForTheEndTheMoreSeldomTheLongerItWaits) {
  options_.poll_ms = 1000;
  pool_.add("theirs", "x");
  pool_.task("theirs").state = TaskState::running;
  std::vector<Millis> waits;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    const auto* const claim = std::get_if<Claim>(&requests.front().command);
    if (claim != nullptr) waits.push_back(claim->wait_ms);
    if (waits.size() == 8) pool_.task("theirs").state = TaskState::done;
    return std::nullopt;
  };
  run_well();
  EXPECT_EQ(waits, (std::vector<Millis>{0, 10, 20, 40, 80, 160, 320, 640}));
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

}  // namespace
}  // namespace evener
