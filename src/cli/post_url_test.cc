#include "cli/post_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "cli/little_server.h"
#include "client/scripted_server.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing_http::answer_text;
using testing_http::HeardRequest;
using testing_http::LittleServer;
using testing_http::StopPipe;

constexpr Millis ample_ms = 20'000;

Result<HttpAnswer> post(const LittleServer& server, Millis timeout_ms = ample_ms, int stop = -1) {
  return post_to(parse_url(server.url()).value(), {.body = "{}"}, timeout_ms, stop);
}

LittleServer::Answer answers_with(const std::string& answer) {
  return [answer](std::size_t, const HeardRequest&) { return answer; };
}

Url url(bool is_tls, std::string host, std::uint16_t port, std::string target) {
  return {{.host = std::move(host), .port = port, .is_tls = is_tls}, std::move(target)};
}

TEST(Url, IsReadWithItsDefaults) {
  EXPECT_EQ(parse_url("http://example.org").value(), url(false, "example.org", 80, "/"));
  EXPECT_EQ(
      parse_url("https://example.org/a/b?c=d:e").value(),
      url(true, "example.org", 443, "/a/b?c=d:e")
  );
  EXPECT_EQ(parse_url("https://example.org:8443?x").value(), url(true, "example.org", 8443, "/?x"));
  EXPECT_EQ(parse_url("http://[::1]:81/x").value(), url(false, "::1", 81, "/x"));
  EXPECT_EQ(parse_url("http://[::1]/x").value(), url(false, "::1", 80, "/x"));
}

TEST(Url, ShowsItsHostFieldWithoutTheUsualPort) {
  const auto host_of = [](const char* text) { return host_field(parse_url(text)->endpoint); };
  EXPECT_EQ(host_of("http://example.org:80/"), "example.org");
  EXPECT_EQ(host_of("https://example.org:80/"), "example.org:80");
  EXPECT_EQ(host_of("https://[::1]/x"), "[::1]");
  EXPECT_EQ(host_of("http://[::1]:81/x"), "[::1]:81");
}

