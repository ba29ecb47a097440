#include <gmock/gmock.h>
#include <netinet/in.h>

#include <chrono>
#include <future>

#include "client/test_wire.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing_http::ample_ms;
using testing_http::Line;
using testing_http::ScriptedServer;
using testing_http::StopPipe;

INSTANTIATE_TEST_SUITE_P(
    Wire,
    HttpConnections,
    testing::Bool(),
    [](const testing::TestParamInfo<bool>& way) { return way.param ? "Tls" : "Plain"; }
);

TEST_P(HttpConnections, SpeaksPlainHttp) {
  std::string heard;
  const ScriptedServer server([&](Line& line) {
    heard = line.hear(8);
    line.say("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Seq: 41\r\n\r\n{}");
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  const auto answer = connection.request(
      {.method = "POST",
       .target = "/v1/commands?wait=1",
       .headers = {{"Authorization", "Bearer t"}},
       .body = "{\"a\":1}\n"},
      ample_ms
  );
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(
      heard,
      "POST /v1/commands?wait=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\n"
      "Content-Length: 8\r\n\r\n{\"a\":1}\n"
  );
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "{}");
  EXPECT_THAT(answer->headers, ElementsAre(Pair("Content-Length", "2"), Pair("X-Seq", "41")));
  EXPECT_EQ(answer->header("x-seq"), "41");
  EXPECT_EQ(answer->header("x-absent"), "");
  EXPECT_TRUE(connection.is_open());
}

TEST_P(HttpConnections, KeepsOneConnectionForManyRequests) {
  const ScriptedServer server([](Line& line) {
    for (int i = 0; i < 3; ++i) {
      line.hear();
      line.say(hello);
    }
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connection.request({}, ample_ms)->body, "hello");
}

TEST(HttpConnection, NamesHostAndPortOverTcp) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, any, size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, any, &size), 0);
  auto heard = std::async(std::launch::async, [&] {
    Line line(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    std::string request = line.hear();
    line.say(hello);
    line.wait_for_end();
    return request;
  });
  const std::uint16_t port = ntohs(address.sin_port);
  {
    auto connection = HttpConnection::connect({.host = "127.0.0.1", .port = port}, ample_ms);
    ASSERT_TRUE(connection.ok());
    EXPECT_EQ(connection->request({}, ample_ms)->body, "hello");
  }
  EXPECT_THAT(heard.get(), HasSubstr("Host: 127.0.0.1:" + std::to_string(port) + "\r\n"));
  ::close(listener);
  const auto refused = HttpConnection::connect({.host = "127.0.0.1", .port = port}, ample_ms);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "unreachable");
}

