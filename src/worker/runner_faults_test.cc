// Leases that are lost, pools out of reach, stops: what becomes of commands and results.
#include <gmock/gmock.h>

#include "worker/passed_over.h"
#include "worker/test_runner.h"

namespace evener {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class RunnerFaults : public RunnerTest {
 protected:
  // What the runner hears once the command of task a has ended its attempt itself.
  std::optional<Refusal> refused_as(const Command& command, const std::string& outcome) {
    const auto* const finish = std::get_if<Finish>(&command);
    const auto* const renew = std::get_if<Renew>(&command);
    if (finish == nullptr && renew == nullptr) return std::nullopt;
    FakeTask& task = pool_.task("a");
    task.outcomes[finish != nullptr ? finish->fence : renew->fence] = outcome;
    task.state = TaskState::waiting;
    if (outcome == "done") task.state = TaskState::done;
    if (outcome == "released") task.state = TaskState::ready;
    return Refusal{"attempt_over", "a: that attempt is over", "a remedy"};
  }
};

TEST_F(RunnerFaults, EndsACommandWhoseLeaseIsRefusedAndTellsNothing) {
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

TEST_F(RunnerFaults, EndsACommandWhenNobodyRenewsItsLease) {
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

TEST_F(RunnerFaults, RenewsTheLeasesOfLongCommands) {
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

TEST_F(RunnerFaults, RepeatsAReportUnderItsRequestIdUntilItIsHeard) {
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

TEST_F(RunnerFaults, KeepsAResultInAFileWhenNobodyEverHearsIt) {
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

TEST_F(RunnerFaults, SaysThatAResultCameTooLate) {
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

TEST_F(RunnerFaults, ReleasesWhatRunsWhenItIsStopped) {
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

TEST_F(RunnerFaults, UploadsAnOutputAlthoughAStopComesBetween) {
  options_.until_idle = false;
  add("a", {.output = std::string(10'000, 'x')});
  pool_.raised_by_blob = &stop_;
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  EXPECT_THAT(pool_.blobs, SizeIs(1));
  EXPECT_TRUE(pool_.all<Finish>().front().run.output);
}

TEST_F(RunnerFaults, DoesNotUploadTheOutputOfAReleasedTask) {
  add("a", {.exit = {75, 0, 5}, .output = std::string(10'000, 'x')});
  EXPECT_EQ(run_well().released, 1);
  EXPECT_THAT(pool_.blobs, IsEmpty());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(RunnerFaults, IsStoppedWhileItWaits) {
  options_.until_idle = false;
  options_.worker.slots = 2;
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Claim>(command)) stop_.raise();
  };
  EXPECT_EQ(run_well(), RunnerSummary{});
}

TEST_F(RunnerFaults, DoesNotTryForLongToTellAResultAfterAStop) {
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

TEST_F(RunnerFaults, ComesBackWhenThePoolWasOutOfReach) {
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

TEST_F(RunnerFaults, RegistersAgainWhenThePoolComesBack) {
  options_.worker.capabilities = {"gpu"};
  int failures = 0;
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    const bool claims = std::holds_alternative<Claim>(requests.front().command);
    if (!claims || ++failures > 3) return std::nullopt;
    return Error{"unreachable", "nobody answers"};
  };
  run_well();
  const auto registered = pool_.all<RegisterWorker>();
  ASSERT_THAT(registered, SizeIs(2));
  EXPECT_EQ(registered.back().worker, options_.worker);
}

TEST_F(RunnerFaults, RegistersAgainWhenAnOlderCopyOfThePoolWasPutBack) {
  add("a", {});
  pool_.newest = Seq{100};
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Claim>(command)) pool_.newest = Seq{10};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  EXPECT_THAT(pool_.all<RegisterWorker>(), SizeIs(2));
}

TEST_F(RunnerFaults, LimitsACommandToItsLeaseAndPutsThatOffWithEachRenewal) {
  processes_.step_takes_ms = 4;
  add("a", {.duration = 25'000});
  const Millis begun = clock_.read().boot;
  EXPECT_EQ(run_well().done, 1);
  const std::vector<TimeLimit> limits = processes_.limits();
  ASSERT_THAT(limits, SizeIs(testing::Ge(3)));
  EXPECT_GT(limits.front().ask_at, begun + 27'000);
  EXPECT_LT(limits.front().kill_at, begun + options_.lease_ms);
  EXPECT_GT(limits.back().ask_at, begun + 40'000);
}

TEST_F(RunnerFaults, DoesNotWaitForEverForAPoolWhenItIsToEndWhenIdle) {
  pool_.before_call = [&](const std::vector<Request>& requests) -> std::optional<Error> {
    if (!std::holds_alternative<Claim>(requests.front().command)) return std::nullopt;
    clock_.advance(10'000);
    return Error{"unreachable", "nobody answers"};
  };
  const Result<RunnerSummary> summary = run();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, "unreachable");
}

TEST_F(RunnerFaults, EndsAtOnceWhenItIsSentAway) {
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

TEST_F(RunnerFaults, GivesBackATaskWithoutACommandAndRunsTheOthers) {
  pool_.add("for-people", "");
  for (const char* id : {"a", "b"}) add(id, {});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 3, .done = 2, .released = 1}));
  EXPECT_EQ(pool_.task("for-people").state, TaskState::ready);
  EXPECT_EQ(pool_.task("for-people").attempts, 1);
  EXPECT_THAT(pool_.task("for-people").reason, HasSubstr("has no command to run"));
}

TEST_F(RunnerFaults, LeavesATaskToOthersWhenItsCommandAsksForThat) {
  add("a", {.exit = {75, 0, 5}});
  add("b", {});
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 1, .released = 1}));
  EXPECT_EQ(pool_.task("a").reason, "run ended with exit 75");
  EXPECT_EQ(pool_.task("a").attempts, 1);
}

TEST_F(RunnerFaults, ComesToWhatItMayDoBehindAllThatIsForOthers) {
  add("a", {.exit = {75, 0, 5}});
  for (int i = 0; i < 50; ++i) add(fmt::format("theirs-{}", i), {});
  add("b", {});
  pool_.refuses = [](const Command& command) -> std::optional<Refusal> {
    const auto* const claim = std::get_if<Claim>(&command);
    if (claim == nullptr || !claim->task.starts_with("theirs")) return std::nullopt;
    return Refusal{"not_assignee", claim->task + ": it is meant for bob"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 1, .released = 1}));
  EXPECT_EQ(pool_.task("b").state, TaskState::done);
  EXPECT_THAT(log_, Contains(HasSubstr("it is meant for bob")));
}

TEST_F(RunnerFaults, DoesNotNameWhatAnotherSlotHasDoneMeanwhileAsWhatItWaitsFor) {
  add("a", {.exit = {75, 0, 5}});
  add("b", {});
  pool_.refuses = [&](const Command& command) -> std::optional<Refusal> {
    const auto* const claim = std::get_if<Claim>(&command);
    if (claim == nullptr || claim->task != "b") return std::nullopt;
    pool_.task("b").state = TaskState::done;
    return Refusal{"wrong_state", "b: it is done", "evener reopen b"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .released = 1}));
  EXPECT_THAT(log_, Contains(HasSubstr("waiting: what is ready was given back")));
  EXPECT_THAT(log_, Not(Contains(HasSubstr("it is done"))));
}

TEST_F(RunnerFaults, ReadsNoFurtherPageOfTheListWhileOneHasTasksToTry) {
  add("a", {.exit = {75, 0, 5}});
  for (int i = 0; i < 1100; ++i) add(fmt::format("ours-{}", i), {});
  options_.max_tasks = 3;
  int pages = 0;
  int further = 0;
  pool_.before_ask = [&](const Query& query) {
    if (query.kind == QueryKind::tasks) ++(query.filter.after.empty() ? pages : further);
  };
  EXPECT_EQ(run_well().done, 2);
  EXPECT_GE(pages, 2);
  EXPECT_EQ(further, 0);
}

TEST_F(RunnerFaults, ReadsTheListToItsEndBeforeItTriesWhatIsForOthers) {
  add("a", {.exit = {75, 0, 5}});
  for (int i = 0; i < 1100; ++i) {
    pool_.add(TaskSpec{.id = fmt::format("theirs-{}", i), .capabilities = {"gpu"}, .run = "x"});
  }
  add("b", {});
  std::vector<std::string> by_name;
  pool_.after_command = [&](const Command& command) {
    const auto* const claim = std::get_if<Claim>(&command);
    if (claim != nullptr && !claim->task.empty()) by_name.push_back(claim->task);
  };
  options_.max_tasks = 2;
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 1, .released = 1}));
  EXPECT_THAT(by_name, ElementsAre("b"));
}

TEST_F(RunnerFaults, ClaimsWhatBecameReadyWhileItWalkedOverTheList) {
  pool_.add("for-people", "");
  add("theirs", {});
  add("next", {});
  pool_.task("theirs").state = TaskState::running;
  pool_.task("next").state = TaskState::waiting;
  bool is_listed = false;
  pool_.before_ask = [&](const Query& query) {
    const bool lists = query.kind == QueryKind::tasks &&
                       query.filter.states == std::vector<TaskState>{TaskState::ready};
    is_listed = is_listed || lists;
    if (!is_listed || query.kind != QueryKind::status) return;
    pool_.task("theirs").state = TaskState::done;
    if (pool_.task("next").attempts == 0) pool_.task("next").state = TaskState::ready;
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 2, .done = 1, .released = 1}));
}

TEST_F(RunnerFaults, RestsAfterALongWalkAlsoWhenItIsToEndWhenIdle) {
  options_.poll_ms = 20;
  add("a", {.exit = {75, 0, 5}});
  for (int i = 0; i < 21; ++i) add(fmt::format("theirs-{}", i), {});
  pool_.refuses = [](const Command& command) -> std::optional<Refusal> {
    const auto* const claim = std::get_if<Claim>(&command);
    if (claim == nullptr || !claim->task.starts_with("theirs")) return std::nullopt;
    return Refusal{"not_assignee", claim->task + ": it is meant for bob"};
  };
  const Millis begun = steady_ms();
  EXPECT_EQ(run_well().released, 1);
  EXPECT_GE(steady_ms() - begun, 5 * options_.poll_ms);
}

TEST_F(RunnerFaults, LeavesWhatItsOwnCommandHasReleasedToOthers) {
  add("a", {});
  pool_.refuses = [&](const Command& command) { return refused_as(command, "released"); };
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Finish>(command) && processes_.started().size() > 3) stop_.raise();
  };
  const RunnerSummary summary = run_well();
  EXPECT_THAT(processes_.started(), SizeIs(1));
  EXPECT_EQ(summary.lost, 0);
  EXPECT_THAT(log_, Contains(HasSubstr("released a: it was released while its command ran")));
}

TEST_F(RunnerFaults, CountsWhatItsOwnCommandHasFinishedAsDone) {
  add("a", {});
  pool_.refuses = [&](const Command& command) { return refused_as(command, "done"); };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
}

TEST_F(RunnerFaults, CountsWhatItsOwnCommandHasFinishedAlthoughAStopComesBetween) {
  options_.until_idle = false;
  add("a", {});
  pool_.refuses = [&](const Command& command) { return refused_as(command, "done"); };
  pool_.raised_by_ask = &stop_;
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
}

TEST_F(RunnerFaults, CallsNoPoolOutOfReachThatDoesNotKnowTheTask) {
  add("a", {});
  pool_.refuses = [&](const Command& command) -> std::optional<Refusal> {
    if (!std::holds_alternative<Finish>(command)) return std::nullopt;
    pool_.tasks.clear();
    return Refusal{"unknown_task", "a: no task has this id", "a remedy"};
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .lost = 1}));
  EXPECT_THAT(log_, Not(Contains(HasSubstr("cannot be reached"))));
}

TEST_F(RunnerFaults, LetsACommandGoOnThatHasFinishedItsTask) {
  processes_.step_takes_ms = 2;
  add("a", {.duration = 40'000}, "check");
  pool_.refuses = [&](const Command& command) { return refused_as(command, "done"); };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  EXPECT_THAT(processes_.kills(), IsEmpty());
  EXPECT_THAT(processes_.started(), SizeIs(1));
  EXPECT_THAT(pool_.all<Finish>(), IsEmpty());
}

TEST_F(RunnerFaults, EndsACommandWhoseTaskIsTriedAgain) {
  processes_.step_takes_ms = 2;
  add("a", {.duration = for_ever});
  pool_.refuses = [&](const Command& command) { return refused_as(command, "failed"); };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .failed = 1}));
  EXPECT_THAT(processes_.kills(), ElementsAre(0));
}

