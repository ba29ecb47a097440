// Other machines: TLS from a server's start on, invitations and what becomes of them, tokens that
// are revoked while something is under way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/sha256.h"
#include "base/test_certificate.h"
#include "base/utf8.h"
#include "server/access_list.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using namespace testing_serve;

constexpr Millis an_hour = 3'600'000;

Instant wall_now() {
  return SystemClock().read().wall;
}

class JoinTest : public testing::Test {
 protected:
  static constexpr std::string_view join_target = "/v1/pools/restore/join";

  std::string code_for(const std::string& name, Scope scope = Scope::worker, Millis ms = an_hour) {
    const std::string code = name + "-code";
    const Instant wall = wall_now();
    const Status invited = add_invitation(
        pool_.folder(),
        {.name = name,
         .scope = scope,
         .digest = sha256_hex(code),
         .made = wall,
         .expires = wall + ms}
    );
    EXPECT_TRUE(invited.ok()) << (invited.ok() ? "" : invited.error().text());
    return code;
  }

  static std::string joining(const std::string& code, const std::string& secret) {
    return fmt::format(R"({{"code":"{}","token_digest":"{}"}})", code, sha256_hex(secret));
  }

  WireAnswer join(const std::string& code, const std::string& secret) {
    return server_.connect_tls(host_).ask("POST", join_target, joining(code, secret));
  }

  static std::string fields(const std::string& secret) {
    return "Host: localhost\r\nAuthorization: Bearer " + secret + "\r\n";
  }

  PoolClient connect(const std::string& secret) { return server_.connect_tls(fields(secret)); }

  const std::string host_ = "Host: localhost\r\n";
  TestPoolFolder pool_{"restore"};
  PoolServer server_{pool_.folder(), {.listen = "127.0.0.1:0", .wants_tls = true}};
};

TEST_F(JoinTest, MakesTheInvitedOneATokenOfItsOwn) {
  const WireAnswer answer = join(code_for("walnut"), "mine");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Json joined = json_of(answer);
  EXPECT_EQ(text_at(joined, "name"), "walnut");
  EXPECT_EQ(text_at(joined, "scope"), "worker");
  EXPECT_EQ(text_at(joined, "pool_name"), "restore");
  EXPECT_EQ(text_at(joined, "pool"), server_.card().pool);
  PoolClient walnut = connect("mine");
  walnut.give(add("a"));
  EXPECT_EQ(text_at(walnut.view("log?type=task_added"), "facts.0.by"), "walnut");
}

TEST_F(JoinTest, GivesNoMoreThanWasMeant) {
  ASSERT_EQ(join(code_for("board", Scope::read), "mine").status, 200);
  PoolClient board = connect("mine");
  EXPECT_EQ(board.get("/v1/pools/restore/status").status, 200);
  EXPECT_EQ(board.ask("POST", "/v1/pools/restore/commands", commands(add("a"))).status, 403);
}

TEST_F(JoinTest, TakesACodeOnce) {
  const std::string code = code_for("walnut");
  ASSERT_EQ(join(code, "mine").status, 200);
  const WireAnswer second = join(code, "another's");
  EXPECT_EQ(second.status, 403);
  EXPECT_EQ(text_at(json_of(second), "error.code"), "code_used");
  EXPECT_EQ(connect("another's").get("/v1/pools/restore/status").status, 401);
  EXPECT_EQ(join(code, "mine").status, 200) << "the first answer may have been lost";
}

TEST_F(JoinTest, RefusesCodesThatAreNotGood) {
  const WireAnswer unknown = join("guessed", "mine");
  EXPECT_EQ(unknown.status, 403);
  EXPECT_EQ(text_at(json_of(unknown), "error.code"), "code_unknown");
  const WireAnswer expired = join(code_for("walnut", Scope::worker, -1), "mine");
  EXPECT_EQ(expired.status, 403);
  EXPECT_EQ(text_at(json_of(expired), "error.code"), "code_expired");
  EXPECT_THAT(expired.body, HasSubstr("evener invite walnut"));
}

TEST_F(JoinTest, RefusesWhatIsNoRequestToJoin) {
  const std::string code = code_for("walnut");
  PoolClient client = server_.connect_tls(host_);
  EXPECT_EQ(client.ask("GET", join_target).status, 405);
  for (const std::string& body :
       {std::string("{"),
        std::string("{}"),
        fmt::format(R"({{"code":"{}"}})", code),
        fmt::format(R"({{"code":"{}","token_digest":"short"}})", code)}) {
    EXPECT_EQ(client.ask("POST", join_target, body).status, 400) << body;
  }
  EXPECT_EQ(join(code, "mine").status, 200) << "nothing of that used it up";
}

