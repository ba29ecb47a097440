#include "history/linearizability.h"

#include <gtest/gtest.h>

#include "base/seeded.h"
#include "history/task_rules.h"

namespace evener::history {
namespace {

constexpr Millis long_lease = 1'000'000;

// A history as it is told: who asks what, from when to when, and the answer.
class Told {
 public:
  Told& claim(
      const std::string& worker,
      Micros called,
      Micros returned,
      std::int64_t fence,
      Millis lease_ms = long_lease
  ) {
    return add(
        {.kind = Kind::claim, .worker = worker, .fence = fence, .lease_ms = lease_ms},
        called,
        returned
    );
  }

  Told& by_holder(
      Kind kind, const std::string& worker, std::int64_t fence, Micros called, Micros returned
  ) {
    return add({.kind = kind, .worker = worker, .fence = fence}, called, returned);
  }

  Told& anybody(Kind kind, Micros called, Micros returned) {
    return add({.kind = kind}, called, returned);
  }

  Told& read(
      Shown shown,
      Micros called,
      Micros returned,
      const std::string& holder = "",
      std::int64_t fence = 0
  ) {
    return add(
        {.kind = Kind::read, .worker = holder, .fence = fence, .shown = shown}, called, returned
    );
  }

  // The last one was refused so.
  Told& refused(const std::string& code) {
    history_.back().ending = Ending::refused;
    history_.back().refusal = code;
    return *this;
  }

  // The last one belongs to that task.
  Told& of(const std::string& task) {
    history_.back().task = task;
    return *this;
  }

  bool is_explained() const { return judge(history_).is_explained; }

  std::string broken() const { return judge(history_).broken; }

 private:
  Told& add(Operation operation, Micros called, Micros returned) {
    operation.task = "t";
    operation.called = called;
    operation.returned = returned;
    operation.ending = returned == never ? Ending::silence : Ending::done;
    history_.push_back(std::move(operation));
    return *this;
  }

