#include "worker/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "worker/fake_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Heartbeats : public testing::Test {
 protected:
  Heartbeats() {
    for (const char* id : {"a", "b", "c"}) {
      pool_.add(id, "run");
      pool_.task(id).state = TaskState::running;
      pool_.task(id).fence = Fence{7};
    }
  }

  void start() {
    auto interrupt = std::make_shared<SignalFd>();
    auto client = std::make_unique<FakeClient>(pool_, interrupt->fd());
    heartbeat_ = std::make_unique<Heartbeat>(
        std::move(client),
        std::move(interrupt),
        [this](std::int64_t unread, std::int64_t) { unread_ = unread; }
    );
  }

  void send(const std::string& task, Fence fence = Fence{7}) {
    heartbeat_->send({.worker = "w1", .task = task, .fence = fence}, mailbox_);
  }

  // As many answers as were asked for, or fewer if they do not come.
  std::vector<RenewalAnswer> await(std::size_t count) {
    std::vector<RenewalAnswer> answers;
    constexpr Millis long_enough_ms = 10'000;
    while (answers.size() < count && wait_readable(mailbox_->fd(), -1, long_enough_ms)) {
      for (RenewalAnswer& answer : mailbox_->take()) answers.push_back(std::move(answer));
    }
    return answers;
  }

  FakeClock clock_;
  FakePool pool_{clock_};
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::atomic<std::int64_t> unread_ = -1;
  std::unique_ptr<Heartbeat> heartbeat_;
};

TEST_F(Heartbeats, TellWhatCameOfARenewal) {
  start();
  send("a");
  const auto renewed = await(1);
  ASSERT_THAT(renewed, SizeIs(1));
  EXPECT_EQ(renewed.front().kind, RenewalAnswer::Kind::renewed);
  EXPECT_EQ(renewed.front().fence, Fence{7});
  send("a", Fence{6});
  const auto refused = await(1);
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused.front().kind, RenewalAnswer::Kind::refused);
  EXPECT_EQ(refused.front().reason, "a: that fence is not its newest");
}

TEST_F(Heartbeats, TellHowManyMessagesAreUnread) {
  pool_.unread = 3;
  start();
  send("a", Fence{6});  // a refusal says nothing of messages
  ASSERT_THAT(await(1), SizeIs(1));
  send("a");
  ASSERT_THAT(await(1), SizeIs(1));
  heartbeat_.reset();  // it has told by now
  EXPECT_EQ(unread_, 3);
}

TEST_F(Heartbeats, AreNotLostByAPoolThatIsOutOfReachOrBusy) {
  int call = 0;
  pool_.before_call = [&](const std::vector<Request>&) -> std::optional<Error> {
    if (call++ > 0) return std::nullopt;
    return Error{"unreachable", "nobody answers"};
  };
  pool_.refuses = [](const Command&) { return Refusal{"overloaded", "try again later"}; };
  start();
  for (int i = 0; i < 2; ++i) {
    send("a");
    const auto answers = await(1);
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers.front().kind, RenewalAnswer::Kind::unreachable);
  }
}

TEST_F(Heartbeats, OfSeveralSlotsShareACall) {
  SignalFd in_call;
  SignalFd go_on;
  pool_.before_call = [&](const std::vector<Request>&) -> std::optional<Error> {
    in_call.raise();
    wait_readable(go_on.fd(), -1, -1);
    return std::nullopt;
  };
  start();
  send("a");
  ASSERT_TRUE(wait_readable(in_call.fd(), -1, -1));
  send("b");
  send("c");
  go_on.raise();
  EXPECT_THAT(await(3), SizeIs(3));
  EXPECT_THAT(pool_.call_types(), ElementsAre("renew", "renew renew"));
}

TEST(Mailbox, IsReadableWhileThereIsSomethingNew) {
  Mailbox mailbox;
  EXPECT_FALSE(wait_readable(mailbox.fd(), -1, 0));
  mailbox.put({Fence{1}, RenewalAnswer::Kind::renewed});
  EXPECT_TRUE(wait_readable(mailbox.fd(), -1, 0));
  EXPECT_THAT(mailbox.take(), SizeIs(1));
  EXPECT_FALSE(wait_readable(mailbox.fd(), -1, 0));
  EXPECT_EQ(mailbox.stopping(), Stop::no);
  mailbox.stop(Stop::soon);
  EXPECT_TRUE(wait_readable(mailbox.fd(), -1, 0));
  EXPECT_EQ(mailbox.stopping(), Stop::soon);
  mailbox.stop(Stop::at_once);
  EXPECT_EQ(mailbox.stopping(), Stop::at_once);
}

}  // namespace
}  // namespace evener
