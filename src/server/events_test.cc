#include "server/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/http_testing.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using namespace testing_serve;
using testing_http::RunningServer;

TEST(EventIdText, IsReadBack) {
  EXPECT_EQ(read_event_id("3:120")->epoch, 3);
  EXPECT_EQ(read_event_id("3:120")->seq, Seq{120});
  EXPECT_EQ(read_event_id("120")->epoch, 0);
  EXPECT_EQ((EventId{3, Seq{120}}.text()), "3:120");
  for (const char* wrong : {"", ":", "3:", ":1", "3:x", "-1", "1:2:3", "1 "}) {
    EXPECT_FALSE(read_event_id(wrong).ok()) << wrong;
  }
}

// A feed behind an HTTP server. Facts look like {"seq":7,...}; the history has those up to the
// feed's beginning.
class EventFeedTest : public testing::Test {
 protected:
  void start(
      std::int64_t last, std::size_t remembered_bytes, std::size_t most_queued_bytes = 4096
  ) {
    EventFeedOptions options{.epoch = 2, .last = Seq{last}};
    options.remembered_bytes = remembered_bytes;
    options.most_queued_bytes = most_queued_bytes;
    feed_.emplace(options, [this](Seq from, Seq to, EventFeed::PageRead done) {
      readings_.push_back(std::move(done));
      asked_.emplace_back(from, to);
      return true;
    });
    server_.emplace([this](HttpRequest request, HttpReply reply) {
      const EventId after = read_event_id(request.parameter("after")).value();
      HttpStream stream = reply.start_stream("text/event-stream", {});
      if (request.parameter("news") == "true") {
        feed_->watch(std::move(stream), after);
      } else {
        feed_->subscribe(std::move(stream), after);
      }
      feed_->pump(0);
    });
  }

  ~EventFeedTest() override {
    if (server_) server_->stop();
  }

  static std::string fact(std::int64_t seq, std::size_t padding = 0) {
    return fmt::format("{{\"seq\":{},\"text\":\"{}\"}}", seq, std::string(padding, 'x'));
  }

  void publish(std::int64_t first, int count, std::size_t padding = 0) {
    server_->on_loop([&] {
      std::vector<std::string> texts;
      for (int i = 0; i < count; ++i) texts.push_back(fact(first + i, padding));
      Published published{.first = Seq{first}, .facts = {}, .keeper = nullptr};
      for (const std::string& text : texts) published.facts.emplace_back(text);
      feed_->publish(published);
      feed_->pump(0);
    });
  }

  // Answers the oldest reading with the facts from `from` to `to`.
  void finish_reading(std::int64_t from, std::int64_t to) {
    server_->on_loop([&] {
      EventPage page{.events = {}, .last = Seq{to}};
      for (std::int64_t seq = from; seq <= to; ++seq) {
        append_fact_event(page.events, {1, Seq{seq}}, fact(seq));
      }
      ASSERT_FALSE(readings_.empty());
      const EventFeed::PageRead done = std::move(readings_.front());
      readings_.pop_front();
      done(std::move(page));
      feed_->pump(0);
    });
  }

  EventReader subscribe(std::string_view after) {
    return {server_->connect(), fmt::format("/?after={}", after)};
  }

  std::deque<EventFeed::PageRead> readings_;
  std::vector<std::pair<Seq, Seq>> asked_;
  std::optional<EventFeed> feed_;
  std::optional<RunningServer> server_;
};

TEST_F(EventFeedTest, SendsWhatIsPublishedUnderItsEpoch) {
  start(10, 4096);
  EventReader reader = subscribe("10");
  publish(11, 2);
  const std::optional<StreamEvent> event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->id, "2:11");
  EXPECT_EQ(event->type, "fact");
  EXPECT_EQ(event->data, fact(11));
  EXPECT_EQ(reader.next()->id, "2:12");
}