  History history_;
};

TEST(Linearizability, ExplainsALifeInOrder) {
  EXPECT_TRUE(Told()
                  .claim("a", 0, 10, 1)
                  .by_holder(Kind::renew, "a", 1, 20, 30)
                  .read(Shown::running, 31, 32, "a", 1)
                  .by_holder(Kind::finish, "a", 1, 40, 50)
                  .read(Shown::done, 51, 52)
                  .is_explained());
}

TEST(Linearizability, RefusesTwoHoldersAtOnce) {
  EXPECT_FALSE(Told().claim("a", 0, 10, 1).claim("b", 20, 30, 2).is_explained());
  EXPECT_FALSE(Told().claim("a", 0, 30, 1).claim("b", 10, 20, 2).is_explained());
}

TEST(Linearizability, GivesOverlappingOperationsEitherOrder) {
  EXPECT_TRUE(
      Told().claim("a", 0, 100, 1).claim("b", 0, 100, 9).refused("already_claimed").is_explained()
  );
  EXPECT_TRUE(Told()
                  .claim("a", 0, 10, 1)
                  .by_holder(Kind::release, "a", 1, 20, 100)
                  .claim("b", 30, 90, 2)
                  .is_explained());
}

TEST(Linearizability, RefusesAnAnswerFromThePast) {
  EXPECT_FALSE(Told()
                   .claim("a", 0, 10, 1)
                   .by_holder(Kind::finish, "a", 1, 20, 30)
                   .read(Shown::running, 31, 32, "a", 1)
                   .is_explained());
}

TEST(Linearizability, RefusesAnAnswerThatWasForgotten) {
  EXPECT_FALSE(Told()
                   .claim("a", 0, 10, 1)
                   .by_holder(Kind::finish, "a", 1, 20, 30)
                   .claim("b", 40, 50, 2)
                   .is_explained());
}

TEST(Linearizability, LetsSilenceMeanDoneNowLaterOrNever) {
  EXPECT_TRUE(Told()
                  .claim("a", 0, 10, 1)
                  .by_holder(Kind::finish, "a", 1, 20, never)
                  .read(Shown::done, 30, 40)
                  .is_explained());
  EXPECT_TRUE(Told()
                  .claim("a", 0, 10, 1)
                  .by_holder(Kind::finish, "a", 1, 20, never)
                  .read(Shown::running, 30, 40, "a", 1)
                  .read(Shown::done, 50, 60)
                  .is_explained());
  EXPECT_TRUE(Told()
                  .claim("a", 0, 10, 1)
                  .by_holder(Kind::finish, "a", 1, 20, never)
                  .by_holder(Kind::release, "a", 1, 30, 40)
                  .claim("b", 50, 60, 2)
                  .is_explained());
}

TEST(Linearizability, RefusesSilenceThatIsUndone) {
  EXPECT_FALSE(Told()
                   .claim("a", 0, 10, 1)
                   .by_holder(Kind::finish, "a", 1, 20, never)
                   .read(Shown::done, 30, 40)
                   .read(Shown::running, 50, 60, "a", 1)
                   .is_explained());
}

TEST(Linearizability, LearnsTheFenceOfAClaimWithoutAnswerFromARead) {
  EXPECT_TRUE(Told()
                  .claim("a", 0, never, 0)
                  .claim("b", 10, 20, 9)
                  .refused("already_claimed")
                  .read(Shown::running, 30, 40, "a", 7)
                  .is_explained());
  EXPECT_FALSE(Told()
                   .claim("a", 0, never, 0)
                   .read(Shown::running, 30, 40, "a", 7)
                   .read(Shown::running, 50, 60, "a", 8)
                   .is_explained());
}

TEST(Linearizability, RefusesAClaimThatSilenceCannotExplain) {
  EXPECT_FALSE(Told()
                   .claim("b", 10, 20, 9)
                   .refused("already_claimed")
                   .claim("a", 30, never, 0)
                   .is_explained());
}

TEST(Linearizability, HoldsOthersToTheWholeLease) {
  constexpr Millis lease_ms = 100;
  constexpr Micros end = 100'000;
  EXPECT_FALSE(Told().claim("a", 0, 10, 1, lease_ms).claim("b", 50, end / 2, 2).is_explained());
  EXPECT_TRUE(Told().claim("a", 0, 10, 1, lease_ms).claim("b", 50, end, 2).is_explained());
  EXPECT_FALSE(Told()
                   .claim("a", 0, 10, 1, lease_ms)
                   .by_holder(Kind::renew, "a", 1, end / 2, end / 2 + 10)
                   .claim("b", end, end + 10, 2)
                   .is_explained());
}

TEST(Linearizability, LetsALapsedHolderGoOnUntilAnotherHasClaimed) {
  constexpr Micros end = 100'000;
  Told lapsed;
  lapsed.claim("a", 0, 10, 1, 100).read(Shown::ready, end, end + 10);
  EXPECT_TRUE(Told(lapsed).by_holder(Kind::renew, "a", 1, end + 20, end + 30).is_explained());
  EXPECT_FALSE(Told(lapsed)
                   .claim("b", end + 20, end + 30, 2)
                   .by_holder(Kind::finish, "a", 1, end + 40, end + 50)
                   .is_explained());
  EXPECT_TRUE(Told(lapsed)
                  .claim("b", end + 20, end + 30, 2)
                  .by_holder(Kind::finish, "a", 1, end + 40, end + 50)
                  .refused("stale_fence")
                  .is_explained());
}

TEST(Linearizability, WantsEachRefusalForItsReason) {
  Told held;
  held.claim("a", 0, 10, 1);
  EXPECT_TRUE(
      Told(held).by_holder(Kind::finish, "b", 1, 20, 30).refused("not_holder").is_explained()
  );
  EXPECT_FALSE(
      Told(held).by_holder(Kind::finish, "a", 1, 20, 30).refused("stale_fence").is_explained()
  );
  EXPECT_FALSE(Told(held).anybody(Kind::reopen, 20, 30).is_explained());
  EXPECT_TRUE(Told(held).anybody(Kind::reopen, 20, 30).refused("wrong_state").is_explained());
  EXPECT_TRUE(Told(held)
                  .anybody(Kind::cancel, 20, 30)
                  .by_holder(Kind::finish, "a", 1, 40, 50)
                  .refused("attempt_over")
                  .anybody(Kind::reopen, 60, 70)
                  .claim("b", 80, 90, 2)
                  .is_explained());
}

TEST(Linearizability, WantsFencesToRiseAcrossTasks) {
  EXPECT_EQ(
      Told().claim("a", 0, 10, 5).claim("b", 20, 30, 4).of("u").broken(), "fence 4 came after 5"
  );
  EXPECT_EQ(
      Told().claim("a", 0, 10, 5).claim("b", 5, 30, 5).of("u").broken(), "fence 5 was granted twice"
  );
  EXPECT_TRUE(Told().claim("a", 0, 10, 5).claim("b", 5, 30, 4).of("u").is_explained());
}

TEST(Linearizability, SaysWhenItCannotDecide) {
  const Operation cancelled{
      .kind = Kind::cancel, .task = "t", .returned = 10, .ending = Ending::done
  };
  const History history(5, cancelled);
  EXPECT_TRUE(judge(history).is_explained);
  EXPECT_EQ(judge(history, 2).broken, "t: undecided after 2 states");
}

// Histories drawn from the rules themselves: each operation takes effect at a moment of its own,
// and its call and answer lie around it. All of these can be explained; when one answer is changed
// into what the rules refuse in every order, none can.
class Drawn {
 public:
  explicit Drawn(std::uint64_t seed) : numbers_(seed) {
    for (int i = 0; i < 60; ++i) {
      at_ += 1 + static_cast<Micros>(numbers_.below(20));
      draw();
    }
  }

