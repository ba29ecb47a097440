#include "worker/attempt_machine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::HasSubstr;
using namespace attempt_input;

std::string text_of(const attempt_effect::Spawn& effect) {
  return effect.stage == AttemptStage::running ? "run" : "verify";
}

std::string text_of(const attempt_effect::SendRenewal& effect) {
  std::string text = "renew";
  if (effect.progress.percent) text += fmt::format(" {}%", *effect.progress.percent);
  if (!effect.progress.line.empty()) text += " " + effect.progress.line;
  return text;
}

std::string text_of(const attempt_effect::Kill& effect) {
  return fmt::format("kill {}", effect.grace);
}

std::string text_of(const attempt_effect::Settle& effect) {
  switch (effect.verdict.kind) {
    case Verdict::Kind::finished:
      return "finished";
    case Verdict::Kind::failed:
      return "failed: " + effect.verdict.reason;
    case Verdict::Kind::released:
      return (effect.verdict.elsewhere ? "elsewhere: " : "released: ") + effect.verdict.reason;
    case Verdict::Kind::abandoned:
      return "abandoned: " + effect.verdict.reason;
  }
  return {};
}

struct Row {
  Millis at;
  AttemptInput input;
  std::string effects;  // all of them, separated by " ; "
};

// A claim sent at 1000 for 30 s: renewed every 10 s, ended from 28000 on, gone by 31000.
AttemptTerms terms() {
  return {.claimed_at = 1000, .lease_ms = 30'000};
}

AttemptTerms terms_with_verify() {
  AttemptTerms with = terms();
  with.has_verify = true;
  return with;
}

std::string step(AttemptMachine& machine, Millis at, const AttemptInput& input) {
  std::string text;
  for (const AttemptEffect& effect : machine.step(at, input)) {
    if (!text.empty()) text += " ; ";
    text += std::visit([](const auto& wanted) { return text_of(wanted); }, effect);
  }
  return text;
}

AttemptMachine play(const AttemptTerms& with, const std::vector<Row>& rows) {
  AttemptMachine machine(with);
  for (const Row& row : rows) {
    EXPECT_EQ(step(machine, row.at, row.input), row.effects)
        << "at " << row.at << ", input " << row.input.index();
  }
  return machine;
}

Exited exited(int code, int signal = 0) {
  return {Exit{code, signal, 7}};
}

Printed printed(std::optional<std::int64_t> percent, std::string line) {
  return {Progress{.percent = percent, .line = std::move(line)}};
}

TEST(AttemptMachine, FinishesWhenTheCommandSucceedsAndThereIsNothingToVerify) {
  const auto machine = play(terms(), {{1000, Begun{}, "run"}, {1200, exited(0), "finished"}});
  EXPECT_TRUE(machine.over());
}

TEST(AttemptMachine, VerifiesBeforeItFinishes) {
  play(
      terms_with_verify(),
      {{1000, Begun{}, "run"}, {1200, exited(0), "verify"}, {1300, exited(0), "finished"}}
  );
}

TEST(AttemptMachine, SaysHowACommandFailed) {
  const std::vector<std::pair<Exited, std::string>> ends = {
      {exited(3), "failed: run ended with exit 3"},
      {exited(255), "failed: run ended with exit 255"},
      {exited(-1, 9), "failed: run was ended by signal 9"},
      {exited(75), "elsewhere: run ended with exit 75"},
  };
  for (const auto& [end, verdict] : ends) {
    play(terms_with_verify(), {{1000, Begun{}, "run"}, {1200, end, verdict}});
  }
}

TEST(AttemptMachine, FailsWhenVerifyDoes) {
  const std::vector<std::pair<Exited, std::string>> ends = {
      {exited(2), "failed: verify ended with exit 2"},
      {exited(75), "failed: verify ended with exit 75"},
      {exited(-1, 6), "failed: verify was ended by signal 6"},
  };
  for (const auto& [end, verdict] : ends) {
    play(
        terms_with_verify(),
        {{1000, Begun{}, "run"}, {1200, exited(0), "verify"}, {1300, end, verdict}}
    );
  }
}

TEST(AttemptMachine, LeavesATaskToOthersWhenItsCommandCannotBeStarted) {
  play(
      terms(), {{1000, Begun{}, "run"}, {1000, CannotStart{"no /bin/sh"}, "elsewhere: no /bin/sh"}}
  );
  play(
      terms_with_verify(),
      {{1000, Begun{}, "run"},
       {1200, exited(0), "verify"},
       {1200, CannotStart{"no /bin/sh"}, "elsewhere: no /bin/sh"}}
  );
}

TEST(AttemptMachine, RenewsEveryThirdOfALeaseCountedFromTheSending) {
  const auto machine = play(
      terms(),
      {{1000, Begun{}, "run"},
       {10'999, Tick{}, ""},
       {11'000, Tick{}, "renew"},
       {14'000, Renewed{}, ""},  // sent at 11000
       {20'999, Tick{}, ""},
       {21'000, Tick{}, "renew"},
       {21'005, Renewed{}, ""}}
  );
  EXPECT_EQ(machine.next_tick(), 31'000);
}

TEST(AttemptMachine, SendsOneRenewalAtATime) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {11'000, Tick{}, "renew"},
       {12'000, Tick{}, ""},
       {27'999, Tick{}, ""},
       {28'000, Tick{}, "kill 2700"}}
  );
}

TEST(AttemptMachine, TriesAgainSoonerWhileNobodyAnswers) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {11'000, Tick{}, "renew"},
       {11'500, Unreachable{}, ""},
       {14'499, Tick{}, ""},
       {14'500, Tick{}, "renew"},  // a tenth of the lease later
       {14'600, Unreachable{}, ""},
       {17'600, Tick{}, "renew"},
       {17'700, Renewed{}, ""},
       {27'599, Tick{}, ""},
       {27'600, Tick{}, "renew"}}
  );
}

TEST(AttemptMachine, DoesNotHurryAfterAFailureOfAShortLease) {
  play(
      {.claimed_at = 0, .lease_ms = 900},
      {{0, Begun{}, "run"},
       {300, Tick{}, "renew"},
       {310, Unreachable{}, ""},
       {509, Tick{}, ""},
       {510, Tick{}, "renew"}}
  );
}

TEST(AttemptMachine, EndsTheCommandBeforeALeaseThatIsNotRenewedRunsOut) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {11'000, Tick{}, "renew"},
       {11'100, Unreachable{}, ""},
       {27'999, Tick{}, "renew"},
       {28'000, Tick{}, "kill 2700"},
       {29'000, Unreachable{}, ""},
       {40'000, Tick{}, ""},
       {40'100, exited(-1, 15), "abandoned: the pool has not renewed the lease for 27s of its 30s"}}
  );
}

TEST(AttemptMachine, ReportsNothingOfACommandThatSucceededWhileItWasBeingEnded) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {28'000, Tick{}, "kill 2700"},
       {28'100, exited(0), "abandoned: the pool has not renewed the lease for 27s of its 30s"}}
  );
}

TEST(AttemptMachine, KillsAtOnceWhenTheMachineHasSleptThroughTheLease) {
  AttemptMachine machine(terms());
  EXPECT_EQ(step(machine, 1000, Begun{}), "run");
  EXPECT_EQ(step(machine, 3'600'000, Tick{}), "kill 0");
  EXPECT_THAT(step(machine, 3'600'001, exited(-1, 9)), HasSubstr("abandoned: "));
}

TEST(AttemptMachine, ReleasesWhenTheLeaseComesBackAfterTheKill) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {20'000, Tick{}, "renew"},
       {28'000, Tick{}, "kill 2700"},
       {28'500, Renewed{}, ""},  // until 50000
       {29'000, exited(-1, 15), "released: stopped for want of news from the pool"}}
  );
}

TEST(AttemptMachine, GoesOnWhenALateAnswerIsHeardBeforeTheKill) {
  const auto machine = play(
      terms(),
      {{1000, Begun{}, "run"},
       {27'000, Tick{}, "renew"},
       {29'000, Renewed{}, ""},  // the tick that was due at 28000 never came; until 57000
       {29'100, exited(0), "finished"}}
  );
  EXPECT_TRUE(machine.over());
}

TEST(AttemptMachine, KillsAtOnceWhenTheRenewalIsRefused) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {11'000, Tick{}, "renew"},
       {11'010, RenewalRefused{"fence 4 is not its newest"}, "kill 0"},
       {50'000, Tick{}, ""},
       {50'010, exited(-1, 9), "abandoned: fence 4 is not its newest"}}
  );
}

TEST(AttemptMachine, LetsACommandThatHasClosedItsTaskComeToItsOwnEnd) {
  const AttemptInput closed = RenewalRefused{.reason = "done", .closed = true};
  const std::vector<Row> begin = {
      {1000, Begun{}, "run"}, {11'000, Tick{}, "renew"}, {11'010, closed, ""}, {50'000, Tick{}, ""}
  };
  play(terms_with_verify(), begin);
  AttemptMachine ends = play(terms_with_verify(), begin);
  EXPECT_EQ(step(ends, 50'010, exited(0)), "abandoned: done");
  AttemptMachine is_stopped = play(terms_with_verify(), begin);
  EXPECT_EQ(step(is_stopped, 50'010, StopRequested{}), "kill 5000");
  EXPECT_EQ(step(is_stopped, 50'020, exited(-1, 15)), "abandoned: done");
}

TEST(AttemptMachine, DoesNotVerifyUnderALeaseThatHasRunOut) {
  play(
      terms_with_verify(),
      {{1000, Begun{}, "run"},
       {28'000, exited(0), "abandoned: the lease ran out before verify could begin"}}
  );
}

TEST(AttemptMachine, ReportsACommandThatEndedByItselfAfterItsLease) {
  // The pool decides: it takes the result if nobody has claimed the task since.
  play(terms(), {{1000, Begun{}, "run"}, {90'000, exited(0), "finished"}});
}

TEST(AttemptMachine, KillsVerifyAsWell) {
  play(
      terms_with_verify(),
      {{1000, Begun{}, "run"},
       {5000, exited(0), "verify"},
       {11'000, Tick{}, "renew"},
       {11'010, RenewalRefused{"gone"}, "kill 0"},
       {11'020, exited(0), "abandoned: gone"}}
  );
}

TEST(AttemptMachine, ReleasesWhenTheWorkerIsStopped) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {2000, StopRequested{}, "kill 5000"},
       {2001, StopRequested{}, ""},
       {2100, exited(0), "released: worker stopped"}}
  );
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {2000, StopRequested{}, "kill 5000"},
       {2001, StopRequested{.at_once = true}, "kill 0"},
       {2100, exited(-1, 9), "released: worker stopped"}}
  );
  play(terms(), {{1000, Begun{}, "run"}, {2000, StopRequested{.at_once = true}, "kill 0"}});
}

TEST(AttemptMachine, KeepsTheLeaseWhileAStoppedCommandTakesItsTime) {
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {10'000, StopRequested{}, "kill 5000"},
       {11'000, Tick{}, "renew"},
       {11'010, RenewalRefused{"gone"}, "kill 0"},
       {11'020, exited(-1, 9), "abandoned: gone"}}
  );
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {11'000, Tick{}, "renew"},
       {27'900, StopRequested{}, "kill 5000"},
       {28'000, Tick{}, "kill 2700"},
       {28'100, exited(-1, 9), "abandoned: the pool has not renewed the lease for 27s of its 30s"}}
  );
}

TEST(AttemptMachine, LosesWhatEndedAtItsTimeLimitWhileNobodyWasAwake) {
  Exited lapsed = exited(-1, 15);
  lapsed.exit.lapsed = true;
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {60'000, lapsed, "abandoned: the pool has not renewed the lease for 59s of its 30s"}}
  );
  play(
      terms_with_verify(),
      {{1000, Begun{}, "run"},
       {2000, exited(0), "verify"},
       {60'000, lapsed, "abandoned: the pool has not renewed the lease for 59s of its 30s"}}
  );
}

TEST(AttemptMachine, GivesBackWhatEndedAtATimeLimitThatARenewalHadPutOff) {
  Exited lapsed = exited(-1, 15);
  lapsed.exit.lapsed = true;
  play(
      terms(),
      {{1000, Begun{}, "run"},
       {11'000, Tick{}, "renew"},
       {29'000, Renewed{}, "renew"},
       {29'700, lapsed, "released: stopped for want of news from the pool"}}
  );
}

TEST(AttemptMachine, LimitsACommandToItsLeaseCountedFromTheSending) {
  AttemptMachine machine(terms());
  machine.step(1000, Begun{});
  EXPECT_EQ(machine.time_limit(), (TimeLimit{.ask_at = 29'500, .kill_at = 30'700}));
  machine.step(11'000, Tick{});
  machine.step(14'000, Renewed{});
  EXPECT_EQ(machine.time_limit(), (TimeLimit{.ask_at = 39'500, .kill_at = 40'700}));
}

TEST(AttemptMachine, RenewsAtOnceAfterAClaimThatWaitedLong) {
  play(terms(), {{16'000, Begun{}, "run ; renew"}});
}

TEST(AttemptMachine, DoesNotBeginUnderALeaseThatIsAlmostOver) {
  play(
      terms(), {{28'000, Begun{}, "released: the claim was answered after 27s, too late to begin"}}
  );
}

TEST(AttemptMachine, TellsProgressWithTheRenewals) {
  play(
      terms_with_verify(),
      {{1000, Begun{}, "run"},
       {2000, printed({}, "compiling"), ""},
       {3000, printed(40, "linking"), ""},
       {11'000, Tick{}, "renew 40% linking"}}
  );
}

TEST(AttemptMachine, TellsNewProgressSoonerWhereThatIsCheap) {
  AttemptTerms live = terms();
  live.progress_ms = 2000;
  const auto machine = play(
      live,
      {{1000, Begun{}, "run"},
       {2999, printed(1, "one"), ""},
       {3000, printed(2, "two"), "renew 2% two"},
       {3001, printed(3, "three"), ""},
       {3050, Renewed{}, ""},
       {4999, Tick{}, ""},
       {5000, Tick{}, "renew 3% three"},
       {5050, Renewed{}, ""},
       {9000, Tick{}, ""},
       {9100, printed(4, "four"), "renew 4% four"},
       {9200, Unreachable{}, ""},
       {11'300, printed(5, "five"), ""}}  // not while nobody answers
  );
  EXPECT_EQ(machine.next_tick(), 12'200);
}

TEST(AttemptMachine, SaysWhichCommandRuns) {
  AttemptMachine machine(terms_with_verify());
  const auto stage_told = [&](Millis at) {
    const auto effects = machine.step(at, Tick{});
    EXPECT_EQ(effects.size(), 1U);
    return std::get<attempt_effect::SendRenewal>(effects.front()).progress.stage;
  };
  machine.step(1000, Begun{});
  EXPECT_EQ(stage_told(11'000), "running");
  machine.step(11'001, Renewed{});
  machine.step(12'000, exited(0));
  EXPECT_EQ(stage_told(21'000), "verifying");
}

TEST(AttemptMachine, AsksForATickNoLaterThanTheKill) {
  AttemptMachine machine(terms());
  machine.step(1000, Begun{});
  EXPECT_EQ(machine.next_tick(), 11'000);
  machine.step(11'000, Tick{});
  EXPECT_EQ(machine.next_tick(), 28'000);
}

// Whatever happens in whatever order, an attempt kills before its deadline, spawns nothing after
// that, and ends with exactly one verdict.
TEST(AttemptMachine, KeepsItsPromisesInEveryOrderOfEvents) {
  const std::vector<AttemptInput> inputs = {
      Tick{},
      printed(5, "x"),
      exited(0),
      exited(1),
      Renewed{},
      RenewalRefused{"r"},
      Unreachable{},
      StopRequested{}
  };
  constexpr int depth = 5;
  int sequences = 1;
  for (int i = 0; i < depth; ++i) sequences *= static_cast<int>(inputs.size());
  for (int sequence = 0; sequence < sequences; ++sequence) {
    AttemptMachine machine(terms_with_verify());
    bool runs = false;
    bool unanswered = false;
    int rest = sequence;
    Millis now = 1000;
    AttemptInput input = Begun{};
    for (int i = 0; i <= depth && !machine.over(); ++i) {
      const bool answers = std::holds_alternative<Renewed>(input) ||
                           std::holds_alternative<RenewalRefused>(input) ||
                           std::holds_alternative<Unreachable>(input);
      if (answers && !unanswered) input = Tick{};
      if (answers) unanswered = false;
      if (std::holds_alternative<Exited>(input)) runs = false;
      bool settled = false;
      for (const AttemptEffect& effect : machine.step(now, input)) {
        if (std::holds_alternative<attempt_effect::Spawn>(effect)) {
          EXPECT_FALSE(runs) << sequence;
          runs = true;
        } else if (std::holds_alternative<attempt_effect::SendRenewal>(effect)) {
          EXPECT_FALSE(unanswered) << sequence;
          unanswered = true;
        } else if (std::holds_alternative<attempt_effect::Kill>(effect)) {
          EXPECT_TRUE(runs) << sequence;
        } else {
          settled = true;
        }
      }
      EXPECT_EQ(settled, machine.over()) << sequence;
      EXPECT_NE(machine.over(), runs) << sequence;
      if (!machine.over() && runs) {
        EXPECT_GT(machine.next_tick(), now) << sequence;
      }
      now += 7000;
      input = inputs[static_cast<std::size_t>(rest) % inputs.size()];
      rest /= static_cast<int>(inputs.size());
    }
  }
}

}  // namespace
}  // namespace evener