TEST_F(EventFeedTest, ReadsTheHistoryFirstAndGoesOnWithoutGapOrRepeat) {
  start(10, 4096);
  EventReader reader = subscribe("7");
  publish(11, 1);        // while the history is being read
  finish_reading(8, 9);  // a page ends before the history does
  publish(12, 1);
  finish_reading(10, 10);
  publish(13, 1);
  for (std::int64_t seq = 8; seq <= 13; ++seq) {
    const std::optional<StreamEvent> event = reader.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->data, fact(seq));
    EXPECT_EQ(event->id, fmt::format("{}:{}", seq <= 10 ? 1 : 2, seq));
  }
  EXPECT_EQ(asked_.front().first, Seq{8});
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(EventFeedTest, TakesWhatItRemembersFromMemory) {
  start(10, 4096);
  publish(11, 3);
  EventReader reader = subscribe("11");
  EXPECT_EQ(reader.next()->id, "2:12");
  EXPECT_EQ(reader.next()->id, "2:13");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(EventFeedTest, TellsWhoFollowsAnotherLogToResynchronise) {
  start(10, 4096);
  for (const char* after : {"11", "3:5", "2:11"}) {
    EventReader reader = subscribe(after);
    const std::optional<StreamEvent> event = reader.next();
    ASSERT_TRUE(event) << after;
    EXPECT_EQ(event->type, "resync");
    EXPECT_EQ(event->data, R"({"last":"2:10"})");
    EXPECT_FALSE(reader.next()) << after;
  }
}

TEST_F(EventFeedTest, GoesOnBehindAnEventOfAnEarlierEpoch) {
  start(10, 4096);
  EventReader reader = subscribe("1:8");
  finish_reading(8, 10);
  publish(11, 1);
  for (const char* id : {"1:9", "1:10", "2:11"}) EXPECT_EQ(reader.next()->id, id);
  EXPECT_EQ(asked_.front().first, Seq{8});
}

// As after a copy was put back: the same fact was written by another epoch.
TEST_F(EventFeedTest, TellsWhoSawThatFactByAnotherEpochToResynchronise) {
  start(10, 4096);
  EventReader reader = subscribe("2:8");
  finish_reading(8, 10);
  EXPECT_EQ(reader.next()->type, "resync");
  EXPECT_FALSE(reader.next());
  EventReader page = subscribe("2:8&news=true");
  EXPECT_EQ(page.next()->type, "news");
  finish_reading(8, 8);
  EXPECT_EQ(page.next()->type, "resync");
  EXPECT_FALSE(page.next());
}

TEST_F(EventFeedTest, TellsWhoCannotBeServedFromHistoryToResynchronise) {
  start(10, 4096);
  EventReader reader = subscribe("1");
  server_->on_loop([&] { readings_.front()(Error{"io_error", "the disk is gone"}); });
  EXPECT_EQ(reader.next()->type, "resync");
}

TEST_F(EventFeedTest, TellsASlowReaderToResynchroniseAndClosesItsStream) {
  start(0, 64UL * 1024);
  EventReader reader(WireClient::to_unix(server_->path(), 4096), "/?after=0");
  constexpr int facts = 1000;
  for (int i = 0; i < facts; ++i) publish(1 + i, 1, 4000);
  int seen = 0;
  std::optional<StreamEvent> event = reader.next();
  for (; event && event->type == "fact"; event = reader.next()) {
    EXPECT_EQ(event->id, fmt::format("2:{}", ++seen));
    server_->on_loop([&] { feed_->pump(0); });
  }
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "resync");
  EXPECT_LT(seen, facts);
  EXPECT_FALSE(reader.next());
}

TEST_F(EventFeedTest, SendsVitalSignsWithoutAnIdToThoseWhoHaveCaughtUp) {
  start(10, 4096);
  EventReader behind = subscribe("5");
  EventReader level = subscribe("10");
  Vital sign{.task = "a", .worker = "w1", .progress = {}};
  sign.progress.percent = 40;
  sign.progress.line = "half \"way\"";
  server_->on_loop([&] {
    feed_->tell(sign);
    feed_->pump(0);
  });
  publish(11, 1);
  const std::optional<StreamEvent> vital = level.next();
  ASSERT_TRUE(vital);
  EXPECT_EQ(vital->type, "vital");
  EXPECT_EQ(vital->id, "");
  EXPECT_EQ(
      vital->data, R"({"task":"a","worker":"w1","progress":{"percent":40,"line":"half \"way\""}})"
  );
  EXPECT_EQ(level.next()->id, "2:11");
  finish_reading(6, 10);
  EXPECT_EQ(behind.next()->id, "1:6");
}

