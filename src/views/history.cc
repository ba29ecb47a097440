#include "views/history.h"

#include <algorithm>

namespace evener {
namespace {

// Folds the facts of one task, oldest first, into its attempts and notes.
class HistoryFold {
 public:
  void add(const Fact& fact) {
    at_ = fact.at;
    by_ = fact.by;
    std::visit([&](const auto& body) { apply(body); }, fact.body);
  }

  TaskHistory finished(Instant now) && {
    for (AttemptRow& attempt : history_.attempts) {
      if (!attempt.started) continue;
      attempt.duration_ms = std::max<Millis>(0, attempt.ended.value_or(now) - *attempt.started);
    }
    std::reverse(history_.attempts.begin(), history_.attempts.end());
    std::reverse(history_.notes.begin(), history_.notes.end());
    return std::move(history_);
  }

 private:
  void apply(const TaskClaimed& fact) {
    history_.attempts.push_back(
        {.number = fact.attempt, .worker = fact.worker, .fence = fact.fence, .started = at_}
    );
  }

  void apply(const AttemptRevived& fact) {
    AttemptRow& attempt = of(fact);
    attempt.outcome = AttemptOutcome::running;
    attempt.ended.reset();
    attempt.reason.clear();
    ++attempt.revivals;
  }

  void apply(const AttemptFinished& fact) {
    AttemptRow& attempt = end(fact, AttemptOutcome::done);
    attempt.result = fact.result;
    attempt.run = fact.run;
    attempt.verify = fact.verify;
  }

  void apply(const AttemptFailed& fact) {
    AttemptRow& attempt = end(fact, AttemptOutcome::failed);
    attempt.reason = fact.reason;
    attempt.run = fact.run;
    attempt.verify = fact.verify;
  }

  void apply(const AttemptReleased& fact) {
    end(fact, AttemptOutcome::released).reason = fact.reason;
  }

  void apply(const AttemptLapsed& fact) { end(fact, AttemptOutcome::lapsed).reason = fact.reason; }

  void apply(const TaskCancelled& fact) {
    if (history_.attempts.empty()) return;
    AttemptRow& attempt = history_.attempts.back();
    if (attempt.outcome != AttemptOutcome::running) return;
    attempt.outcome = AttemptOutcome::cancelled;
    attempt.ended = at_;
    attempt.reason = fact.reason;
  }

  void apply(const NoteAdded& fact) {
    history_.notes.push_back(
        {.at = at_, .by = by_, .worker = fact.worker, .text = fact.text, .finding = fact.finding}
    );
  }

  // Every other fact says nothing about an attempt or a note.
  template <typename Body>
  void apply(const Body&) {}

  // The attempt that a fact speaks of, made from the fact itself if its claim was not read.
  template <typename Body>
  AttemptRow& of(const Body& fact) {
    auto& attempts = history_.attempts;
    if (attempts.empty() || attempts.back().fence != fact.fence) {
      attempts.push_back({.worker = fact.worker, .fence = fact.fence});
    }
    return attempts.back();
  }

  template <typename Body>
  AttemptRow& end(const Body& fact, AttemptOutcome outcome) {
    AttemptRow& attempt = of(fact);
    attempt.outcome = outcome;
    attempt.ended = at_;
    return attempt;
  }

  TaskHistory history_;
  Instant at_ = 0;
  std::string by_;
};

}  // namespace

Result<TaskHistory> read_history(const FactSource& facts, Seq last, std::size_t most, Instant now) {
  std::vector<Fact> newest_first;
  Seq next = last;
  while (next.value > 0 && newest_first.size() < most) {
    const Seq asked = next;
    next = Seq{};
    TRY(facts(asked, asked, [&](const Fact& fact) {
      newest_first.push_back(fact);
      next = fact.prev;
      return false;
    }));
    CHECK(next < asked, "a fact names a later one as the one before it");
  }
  HistoryFold fold;
  for (auto fact = newest_first.rbegin(); fact != newest_first.rend(); ++fact) fold.add(*fact);
  TaskHistory history = std::move(fold).finished(now);
  history.older = next.value > 0;
  return history;
}

}  // namespace evener
