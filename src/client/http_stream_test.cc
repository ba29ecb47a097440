#include <gmock/gmock.h>

#include <chrono>
#include <future>

#include "client/test_wire.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing_http::ample_ms;
using testing_http::Line;
using testing_http::ScriptedServer;

using HttpStreams = HttpConnections;

INSTANTIATE_TEST_SUITE_P(
    Wire,
    HttpStreams,
    testing::Bool(),
    [](const testing::TestParamInfo<bool>& way) { return way.param ? "Tls" : "Plain"; }
);

TEST_P(HttpStreams, HandsOverThePiecesAsTheyArrive) {
  std::promise<void> first_seen;
  const ScriptedServer server([&](Line& line) {
    line.hear();
    line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    first_seen.get_future().wait();
    line.say("3\r\ntwo\r\n0\r\n\r\n");
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  std::vector<std::string> pieces;
  const auto answer = connection.stream(
      {},
      [&](std::string_view piece) {
        pieces.emplace_back(piece);
        if (pieces.size() == 1) first_seen.set_value();
        return true;
      },
      ample_ms
  );
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
  EXPECT_THAT(pieces, ElementsAre("one", "two"));
  EXPECT_TRUE(connection.is_open());
}

TEST_P(HttpStreams, EndsWhenTheReaderHasEnough) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n");
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  int pieces = 0;
  const auto answer =
      connection.stream({}, [&](std::string_view) { return ++pieces < 1; }, ample_ms);
  EXPECT_TRUE(answer.ok());
  EXPECT_EQ(pieces, 1);
  EXPECT_FALSE(connection.is_open());
}

TEST_P(HttpStreams, ABreakIsAConnectionLost) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  });
  HttpConnection connection = server.connect();
  const auto answer = connection.stream({}, [](std::string_view) { return true; }, ample_ms);
  EXPECT_EQ(code_of(answer), "connection_lost");
}

TEST_P(HttpStreams, SilenceTimesOutButLifeDoesNot) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 6; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(short_ms / 2));
      line.say("1\r\n:\r\n");
    }
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  int pieces = 0;
  const auto answer = connection.stream(
      {},
      [&](std::string_view) {
        ++pieces;
        return true;
      },
      2 * short_ms
  );
  EXPECT_EQ(code_of(answer), "timeout");
  EXPECT_EQ(pieces, 6);
}

TEST_P(HttpStreams, ARefusalIsAnsweredWhole) {
  const ScriptedServer server([](Line& line) {
    line.hear();
    line.say("HTTP/1.1 410 Gone\r\nContent-Length: 9\r\n\r\ntoo late!");
    line.wait_for_end();
  });
  HttpConnection connection = server.connect();
  bool was_called = false;
  const auto answer = connection.stream(
      {},
      [&](std::string_view) {
        was_called = true;
        return true;
      },
      ample_ms
  );
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 410);
  EXPECT_EQ(answer->body, "too late!");
  EXPECT_FALSE(was_called);
}

}  // namespace
}  // namespace evener
