// What a handler can do with its reply: answer late, learn that the peer left, stream, be drained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "server/http_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing_http::echo;
using testing_http::RunningServer;
using testing_http::WireAnswer;
using testing_http::WireClient;

constexpr std::string_view plain_get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

bool comes_true(const std::future<void>& future) {
  return future.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
}

// Keeps the last reply or stream that was begun, for the test to use from the loop.
struct Held {
  std::optional<HttpReply> reply;
  std::optional<HttpStream> stream;
  std::promise<void> begun;
  std::promise<void> ended;

  HttpHandler hold_reply() {
    return [this](HttpRequest request, HttpReply its_reply) {
      if (request.path != "/") return echo(std::move(request), std::move(its_reply));
      reply = std::move(its_reply);
      reply->on_disconnect([this] { ended.set_value(); });
      begun.set_value();
    };
  }

  HttpHandler open_stream() {
    return [this](HttpRequest request, HttpReply its_reply) {
      if (request.path != "/") return echo(std::move(request), std::move(its_reply));
      stream = its_reply.start_stream("text/event-stream", {{"Cache-Control", "no-store"}});
      stream->on_close([this] { ended.set_value(); });
      begun.set_value();
    };
  }

  void wait_until_begun() { begun.get_future().wait(); }

  bool has_ended() { return comes_true(ended.get_future()); }
};

TEST(HttpReply, MayComeLaterFromAnotherThread) {
  Held held;
  RunningServer server(held.hold_reply());
  WireClient client = server.connect();
  client.send(plain_get);
  held.wait_until_begun();
  EXPECT_EQ(server.connect().get("/other").body, "GET /other ");
  server.on_loop([&] { held.reply->send({.body = "late"}); });
  EXPECT_EQ(client.read_answer().body, "late");
  EXPECT_EQ(client.get("/next").body, "GET /next ");
}

TEST(HttpReply, LearnsThatThePeerVanished) {
  enum class End { closes_unix, closes_tcp, resets_tcp };
  for (const End end : {End::closes_unix, End::closes_tcp, End::resets_tcp}) {
    Held held;
    RunningServer server(held.hold_reply());
    WireClient client = end == End::closes_unix ? server.connect() : server.connect_tcp();
    client.send(plain_get);
    held.wait_until_begun();
    server.on_loop([&] { EXPECT_FALSE(held.reply->peer_is_gone()); });
    if (end == End::resets_tcp) {
      client.reset();
    } else {
      client.close();
    }
    ASSERT_TRUE(held.has_ended());
    server.on_loop([&] {
      EXPECT_TRUE(held.reply->peer_is_gone());
      held.reply->send({.body = "nobody hears this"});
      held.reply.reset();
    });
    EXPECT_TRUE(server.becomes_empty());
  }
}

TEST(HttpReply, APeerThatOnlyEndsItsSideIsReportedAndCanBeAnswered) {
  Held held;
  RunningServer server(held.hold_reply());
  WireClient client = server.connect();
  client.send(plain_get);
  held.wait_until_begun();
  client.end_sending();
  ASSERT_TRUE(held.has_ended());
  server.on_loop([&] { held.reply->send({.body = "still here"}); });
  EXPECT_EQ(client.read_answer().body, "still here");
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpReply, AskedAfterThePeerLeftItSaysSo) {
  Held held;
  RunningServer server(held.hold_reply());
  WireClient client = server.connect_tcp();
  client.send(plain_get);
  held.wait_until_begun();
  client.reset();
  ASSERT_TRUE(held.has_ended());
  std::promise<void> told_again;
  server.on_loop([&] {
    auto has_returned = std::make_shared<bool>(false);
    held.reply->on_disconnect([&, has_returned] {
      EXPECT_TRUE(*has_returned);
      told_again.set_value();
    });
    *has_returned = true;
  });
  EXPECT_TRUE(comes_true(told_again.get_future()));
}

TEST(HttpReply, AnAnsweredPeerThatLeavesIsNotReported) {
  bool was_told = false;
  RunningServer server([&](HttpRequest, HttpReply reply) {
    reply.on_disconnect([&] { was_told = true; });
    reply.send({});
  });
  WireClient client = server.connect();
  client.get("/");
  client.close();
  EXPECT_TRUE(server.becomes_empty());
  EXPECT_FALSE(was_told);
}