TEST_P(HttpConnections, ReadsEveryFraming) {
  struct Case {
    std::string_view name;
    std::string_view method;
    std::string_view answer;
    int status;
    std::string_view body;
    bool stays_open;
  };

  const std::vector<Case> cases = {
      {"length", "GET", hello, 200, "hello", true},
      {"chunks",
       "GET",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
       200,
       "hello",
       true},
      {"until the end", "GET", "HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello", false},
      {"closing",
       "GET",
       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
       200,
       "hello",
       false},
      {"no body for HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", true},
      {"no content", "DELETE", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
      {"after an interim answer",
       "GET",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
       404,
       "{}",
       true},
  };
  for (const Case& c : cases) {
    for (const bool bytewise : {false, true}) {
      const ScriptedServer server([&](Line& line) {
        line.hear();
        if (!bytewise) line.say(c.answer);
        for (std::size_t i = 0; bytewise && i < c.answer.size(); ++i)
          line.say(c.answer.substr(i, 1));
        line.end_sending();
        line.wait_for_end();
      });
      HttpConnection connection = server.connect();
      const auto answer = connection.request({.method = std::string(c.method)}, ample_ms);
      ASSERT_TRUE(answer.ok()) << c.name << ": " << answer.error().text();
      EXPECT_EQ(answer->status, c.status) << c.name;
      EXPECT_EQ(answer->body, c.body) << c.name;
      EXPECT_EQ(connection.is_open(), c.stays_open) << c.name;
    }
  }
}

TEST_P(HttpConnections, CarriesLargeBodiesBothWays) {
  const std::string body(5'000'000, 'x');
  const ScriptedServer server([&](Line& line) {
    const std::string request = line.hear(body.size());
    line.say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    line.say(std::string_view(request).substr(request.size() - body.size()));
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  const auto answer = connection.request({.method = "PUT", .body = body}, ample_ms);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_TRUE(answer->body == body);
}

TEST(HttpConnection, NobodyThereIsUnreachable) {
  const auto no_file = HttpConnection::connect({.unix_path = "/nonexistent/s"}, ample_ms);
  ASSERT_FALSE(no_file.ok());
  EXPECT_EQ(no_file.error().code, "unreachable");
  EXPECT_EQ(no_file.error().where, "unix:/nonexistent/s");
  const auto too_long = HttpConnection::connect({.unix_path = std::string(200, 'x')}, ample_ms);
  EXPECT_EQ(too_long.error().code, "unreachable");
}

TEST(HttpConnection, AServerThatDoesNotAcceptIsUnreachable) {
  const ScriptedServer server(nullptr);
  std::vector<HttpConnection> waiting;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    auto connection = HttpConnection::connect(server.endpoint(), short_ms);
    if (!connection.ok()) {
      EXPECT_EQ(connection.error().code, "unreachable");
      EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(short_ms));
      const StopPipe stop;
      stop.stop();
      EXPECT_EQ(
          HttpConnection::connect(server.endpoint(), ample_ms, stop.descriptor()).error().code,
          "interrupted"
      );
      return;
    }
    waiting.push_back(std::move(connection).value());
  }
  FAIL() << "the backlog never filled";
}

TEST_P(HttpConnections, AnIdleConnectionThatWasClosedHasSentNothing) {
  std::promise<void> closed;
  const ScriptedServer server([&](Line& line) {
    line.hear();
    line.say(hello);
    line.hang_up();
    closed.set_value();
  });
  HttpConnection connection = server.connect();
  ASSERT_TRUE(connection.request({}, ample_ms).ok());
  closed.get_future().wait();
  EXPECT_EQ(code_of(connection.request({}, ample_ms)), "connection_closed_unsent");
  EXPECT_FALSE(connection.is_open());
  EXPECT_EQ(code_of(connection.request({}, ample_ms)), "connection_closed_unsent");
}

TEST_P(HttpConnections, AClosedConnectionAfterTheRequestIsALostReply) {
  for (const std::string_view part :
       {"",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n"}) {
    const ScriptedServer server([&](Line& line) {
      line.hear();
      line.say(part);
    });
    HttpConnection connection = server.connect();
    EXPECT_EQ(code_of(connection.request({}, ample_ms)), "reply_lost") << part;
    EXPECT_FALSE(connection.is_open());
  }
}

TEST_P(HttpConnections, ARequestCutShortWasNotSent) {
  const ScriptedServer server([](Line& line) { line.hear(100'000); });
  HttpConnection connection = server.connect();
  const HttpCall call{.method = "PUT", .body = std::string(20'000'000, 'x')};
  EXPECT_EQ(code_of(connection.request(call, ample_ms)), "connection_closed_unsent");
}

TEST_P(HttpConnections, ARefusalBeforeTheRequestIsTheAnswer) {
  constexpr std::string_view refusal =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
      "Content-Length: 2\r\n\r\n{}";
  std::promise<void> said;
  const ScriptedServer server([&](Line& line) {
    line.say(refusal);
    line.end_sending();
    said.set_value();
    EXPECT_EQ(line.hear(), "");
  });
  HttpConnection connection = server.connect();
  said.get_future().wait();
  const auto answer = connection.request({}, ample_ms);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("Retry-After"), "1");
  EXPECT_FALSE(connection.is_open());
}

TEST_P(HttpConnections, ASuccessBeforeTheRequestIsNoAnswer) {
  std::promise<void> said;
  const ScriptedServer server([&](Line& line) {
    line.say(hello);
    said.set_value();
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  said.get_future().wait();
  EXPECT_EQ(code_of(connection.request({}, ample_ms)), "bad_reply");
}

TEST_P(HttpConnections, ARefusalInTheMiddleOfALargeRequestIsTheAnswer) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\n{}");
    line.end_sending();
  });
  HttpConnection connection = server.connect();
  const auto answer =
      connection.request({.method = "PUT", .body = std::string(20'000'000, 'x')}, ample_ms);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->status, 413);
  EXPECT_FALSE(connection.is_open());
}

TEST_P(HttpConnections, GarbageIsABadReply) {
  for (const std::string_view garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 xyz OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\na\tb: c\r\n\r\n"}) {
    const ScriptedServer server([&](Line& line) {
      line.hear();
      line.say(garbage);
      line.wait_for_end();
    });
    HttpConnection connection = server.connect();
    EXPECT_EQ(code_of(connection.request({}, ample_ms)), "bad_reply") << garbage;
    EXPECT_FALSE(connection.is_open());
  }
}

TEST_P(HttpConnections, ASilentServerTimesOut) {
  const ScriptedServer server([](Line& line) { line.wait_for_end(); });
  HttpConnection connection = server.connect();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(connection.request({}, short_ms)), "timeout");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(short_ms));
  EXPECT_FALSE(connection.is_open());
}

