#include "server/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "server/http_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_http::echo;
using testing_http::put;
using testing_http::RunningServer;
using testing_http::WireAnswer;
using testing_http::WireClient;

using SteadyClock = std::chrono::steady_clock;

std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: walnut\r\n" + std::string(fields) +
         "\r\n";
}

std::string code_of(const WireAnswer& answer) {
  constexpr std::string_view before = "{\"error\":{\"code\":\"";
  if (!answer.body.starts_with(before)) return "no error: " + answer.body;
  return answer.body.substr(before.size(), answer.body.find('"', before.size()) - before.size());
}

TEST(HttpServer, AnswersOverUnixAndTcpAndKnowsWhoAsks) {
  Peer peer;
  RunningServer server([&](HttpRequest request, HttpReply reply) {
    peer = request.peer;
    echo(std::move(request), std::move(reply));
  });
  EXPECT_EQ(server.connect().get("/a").body, "GET /a ");
  EXPECT_TRUE(peer.unix_socket);
  EXPECT_EQ(peer.uid, ::getuid());
  EXPECT_EQ(server.connect_tcp().get("/b").body, "GET /b ");
  EXPECT_FALSE(peer.unix_socket);
  EXPECT_EQ(peer.uid, static_cast<uid_t>(-1));
  EXPECT_THAT(peer.address, testing::MatchesRegex("127\\.0\\.0\\.1:[0-9]+"));
}

TEST(HttpServer, HandsOverTheWholeRequest) {
  HttpRequest seen;
  RunningServer server([&](HttpRequest request, HttpReply reply) {
    seen = std::move(request);
    reply.send({});
  });
  server.connect().ask(
      "POST /v1/tasks/a%2Fb?limit=5&q=x%20y HTTP/1.1\r\nhost: walnut:7878\r\nX-One: 1\r\n"
      "x-one: 2\r\nContent-Length: 2\r\n\r\nok"
  );
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/v1/tasks/a%2Fb?limit=5&q=x%20y");
  EXPECT_EQ(seen.path, "/v1/tasks/a/b");
  EXPECT_EQ(seen.parameter("limit"), "5");
  EXPECT_EQ(seen.parameter("q"), "x y");
  EXPECT_EQ(seen.parameter("absent"), "");
  EXPECT_EQ(seen.header("Host"), "walnut:7878");
  EXPECT_EQ(seen.header("X-ONE"), "1");
  EXPECT_EQ(seen.headers.count("X-One"), 2U);
  EXPECT_EQ(seen.header("Absent"), "");
  EXPECT_EQ(seen.body, "ok");
}

TEST(HttpServer, WritesTheWholeResponse) {
  RunningServer server([](HttpRequest, HttpReply reply) {
    reply.send({.status = 404, .body = "{}", .headers = {{"X-Seq", "1:41"}, {"X-Bad", "a\r\nB: c"}}}
    );
  });
  const WireAnswer answer = server.connect().get("/");
  EXPECT_THAT(
      answer.head,
      testing::MatchesRegex(
          "HTTP/1\\.1 404 Not Found\r\nDate: [A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] "
          "[0-9][0-9][0-9][0-9] [0-9:]+ GMT\r\nContent-Type: application/json\r\n"
          "Content-Length: 2\r\nX-Seq: 1:41\r\nX-Bad: a  B: c\r\n\r\n"
      )
  );
}

TEST(HttpServer, AnswersTwoThousandRequestsOnOneConnection) {
  RunningServer server(echo);
  WireClient client = server.connect_tcp();
  for (int i = 0; i < 2000; ++i) {
    const std::string target = "/" + std::to_string(i);
    ASSERT_EQ(client.get(target).body, "GET " + target + " ");
  }
  EXPECT_EQ(server.counts().connections, 1U);
  EXPECT_EQ(server.counts().requests, 2000U);
}

