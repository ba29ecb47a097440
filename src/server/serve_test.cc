#include "server/serve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using namespace testing_serve;

std::string id_now(std::string_view tail) {
  return fmt::format("{}-{}", SystemClock().read().wall, tail);
}

TEST(Serve, SaysWhereItIsAndCleansUpBehindItself) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  const Result<std::string> text = read_file(pool.folder().server());
  ASSERT_TRUE(text.ok());
  const ServerCard card = from_json<ServerCard>(*parse_json(*text)).value();
  EXPECT_EQ(card.instance, server.card().instance);
  EXPECT_EQ(card.socket, pool.folder().socket());
  EXPECT_EQ(card.pid, ::getpid());
  struct stat found{};
  ASSERT_EQ(::stat(pool.folder().server().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);

  const Json health = json_of(server.connect().get("/healthz"));
  EXPECT_EQ(text_at(health, "instance"), card.instance);
  EXPECT_EQ(text_at(health, "pool"), card.pool);
  EXPECT_TRUE(server.stop().ok());
  EXPECT_NE(::stat(pool.folder().server().c_str(), &found), 0);
  EXPECT_NE(::stat(pool.folder().socket().c_str(), &found), 0);
}

TEST(Serve, TakesAsManyFilesAsItMayForItsConnections) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = std::min<rlim_t>(512, before.rlim_max), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const TestPoolFolder pool;
  const PoolServer server(pool.folder());
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, std::min<rlim_t>(65'536, before.rlim_max));
  EXPECT_EQ(now.rlim_max, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Serve, KeepsEverythingAcrossARestart) {
  const TestPoolFolder pool;
  const std::string id = id_now("restart");
  const std::string adding =
      fmt::format(R"({{"type":"add","request_id":"{}","tasks":[{{"id":"a"}}]}})", id);
  std::string first;
  {
    PoolServer server(pool.folder());
    first = text_at(server.connect().give(adding), "answers.0.result");
    EXPECT_TRUE(server.stop().ok());
  }
  PoolServer server(pool.folder());
  PoolClient client = server.connect();
  EXPECT_EQ(text_at(client.view("tasks/a"), "state"), "ready");
  const Json again = client.give(adding);
  EXPECT_EQ(text_at(again, "answers.0.repeated"), "true");
  EXPECT_EQ(text_at(again, "answers.0.result"), first);
  EXPECT_EQ(text_at(client.view("status"), "tasks.total"), "1");
}

TEST(Serve, RepeatsWhatAnEarlierAnswerOfTheSameRunSaid) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  PoolClient client = server.connect();
  for (const char* task : {"a", "b"}) {
    const std::string adding = fmt::format(
        R"({{"type":"add","request_id":"{}","tasks":[{{"id":"{}"}}]}})", id_now(task), task
    );
    client.give(adding);
    const Json again = client.give(adding);
    EXPECT_EQ(text_at(again, "answers.0.repeated"), "true");
    EXPECT_EQ(text_at(again, "answers.0.result.added.0"), task);
  }
}

TEST(Serve, KeepsMessagesAcrossARestart) {
  const TestPoolFolder pool;
  {
    PoolServer server(pool.folder());
    server.connect().give(
        add("a") + "," + claim("w1") +
        R"(,{"type":"send","to":"everyone","text":"lunch"},{"type":"send","to":"w1","text":"x"})" +
        R"(,{"type":"acknowledge","worker":"w1","messages":[2]})"
    );
    EXPECT_TRUE(server.stop().ok());
  }
  PoolServer server(pool.folder());
  PoolClient client = server.connect();
  EXPECT_EQ(text_at(client.view("inbox?worker=w1"), "messages.0.text"), "lunch");
  const Json answer = client.give(R"({"type":"renew","worker":"w1","task":"a","fence":1})");
  EXPECT_EQ(text_at(answer, "answers.0.result.unread"), "1");
}

TEST(Serve, NotesTheDeadlinesWhenItEndsInGoodOrder) {
  const TestPoolFolder pool;
  {
    PoolServer server(pool.folder());
    server.connect().give(add("a") + "," + claim("w1"));
    EXPECT_TRUE(server.stop().ok());
  }
  const auto history = PoolHistory::open(pool.folder()).value();
  std::vector<std::string> types;
  EXPECT_TRUE(history
                  ->read(
                      Seq{1},
                      history->end(),
                      [&](const Fact& fact) {
                        types.emplace_back(type_of(fact.body));
                        return true;
                      }
                  )
                  .ok());
  EXPECT_EQ(
      types,
      (std::vector<std::string>{
          "pool_created",
          "server_opened",
          "task_added",
          "worker_registered",
          "task_claimed",
          "leases_noted",
          "server_closed"
      })
  );
}

TEST(Serve, TakesCommandsThatComeByAnotherWay) {
  const TestPoolFolder pool;
  bool is_given = false;
  std::promise<std::string> answered;
  ServeOptions options{.listen = "none"};
  options.on_look = [&](const Pool&, const ServeOptions::Give& give) {
    if (std::exchange(is_given, true)) return;
    AddTasks adding;
    adding.tasks.emplace_back().id = "a";
    give({{"", adding}}, [&](const Result<std::vector<Answer>>& answers) {
      answered.set_value(answers.ok() ? answers->front().result.text : answers.error().text());
    });
  };
  PoolServer server(pool.folder(), options);
  EXPECT_EQ(answered.get_future().get(), R"({"added":["a"],"changed":[]})");
  EXPECT_TRUE(server.stop().ok());
}

