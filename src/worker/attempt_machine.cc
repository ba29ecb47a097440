#include "worker/attempt_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace evener {
namespace {

constexpr Millis shortest_retry_ms = 200;

// How long before the deadline a command is asked to end: at the deadline it must be gone.
Millis lapse_grace(const AttemptTerms& terms) {
  return std::min(terms.grace_ms, terms.lease_ms / 10);
}

// What heeds no SIGTERM is dead before the lease ends, not at that very moment.
Millis kill_margin(const AttemptTerms& terms) {
  return lapse_grace(terms) / 10;
}

constexpr std::string_view no_news = "stopped for want of news from the pool";

}  // namespace

std::string describe_exit(const Exit& exit) {
  if (exit.signal != 0) return fmt::format("was ended by signal {}", exit.signal);
  return fmt::format("ended with exit {}", exit.code);
}

AttemptMachine::AttemptMachine(const AttemptTerms& terms)
    : terms_(terms),
      deadline_(terms.claimed_at + terms.lease_ms),
      last_sent_(terms.claimed_at),
      next_renewal_(terms.claimed_at + terms.lease_ms / 3) {}

std::vector<AttemptEffect> AttemptMachine::step(Millis now, const AttemptInput& input) {
  CHECK(phase_ != Phase::over, "an attempt went on after its end");
  CHECK(
      (phase_ == Phase::new_born) == std::holds_alternative<attempt_input::Begun>(input),
      "an attempt begins once, first of all"
  );
  effects_.clear();
  std::visit([&](const auto& happened) { take(now, happened); }, input);
  if (!over()) let_time_pass(now);
  return std::move(effects_);
}

TimeLimit AttemptMachine::time_limit() const {
  return {
      .ask_at = deadline_ - lapse_grace(terms_) / 2, .kill_at = deadline_ - kill_margin(terms_)
  };
}

Millis AttemptMachine::next_tick() const {
  Millis next = std::numeric_limits<Millis>::max();
  if (!lapsing_ && !lost_) next = kill_at();
  if (renews()) next = std::min(next, renewal_due());
  return next;
}

void AttemptMachine::take(Millis now, const attempt_input::Begun&) {
  if (now < kill_at()) {
    spawn(AttemptStage::running);
    told_ = progress_;
    return;
  }
  settle(
      {Verdict::Kind::released,
       fmt::format(
           "the claim was answered after {}, too late to begin",
           format_duration(now - terms_.claimed_at)
       )}
  );
}

void AttemptMachine::take(Millis, const attempt_input::CannotStart& input) {
  settle({Verdict::Kind::released, input.reason, true});
}

void AttemptMachine::take(Millis, const attempt_input::Printed& input) {
  const std::string stage = progress_.stage;
  progress_ = input.progress;
  progress_.stage = stage;
}

void AttemptMachine::take(Millis now, const attempt_input::Exited& input) {
  if (phase_ == Phase::ending || closed_) return settle(verdict_);
  if (input.exit.lapsed) return settle(lapse(now));
  if (phase_ == Phase::running) return run_exited(now, input.exit);
  if (input.exit.succeeded()) return settle({Verdict::Kind::finished});
  settle({Verdict::Kind::failed, "verify " + describe_exit(input.exit)});
}

void AttemptMachine::run_exited(Millis now, const Exit& exit) {
  const std::string how = "run " + describe_exit(exit);
  if (exit.code == try_elsewhere_exit) return settle({Verdict::Kind::released, how, true});
  if (!exit.succeeded()) return settle({Verdict::Kind::failed, how});
  if (!terms_.has_verify) return settle({Verdict::Kind::finished});
  if (now < kill_at()) return spawn(AttemptStage::verifying);
  settle({Verdict::Kind::abandoned, "the lease ran out before verify could begin"});
}

void AttemptMachine::take(Millis, const attempt_input::Tick&) {}