TEST(HttpServer, ServesSixtyFourConnectionsAtOnce) {
  RunningServer server(echo);
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 64; ++c) {
    clients.emplace_back([&, c] {
      WireClient client = c % 2 == 0 ? server.connect() : server.connect_tcp();
      for (int i = 0; i < 20; ++i) {
        const std::string target = "/" + std::to_string(c) + "/" + std::to_string(i);
        if (client.get(target).body == "GET " + target + " ") ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 64 * 20);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderOneAtATime) {
  std::vector<std::string> begun;
  std::optional<HttpReply> first;
  RunningServer server([&](HttpRequest request, HttpReply reply) {
    begun.push_back(request.path);
    if (request.path == "/first") {
      first = std::move(reply);
    } else {
      echo(std::move(request), std::move(reply));
    }
  });
  WireClient client = server.connect();
  client.send(get("/before") + get("/first") + put("body") + get("/last"));
  EXPECT_EQ(client.read_answer().body, "GET /before ");
  server.on_loop([&] {
    EXPECT_THAT(begun, testing::ElementsAre("/before", "/first"));
    std::exchange(first, std::nullopt)->send({.body = "at last"});
  });
  EXPECT_EQ(client.read_answer().body, "at last");
  EXPECT_EQ(client.read_answer().body, "PUT / body");
  EXPECT_EQ(client.read_answer().body, "GET /last ");
}

TEST(HttpServer, AnswersMorePipelinedBytesThanAnyBufferHolds) {
  const std::string large(20'000, 'x');
  RunningServer server([&](HttpRequest, HttpReply reply) { reply.send({.body = large}); });
  WireClient client = server.connect();
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/" + std::to_string(i));
  std::thread sender([&] { client.send(requests); });
  int right = 0;
  for (int i = 0; i < 500; ++i) right += client.read_answer().body == large ? 1 : 0;
  sender.join();
  EXPECT_EQ(right, 500);
}

TEST(HttpServer, CarriesALargeBodyBothWays) {
  RunningServer server([](HttpRequest request, HttpReply reply) {
    reply.send({.body = std::move(request.body)});
  });
  const std::string body(3'000'000, 'x');
  WireClient client = server.connect_tcp();
  std::thread sender([&] { client.send(put(body)); });
  const WireAnswer answer = client.read_answer();
  sender.join();
  EXPECT_TRUE(answer.body == body);
  EXPECT_EQ(client.ask(put("small")).body, "small");
}

TEST(HttpServer, TakesARequestByteByByte) {
  RunningServer server(echo);
  WireClient client = server.connect_tcp();
  const std::string plain = put("hello");
  const std::string chunked =
      "\r\nPUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nHost: evil\r\nTrailer: t\r\n\r\n";
  for (const std::string& request : {plain, chunked}) {
    for (const char byte : request) client.send({&byte, 1});
    EXPECT_THAT(client.read_answer().body, testing::EndsWith("hello"));
  }
}

TEST(HttpServer, ATrailerIsNoHeader) {
  RunningServer server([](HttpRequest request, HttpReply reply) {
    reply.send({.body = std::string(request.header("Authorization")) + "|" + request.body});
  });
  EXPECT_EQ(
      server.connect()
          .ask("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "1\r\nx\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n")
          .body,
      "|x"
  );
}

TEST(HttpServer, HeadIsAnsweredWithoutTheBody) {
  RunningServer server(echo);
  WireClient client = server.connect();
  client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
  const WireAnswer head = client.read_answer(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 10\r\n"));
  EXPECT_EQ(client.get("/next").body, "GET /next ");
}

TEST(HttpServer, NoContentHasNoLength) {
  RunningServer server([](HttpRequest, HttpReply reply) {
    reply.send({.status = 204, .content_type = ""});
  });
  WireClient client = server.connect();
  client.send(get("/"));
  const WireAnswer answer = client.read_answer(false);
  EXPECT_THAT(answer.head, HasSubstr("204 No Content"));
  EXPECT_THAT(answer.head, Not(HasSubstr("Content-")));
  client.send(get("/"));
  EXPECT_EQ(client.read_answer(false).status, 204);
}

TEST(HttpServer, ClosesWhenAskedTo) {
  RunningServer server(echo);
  WireClient client = server.connect_tcp();
  const WireAnswer answer = client.ask(get("/", "Connection: close\r\n") + get("/never"));
  EXPECT_TRUE(answer.has("Connection: close\r\n"));
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpServer, SpeaksHttp10) {
  RunningServer server(echo);
  WireClient client = server.connect();
  const WireAnswer kept = client.ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.has("Connection: keep-alive\r\n"));
  const WireAnswer last = client.ask("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(last.body, "GET /b ");
  EXPECT_TRUE(last.has("Connection: close\r\n"));
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpServer, SaysContinueToThoseWhoWaitForIt) {
  RunningServer server(echo);
  WireClient client = server.connect();
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.read_answer(false).head, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("hello").body, "PUT / hello");
}

TEST(HttpServer, APeerThatEndsItsSideStillGetsItsAnswers) {
  RunningServer server(echo);
  for (const bool over_tcp : {false, true}) {
    WireClient client = over_tcp ? server.connect_tcp() : server.connect();
    client.send(get("/a") + get("/b") + "GET /cut");
    client.end_sending();
    EXPECT_EQ(client.read_answer().body, "GET /a ");
    EXPECT_EQ(client.read_answer().body, "GET /b ");
    EXPECT_TRUE(client.is_ended());
  }
}

TEST(HttpServer, RefusesABodyThatIsTooLarge) {
  RunningServer server(echo, {.max_body_bytes = 1000});
  EXPECT_EQ(server.connect().ask(put(std::string(1000, 'x'))).status, 200);

  WireClient by_length = server.connect_tcp();
  std::thread sender([&] { by_length.send(put(std::string(500'000, 'x'))); });
  const WireAnswer refusal = by_length.read_answer();
  sender.join();
  EXPECT_EQ(refusal.status, 413);
  EXPECT_EQ(code_of(refusal), "body_too_large");
  EXPECT_TRUE(refusal.has("Connection: close\r\n"));
  EXPECT_TRUE(by_length.is_ended());

  WireClient by_chunks = server.connect();
  std::string chunked = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) chunked += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(by_chunks.ask(chunked).status, 413);
  EXPECT_TRUE(by_chunks.is_ended());
}

TEST(HttpServer, RefusesAHeaderThatIsTooLarge) {
  RunningServer server(echo, {.max_header_bytes = 6000});
  EXPECT_EQ(
      server.connect().ask(get("/", "X-Fill: " + std::string(5000, 'x') + "\r\n")).status, 200
  );
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "A: b\r\n";
  for (const std::string& request :
       {get("/", "X-Fill: " + std::string(7000, 'x') + "\r\n"),
        get("/", many),
        get("/" + std::string(7000, 'x')),
        "GET / HTTP/1.1\r\nHost: a\r\nX-Fill: " + std::string(7000, 'x'),
        std::string(7000, 'G')}) {
    WireClient client = server.connect();
    const WireAnswer answer = client.ask(request);
    EXPECT_EQ(answer.status, 431) << request.substr(0, 60);
    EXPECT_EQ(code_of(answer), "header_too_large");
    EXPECT_TRUE(client.is_ended());
  }
}

TEST(HttpServer, RefusesWhatIsNotWellFormed) {
  RunningServer server(echo);

  struct Case {
    std::string request;
    int status;
  };

  const std::string host = " HTTP/1.1\r\nHost: a\r\n";
  const std::vector<Case> cases = {
      {"hello\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
      {std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29), 400},
      {"GET /" + host + std::string("X: a\0b\r\n\r\n", 10), 400},
      {"GET  /" + host + "\r\n", 400},
      {"GET /a b" + host + "\r\n", 400},
      {"GET /" + host + "no colon\r\n\r\n", 400},
      {"GET /" + host + "X : y\r\n\r\n", 400},
      {"GET /" + host + "Host: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET walnut:80" + host + "\r\n", 400},
      {"GET http://b/" + host + "\r\n", 400},
      {"GET /%zz" + host + "\r\n", 400},
      {"GET /a%00" + host + "\r\n", 400},
      {"GET /?a=%f" + host + "\r\n", 400},
      {"PUT /" + host + "Content-Length: -1\r\n\r\n", 400},
      {"PUT /" + host + "Content-Length: 1x\r\n\r\nx", 400},
      {"PUT /" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
      {"PUT /" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"PUT /" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"PUT /" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"PUT /" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", 400},
      {"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"PUT /" + host + "Transfer-Encoding: gzip\r\n\r\nx", 501},
      {"PUT /" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"PUT /" + host + "Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n\r\nx", 501},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
  };
  for (const Case& c : cases) {
    WireClient client = server.connect();
    const WireAnswer answer = client.ask(c.request);
    EXPECT_EQ(answer.status, c.status) << c.request;
    EXPECT_THAT(code_of(answer), Not(HasSubstr(" "))) << c.request;
    EXPECT_TRUE(client.is_ended()) << c.request;
  }
  EXPECT_EQ(server.counts().refused_requests, cases.size());
  EXPECT_EQ(server.connect().get("/still").body, "GET /still ");
}

TEST(HttpServer, TheTargetMayNameTheHostItself) {
  RunningServer server(echo);
  EXPECT_EQ(server.connect().ask("GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n").body, "GET /x ");
}

TEST(HttpServer, AHeaderThatDripsIsTimedOut) {
  RunningServer server(echo, {.header_ms = 150});
  WireClient client = server.connect();
  const auto begin = SteadyClock::now();
  std::thread dripper([&] {
    for (const char byte : std::string(50, 'G')) {
      if (!client.send({&byte, 1})) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const WireAnswer answer = client.read_answer();
  const auto took = SteadyClock::now() - begin;
  dripper.join();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(code_of(answer), "request_timeout");
  EXPECT_GE(took, std::chrono::milliseconds(150));
}

TEST(HttpServer, ABodyThatDoesNotComeIsTimedOut) {
  RunningServer server(echo, {.body_ms = 100});
  WireClient client = server.connect();
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(client.read_answer().status, 408);
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpServer, AnIdleConnectionIsClosedWithoutAWord) {
  RunningServer server(echo, {.idle_ms = 100});
  WireClient fresh = server.connect();
  WireClient used = server.connect();
  used.get("/");
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_EQ(used.read_to_end(), "");
}

TEST(HttpServer, APeerThatDoesNotHangUpIsHungUpOn) {
  RunningServer server(echo, {.linger_ms = 100});
  WireClient client = server.connect();
  EXPECT_EQ(client.ask("nonsense\r\n\r\n").status, 400);
  EXPECT_TRUE(client.is_ended());
  const auto begin = SteadyClock::now();
  EXPECT_TRUE(server.becomes_empty());
  EXPECT_GE(SteadyClock::now() - begin, std::chrono::milliseconds(50));
}

TEST(HttpServer, APeerThatDoesNotReadItsAnswerIsCut) {
  RunningServer server(
      [](HttpRequest, HttpReply reply) { reply.send({.body = std::string(20'000'000, 'x')}); },
      {.write_ms = 100}
  );
  WireClient client = server.connect();
  client.send(get("/"));
  EXPECT_TRUE(server.becomes_empty());
  EXPECT_LT(client.read_to_end().size(), 20'000'000U);
}

TEST(HttpServer, TooManyConnectionsAreToldToComeBack) {
  RunningServer server(echo, {.max_connections = 2});
  WireClient first = server.connect();
  WireClient second = server.connect();
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(second.get("/").status, 200);
  for (const bool over_tcp : {false, true}) {
    WireClient third = over_tcp ? server.connect_tcp() : server.connect();
    const WireAnswer refusal = third.get("/");
    EXPECT_EQ(refusal.status, 503);
    EXPECT_EQ(code_of(refusal), "overloaded");
    EXPECT_TRUE(refusal.has("Retry-After: 1\r\n"));
    EXPECT_TRUE(third.is_ended());
  }
  EXPECT_EQ(server.counts().refused_connections, 2U);
  first.close();
  WireAnswer answer;
  const auto patience = SteadyClock::now() + std::chrono::seconds(10);
  while (answer.status != 200 && SteadyClock::now() < patience) answer = server.connect().get("/");
  EXPECT_EQ(answer.status, 200);
}

TEST(HttpServer, AConnectionThatAsksTooOftenIsToldToWait) {
  RunningServer server(echo, {.requests_per_second = 5});
  WireClient client = server.connect();
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    const WireAnswer answer = client.get("/");
    if (answer.status != 429) continue;
    ++refused;
    EXPECT_EQ(code_of(answer), "rate_limited");
    EXPECT_TRUE(answer.has("Retry-After: 1\r\n"));
  }
  EXPECT_GE(refused, 1);
  EXPECT_LE(refused, 15);
  EXPECT_EQ(server.connect().get("/").status, 200);
}

TEST(HttpServer, DestroyedWithOpenConnectionsItClosesThem) {
  std::vector<HttpReply> waiting;
  RunningServer server([&](HttpRequest request, HttpReply reply) {
    if (request.path != "/wait") return echo(std::move(request), std::move(reply));
    reply.on_disconnect([] { FAIL() << "the server is gone"; });
    waiting.push_back(std::move(reply));
  });
  WireClient idle = server.connect();
  idle.get("/");
  WireClient waits = server.connect();
  waits.send(get("/wait"));
  idle.get("/");
  server.stop();
  EXPECT_TRUE(idle.is_ended());
  EXPECT_TRUE(waits.is_ended());
  EXPECT_FALSE(std::filesystem::exists(server.path()));
  for (HttpReply& reply : waiting) reply.send({});
}

}  // namespace
}  // namespace evener
