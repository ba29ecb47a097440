#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "base/test_certificate.h"
#include "server/http_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing_http::echo;
using testing_http::put;
using testing_http::RunningServer;
using testing_http::WireAnswer;
using testing_http::WireClient;

using SteadyClock = std::chrono::steady_clock;

// Short, so that what lapses is seen to lapse.
HttpLimits short_limits() {
  HttpLimits limits;
  limits.handshake_ms = 100;
  return limits;
}

class HttpTls : public testing::Test {
 protected:
  WireClient connect(const RunningServer&, std::uint16_t port) const {
    return WireClient::to_tls(port, certificate_.client());
  }

  TestCertificate certificate_;
};

TEST_F(HttpTls, AnswersAndKnowsThatItIsTls) {
  std::atomic<bool> is_tls = false;
  RunningServer server([&](HttpRequest request, HttpReply reply) {
    is_tls = request.peer.is_tls;
    echo(std::move(request), std::move(reply));
  });
  WireClient client = connect(server, server.listen_tls(certificate_.server()));
  EXPECT_EQ(client.get("/a").body, "GET /a ");
  EXPECT_TRUE(is_tls);
  EXPECT_EQ(client.get("/b").body, "GET /b ");
  EXPECT_EQ(server.connect_tcp().get("/c").body, "GET /c ");
  EXPECT_FALSE(is_tls);
  EXPECT_EQ(server.counts().failed_handshakes, 0U);
}

TEST_F(HttpTls, CarriesLargeBodiesAndManyRequestsAtOnce) {
  RunningServer server(echo);
  WireClient client = connect(server, server.listen_tls(certificate_.server()));
  const std::string body(3'000'000, 'x');
  const WireAnswer large = client.ask(put(body));
  EXPECT_TRUE(large.body == "PUT / " + body) << large.status << ' ' << large.body.size();
  std::string many;
  for (int i = 0; i < 200; ++i) many += put(std::to_string(i) + std::string(100, ' '));
  ASSERT_TRUE(client.send(many));
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(client.read_answer().body.starts_with("PUT / " + std::to_string(i) + " ")) << i;
  }
}