TEST_P(HttpConnections, AServerThatDripsTimesOutAllTheSame) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 15; ++i) {
      line.say("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  HttpConnection connection = server.connect();
  EXPECT_EQ(code_of(connection.request({}, short_ms)), "timeout");
}

TEST_P(HttpConnections, AStopInterruptsALongPoll) {
  const StopPipe stop;
  const ScriptedServer server([&](Line& line) {
    line.hear();
    stop.stop();
    line.wait_for_end();
  });
  HttpConnection connection = server.connect(stop.descriptor());
  EXPECT_EQ(code_of(connection.request({}, ample_ms)), "interrupted");
  EXPECT_FALSE(connection.is_open());
}

TEST(HttpConnection, AfterAStopThePipeCanBeIgnored) {
  const StopPipe stop;
  stop.stop();
  const ScriptedServer server([&](Line& line) {
    line.hear();
    line.say(hello);
    line.wait_for_end();
  });
  HttpConnection connection = server.connect(stop.descriptor());
  connection.watch_stop(-1);
  EXPECT_EQ(connection.request({}, ample_ms)->body, "hello");
}

TEST_P(HttpConnections, RefusesToSendALineBreak) {
  const ScriptedServer server([](Line& line) { EXPECT_EQ(line.hear(), ""); });
  HttpConnection connection = server.connect();
  EXPECT_EQ(code_of(connection.request({.target = "/a b"}, ample_ms)), "bad_call");
  EXPECT_EQ(code_of(connection.request({.target = ""}, ample_ms)), "bad_call");
  EXPECT_EQ(code_of(connection.request({.target = "/\r\nX: y"}, ample_ms)), "bad_call");
  EXPECT_EQ(code_of(connection.request({.headers = {{"A", "b\r\nC: d"}}}, ample_ms)), "bad_call");
  EXPECT_TRUE(connection.is_open());
}

TEST_P(HttpConnections, ABodyWithoutALengthEndsAsTheServerSays) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 200 OK\r\n\r\nhel");
    line.hang_up();
  });
  HttpConnection connection = server.connect();
  const auto answer = connection.request({}, ample_ms);
  // In the clear nobody can tell that something is missing; under TLS an attacker cannot hide it.
  EXPECT_EQ(code_of(answer), GetParam() ? "reply_lost" : "an answer");
}

TEST(HttpConnection, SaysNothingToAStranger) {
  testing_http::speaks_tls = true;
  std::string heard;
  {
    const ScriptedServer server([&](Line& line) { heard = line.hear(); });
    const TlsContext other = TlsContext::for_client("walnut", std::string(64, '0')).value();
    const auto connection = HttpConnection::connect(server.endpoint(), ample_ms, -1, &other);
    ASSERT_FALSE(connection.ok());
    EXPECT_EQ(connection.error().code, "wrong_certificate");
    EXPECT_EQ(connection.error().where, server.endpoint().text());
  }
  testing_http::speaks_tls = false;
  EXPECT_EQ(heard, "");
}

TEST(HttpConnection, KnowsAServerThatSpeaksNoTls) {
  const ScriptedServer server([](Line& line) {
    line.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    line.wait_for_end();
  });
  const TlsContext tls = testing_http::certificate().client();
  const auto connection = HttpConnection::connect(server.endpoint(), ample_ms, -1, &tls);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().code, "no_tls");
}

TEST(HttpConnection, AHandshakeThatStallsIsUnreachable) {
  const ScriptedServer server([](Line& line) { line.wait_for_end(); });
  const TlsContext tls = testing_http::certificate().client();
  const auto begin = std::chrono::steady_clock::now();
  const auto connection = HttpConnection::connect(server.endpoint(), short_ms, -1, &tls);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().code, "unreachable");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(short_ms));
}

}  // namespace
}  // namespace evener