TEST_F(JoinTest, TakesACodeUnderAnyNameOfThePool) {
  const std::string code = code_for("walnut");
  server_.connect().give(R"({"type":"configure","card":{"name":"shop"}})");
  const WireAnswer joined = join(code, "mine");
  ASSERT_EQ(joined.status, 200) << joined.body;
  EXPECT_EQ(text_at(json_of(joined), "pool_name"), "shop");
  const WireAnswer unknown = join("guessed", "mine");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(text_at(json_of(unknown), "error.code"), "no_such_pool");
  EXPECT_THAT(unknown.body, HasSubstr("no pool 'restore'"));
  EXPECT_THAT(unknown.body, testing::Not(HasSubstr("shop")));
  const std::string cut_within = "/v1/pools/" + std::string(255, 'a') + "%C3%A9/join";
  const std::string asked = joining("guessed", "mine");
  EXPECT_TRUE(is_utf8(server_.connect_tls(host_).ask("POST", cut_within, asked).body));
}

TEST_F(JoinTest, SaysThatItCannotReadTheListOfTokensAndReadsItAgain) {
  ASSERT_EQ(join(code_for("walnut"), "mine").status, 200);
  const std::string later = code_for("chestnut");
  EventReader events(server_.wire_tls(), "/v1/pools/restore/events", fields("mine"));
  PoolClient walnut = connect("mine");
  testing::internal::CaptureStderr();
  ASSERT_EQ(::chmod(pool_.folder().access().c_str(), 0644), 0);
  for (int i = 0; i < 2; ++i) {
    const WireAnswer refused = walnut.get("/v1/pools/restore/status");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(text_at(json_of(refused), "error.code"), "access_unreadable");
  }
  EXPECT_EQ(join(later, "theirs").status, 503);
  const std::string own = read_file(pool_.folder().tokens()).value();
  const std::string secret = own.substr(own.rfind(' ') + 1, 64);
  EXPECT_EQ(connect(secret).get("/v1/pools/restore/status").status, 200);
  ASSERT_EQ(::chmod(pool_.folder().access().c_str(), 0600), 0);
  EXPECT_EQ(walnut.get("/v1/pools/restore/status").status, 200);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("tokens_exposed"));
  EXPECT_EQ(said.find("tokens_exposed"), said.rfind("tokens_exposed")) << "it is said once";
  walnut.give(add("a"));
  EXPECT_TRUE(events.next_fact("task_added").has_value()) << "nobody was sent away";
}

TEST_F(JoinTest, TakesNoCodeInTheClear) {
  const std::string code = code_for("walnut");
  const WireAnswer answer =
      server_.connect().ask("POST", join_target, joining(code, "mine"), host_);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(text_at(json_of(answer), "error.code"), "needs_tls");
}

TEST_F(JoinTest, RefusesARevokedTokenOnAConnectionThatIsOpen) {
  ASSERT_EQ(join(code_for("walnut"), "mine").status, 200);
  PoolClient walnut = connect("mine");
  EXPECT_EQ(walnut.get("/v1/pools/restore/status").status, 200);
  ASSERT_TRUE(revoke_token(pool_.folder(), "walnut", wall_now()).ok());
  const WireAnswer answer = walnut.get("/v1/pools/restore/status");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.body, HasSubstr("was revoked"));
}

TEST_F(JoinTest, EndsTheStreamOfARevokedToken) {
  ASSERT_EQ(join(code_for("walnut"), "mine").status, 200);
  ASSERT_EQ(join(code_for("chestnut"), "theirs").status, 200);
  const std::string target = "/v1/pools/restore/events";
  EventReader revoked(server_.wire_tls(), target, fields("mine"));
  EventReader kept(server_.wire_tls(), target, fields("theirs"));
  ASSERT_EQ(revoked.head().status, 200);
  ASSERT_TRUE(revoke_token(pool_.folder(), "walnut", wall_now()).ok());
  EXPECT_EQ(revoked.next(), std::nullopt);
  server_.connect().give(add("a"));
  EXPECT_TRUE(kept.next_fact("task_added").has_value());
}