TEST(Serve, ExtendsAllLeasesAfterAServerThatWasKilled) {
  const TestPoolFolder pool;
  {
    // What a server leaves that does not come to its end.
    EngineOptions options;
    options.serves = true;
    SystemClock clock;
    const auto file = PoolFile::open(pool.folder(), options).value();
    Engine& engine = file->engine();
    engine.begin(clock.read());
    engine.record("evener", {ServerOpened{"killed"}});
    const Author rod{"rod", Scope::operate};
    AddTasks adding;
    adding.tasks.emplace_back().id = "a";
    engine.submit(1, rod, {{.request_id = {}, .command = adding}});
    Claim claiming;
    claiming.worker = "w1";
    engine.submit(2, rod, {{.request_id = {}, .command = claiming}});
    ASSERT_TRUE(file->flush().ok());
  }
  PoolServer server(pool.folder());
  const Json log = server.connect().view("log?type=leases_extended");
  EXPECT_THAT(text_at(log, "facts.0.reason"), HasSubstr("without closing"));
  EXPECT_EQ(text_at(server.connect().view("tasks/a"), "state"), "running");
}

TEST(Serve, GivesUpWhenSomebodyElseKeepsThePool) {
  const TestPoolFolder pool;
  PoolServer first(pool.folder());
  std::array<int, 2> stop{};
  ASSERT_EQ(::pipe(stop.data()), 0);
  ASSERT_EQ(::write(stop[1], "x", 1), 1);
  const Status second =
      serve({.folder = pool.folder(), .listen = "none", .stop_fd = stop[0], .is_quiet = true});
  for (const int descriptor : stop) ::close(descriptor);
  EXPECT_EQ(second.error().code, "interrupted");
  EXPECT_EQ(first.connect().get("/healthz").status, 200);
}

TEST(Serve, StartsWhereAKilledServerLeftItsTraces) {
  const TestPoolFolder pool;
  ASSERT_TRUE(write_file_atomic(pool.folder().server(), "{\"pid\":1}", 0600).ok());
  std::ofstream(pool.folder().path + "/unrelated") << "x";
  PoolServer server(pool.folder());
  EXPECT_EQ(server.connect().get("/healthz").status, 200);
}

TEST(Serve, RefusesWhatIsNoAddress) {
  const TestPoolFolder pool;
  EXPECT_EQ(serve({.folder = pool.folder(), .listen = "here"}).error().code, "bad_address");
}

TEST(Serve, ClosesThePoolAgainWhenItCannotListen) {
  const TestPoolFolder pool;
  const TestPoolFolder other;
  const PoolServer server(other.folder(), {.listen = "127.0.0.1:0"});
  const Status served =
      serve({.folder = pool.folder(), .listen = server.card().address, .is_quiet = true});
  EXPECT_EQ(served.error().code, "address_in_use");
  const auto history = PoolHistory::open(pool.folder()).value();
  EXPECT_TRUE(history->now().value().pool->state().server.empty());
}

TEST(Serve, RefusesTokensThatOthersMayRead) {
  const TestPoolFolder pool;
  ASSERT_TRUE(
      write_file_atomic(pool.folder().tokens(), "rod operator 0123456789abcdef\n", 0644).ok()
  );
  const Status served = serve({.folder = pool.folder(), .listen = "none", .is_quiet = true});
  EXPECT_EQ(served.error().code, "tokens_exposed");
}

TEST(Serve, AnswersWhatWasAskedBeforeItStops) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder());
  PoolClient waiting = server.connect();
  waiting.begin(claim("w1", 60'000));
  PoolClient other = server.connect();
  EventReader events = server.events();
  while (other.get("/metrics").body.find("evener_claims_waiting 1\n") == std::string::npos) {
  }
  server.begin_stop();
  const WireAnswer answer = waiting.wire().read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.has("Retry-After: 1"));
  EXPECT_EQ(text_at(json_of(answer), "error.code"), "stopping");
  EXPECT_EQ(events.next(), std::nullopt);
  EXPECT_TRUE(server.wait().ok());
}

TEST(Serve, TellsKeepersOfFilesWhatIsOnTheDisk) {
  const TestPoolFolder pool;
  std::array<std::promise<std::size_t>, 2> told;
  std::size_t times = 0;
  ServeOptions options{.listen = "none"};
  options.on_facts = [&](const Pool& now, Instant) {
    if (times < told.size()) told.at(times).set_value(now.state().tasks.size());
    ++times;
  };
  PoolServer server(pool.folder(), options);
  EXPECT_EQ(told[0].get_future().get(), 0U) << "from the start";
  server.connect().give(add("a"));
  EXPECT_EQ(told[1].get_future().get(), 1U);
  EXPECT_TRUE(server.stop().ok());
}

TEST(Serve, StopsWhenTheJournalIsDamaged) {
  const TestPoolFolder pool;
  {
    PoolServer server(pool.folder());
    std::string many = add("t0");
    for (int i = 1; i < 900; ++i) many += "," + add(fmt::format("t{}", i));
    for (int i = 0; i < 3; ++i) server.connect().give(many);
    EXPECT_TRUE(server.stop().ok());
  }
  // The first batch, which a start from a snapshot does not read.
  SqliteConnection connection =
      SqliteConnection::open(pool.folder().journal(), SqliteConnection::Access::read_write, "")
          .value();
  ASSERT_TRUE(
      connection.run("UPDATE batches SET bytes = replace(bytes, 'rod', 'rob') WHERE first_seq = 1")
          .ok()
  );
  PoolServer server(pool.folder());
  EXPECT_EQ(server.wait().error().code, "journal_damaged");
}

}  // namespace
}  // namespace evener
