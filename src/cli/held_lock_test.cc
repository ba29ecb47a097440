#include "cli/held_lock.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <thread>

#include "cli/held_command.h"
#include "cli/little_server.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing_http::HeardRequest;
using testing_http::LittleServer;

std::string said_by_the_pool() {
  const std::string body = R"({"answers":[{"ok":true,"seq":1,"result":{"fence":1}}]})";
  return fmt::format(
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", body.size(), body
  );
}

bool is_command(const HeardRequest& request, const std::string& type) {
  return request.body.find("\"" + type + "\"") != std::string::npos;
}

class HeldLockTest : public TypedVerbTest {
 protected:
  // As in the program, before there is any other thread: one would take signals away.
  HeldLockTest() {
    ::sigprocmask(SIG_BLOCK, nullptr, &mask_);
    block_signals();
  }

  void TearDown() override { ::sigprocmask(SIG_SETMASK, &mask_, nullptr); }

  int lock(const LittleServer& server, const std::string& lease, const std::string& script) {
    const std::string address = fmt::format("http://127.0.0.1:{}", server.port());
    return run(
        {"--server",
         address,
         "lock",
         "db",
         "--worker",
         "ada",
         "--ttl",
         lease,
         "--",
         "sh",
         "-c",
         script}
    );
  }

  sigset_t mask_ = {};
};

TEST_F(HeldLockTest, OutlivesNoLeaseWhoseRenewalIsNotAnswered) {
  const LittleServer server([](std::size_t, const HeardRequest& request) {
    return is_command(request, "renew") ? std::nullopt : std::optional(said_by_the_pool());
  });
  const Millis began = steady_ms();
  EXPECT_EQ(lock(server, "1s", "exec sleep 60"), 1);
  EXPECT_LT(steady_ms() - began, 10'000);
  EXPECT_THAT(err_, HasSubstr("the lock is lost"));
}

TEST_F(HeldLockTest, CountsItsLeaseFromTheSendingOfTheClaim) {
  constexpr std::chrono::milliseconds lease(100);
  LittleServer server([&](std::size_t, const HeardRequest& request) {
    if (is_command(request, "claim")) std::this_thread::sleep_for(lease);
    return std::optional(said_by_the_pool());
  });
  EXPECT_EQ(lock(server, "100ms", "touch " + folder_.path("begun")), 1);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("begun")));
  EXPECT_THAT(err_, HasSubstr("too late to begin"));
  EXPECT_TRUE(is_command(server.heard().back(), "cancel"));
}

TEST_F(HeldLockTest, EndsWithTheExitCodeOfItsCommand) {
  LittleServer server([](std::size_t, const HeardRequest&) {
    return std::optional(said_by_the_pool());
  });
  EXPECT_EQ(lock(server, "30s", "exit 7"), 7);
  EXPECT_TRUE(is_command(server.heard().back(), "finish"));
}

}  // namespace
}  // namespace evener
