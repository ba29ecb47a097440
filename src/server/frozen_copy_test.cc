#include "server/frozen_copy.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>

namespace evener {
namespace {

class FrozenCopyTest : public testing::Test {
 protected:
  std::unique_ptr<FrozenCopy> start(const FrozenCopy::Work& work) {
    return FrozenCopy::start(
               loop_, work, [this](const Status& status) { ended_ = status; }
    ).value();
  }

  const Status& ending() {
    loop_.restart();  // it has run dry if there was one before
    while (!ended_) loop_.run_one();
    return *ended_;
  }

  boost::asio::io_context loop_{1};
  std::optional<Status> ended_;
};

TEST_F(FrozenCopyTest, SeesTheMemoryAsItWasAndChangesNoneOfOurs) {
  std::string text = "before";
  const auto copy = start([&]() -> Status {
    ::usleep(20'000);
    text += " seen";
    return Error{"seen", text, "copy"};
  });
  text = "after";
  ASSERT_FALSE(ending().ok());
  EXPECT_EQ(ending().error().code, "seen");
  EXPECT_EQ(ending().error().message, "before seen");
  EXPECT_EQ(ending().error().where, "copy");
  EXPECT_EQ(text, "after");
}

TEST_F(FrozenCopyTest, SaysThatAllWentWell) {
  const auto copy = start([]() -> Status { return Done{}; });
  EXPECT_TRUE(ending().ok());
  int how = 0;
  EXPECT_EQ(::waitpid(-1, &how, WNOHANG), -1) << "a child was not waited for";
}

TEST_F(FrozenCopyTest, SaysThatTheCopyDied) {
  const auto copy = start([]() -> Status {
    ::raise(SIGKILL);
    return Done{};
  });
  ASSERT_FALSE(ending().ok());
  EXPECT_EQ(ending().error().code, "copy_died");
}

// A socket that a copy kept open would not tell the other side that we are gone.
TEST_F(FrozenCopyTest, HoldsNoneOfOurDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const auto copy = start([&]() -> Status {
    if (::write(ends[0], "x", 1) == 1) return Error{"open", "the descriptor is open", ""};
    return Done{};
  });
  EXPECT_TRUE(ending().ok());
  for (const int end : ends) ::close(end);
}

TEST_F(FrozenCopyTest, WaitsWithoutTheLoop) {
  const auto copy = start([]() -> Status {
    ::usleep(20'000);
    return Error{"late", "it came late", ""};
  });
  const Status status = copy->wait();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, "late");
  loop_.run();
  EXPECT_FALSE(ended_) << "whoever waits is not told twice";
}

// As a parent may have left it: then the kernel keeps no word of how a child ended.
TEST_F(FrozenCopyTest, SaysWhatWentWrongWhereTheEndOfChildrenIsIgnored) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  const auto copy = start([]() -> Status { return Error{"no_room", "it is full", "there"}; });
  EXPECT_FALSE(ending().ok());
  EXPECT_EQ(ending().error().code, "no_room");
  ended_.reset();
  const auto killed = start([]() -> Status {
    ::raise(SIGKILL);
    return Done{};
  });
  EXPECT_FALSE(ending().ok());
  ::signal(SIGCHLD, before);
}

// A signal that means the server must not reach its copy: the handlers write to what both share.
TEST_F(FrozenCopyTest, HeedsNoSignalMeantForUs) {
  const auto copy = start([]() -> Status {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::raise(signal);
    return Done{};
  });
  EXPECT_TRUE(ending().ok());
}

}  // namespace
}  // namespace evener