TEST(HttpReply, ForgottenItAnswersThatTheServerIsAtFault) {
  RunningServer server([](HttpRequest request, HttpReply reply) {
    if (request.path != "/forget") echo(std::move(request), std::move(reply));
  });
  WireClient client = server.connect();
  const WireAnswer answer = client.get("/forget");
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, HasSubstr("\"internal\""));
  EXPECT_EQ(client.get("/next").status, 200);
}

TEST(HttpReplyDeathTest, AnswersOnce) {
  const testing_http::TemporaryFolder folder;
  const auto answer_twice = [&] {
    boost::asio::io_context loop;
    HttpServer server(loop, {}, [](HttpRequest, HttpReply reply) {
      reply.send({});
      reply.send({});
    });
    if (!server.listen_unix(folder.path() / "s").ok()) return;
    WireClient client = WireClient::to_unix(folder.path() / "s");
    client.send(plain_get);
    loop.run();
  };
  EXPECT_DEATH(answer_twice(), "a request is answered once");
}

TEST(HttpStream, CarriesPiecesAndKeepsTheConnection) {
  Held held;
  RunningServer server(held.open_stream());
  WireClient client = server.connect();
  client.send(std::string(plain_get) + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  const WireAnswer head = client.read_answer(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(head.has("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(head.has("Cache-Control: no-store\r\n"));
  held.wait_until_begun();
  server.on_loop([&] {
    EXPECT_TRUE(held.stream->write("data: 1\n\n"));
    EXPECT_TRUE(held.stream->write(""));
  });
  EXPECT_EQ(client.read_chunk(), "data: 1\n\n");
  const std::string large(300'000, 'x');
  server.on_loop([&] {
    EXPECT_TRUE(held.stream->write(large));
    held.stream->close();
    EXPECT_FALSE(held.stream->is_open());
    EXPECT_FALSE(held.stream->write("too late"));
    held.stream->close();
  });
  EXPECT_TRUE(client.read_chunk() == large);
  EXPECT_EQ(client.read_chunk(), std::nullopt);
  EXPECT_EQ(client.read_answer().body, "GET /next ");
}

TEST(HttpStream, DroppedItEnds) {
  RunningServer server([](HttpRequest, HttpReply reply) {
    HttpStream stream = reply.start_stream("text/plain", {});
    stream.write("all there is");
  });
  WireClient client = server.connect();
  EXPECT_EQ(client.get("/").body, "all there is");
  EXPECT_EQ(client.get("/").body, "all there is");
}

TEST(HttpStream, EndsWithTheConnectionInHttp10) {
  Held held;
  RunningServer server(held.open_stream());
  WireClient client = server.connect();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  held.wait_until_begun();
  server.on_loop([&] {
    held.stream->write("data: 1\n\n");
    held.stream->close();
  });
  const WireAnswer head = client.read_answer(false);
  EXPECT_TRUE(head.has("Connection: close\r\n"));
  EXPECT_FALSE(head.has("Transfer-Encoding"));
  EXPECT_EQ(client.read_to_end(), "data: 1\n\n");
}

TEST(HttpStream, ToAHeadRequestIsEndedFromTheStart) {
  Held held;
  RunningServer server(held.open_stream());
  WireClient client = server.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_answer(false).status, 200);
  EXPECT_EQ(client.get("/next").body, "GET /next ");
  EXPECT_TRUE(held.has_ended());
  server.on_loop([&] { EXPECT_FALSE(held.stream->write("x")); });
}

TEST(HttpStream, LearnsThatItsReaderVanished) {
  for (const bool resets : {false, true}) {
    Held held;
    RunningServer server(held.open_stream());
    WireClient client = server.connect_tcp();
    client.send(plain_get);
    held.wait_until_begun();
    if (resets) {
      client.reset();
    } else {
      client.close();
    }
    ASSERT_TRUE(held.has_ended());
    server.on_loop([&] {
      EXPECT_FALSE(held.stream->is_open());
      EXPECT_FALSE(held.stream->write("x"));
    });
  }
}

TEST(HttpStream, ASlowReaderIsCutWhenItIsTooFarBehind) {
  Held held;
  RunningServer server(held.open_stream(), {.max_stream_buffer_bytes = 100'000});
  WireClient slow = WireClient::to_tcp(server.port(), 4096);
  slow.send(plain_get);
  held.wait_until_begun();
  const std::string piece(10'000, 'x');
  std::size_t most_queued = 0;
  bool was_cut = false;
  server.on_loop([&] {
    for (int i = 0; i < 10'000 && !was_cut; ++i) {
      was_cut = !held.stream->write(piece);
      most_queued = std::max(most_queued, held.stream->queued_bytes());
    }
  });
  EXPECT_TRUE(was_cut);
  EXPECT_GT(most_queued, 0U);
  EXPECT_LE(most_queued, 100'000U);
  EXPECT_TRUE(held.has_ended());
  EXPECT_EQ(server.counts().slow_streams, 1U);
}

TEST(HttpStream, AReaderThatTakesNothingIsCutInTime) {
  Held held;
  RunningServer server(
      held.open_stream(), {.max_stream_buffer_bytes = 100'000'000, .write_ms = 100}
  );
  WireClient stuck = WireClient::to_tcp(server.port(), 4096);
  stuck.send(plain_get);
  held.wait_until_begun();
  server.on_loop([&] { EXPECT_TRUE(held.stream->write(std::string(20'000'000, 'x'))); });
  EXPECT_TRUE(held.has_ended());
}

TEST(HttpStream, AQuietStreamOutlivesTheIdleTime) {
  Held held;
  RunningServer server(held.open_stream(), {.header_ms = 40, .body_ms = 40, .idle_ms = 40});
  WireClient client = server.connect();
  client.send(plain_get);
  held.wait_until_begun();
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  server.on_loop([&] { EXPECT_TRUE(held.stream->write("still here")); });
  client.read_answer(false);
  EXPECT_EQ(client.read_chunk(), "still here");
}

// Drains the server, and tells when it is done.
std::future<void> drain(RunningServer& server, Millis within_ms) {
  auto done = std::make_shared<std::promise<void>>();
  server.on_loop([&] { server.server().drain(within_ms, [done] { done->set_value(); }); });
  return done->get_future();
}

TEST(HttpDrain, WithNobodyThereIsDoneAtOnce) {
  RunningServer server(echo);
  EXPECT_TRUE(comes_true(drain(server, 60'000)));
  EXPECT_FALSE(server.connect().is_connected());
  EXPECT_FALSE(server.connect_tcp().is_connected());
  EXPECT_FALSE(std::filesystem::exists(server.path()));
}

TEST(HttpDrain, ClosesIdleConnectionsAndAnswersWhatHasBegun) {
  Held held;
  RunningServer server(held.hold_reply());
  WireClient idle = server.connect();
  idle.get("/warm");
  WireClient halfway = server.connect();
  halfway.get("/warm");
  halfway.send("PUT /half HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
  WireClient waiting = server.connect();
  waiting.send(plain_get);
  held.wait_until_begun();
  const std::future<void> done = drain(server, 60'000);
  EXPECT_TRUE(idle.is_ended());
  EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);

  const WireAnswer completed = halfway.ask("lf");
  EXPECT_EQ(completed.body, "PUT /half half");
  EXPECT_TRUE(completed.has("Connection: close\r\n"));
  EXPECT_TRUE(halfway.is_ended());
  halfway.close();

  server.on_loop([&] { held.reply->send({.body = "the last"}); });
  const WireAnswer last = waiting.read_answer();
  EXPECT_EQ(last.body, "the last");
  EXPECT_TRUE(last.has("Connection: close\r\n"));
  waiting.close();
  EXPECT_TRUE(comes_true(done));
}

TEST(HttpDrain, EndsStreamsInGoodOrder) {
  Held held;
  RunningServer server(held.open_stream());
  WireClient client = server.connect();
  client.send(plain_get);
  held.wait_until_begun();
  server.on_loop([&] { held.stream->write("data: 1\n\n"); });
  const std::future<void> done = drain(server, 60'000);
  EXPECT_EQ(client.read_answer().body, "data: 1\n\n");
  EXPECT_TRUE(client.is_ended());
  client.close();
  EXPECT_TRUE(held.has_ended());
  EXPECT_TRUE(comes_true(done));
  server.on_loop([&] { EXPECT_FALSE(held.stream->write("x")); });
}

TEST(HttpDrain, CutsWhatIsLeftInTheEnd) {
  Held held;
  RunningServer server(held.hold_reply());
  WireClient client = server.connect();
  client.send(plain_get);
  held.wait_until_begun();
  EXPECT_TRUE(comes_true(drain(server, 50)));
  EXPECT_TRUE(held.has_ended());
  EXPECT_TRUE(client.is_ended());
  server.on_loop([&] { held.reply->send({}); });
}

}  // namespace
}  // namespace evener