  const History& history() const { return history_; }

  const TaskNow& now() const { return now_; }

  Micros at() const { return at_; }

 private:
  void draw() {
    Operation operation = wished();
    operation.called = at_ - static_cast<Micros>(numbers_.below(60));
    operation.returned = at_ + static_cast<Micros>(numbers_.below(60));
    operation.ending = Ending::done;
    std::optional<TaskNow> next = after(now_, operation);
    if (next && operation.kind != Kind::read && numbers_.below(10) == 0) {
      operation.ending = Ending::silence;
      operation.returned = never;
      next = after(now_, operation);
    }
    for (const char* code :
         {"stale_fence", "not_holder", "attempt_over", "already_claimed", "wrong_state"}) {
      if (next) break;
      operation.ending = Ending::refused;
      operation.refusal = code;
      next = after(now_, operation);
    }
    ASSERT_TRUE(next.has_value());
    now_ = *next;
    history_.push_back(std::move(operation));
  }

  Operation wished() {
    Operation operation;
    operation.kind = static_cast<Kind>(numbers_.below(7));
    operation.task = "t";
    operation.worker = numbers_.below(4) == 0 ? "b" : "a";
    operation.lease_ms = long_lease;
    // Nobody but a reader learns the fence of a claim that ended in silence.
    operation.fence = now_.fence == unknown_fence || numbers_.below(5) == 0 ? 0 : now_.fence;
    if (operation.kind == Kind::claim) operation.fence = ++fence_;
    if (operation.kind != Kind::read) return operation;
    operation.worker = now_.holder;
    operation.fence = now_.fence == unknown_fence ? fence_ : now_.fence;
    operation.shown = now_.life == Life::open      ? Shown::ready
                      : now_.life == Life::running ? Shown::running
                      : now_.life == Life::done    ? Shown::done
                                                   : Shown::cancelled;
    return operation;
  }

  SeededNumbers numbers_;
  History history_;
  TaskNow now_;
  std::int64_t fence_ = 0;
  Micros at_ = 1000;
};

TEST(Linearizability, ExplainsWhatTheRulesThemselvesAnswer) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Drawn drawn(seed);
    const Verdict verdict = judge(drawn.history());
    EXPECT_TRUE(verdict.is_explained) << "seed " << seed << ": " << verdict.broken;
  }
}

TEST(Linearizability, RefusesThemOnceALaterReadShowsAnotherHolder) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Drawn drawn(seed);
    History history = drawn.history();
    history.push_back({
        .kind = Kind::read,
        .task = "t",
        .worker = "somebody else",
        .fence = 1,
        .called = drawn.at() + 1000,
        .returned = drawn.at() + 1001,
        .ending = Ending::done,
        .shown = Shown::running,
    });
    EXPECT_FALSE(judge(history).is_explained) << "seed " << seed;
  }
}

}  // namespace
}  // namespace evener::history