void AttemptMachine::take(Millis, const attempt_input::Renewed&) {
  CHECK(renewal_sent_, "a renewal was answered that nobody sent");
  reachable_ = true;
  deadline_ = std::max(deadline_, *renewal_sent_ + terms_.lease_ms);
  next_renewal_ = *renewal_sent_ + terms_.lease_ms / 3;
  renewal_sent_.reset();
  if (lapsing_) {
    lapsing_ = false;
    verdict_ = {Verdict::Kind::released, std::string(no_news)};
  }
}

void AttemptMachine::take(Millis, const attempt_input::RenewalRefused& input) {
  CHECK(renewal_sent_, "a renewal was answered that nobody sent");
  renewal_sent_.reset();
  lost_ = true;
  Verdict verdict{.kind = Verdict::Kind::abandoned, .reason = input.reason, .refused = true};
  closed_ = input.closed && phase_ != Phase::ending;
  if (!closed_) return end(0, std::move(verdict));
  verdict_ = std::move(verdict);
}

void AttemptMachine::take(Millis now, const attempt_input::Unreachable&) {
  CHECK(renewal_sent_, "a renewal was answered that nobody sent");
  renewal_sent_.reset();
  reachable_ = false;
  next_renewal_ = now + std::max(shortest_retry_ms, terms_.lease_ms / 10);
}

void AttemptMachine::take(Millis, const attempt_input::StopRequested& input) {
  const Millis grace = input.at_once ? 0 : terms_.grace_ms;
  if (phase_ != Phase::ending) {
    return end(grace, closed_ ? verdict_ : Verdict{Verdict::Kind::released, "worker stopped"});
  }
  if (input.at_once) effects_.emplace_back(attempt_effect::Kill{0});
}

void AttemptMachine::spawn(AttemptStage stage) {
  phase_ = stage == AttemptStage::running ? Phase::running : Phase::verifying;
  progress_.stage = name_of(stage);
  effects_.emplace_back(attempt_effect::Spawn{stage});
}

void AttemptMachine::end(Millis grace, Verdict verdict) {
  phase_ = Phase::ending;
  verdict_ = std::move(verdict);
  effects_.emplace_back(attempt_effect::Kill{grace});
}

void AttemptMachine::settle(Verdict verdict) {
  phase_ = Phase::over;
  effects_.emplace_back(attempt_effect::Settle{std::move(verdict)});
}

void AttemptMachine::let_time_pass(Millis now) {
  if (!lapsing_ && !lost_ && now >= kill_at()) {
    lapsing_ = true;
    end(std::max<Millis>(0, deadline_ - kill_margin(terms_) - now), lapse(now));
  }
  if (!renews() || now < renewal_due()) return;
  renewal_sent_ = now;
  last_sent_ = now;
  told_ = progress_;
  effects_.emplace_back(attempt_effect::SendRenewal{progress_});
}

// Of an attempt whose command is ended for its lease: that is not ours any more, unless a renewal
// was answered while the command ended.
Verdict AttemptMachine::lapse(Millis now) const {
  if (now < kill_at()) return {Verdict::Kind::released, std::string(no_news)};
  return {
      Verdict::Kind::abandoned,
      fmt::format(
          "the pool has not renewed the lease for {} of its {}",
          format_duration(now - (deadline_ - terms_.lease_ms)),
          format_duration(terms_.lease_ms)
      )
  };
}

// Not while one is unanswered, nor once it could only save a lease without its work.
bool AttemptMachine::renews() const {
  return !renewal_sent_ && !lapsing_ && !lost_;
}

Millis AttemptMachine::kill_at() const {
  return deadline_ - lapse_grace(terms_);
}

Millis AttemptMachine::renewal_due() const {
  const bool tells = terms_.progress_ms > 0 && reachable_ && progress_ != told_;
  return tells ? std::min(next_renewal_, last_sent_ + terms_.progress_ms) : next_renewal_;
}

}  // namespace evener
