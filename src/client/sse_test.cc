#include "client/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<SseEvent> events_of(std::string_view stream) {
  SseParser parser;
  return *parser.feed(stream);
}

std::vector<std::string> data_of(std::string_view stream) {
  std::vector<std::string> data;
  for (const SseEvent& event : events_of(stream)) data.push_back(event.data);
  return data;
}

TEST(Sse, ReadsTypeDataAndId) {
  EXPECT_THAT(
      events_of("event: fact\nid: 7:41\ndata: {\"seq\":41}\n\n"),
      ElementsAre(SseEvent{.type = "fact", .data = "{\"seq\":41}", .id = "7:41"})
  );
}

TEST(Sse, JoinsDataLinesWithLineFeeds) {
  EXPECT_THAT(data_of("data: YHOO\ndata: +2\ndata\ndata: 10\n\n"), ElementsAre("YHOO\n+2\n\n10"));
}

TEST(Sse, RemovesOneSpaceAfterTheColonOnly) {
  EXPECT_THAT(data_of("data:a\n\ndata: a\n\ndata:  a\n\n"), ElementsAre("a", "a", " a"));
}

TEST(Sse, KeepsColonsInTheValue) {
  EXPECT_THAT(data_of("data: a: b:c\n\n"), ElementsAre("a: b:c"));
}

TEST(Sse, IgnoresCommentsAndUnknownFields) {
  EXPECT_THAT(data_of(": keep-alive\n\n:\nfoo: bar\nDATA: x\ndata: a\n\n"), ElementsAre("a"));
}

TEST(Sse, AnEventWithoutDataIsNoEventAndForgetsItsType) {
  EXPECT_THAT(
      events_of("event: ping\n\ndata: a\n\n"), ElementsAre(SseEvent{.type = "message", .data = "a"})
  );
}

TEST(Sse, AnEmptyDataLineIsAnEventWithNoText) {
  EXPECT_THAT(data_of("data\n\ndata\ndata\n\ndata:"), ElementsAre("", "\n"));
}

TEST(Sse, TheIdHoldsUntilTheNext) {
  const auto events = events_of("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid\ndata: d\n\n");
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].id, "1");
  EXPECT_EQ(events[1].id, "1");
  EXPECT_EQ(events[2].id, "2");
  EXPECT_EQ(events[3].id, "");
}

TEST(Sse, AnIdWithNulIsIgnored) {
  const auto events = events_of(std::string_view("id: 1\nid: 2\0\ndata: a\n\n", 22));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id, "1");
}

TEST(Sse, AnIdCountsOnceItsEventIsComplete) {
  SseParser parser;
  ASSERT_TRUE(parser.feed("id: 1\ndata: a\n\nid: 2\ndata: b\n").ok());
  EXPECT_EQ(parser.last_event_id(), "1");
  ASSERT_TRUE(parser.feed("\n").ok());
  EXPECT_EQ(parser.last_event_id(), "2");
}

TEST(Sse, AnIdAloneIsRemembered) {
  SseParser parser;
  ASSERT_TRUE(parser.feed("id: 9\n\n").ok());
  EXPECT_EQ(parser.last_event_id(), "9");
}

TEST(Sse, TakesEveryLineEnding) {
  EXPECT_THAT(
      data_of("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n"), ElementsAre("a", "b", "c", "d")
  );
}

TEST(Sse, DropsAByteOrderMarkAtTheStartOnly) {
  EXPECT_THAT(
      data_of("\xEF\xBB\xBF"
              "data: a\n\n\xEF\xBB\xBF"
              "data: b\n\n"),
      ElementsAre("a")
  );
}

TEST(Sse, AnEventCutOffAtTheEndIsNoEvent) {
  EXPECT_THAT(data_of("data: a\n\ndata: b\n"), ElementsAre("a"));
}

TEST(Sse, RetryTakesDigitsOnly) {
  SseParser parser;
  ASSERT_TRUE(parser.feed("retry: 1500\n").ok());
  EXPECT_EQ(parser.retry_ms(), 1500);
  ASSERT_TRUE(parser.feed("retry: 2s\nretry: -1\nretry:\nretry: 99999999999999999999\n").ok());
  EXPECT_EQ(parser.retry_ms(), 1500);
}

TEST(Sse, WhereTheBytesAreCutMakesNoDifference) {
  const std::string stream =
      "\xEF\xBB\xBF: hello\r\nid: 1\r\nevent: fact\r\ndata: a\r\ndata: b\r\n\r\n"
      "data: c\r\rid: 3\ndata: d\n\n";
  const std::vector<SseEvent> whole = events_of(stream);
  ASSERT_EQ(whole.size(), 3U);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      SseParser parser;
      std::vector<SseEvent> events;
      for (const std::string& part :
           {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        const std::vector<SseEvent> completed = parser.feed(part).value();
        events.insert(events.end(), completed.begin(), completed.end());
      }
      ASSERT_EQ(events, whole) << "cut at " << first << " and " << second;
    }
  }
}

TEST(Sse, RefusesAnEventThatNeverEnds) {
  SseParser parser(100);
  Result<std::vector<SseEvent>> result = parser.feed("data: ");
  for (int i = 0; i < 20 && result.ok(); ++i) result = parser.feed("0123456789");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "event_too_large");

  SseParser by_lines(100);
  result = by_lines.feed("");
  for (int i = 0; i < 60 && result.ok(); ++i) result = by_lines.feed("data: 1\n");
  EXPECT_FALSE(result.ok());
}

}  // namespace
}  // namespace evener