TEST(Url, RefusesWhatItCannotReach) {
  for (const char* text :
       {"",
        "example.org",
        "ftp://example.org",
        "http://",
        "http://user:pass@example.org/",
        "http://example.org/#part",
        "http://example.org/a b",
        "http://example.org/\r\nX: y",
        "http://example.org:0/",
        "http://example.org:99999/"}) {
    SCOPED_TRACE(text);
    const Result<Url> url = parse_url(text);
    ASSERT_FALSE(url.ok());
    EXPECT_EQ(url.error().code, "bad_address");
    EXPECT_THAT(url.error().message, testing::Not(HasSubstr("pass@")));
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  constexpr Instant now = 1'445'412'480'000;  // 2015-10-21T07:28:00Z
  EXPECT_EQ(retry_after_of("120", now), 120'000);
  EXPECT_EQ(retry_after_of("Wed, 21 Oct 2015 07:28:30 GMT", now), 30'000);
  EXPECT_EQ(retry_after_of("Wed, 21 Oct 2015 07:00:00 GMT", now), 0);
  EXPECT_EQ(retry_after_of("soon", now), std::nullopt);
  EXPECT_EQ(retry_after_of("-5", now), std::nullopt);
  EXPECT_GT(retry_after_of("9000000000000000000", now), 0);
}

TEST(PostUrl, SendsHeadersAndBody) {
  LittleServer server(answers_with(answer_text(204)));
  const HttpCall call{.headers = {{"Evener-Pool", "p"}}, .body = "{\"a\":1}"};
  const Result<HttpAnswer> answer = post_to(parse_url(server.url()).value(), call, ample_ms, -1);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->status, 204);
  const HeardRequest heard = server.heard().at(0);
  EXPECT_THAT(heard.head, testing::StartsWith("POST /hook?k=v HTTP/1.1\r\n"));
  EXPECT_EQ(heard.header("Host"), fmt::format("127.0.0.1:{}", server.port()));
  EXPECT_EQ(heard.header("Evener-Pool"), "p");
  EXPECT_EQ(heard.body, "{\"a\":1}");
}

TEST(PostUrl, TellsWhatTheServerSaid) {
  LittleServer server(answers_with(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\n"
      "Content-Length: 14\r\n\r\nnot now\nplease"
  ));
  const Result<HttpAnswer> answer = post(server);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer_line(*answer), "503 Service Unavailable: not now");
  EXPECT_EQ(answer->header("Retry-After"), "7");
}

TEST(PostUrl, TakesAHeadForAnAnswerEvenIfTheBodyBreaksOff) {
  LittleServer server(answers_with("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
  EXPECT_EQ(post(server).value().status, 200);
}

TEST(PostUrl, ReadsNoMoreOfABodyThanIsShown) {
  const std::string endless(HttpConnection::head_body_bytes * 4, 'x');
  LittleServer server(
      answers_with("HTTP/1.1 500 Sorry\r\nContent-Length: 1000000000000\r\n\r\n" + endless)
  );
  const Result<HttpAnswer> answer = post(server);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->body.size(), HttpConnection::head_body_bytes);
  EXPECT_EQ(answer_line(*answer).size(), std::string("500 Sorry: ").size() + 200);
}

TEST(PostUrl, TellsADroppedConnectionFromAnAnswer) {
  LittleServer server(answers_with(""));
  EXPECT_EQ(post(server).error().code, "reply_lost");
  LittleServer half(answers_with("HTTP/1.1 200 OK\r\nContent-"));
  EXPECT_EQ(post(half).error().code, "reply_lost");
}

TEST(PostUrl, RefusesWhatIsNoHttp) {
  LittleServer server(answers_with("220 mail.example.org ESMTP\r\n\r\n"));
  EXPECT_EQ(post(server).error().code, "bad_reply");
}

TEST(PostUrl, GivesUpWhenTimeIsOver) {
  LittleServer server([](std::size_t, const HeardRequest&) { return std::nullopt; });
  EXPECT_EQ(post(server, 50).error().code, "timeout");
}

TEST(PostUrl, EndsWhenItIsToldToStop) {
  StopPipe stop;
  LittleServer server([&](std::size_t, const HeardRequest&) {
    stop.stop();
    return std::nullopt;
  });
  EXPECT_EQ(post(server, ample_ms, stop.descriptor()).error().code, "interrupted");
}

TEST(PostUrl, SaysWhenNobodyListens) {
  int port = 0;
  {
    port = LittleServer(answers_with("")).port();
  }
  const Url nobody = url(false, "127.0.0.1", static_cast<std::uint16_t>(port), "/");
  EXPECT_EQ(post_to(nobody, {}, ample_ms, -1).error().code, "unreachable");
}

class PostUrlOverTls : public testing::Test {
 protected:
  ~PostUrlOverTls() override { ::unsetenv("SSL_CERT_FILE"); }

  void trust() const { ::setenv("SSL_CERT_FILE", certificate_.certificate().c_str(), 1); }

  static Result<HttpAnswer> post(const std::string& url) {
    return post_to(parse_url(url).value(), {.body = std::string(60'000, 'x')}, ample_ms, -1);
  }

  TestCertificate certificate_{{"localhost"}, std::time(nullptr) * Millis{1000}};
};

TEST_F(PostUrlOverTls, SpeaksToAServerThatAnAuthorityVouchesFor) {
  trust();
  LittleServer server(answers_with(answer_text(200)), &certificate_);
  const Result<HttpAnswer> answer = post(server.url("localhost"));
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(server.heard().at(0).body.size(), 60'000U);
}

TEST_F(PostUrlOverTls, RefusesAServerThatNobodyVouchesFor) {
  LittleServer server(answers_with(answer_text(200)), &certificate_);
  EXPECT_EQ(post(server.url("localhost")).error().code, "untrusted_certificate");
  EXPECT_TRUE(server.heard().empty());
}

TEST_F(PostUrlOverTls, RefusesACertificateOfAnotherName) {
  trust();
  LittleServer server(answers_with(answer_text(200)), &certificate_);
  EXPECT_EQ(post(server.url("127.0.0.1")).error().code, "untrusted_certificate");
  EXPECT_TRUE(server.heard().empty());
}

}  // namespace
}  // namespace evener