TEST_F(JoinTest, GivesNoTaskToTheWaitingClaimOfARevokedToken) {
  ASSERT_EQ(join(code_for("walnut"), "mine").status, 200);
  PoolClient walnut = connect("mine");
  walnut.begin(claim("w1", 60'000));
  PoolClient other = server_.connect();
  while (other.get("/metrics").body.find("evener_claims_waiting 1\n") == std::string::npos) {
  }
  ASSERT_TRUE(revoke_token(pool_.folder(), "walnut", wall_now()).ok());
  const WireAnswer answer = walnut.wire().read_answer();
  EXPECT_EQ(answer.status, 401);
  other.give(add("a"));
  EXPECT_EQ(text_at(other.view("tasks/a"), "state"), "ready");
}

TEST_F(JoinTest, RefusesATokenThatExpired) {
  const Instant wall = wall_now();
  ASSERT_TRUE(
      add_token(
          pool_.folder(),
          {.name = "ci", .digest = sha256_hex("mine"), .made = wall - an_hour, .expires = wall - 1}
      )
          .ok()
  );
  const WireAnswer answer = connect("mine").get("/v1/pools/restore/status");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.body, HasSubstr("expired"));
}

TEST_F(JoinTest, KeepsItsCertificateBetweenStarts) {
  const std::string fingerprint = server_.card().fingerprint;
  EXPECT_EQ(fingerprint.size(), 64U);
  struct stat found{};
  ASSERT_EQ(::stat(pool_.folder().key().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_TRUE(server_.stop().ok());
  PoolServer again(pool_.folder(), {.listen = "127.0.0.1:0", .wants_tls = true});
  EXPECT_EQ(again.card().fingerprint, fingerprint);
  EXPECT_EQ(again.connect_tls(host_).get("/healthz").status, 200);
}

TEST_F(JoinTest, IsAskedByTheNamesOfItsCertificate) {
  const auto status_for = [&](const std::string& host, const std::string& more = "") {
    return server_.connect_tls("Host: " + host + "\r\n" + more).get("/healthz").status;
  };
  EXPECT_EQ(status_for("localhost:7710"), 200);
  EXPECT_EQ(status_for("192.0.2.7:7710"), 200) << "nobody is lured by an address";
  EXPECT_EQ(status_for("[2001:db8::1]:7710"), 200);
  EXPECT_EQ(status_for("evil.example.org"), 403);
  EXPECT_EQ(status_for("localhost", "Origin: https://localhost\r\n"), 200);
  EXPECT_EQ(status_for("localhost", "Origin: http://localhost\r\n"), 403);
}

TEST(ServeTls, IsAskedByOtherNamesThatItWasTold) {
  const TestPoolFolder pool;
  PoolServer server(
      pool.folder(),
      {.listen = "127.0.0.1:0", .wants_tls = true, .tls_names = {"walnut.example.org"}}
  );
  EXPECT_EQ(server.connect_tls("Host: walnut.example.org\r\n").get("/healthz").status, 200);
}

TEST(ServeTls, ShowsTheCertificateThatItWasGiven) {
  const TestPoolFolder pool;
  const TestCertificate given;
  ServeOptions options{.listen = "127.0.0.1:0"};
  options.tls_certificate = given.certificate();
  options.tls_key = given.key();
  PoolServer server(pool.folder(), options);
  EXPECT_EQ(server.card().fingerprint, given.fingerprint());
  EXPECT_EQ(server.connect_tls("Host: walnut\r\n").get("/healthz").status, 200);
  EXPECT_NE(::access(pool.folder().key().c_str(), F_OK), 0) << "it made none of its own";
}

TEST(ServeTls, RefusesAKeyThatEverybodyMayReadAndHalfAnIdentity) {
  const TestPoolFolder pool;
  const TestCertificate given;
  ServeOptions options{.folder = pool.folder(), .listen = "127.0.0.1:0", .is_quiet = true};
  options.tls_certificate = given.certificate();
  EXPECT_EQ(serve(options).error().code, "usage");
  options.tls_key = given.key();
  ASSERT_EQ(::chmod(given.key().c_str(), 0644), 0);
  EXPECT_EQ(serve(options).error().code, "key_exposed");
  options.listen = "none";
  EXPECT_EQ(serve(options).error().code, "usage");
}

TEST(ServeTls, IsSpokenWhereverOthersMayCome) {
  const TestPoolFolder pool;
  // An address that no machine has: the start fails, but not before it was prepared for strangers.
  const Status served = serve({.folder = pool.folder(), .listen = "192.0.2.1:0", .is_quiet = true});
  EXPECT_EQ(served.error().code, "cannot_listen");
  const Certificate made =
      Certificate::read(read_file(pool.folder().certificate()).value()).value();
  EXPECT_TRUE(made.names("192.0.2.1"));
  EXPECT_TRUE(made.names("localhost"));
}

TEST(ServeTls, RefusesANameWithoutTls) {
  const TestPoolFolder pool;
  ServeOptions options{.folder = pool.folder(), .listen = "127.0.0.1:0", .is_quiet = true};
  options.tls_names = {"walnut.example.org"};
  EXPECT_EQ(serve(options).error().code, "usage");
}

TEST(ServeTls, RefusesAListOfTokensThatItCannotRead) {
  const TestPoolFolder pool;
  ASSERT_TRUE(write_file_atomic(pool.folder().access(), "{", 0600).ok());
  const Status served = serve({.folder = pool.folder(), .listen = "none", .is_quiet = true});
  EXPECT_EQ(served.error().code, "file_damaged");
}

}  // namespace
}  // namespace evener
