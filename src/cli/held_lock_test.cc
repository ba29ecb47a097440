#include "cli/held_lock.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <thread>

#include "base/utf8.h"
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
  LittleServer server([](std::size_t, const HeardRequest& request) {
    return is_command(request, "renew") ? std::nullopt : std::optional(said_by_the_pool());
  });
  const Millis began = steady_ms();
  EXPECT_EQ(lock(server, "1s", "exec sleep 60"), 1);
  EXPECT_LT(steady_ms() - began, 10'000);
  EXPECT_THAT(err_, HasSubstr("the lock is lost"));
  EXPECT_TRUE(is_command(server.heard().back(), "cancel"));
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

TEST_F(HeldLockTest, TakesWordsThatWouldBeCutInACharacterOrAreNoText) {
  LittleServer server([](std::size_t, const HeardRequest&) {
    return std::optional(said_by_the_pool());
  });
  std::string script = "exit 7 # \xff";
  while (script.size() < 2 * limits::line_bytes) script += "é";
  EXPECT_EQ(lock(server, "30s", script), 7) << err_;
  EXPECT_EQ(lock(server, "30s", " " + script), 7) << err_;
  for (const HeardRequest& request : server.heard()) EXPECT_TRUE(is_utf8(request.body));
}

TEST(ShownWords, AreWholeCharactersWithinTheirBound) {
  EXPECT_EQ(shown_words({"a", "bc"}, 4), "a bc");
  EXPECT_EQ(shown_words({"a", "bc"}, 3), "a b");
  EXPECT_EQ(shown_words({"aé"}, 2), "a");
  EXPECT_EQ(shown_words({"aé"}, 3), "aé");
  EXPECT_EQ(shown_words({"\xff"}, 3), "\xEF\xBF\xBD");
  EXPECT_EQ(shown_words({"\xff"}, 2), "");
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