TEST_F(EventFeedTest, SendsVitalSignsBehindTheFactsOfTheSameTurn) {
  start(10, 4096);
  std::vector<EventReader> readers;
  for (int i = 0; i < 100; ++i) readers.push_back(subscribe("10"));
  server_->on_loop([&] {
    const std::string text = fact(11);
    feed_->publish({.first = Seq{11}, .facts = {text}, .keeper = nullptr});
    feed_->tell({.task = "a", .worker = "w1", .progress = {}});
    feed_->tell({.task = "b", .worker = "w1", .progress = {}});
    EXPECT_EQ(feed_->due(1), 1) << "where many follow, a turn's events are sent a little later";
    feed_->pump(2);
    feed_->tell({.task = "c", .worker = "w1", .progress = {}});
    EXPECT_EQ(feed_->due(2), 2) << "vital signs alone are due too";
    feed_->pump(4);
  });
  for (EventReader& reader : readers) {
    EXPECT_EQ(reader.next()->id, "2:11");
    for (const char* task : {"a", "b", "c"}) {
      EXPECT_THAT(reader.next()->data, testing::HasSubstr(fmt::format("\"task\":\"{}\"", task)));
    }
  }
}

TEST_F(EventFeedTest, SendsACommentWhenNothingHappens) {
  start(10, 4096);
  WireClient wire = server_->connect();
  wire.send(http_text("GET", "/?after=10", {}, {}));
  wire.read_answer(false);
  EXPECT_EQ(wire.read_chunk(), "retry: 1000\n\n");
  server_->on_loop([&] { feed_->pump(14'999); });
  server_->on_loop([&] { feed_->pump(15'000); });
  EXPECT_EQ(wire.read_chunk(), ":\n\n");
}

TEST_F(EventFeedTest, SendsFactsLessOftenWhereManyFollow) {
  start(10, 4096);
  std::vector<EventReader> readers;
  for (int i = 0; i < 100; ++i) readers.push_back(subscribe("10"));
  publish(11, 1);
  publish(12, 1);
  server_->on_loop([&] {
    EXPECT_EQ(feed_->due(0), 2);
    feed_->pump(1);
    EXPECT_EQ(feed_->due(1), 1);
    feed_->pump(2);
    EXPECT_EQ(feed_->due(2), std::nullopt);
  });
  for (EventReader& reader : readers) {
    EXPECT_EQ(reader.next()->id, "2:11");
    EXPECT_EQ(reader.next()->id, "2:12");
  }
}

TEST_F(EventFeedTest, TellsManyFactsAsOnePieceOfNews) {
  start(10, 4096);
  EventReader reader = subscribe("10&news=true");
  publish(11, 3);
  server_->on_loop([&] { feed_->pump(1000); });
  publish(14, 1);
  server_->on_loop([&] {
    EXPECT_GT(feed_->due(1001), 1);
    feed_->pump(1001);
    EXPECT_EQ(feed_->due(2000), 0);
    feed_->pump(2000);
    EXPECT_EQ(feed_->due(3000), std::nullopt);
  });
  const std::optional<StreamEvent> first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, "news");
  EXPECT_EQ(first->id, "2:13");
  EXPECT_EQ(first->data, R"({"vitals":[]})");
  EXPECT_EQ(reader.next()->id, "2:14");
}

TEST_F(EventFeedTest, TellsNewsTheLaterTheMorePagesWereAnswered) {
  start(10, 4096);
  EventReader reader = subscribe("10&news=true");
  publish(11, 1);
  server_->on_loop([&] {
    feed_->pump(1000);
    for (int i = 0; i < 200; ++i) feed_->charge(20UL * 1024);  // 20 ms of the loop
  });
  publish(12, 1);
  server_->on_loop([&] {
    EXPECT_EQ(feed_->due(1000), 1000);
    feed_->pump(1999);
    EXPECT_EQ(feed_->due(1999), 1);
    feed_->pump(2000);
    EXPECT_EQ(feed_->due(2000), std::nullopt);
  });
  EXPECT_EQ(reader.next()->id, "2:11");
  EXPECT_EQ(reader.next()->id, "2:12");
}

TEST_F(EventFeedTest, PutsNewsOffBySecondsAtMost) {
  start(10, 4096);
  const EventReader reader = subscribe("10&news=true");
  server_->on_loop([&] {
    feed_->pump(1000);
    for (int i = 0; i < 10'000; ++i) feed_->charge(1UL << 20U);
  });
  publish(11, 1);
  server_->on_loop([&] { EXPECT_EQ(feed_->due(1000), 5000); });
}

TEST_F(EventFeedTest, TellsOnePageAsIfNobodyElseWereThere) {
  start(10, 4096);
  const EventReader reader = subscribe("10&news=true");
  server_->on_loop([&] {
    feed_->pump(1000);
    for (int i = 0; i < 4; ++i) feed_->charge(10UL * 1024);  // the views of one page
  });
  publish(11, 1);
  server_->on_loop([&] { EXPECT_LE(feed_->due(1000), 20); });
}

TEST_F(EventFeedTest, GathersTheNewestVitalSignOfEachTaskAsNews) {
  start(10, 4096);
  EventReader reader = subscribe("10&news=true");
  server_->on_loop([&] {
    for (const int percent : {10, 20}) {
      Vital sign{.task = "a", .worker = "w1", .progress = {}};
      sign.progress.percent = percent;
      feed_->tell(sign);
    }
    feed_->pump(1000);
  });
  EXPECT_EQ(
      reader.next()->data, R"({"vitals":[{"task":"a","worker":"w1","progress":{"percent":20}}]})"
  );
}

TEST_F(EventFeedTest, TellsWhoComesAgainAtOnceThatThereIsNews) {
  start(10, 4096);
  EventReader reader = subscribe("7&news=true");
  EXPECT_EQ(reader.next()->id, "2:10");
  EXPECT_TRUE(asked_.empty());
  EventReader other = subscribe("11&news=true");
  EXPECT_EQ(other.next()->type, "resync");
  EXPECT_FALSE(other.next());
}

TEST_F(EventFeedTest, ForgetsWhoIsGone) {
  start(10, 4096);
  {
    EventReader reader = subscribe("10");
    server_->on_loop([&] { EXPECT_EQ(feed_->subscribers(), 1U); });
  }
  std::size_t left = 1;
  while (left > 0) {
    server_->on_loop([&] {
      feed_->pump(0);
      left = feed_->subscribers();
    });
  }
}

// ---- the whole way -----------------------------------------------------------------------------

TEST(Events, CatchUpFromTheJournalAndGoOnLive) {
  const TestPoolFolder pool;
  {
    PoolServer server(pool.folder());
    server.connect().give(add("a") + "," + add("b"));
    EXPECT_TRUE(server.stop().ok());
  }
  PoolServer server(pool.folder());
  EventReader reader = server.events("?after=0");
  EXPECT_TRUE(reader.head().has("Content-Type: text/event-stream\r\n"));
  server.connect().give(add("c"));
  std::int64_t expected = 1;
  std::string id;
  for (bool is_last = false; !is_last; ++expected) {
    const std::optional<StreamEvent> event = reader.next();
    ASSERT_TRUE(event);
    const Json fact = parse_json(event->data).value();
    EXPECT_EQ(text_at(fact, "seq"), std::to_string(expected));
    EXPECT_TRUE(read_fact(fact).ok());
    id = event->id;
    is_last = text_at(fact, "spec.id") == "c";
  }
  // Whoever comes again names what was seen last, and gets what follows it.
  server.connect().give(add("d"));
  EventReader again = server.events("?after=0", "Last-Event-ID: " + id + "\r\n");
  const std::optional<StreamEvent> next = again.next();
  ASSERT_TRUE(next);
  EXPECT_EQ(text_at(parse_json(next->data).value(), "spec.id"), "d");
  EXPECT_EQ(read_event_id(next->id)->seq.value, expected);
}

TEST(Events, CarryTheEpochOfTheServerThatWroteThem) {
  const TestPoolFolder pool;
  const Instant before = SystemClock().read().wall;
  for (const char* task : {"a", "b"}) {
    PoolServer server(pool.folder());
    server.connect().give(add(task));
    EXPECT_TRUE(server.stop().ok());
  }
  PoolServer server(pool.folder());
  EventReader reader = server.events("?after=0");
  const std::int64_t first = read_event_id(reader.next_fact("task_added")->id)->epoch;
  const std::int64_t second = read_event_id(reader.next_fact("task_added")->id)->epoch;
  EXPECT_GE(first, before);
  EXPECT_GT(second, first);
}

TEST(Events, EndWithResyncForAnIdThatAnOlderCopyHasLost) {
  namespace fs = std::filesystem;
  const TestPoolFolder pool;
  const std::string folder = pool.folder().path;
  const std::string kept = folder + "-kept";
  // Adds a task, and answers the id of that event.
  const auto serve_once = [&](const std::string& task) {
    PoolServer server(pool.folder());
    server.connect().give(add(task));
    const std::optional<StreamEvent> event = server.events("?after=0").next_fact("task_added");
    EXPECT_TRUE(server.stop().ok());
    return event ? event->id : "";
  };
  EXPECT_TRUE(PoolServer(pool.folder()).stop().ok());
  fs::copy(folder, kept, fs::copy_options::recursive);
  const std::string lost = serve_once("a");
  ASSERT_TRUE(read_event_id(lost).ok());
  fs::remove_all(folder);
  fs::rename(kept, folder);
  PoolServer server(pool.folder());
  server.connect().give(add("b"));
  EventReader reader = server.events("?after=" + lost);
  EXPECT_EQ(reader.next()->type, "resync");
}

TEST(Events, HoldTheSameBytesLiveAndFromTheJournal) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  EventReader live = server.events();
  server.connect().give(add("a") + "," + claim("w1") + "," + finish("a", "w1", 1));
  const std::string data = live.next_fact("attempt_finished")->data;
  const auto history = PoolHistory::open(pool.folder()).value();
  std::string stored;
  const auto take = [&](std::int64_t, Seq, std::string_view fact) {
    stored = fact;
    return true;
  };
  ASSERT_TRUE(history->read_text(Seq{1}, history->end(), take).ok());
  EXPECT_EQ(data, stored);
}

TEST(Events, TellOfRenewalsThatAreNoFacts) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  PoolClient client = server.connect();
  client.give(add("a") + "," + claim("w1"));
  EventReader reader = server.events();
  client.give(R"({"type":"renew","task":"a","worker":"w1","fence":1,"progress":{"percent":40}})");
  const std::optional<StreamEvent> event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "vital");
  EXPECT_EQ(event->data, R"({"task":"a","worker":"w1","progress":{"percent":40}})");
  client.give(R"({"type":"note","task":"a","text":"half"},)"
              R"({"type":"renew","task":"a","worker":"w1","fence":1,"progress":{"percent":50}})");
  const std::vector<std::string> types{reader.next()->type, reader.next()->type};
  EXPECT_THAT(types, testing::UnorderedElementsAre("fact", "vital"));
}

TEST(Events, RefuseAnIdThatIsNoneAndWhatTheyDoNotKnow) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  for (const char* query : {"after=yesterday", "news=maybe", "from=12"}) {
    const std::string target = std::string("/v1/pools/default/events?") + query;
    EXPECT_EQ(server.connect().get(target).status, 400) << query;
  }
}

TEST(Events, EndWithResyncForAnIdOfTheFuture) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  EventReader reader = server.events("?after=99");
  EXPECT_EQ(reader.next()->type, "resync");
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace evener