TEST_F(RunnerFaults, WaitsForALighterLoadWhileSomethingIsReady) {
  add("a", {});
  std::atomic<int> looks = 0;
  options_.max_load = 50;
  options_.load = [&] { return MachineLoad{.cpu = ++looks < 20 ? 99 : 1}; };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
}

TEST_F(RunnerFaults, WaitsForNoLighterLoadOnceNothingIsLeft) {
  options_.max_load = 50;
  options_.load = [] { return MachineLoad{.cpu = 99}; };
  EXPECT_EQ(run_well(), RunnerSummary{});
}

TEST_F(RunnerFaults, WaitsForNoLighterLoadOnceItHasRunAllThatItMay) {
  constexpr int too_often = 100;
  for (const char* id : {"a", "b"}) add(id, {});
  options_.max_tasks = 1;
  options_.max_load = 50;
  std::atomic<int> looks = 0;
  std::atomic<bool> has_claimed = false;
  options_.load = [&] {
    if (++looks == too_often) stop_.raise();
    return MachineLoad{.cpu = has_claimed ? 99 : 1};
  };
  pool_.after_command = [&](const Command& command) {
    if (std::holds_alternative<Claim>(command)) has_claimed = true;
  };
  EXPECT_EQ(run_well(), (RunnerSummary{.claimed = 1, .done = 1}));
  EXPECT_LT(looks.load(), too_often);
}

TEST_F(RunnerFaults, EndsAtOnceWhenItIsSentAwayWhileItWaitsForALighterLoad) {
  constexpr int too_often = 100;
  options_.max_load = 50;
  std::atomic<int> looks = 0;
  options_.load = [&] {
    if (++looks == too_often) stop_.raise();
    return MachineLoad{.cpu = 99};
  };
  pool_.ask_error = Error{"unauthorized", "the token was revoked"};
  const Result<RunnerSummary> summary = run();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, "unauthorized");
}

TEST_F(RunnerFaults, TriesATaskThatItGaveBackAgainAfterAWhile) {
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
