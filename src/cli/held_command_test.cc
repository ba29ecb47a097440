#include "cli/held_command.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>

#include "base/file.h"
#include "engine/test_pool_folder.h"
#include "worker/process_tree.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Optional;

constexpr Millis held_lease_ms = 30'000;
constexpr Millis first_renewal_ms = held_lease_ms / 3;

class LeapingClock : public Clock {
 public:
  ClockReading read() override {
    const Millis now = now_;
    return {.wall = now, .monotonic = now, .boot = now, .boot_id = "b"};
  }

  void leap_to(Millis now) { now_ = now; }

 private:
  std::atomic<Millis> now_ = 100'000;
};

// A pool that is asked for nothing but renewals.
class RenewingClient : public Client {
 public:
  using OnRenewal = std::function<Result<Answer>()>;

  explicit RenewingClient(OnRenewal on_renewal) : on_renewal_(std::move(on_renewal)) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    EXPECT_EQ(requests.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Renew>(requests.front().command));
    Answer answer = TRY(on_renewal_());
    return std::vector{std::move(answer)};
  }

  Result<std::string> ask(const Query&) override { return unexpected(); }

  Status follow(Seq, const std::function<bool(const PoolEvent&)>&) override { return unexpected(); }

  Result<BlobRef> put_blob(std::string_view) override { return unexpected(); }

  Result<std::string> get_blob(const BlobRef&) override { return unexpected(); }

  bool is_served() const override { return true; }

  std::string place() const override { return "a pool of renewals"; }

 private:
  static Error unexpected() { return {"unexpected", "only renewals are expected"}; }

  OnRenewal on_renewal_;
};

Answer renewed() {
  Answer answer;
  answer.ok = true;
  answer.result.text = "{}";
  return answer;
}

// Real commands under a clock that stands, except where a renewal lets it leap: the first is sent
// when the command begins, the claim was so long ago.
class HeldCommandTest : public testing::Test {
 protected:
  HeldCommandTest() {
    ::sigprocmask(SIG_BLOCK, nullptr, &mask_);
    block_signals();
  }

  void TearDown() override { ::sigprocmask(SIG_SETMASK, &mask_, nullptr); }

  // `since_claim`: how long ago the claim was sent.
  HeldExit run(const std::string& script, Millis since_claim = first_renewal_ms) {
    claimed_at_ = clock_.read().boot - since_claim;
    Heartbeat heartbeat(std::make_unique<RenewingClient>(on_renewal_), interrupt_);
    const HeldCommand command{
        .argv = {"sh", "-c", script},
        .lease = {.worker = "ada", .task = "lock-1", .fence = Fence{7}},
        .claimed_at = claimed_at_,
        .lease_ms = held_lease_ms
    };
    Result<HeldExit> exit = run_held(command, clock_, heartbeat);
    EXPECT_TRUE(exit.ok());
    return exit.ok() ? *exit : HeldExit{};
  }

  void leap_to(Millis since_claim) { clock_.leap_to(claimed_at_ + since_claim); }

  // What a renewal finds when the network has gone silent: no answer, until it is interrupted.
  Result<Answer> silence() const {
    constexpr Millis answer_timeout_ms = 30'000;
    wait_readable(interrupt_->fd(), -1, answer_timeout_ms);
    return Error{"interrupted", "the network is silent"};
  }

  void fall_silent_at(Millis since_claim) {
    on_renewal_ = [this, since_claim] {
      leap_to(since_claim);
      return silence();
    };
  }

  // The process whose id a script writes there.
  pid_t written_process() {
    constexpr int tries = 1000;
    constexpr Millis pause_ms = 10;
    for (int i = 0; i < tries; ++i) {
      const Result<std::string> text = read_file(folder_.path("pid"));
      if (text.ok() && text->ends_with('\n')) return std::stoi(*text);
      wait_readable(-1, -1, pause_ms);
    }
    return 0;
  }

  sigset_t mask_ = {};
  TestPoolFolder folder_;
  LeapingClock clock_;
  std::shared_ptr<SignalFd> interrupt_ = std::make_shared<SignalFd>();
  RenewingClient::OnRenewal on_renewal_ = renewed;
  Millis claimed_at_ = 0;
};

TEST_F(HeldCommandTest, EndsByItselfWhileItsLeaseIsRenewed) {
  const HeldExit exit = run("exit 7");
  EXPECT_THAT(exit.code, Optional(7));
  EXPECT_EQ(exit.lost, "");
}

TEST_F(HeldCommandTest, EndsByItselfWhileARenewalIsNotAnswered) {
  on_renewal_ = [this] { return silence(); };
  const Millis began = steady_ms();
  EXPECT_THAT(run("exit 7").code, Optional(7));
  EXPECT_LT(steady_ms() - began, 10'000);
}

TEST_F(HeldCommandTest, IsAskedToEndInTheLastTenthOfALeaseWhoseRenewalIsNotAnswered) {
  fall_silent_at(27'500);
  const Millis began = steady_ms();
  const HeldExit exit = run("exec sleep 20");
  EXPECT_THAT(exit.code, Optional(128 + SIGTERM));
  EXPECT_THAT(exit.lost, HasSubstr("has not renewed the lease"));
  EXPECT_LT(steady_ms() - began, 10'000);
}

TEST_F(HeldCommandTest, IsKilledWithAllThatItStartedBeforeItsLeaseEnds) {
  pid_t orphan = 0;
  on_renewal_ = [&] {
    orphan = written_process();
    leap_to(29'800);
    return silence();
  };
  const HeldExit exit = run(fmt::format(
      "trap '' TERM; (sleep 20 & echo $! >{0}.new; mv {0}.new {0}); exec sleep 20",
      folder_.path("pid")
  ));
  EXPECT_THAT(exit.code, Optional(128 + SIGKILL));
  ASSERT_NE(orphan, 0);
  const std::optional<ProcessInfo> left = find_process(orphan);
  EXPECT_TRUE(!left || left->dead());
}

TEST_F(HeldCommandTest, IsKilledAtOnceWhenTheMachineHasSleptPastItsLease) {
  fall_silent_at(3'600'000);
  EXPECT_THAT(run("exec sleep 20").code, Optional(128 + SIGKILL));
}

TEST_F(HeldCommandTest, IsKilledAtOnceWhenItsLeaseIsLost) {
  on_renewal_ = [] {
    Answer refused;
    refused.refusal = Refusal{"stale_fence", "that fence is not its newest", "", {}};
    return refused;
  };
  const HeldExit exit = run("exec sleep 20");
  EXPECT_THAT(exit.code, Optional(128 + SIGKILL));
  EXPECT_THAT(exit.lost, HasSubstr("not its newest"));
}

TEST_F(HeldCommandTest, IsHeldFromTheSendingOfARenewalAndNotFromItsAnswer) {
  std::atomic<int> renewals = 0;
  on_renewal_ = [&]() -> Result<Answer> {
    if (++renewals == 1) {
      leap_to(25'000);
      return renewed();
    }
    leap_to(first_renewal_ms + 27'500);
    return silence();
  };
  EXPECT_THAT(run("exec sleep 20").code, Optional(128 + SIGTERM));
  EXPECT_EQ(renewals, 2);
}

TEST_F(HeldCommandTest, IsNotBegunInTheLastTenthOfItsLease) {
  const HeldExit exit = run("exit 7", 27'000);
  EXPECT_EQ(exit.code, std::nullopt);
  EXPECT_THAT(exit.lost, HasSubstr("too late to begin"));
}

}  // namespace
}  // namespace evener
