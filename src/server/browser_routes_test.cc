#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/sha256.h"
#include "server/routes.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using namespace testing_serve;

constexpr PageFile test_pages[] = {
    {"/", "text/html; charset=utf-8", "\"one\"", false, "compressed"},
    {"/assets/a-1.js", "text/javascript; charset=utf-8", "\"two\"", true, "also"},
};

class BrowserTest : public testing::Test {
 protected:
  BrowserTest() {
    const std::string tokens =
        "rod operator aaaaaaaaaaaaaaaa\nboard read cccccccccccccccc\n"
        "runner worker bbbbbbbbbbbbbbbb\n";
    EXPECT_TRUE(write_file_atomic(pool_.folder().tokens(), tokens, 0600).ok());
    start();
  }

  void start() {
    ServeOptions options{.listen = "127.0.0.1:0"};
    options.pages = test_pages;
    server_.emplace(pool_.folder(), options);
  }

  std::string host() { return fmt::format("Host: 127.0.0.1:{}\r\n", server_->port()); }

  // As a page of ours sends it.
  std::string page_fields() {
    return fmt::format("Origin: http://127.0.0.1:{}\r\nX-Evener-Page: 1\r\n", server_->port());
  }

  PoolClient bearer(char secret) {
    return server_->connect_tcp(
        host() + fmt::format("Authorization: Bearer {}\r\n", std::string(16, secret))
    );
  }

  std::string code_of(PoolClient client) {
    return text_at(json_of(client.ask("POST", at("sign-in/codes"))), "code");
  }

  WireAnswer trade(const std::string& code, const std::string& fields) {
    return server_->connect_tcp(host()).ask(
        "POST", at("sign-in"), fmt::format(R"({{"code":"{}"}})", code), fields
    );
  }

  // "Cookie: ...", of a browser that has signed in with a code.
  std::string cookie_for(const std::string& code) {
    const WireAnswer answer = trade(code, page_fields());
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string before = "Set-Cookie: ";
    const std::size_t from = answer.head.find(before) + before.size();
    return fmt::format(
        "Cookie: other=1; {}\r\n", answer.head.substr(from, answer.head.find(';', from) - from)
    );
  }

  PoolClient with(const std::string& fields) { return server_->connect_tcp(host() + fields); }

  static std::string at(std::string_view rest) { return fmt::format("/v1/pools/default/{}", rest); }

  TestPoolFolder pool_;
  std::optional<PoolServer> server_;
};