TEST_F(HttpTls, SaysWhereItsLastAnswerEnds) {
  RunningServer server(echo);
  WireClient client = connect(server, server.listen_tls(certificate_.server()));
  ASSERT_TRUE(client.send("GET /a HTTP/1.1\r\nHost: walnut\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(client.read_to_end(), HasSubstr("GET /a "));
  EXPECT_TRUE(client.has_finished_tls());
  client.close();
  EXPECT_TRUE(server.becomes_empty());
}

TEST_F(HttpTls, SeesThatAPeerIsGone) {
  std::atomic<bool> is_gone = false;
  std::optional<HttpReply> kept;
  std::promise<void> asked;
  RunningServer server([&](HttpRequest, HttpReply reply) {
    reply.on_disconnect([&] {
      is_gone = true;
      kept.reset();
    });
    kept = std::move(reply);
    asked.set_value();
  });
  {
    WireClient client = connect(server, server.listen_tls(certificate_.server()));
    ASSERT_TRUE(client.send("GET /a HTTP/1.1\r\nHost: walnut\r\n\r\n"));
    asked.get_future().wait();
    client.finish_tls();
    EXPECT_EQ(client.read_to_end(), "");
  }
  EXPECT_TRUE(server.becomes_empty());
  EXPECT_TRUE(is_gone);
}

TEST_F(HttpTls, TellsWhoeverSpeaksPlainlyWhatToSpeak) {
  RunningServer server(echo);
  WireClient client = WireClient::to_tcp(server.listen_tls(certificate_.server()));
  const WireAnswer answer = client.get("/a");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("\"needs_tls\""));
  EXPECT_THAT(answer.body, HasSubstr("https://"));
  ASSERT_TRUE(client.send("GET /b HTTP/1.1\r\nHost: walnut\r\n\r\n"));
  EXPECT_TRUE(client.is_ended());
  client.close();
  EXPECT_TRUE(server.becomes_empty());
  EXPECT_EQ(server.counts().failed_handshakes, 1U);
  EXPECT_EQ(server.counts().requests, 0U);
}

TEST_F(HttpTls, IsRefusedWhereNothingButPlainHttpIsSpoken) {
  RunningServer server(echo);
  WireClient client = WireClient::to_tls(server.port(), certificate_.client());
  EXPECT_FALSE(client.is_connected());
  EXPECT_EQ(server.connect_tcp().get("/a").body, "GET /a ");
}

TEST_F(HttpTls, CutsAHandshakeThatStallsAndServesOthersMeanwhile) {
  RunningServer server(echo, short_limits());
  const std::uint16_t port = server.listen_tls(certificate_.server());
  const auto begin = SteadyClock::now();
  WireClient silent = WireClient::to_tcp(port);
  WireClient halfway = WireClient::to_tcp(port);
  ASSERT_TRUE(halfway.send(std::string_view("\x16\x03\x01\x02\x00", 5)));
  EXPECT_EQ(connect(server, port).get("/a").body, "GET /a ");
  EXPECT_TRUE(silent.is_ended());
  EXPECT_TRUE(halfway.is_ended());
  EXPECT_GE(SteadyClock::now() - begin, std::chrono::milliseconds(100));
  EXPECT_EQ(server.counts().failed_handshakes, 2U);
}

TEST_F(HttpTls, CutsWhoShakesHandsAndAsksNothing) {
  RunningServer server(echo, short_limits());
  WireClient client = connect(server, server.listen_tls(certificate_.server()));
  ASSERT_TRUE(client.is_connected());
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(server.becomes_empty());
  EXPECT_EQ(server.counts().failed_handshakes, 0U);
}

TEST_F(HttpTls, CutsTheOldestHandshakeForANewOne) {
  HttpLimits limits;
  limits.max_handshakes = 2;
  RunningServer server(echo, limits);
  const std::uint16_t port = server.listen_tls(certificate_.server());
  WireClient done = connect(server, port);
  EXPECT_EQ(done.get("/a").body, "GET /a ");
  WireClient oldest = WireClient::to_tcp(port);
  WireClient older = WireClient::to_tcp(port);
  WireClient newest = connect(server, port);
  EXPECT_EQ(newest.get("/b").body, "GET /b ");
  EXPECT_TRUE(oldest.is_ended());
  EXPECT_EQ(done.get("/c").body, "GET /c ") << "what is established is none of them";
  EXPECT_EQ(server.counts().failed_handshakes, 1U);
}

TEST_F(HttpTls, LeavesRoomForThoseWhoComeOtherwise) {
  HttpLimits limits;
  limits.max_tls_connections = 2;
  RunningServer server(echo, limits);
  const std::uint16_t port = server.listen_tls(certificate_.server());
  WireClient first = connect(server, port);
  WireClient second = connect(server, port);
  EXPECT_EQ(second.get("/a").body, "GET /a ");
  EXPECT_FALSE(connect(server, port).is_connected());
  EXPECT_EQ(server.counts().refused_connections, 1U);
  EXPECT_EQ(server.connect().get("/b").body, "GET /b ");
  first.close();
  WireClient third = WireClient::to_tls(port, certificate_.client());
  const auto patience = SteadyClock::now() + std::chrono::seconds(10);
  while (!third.is_connected() && SteadyClock::now() < patience) {
    WireClient again = WireClient::to_tls(port, certificate_.client());
    if (again.is_connected()) return;
  }
  EXPECT_TRUE(third.is_connected());
}

TEST_F(HttpTls, EndsAtDamageWithoutHarmToOthers) {
  RunningServer server(echo);
  const std::uint16_t port = server.listen_tls(certificate_.server());
  WireClient damaged = WireClient::to_tcp(port);
  ASSERT_TRUE(damaged.send(std::string_view("\x16\x03\x01\x00\x05hello", 10)));
  damaged.read_to_end();
  EXPECT_TRUE(damaged.is_ended());
  EXPECT_EQ(connect(server, port).get("/a").body, "GET /a ");
  EXPECT_EQ(server.counts().failed_handshakes, 1U);
}

TEST_F(HttpTls, CutsAReaderThatTakesNothing) {
  HttpLimits limits;
  limits.write_ms = 100;
  RunningServer server(
      [](HttpRequest, HttpReply reply) { reply.send({.body = std::string(20'000'000, 'x')}); },
      limits
  );
  WireClient client = connect(server, server.listen_tls(certificate_.server()));
  ASSERT_TRUE(client.send("GET /a HTTP/1.1\r\nHost: walnut\r\n\r\n"));
  EXPECT_TRUE(server.becomes_empty());
}

TEST_F(HttpTls, AnswersWhatHasBegunWhenItDrains) {
  std::optional<HttpReply> kept;
  std::promise<void> asked;
  std::promise<void> drained;
  RunningServer server([&](HttpRequest, HttpReply reply) {
    kept = std::move(reply);
    asked.set_value();
  });
  const std::uint16_t port = server.listen_tls(certificate_.server());
  WireClient client = connect(server, port);
  WireClient idle = connect(server, port);
  ASSERT_TRUE(client.send("GET /a HTTP/1.1\r\nHost: walnut\r\n\r\n"));
  asked.get_future().wait();
  server.on_loop([&] { server.server().drain(10'000, [&] { drained.set_value(); }); });
  EXPECT_EQ(idle.read_to_end(), "");
  server.on_loop([&] {
    kept->send({.body = "late"});
    kept.reset();
  });
  EXPECT_EQ(client.read_answer().body, "late");
  client.close();
  drained.get_future().wait();
}

}  // namespace
}  // namespace evener