TEST_F(BrowserTest, GetsThePageWithoutATokenAndUnderAStrictPolicy) {
  PoolClient nobody = with("");
  const WireAnswer page = nobody.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "compressed");
  EXPECT_TRUE(page.has("Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(page.has("Content-Security-Policy: default-src 'none'; script-src 'self';"));
  EXPECT_TRUE(page.has("frame-ancestors 'none'"));
  EXPECT_TRUE(page.has("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_TRUE(page.has("Cache-Control: no-cache\r\n"));
  const WireAnswer again = nobody.ask("GET", "/", {}, "If-None-Match: \"one\"\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_TRUE(nobody.get("/assets/a-1.js").has("immutable"));
  EXPECT_EQ(nobody.ask("POST", "/").status, 405);
  EXPECT_EQ(nobody.get("/assets/none.js").status, 401);
}

TEST_F(BrowserTest, SignsInWithACodeOnceAndActsAsWhoeverMadeIt) {
  const std::string code = code_of(bearer('a'));
  PoolClient browser = with(cookie_for(code));
  EXPECT_EQ(trade(code, page_fields()).status, 403);
  const Json who = browser.view("session");
  EXPECT_EQ(text_at(who, "name"), "rod");
  EXPECT_EQ(text_at(who, "scope"), "operator");
  EXPECT_EQ(text_at(who, "pool"), server_->card().pool);
  EXPECT_EQ(browser.get(at("status")).status, 200);
  const WireAnswer added = browser.ask("POST", at("commands"), commands(add("a")), page_fields());
  EXPECT_EQ(text_at(json_of(added), "answers.0.ok"), "true") << added.body;
  EXPECT_EQ(text_at(browser.view("log?type=task_added"), "facts.0.by"), "rod");
}

TEST_F(BrowserTest, MayNoMoreThanTheTokenThatLetItIn) {
  PoolClient reader = with(cookie_for(code_of(bearer('c'))));
  EXPECT_EQ(text_at(reader.view("session"), "scope"), "read");
  EXPECT_EQ(reader.ask("POST", at("commands"), commands(add("a")), page_fields()).status, 403);
  PoolClient runner = with(cookie_for(code_of(bearer('b'))));
  const Json refused = json_of(
      runner.ask("POST", at("commands"), commands(R"({"type":"hold","task":"a"})"), page_fields())
  );
  EXPECT_EQ(text_at(refused, "answers.0.refusal.code"), "scope");
}

TEST_F(BrowserTest, ChangesNothingForPagesThatAreNotOurs) {
  const std::string cookie = cookie_for(code_of(bearer('a')));
  const std::string origin = fmt::format("Origin: http://127.0.0.1:{}\r\n", server_->port());
  const std::string ours = "X-Evener-Page: 1\r\n";
  for (const std::string& fields :
       {std::string(), origin, ours, ours + "Origin: http://127.0.0.1:1\r\n"}) {
    PoolClient client = with(cookie);
    const WireAnswer answer = client.ask("POST", at("commands"), commands(add("a")), fields);
    EXPECT_EQ(answer.status, 403) << fields;
    EXPECT_EQ(text_at(json_of(answer), "error.code"), "forbidden_origin") << fields;
  }
  EXPECT_EQ(with(cookie).ask("GET", at("status"), {}, "Sec-Fetch-Site: same-site\r\n").status, 403);
  EXPECT_EQ(
      with(cookie).ask("GET", at("status"), {}, "Sec-Fetch-Site: same-origin\r\n").status, 200
  );
  EXPECT_EQ(trade(code_of(bearer('a')), origin).status, 403);
  EXPECT_EQ(text_at(bearer('a').view("status"), "tasks.total"), "0");
}

TEST_F(BrowserTest, LetsInNobodyByASessionOfItsOwn) {
  PoolClient browser = with(cookie_for(code_of(bearer('a'))));
  const WireAnswer answer = browser.ask("POST", at("sign-in/codes"), {}, page_fields());
  EXPECT_EQ(answer.status, 403);
}

TEST_F(BrowserTest, SignsOutForGood) {
  const std::string cookie = cookie_for(code_of(bearer('a')));
  const WireAnswer left = with(cookie).ask("DELETE", at("session"), {}, page_fields());
  EXPECT_EQ(left.status, 200);
  EXPECT_TRUE(left.has("Max-Age=0"));
  EXPECT_EQ(with(cookie).get(at("status")).status, 401);
}

TEST_F(BrowserTest, StaysSignedInWhenTheServerStartsAnewUnlessItsTokenIsGone) {
  const std::string rod = cookie_for(code_of(bearer('a')));
  const std::string board = cookie_for(code_of(bearer('c')));
  server_.reset();
  const std::string tokens = "rod operator aaaaaaaaaaaaaaaa\n";
  ASSERT_TRUE(write_file_atomic(pool_.folder().tokens(), tokens, 0600).ok());
  start();
  EXPECT_EQ(with(rod).get(at("status")).status, 200);
  EXPECT_EQ(with(board).get(at("status")).status, 401);
}

TEST_F(BrowserTest, SeesItsStreamEndWhenItsTokenIsRevoked) {
  const std::string secret(16, 'n');
  ASSERT_TRUE(
      add_token(pool_.folder(), {.name = "ada", .scope = Scope::read, .digest = sha256_hex(secret)})
          .ok()
  );
  const std::string cookie = cookie_for(code_of(bearer('n')));
  EventReader events(WireClient::to_tcp(server_->port()), at("events"), host() + cookie);
  EXPECT_EQ(events.head().status, 200);
  ASSERT_TRUE(revoke_token(pool_.folder(), "ada", 1).ok());
  EXPECT_EQ(events.next(), std::nullopt);
  EXPECT_EQ(with(cookie).get(at("status")).status, 401);
}

TEST_F(BrowserTest, IsNotLetInByACodeWhoseTokenHasEnded) {
  const std::string secret(16, 'n');
  ASSERT_TRUE(
      add_token(pool_.folder(), {.name = "ada", .scope = Scope::read, .digest = sha256_hex(secret)})
          .ok()
  );
  const std::string code = code_of(bearer('n'));
  ASSERT_TRUE(revoke_token(pool_.folder(), "ada", 1).ok());
  const WireAnswer answer = trade(code, page_fields());
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(text_at(json_of(answer), "error.code"), "unauthorized");
  EXPECT_THAT(answer.body, testing::HasSubstr("the token of ada was revoked"));
  EXPECT_FALSE(answer.has("Set-Cookie"));
}

TEST_F(BrowserTest, KnowsWhichFactAViewTellsOf) {
  PoolClient rod = bearer('a');
  rod.give(add("a"));
  const std::string last = text_at(rod.view("status"), "last");
  for (const char* view : {"status", "tasks", "tasks/a", "log", "report"}) {
    EXPECT_TRUE(rod.get(at(view)).has("Evener-Seq: " + last + "\r\n")) << view;
  }
}

TEST(Dashboard, IsOpenedWithACodeThatWhoeverStartedTheServerIsShown) {
  const TestPoolFolder pool;
  std::string address;
  ServeOptions options{.listen = "127.0.0.1:0"};
  options.pages = test_pages;
  options.on_dashboard = [&](const std::string& shown) { address = shown; };
  const PoolServer server(pool.folder(), options);
  // It is shown before the first request is answered.
  EXPECT_EQ(server.connect().get("/healthz").status, 200);
  const std::string before = fmt::format("http://{}/#code=", server.card().address);
  EXPECT_THAT(address, HasSubstr(before));
  EXPECT_EQ(address.size(), before.size() + 32);
}

}  // namespace
}  // namespace evener
