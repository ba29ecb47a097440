#include "server/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using namespace testing_serve;

// The first word of every line that names a token, with its scope.
std::string secret_of(const PoolFolder& folder) {
  const std::string text = read_file(folder.tokens()).value();
  const std::string before = "rod operator ";
  const std::size_t from = text.find(before) + before.size();
  return text.substr(from, text.find('\n', from) - from);
}

class RoutesTest : public testing::Test {
 protected:
  TestPoolFolder pool_{"restore"};
  PoolServer server_{pool_.folder()};
  PoolClient client_ = server_.connect();
};

TEST_F(RoutesTest, TakesManyCommandsAtOnceAndAnswersEach) {
  const Json answers = client_.give(add("a") + "," + add("a") + "," + claim("w1"));
  EXPECT_EQ(text_at(answers, "answers.0.ok"), "true");
  EXPECT_EQ(text_at(answers, "answers.1.ok"), "false");
  EXPECT_EQ(text_at(answers, "answers.1.refusal.code"), "duplicate_id");
  EXPECT_EQ(text_at(answers, "answers.2.result.task.id"), "a");
  EXPECT_EQ(text_at(answers, "answers.2.result.fence"), "1");
  const Json done = client_.give(finish("a", "w1", 1));
  EXPECT_EQ(text_at(done, "answers.0.result.state"), "done");
}

TEST_F(RoutesTest, NamesTheAuthorOfTheUnixSocket) {
  client_.give(add("a"));
  EXPECT_EQ(text_at(client_.view("log?type=task_added"), "facts.0.by"), "rod");
}

TEST_F(RoutesTest, ShowsTheNewestOutputOfWhatRunsAndKeepsNone) {
  const auto renew = [&](std::string_view rest) {
    return client_.give(
        fmt::format(R"({{"type":"renew","task":"a","worker":"w1","fence":1{}}})", rest)
    );
  };
  client_.give(add("a") + "," + claim("w1"));
  renew(R"(,"progress":{"percent":10},"output":"one\ntwo")");
  EXPECT_EQ(text_at(client_.view("tasks/a"), "output"), "one\ntwo");
  renew("");  // that it goes on is all that this one says
  EXPECT_EQ(text_at(client_.view("tasks/a"), "output"), "one\ntwo");
  renew(R"(,"output":"three")");
  EXPECT_EQ(text_at(client_.view("tasks/a"), "output"), "three");
  client_.give(finish("a", "w1", 1));
  EXPECT_FALSE(client_.view("tasks/a").get_object().contains("output"));
  const std::string log = to_text(client_.view("log"));
  EXPECT_EQ(log.find("three"), std::string::npos);
}

TEST_F(RoutesTest, KnowsThePoolByItsNameAndAsDefault) {
  EXPECT_EQ(client_.get("/v1/pools/restore/status").status, 200);
  EXPECT_EQ(client_.get("/v1/pools/default/status").status, 200);
  EXPECT_EQ(client_.get("/v1/pools/other/status").status, 404);
  const Json pools = json_of(client_.get("/v1/pools"));
  EXPECT_EQ(text_at(pools, "pools.0.name"), "restore");
  EXPECT_EQ(text_at(pools, "pools.0.pool"), server_.card().pool);
}

TEST_F(RoutesTest, TellsATaskFromOneWhoseIdEndsInASlash) {
  client_.give(add("x") + "," + add("y/") + "," + add("z//"));
  EXPECT_EQ(client_.get("/v1/pools/default/tasks/x").status, 200);
  EXPECT_EQ(client_.get("/v1/pools/default/tasks/x/").status, 404);
  EXPECT_EQ(client_.get("/v1/pools/default/tasks/y").status, 404);
  EXPECT_EQ(text_at(client_.view("tasks/y/"), "task.id"), "y/");
  EXPECT_EQ(text_at(client_.view("tasks/z//"), "task.id"), "z//");
  EXPECT_EQ(client_.get("/v1/pools/default/tasks/").status, 200) << "the list";
  EXPECT_EQ(client_.get("/v1/pools/").status, 200);
}

TEST_F(RoutesTest, SaysWhatIsWrongWithARequestAndWhere) {
  struct Wrong {
    std::string body;
    std::string code;
    std::string where;
  };

  const std::vector<Wrong> wrongs{
      {"{", "bad_json", ""},
      {"[]", "bad_value", ""},
      {"{}", "missing_field", ""},
      {R"({"commands":[]})", "too_many", "commands"},
      {R"({"commands":[],"also":1})", "unknown_field", ""},
      {commands(R"({"type":"dance"})"), "bad_value", "commands[0].type"},
      {commands(add("a") + R"(,{"type":"claim","worker":7})"), "bad_value", "commands[1].worker"},
  };
  for (const Wrong& wrong : wrongs) {
    const WireAnswer answer = client_.ask("POST", "/v1/pools/default/commands", wrong.body);
    EXPECT_EQ(answer.status, 400) << wrong.body;
    const Json error = json_of(answer);
    EXPECT_EQ(text_at(error, "error.code"), wrong.code) << answer.body;
    const std::string where = wrong.where.empty() ? "null" : wrong.where;
    EXPECT_EQ(text_at(error, "error.where"), where) << answer.body;
  }
  EXPECT_EQ(text_at(client_.view("status"), "tasks.total"), "0");
}

TEST_F(RoutesTest, RefusesOtherMethodsAndSaysWhichItTakes) {
  const WireAnswer got = client_.get("/v1/pools/default/commands");
  EXPECT_EQ(got.status, 405);
  EXPECT_TRUE(got.has("Allow: POST\r\n"));
  const WireAnswer posted = client_.ask("POST", "/v1/pools/default/status");
  EXPECT_EQ(posted.status, 405);
  EXPECT_TRUE(posted.has("Allow: GET, HEAD\r\n"));
  EXPECT_EQ(client_.ask("DELETE", "/healthz").status, 405);
}

TEST_F(RoutesTest, AnswersNotFoundForWhatIsNotThere) {
  for (const char* target :
       {"/", "/v1", "/v1/pools/default", "/v1/pools/default/dance", "/v1/pools/default/tasks/none"
       }) {
    const WireAnswer answer = client_.get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_NE(text_at(json_of(answer), "error.code"), "null") << target;
  }
}

TEST_F(RoutesTest, TakesJsonAlone) {
  const std::string_view target = "/v1/pools/default/commands";
  const std::string body = commands(add("a"));
  EXPECT_EQ(client_.ask("POST", target, body, "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(
      client_.ask("POST", target, body, "Content-Type: application/json; charset=utf-8\r\n").status,
      200
  );
}

TEST_F(RoutesTest, RefusesMoreThanItsBounds) {
  const std::string large(max_command_bytes + 1, ' ');
  EXPECT_EQ(client_.ask("POST", "/v1/pools/default/commands", large).status, 413);
  std::string many = add("t");
  for (std::size_t i = 0; i < limits::commands_per_request; ++i) many += "," + add("t");
  EXPECT_EQ(text_at(client_.give(many), "error.code"), "too_many");
}

TEST_F(RoutesTest, AnswersAWaitingClaimWhenATaskIsAdded) {
  client_.begin(claim("w1", 60'000));
  server_.connect().give(add("a"));
  EXPECT_EQ(text_at(client_.end(), "answers.0.result.task.id"), "a");
}

TEST_F(RoutesTest, AnswersAWaitingClaimWhenAFinishMakesATaskReady) {
  client_.give(
      R"({"type":"add","tasks":[{"id":"a"},{"id":"b","needs":["a"]}]})" + ("," + claim("w1"))
  );
  client_.begin(claim("w2", 60'000));
  server_.connect().give(finish("a", "w1", 1));
  EXPECT_EQ(text_at(client_.end(), "answers.0.result.task.id"), "b");
}

TEST_F(RoutesTest, TellsAWaitingClaimThatThereWasNothing) {
  EXPECT_EQ(text_at(client_.give(claim("w1", 20)), "answers.0.refusal.code"), "nothing_to_claim");
}

TEST_F(RoutesTest, AnswersWhoeverSendsNoMore) {
  for (const char* task : {"a", "b", "c"}) {
    PoolClient half_closed = server_.connect();
    half_closed.begin(add(task) + "," + claim(fmt::format("w-{}", task)));
    half_closed.wire().end_sending();
    EXPECT_EQ(text_at(half_closed.end(), "answers.1.result.task.id"), task);
    EXPECT_TRUE(half_closed.wire().is_ended());
  }
}

TEST_F(RoutesTest, DropsTheClaimOfWhoeverIsGone) {
  const auto waiting = [&](int count) {
    const std::string line = fmt::format("evener_claims_waiting {}\n", count);
    while (client_.get("/metrics").body.find(line) == std::string::npos) {
    }
  };
  PoolClient gone = server_.connect();
  gone.begin(claim("w1", 60'000));
  waiting(1);
  gone.wire().close();
  waiting(0);
  PoolClient half_closed = server_.connect();
  half_closed.begin(claim("w1", 60'000));
  waiting(1);
  half_closed.wire().end_sending();
  waiting(0);
  EXPECT_TRUE(half_closed.wire().is_ended());
  client_.give(add("a"));
  EXPECT_EQ(text_at(client_.view("tasks/a"), "state"), "ready");
}

TEST_F(RoutesTest, ShowsATaskWithItsHistory) {
  client_.give(add("a/b") + "," + claim("w1"));
  client_.give(R"({"type":"release","task":"a/b","worker":"w1","fence":1,"reason":"lunch"})");
  client_.give(claim("w2"));
  for (const char* name : {"tasks/a/b", "tasks/a%2Fb"}) {
    const Json task = client_.view(name);
    EXPECT_EQ(text_at(task, "lease.worker"), "w2");
    EXPECT_EQ(text_at(task, "attempts.0.worker"), "w2");
    EXPECT_EQ(text_at(task, "attempts.1.reason"), "lunch");
  }
}

TEST_F(RoutesTest, ShowsTheHistoryOfATaskThatKeepsChanging) {
  client_.give(add("a"));
  std::thread writer([&] {
    PoolClient other = server_.connect();
    for (int i = 0; i < 100; ++i) {
      other.give(R"({"type":"note","task":"a","text":"on it goes"})");
    }
  });
  for (int i = 0; i < 30; ++i) {
    const WireAnswer answer = client_.get("/v1/pools/default/tasks/a");
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
  writer.join();
  EXPECT_EQ(at(client_.view("tasks/a"), "notes").get_array().size(), 100U);
}

TEST_F(RoutesTest, ShowsThePoolAsItStood) {
  const Json added = client_.give(add("a"));
  client_.give(add("b"));
  const Json then = client_.view("status?at=" + text_at(added, "answers.0.seq"));
  EXPECT_EQ(text_at(then, "tasks.total"), "1");
  EXPECT_EQ(text_at(client_.view("status"), "tasks.total"), "2");
  EXPECT_EQ(client_.get("/v1/pools/default/status?at=999").status, 404);
  EXPECT_EQ(client_.get("/v1/pools/default/status?at=noon").status, 400);
}

TEST_F(RoutesTest, ReportsOnAllThatHappened) {
  client_.give(add("a") + "," + claim("w1"));
  client_.give(finish("a", "w1", 1));
  const Json report = client_.view("report");
  EXPECT_EQ(text_at(report, "tasks_done"), "1");
  EXPECT_EQ(text_at(report, "workers.0.worker"), "w1");
}

TEST_F(RoutesTest, ReportsTheSameDurationsAsThePoolsFiles) {
  for (const char* task : {"restore-1", "restore-2", "restore-3"}) client_.give(add(task));
  for (std::int64_t i = 1; i <= 2; ++i) {
    const std::string task = fmt::format("restore-{}", i);
    client_.give(
        fmt::format(R"({{"type":"claim","worker":"w1","task":"{}"}},)", task) +
        finish(task, "w1", i)
    );
  }
  const Json served = client_.view("report");
  EXPECT_EQ(text_at(served, "durations.0.kind"), "restore-#");
  EXPECT_EQ(text_at(served, "durations.0.finished"), "2");
  EXPECT_EQ(client_.view("report?chapter=last").get_object().count("durations"), 0U);
  const std::string seq = text_at(client_.view("status"), "last");
  const Json from_files = client_.view("report?at=" + seq);
  EXPECT_EQ(text_at(served, "durations"), text_at(from_files, "durations"));
}

TEST_F(RoutesTest, ShowsMarksAndEarlierValuesOfMeasures) {
  client_.give(R"({"type":"measure","name":"coverage","value":62})");
  client_.give(R"({"type":"measure","name":"coverage","value":81})");
  client_.give(R"({"type":"mark","text":"the second half"})");
  const Json marks = client_.view("marks");
  EXPECT_EQ(text_at(marks, "total"), "1");
  EXPECT_EQ(text_at(marks, "marks.0.text"), "the second half");
  EXPECT_EQ(text_at(client_.view("report?chapter=last"), "chapters.0.text"), "the second half");
  const Json measures = client_.view("measures?name=coverage&points=5");
  EXPECT_EQ(text_at(measures, "measures.0.history.0.value"), "81");
  EXPECT_EQ(text_at(measures, "measures.0.history.1.value"), "62");
}

TEST_F(RoutesTest, PagesTheLog) {
  client_.give(add("a") + "," + add("b") + "," + add("c"));
  const Json first = client_.view("log?type=task_added&limit=2");
  EXPECT_EQ(at(first, "facts").get_array().size(), 2U);
  const Json rest = client_.view("log?type=task_added&seq=" + text_at(first, "next"));
  EXPECT_EQ(text_at(rest, "facts.0.spec.id"), "c");
}

TEST_F(RoutesTest, KeepsBlobs) {
  const std::string bytes("\0<script>\xff", 10);
  for (const char* method : {"POST", "PUT"}) {
    const WireAnswer put = client_.ask(method, "/v1/pools/default/blobs", bytes);
    ASSERT_EQ(put.status, 200);
    const std::string digest = text_at(json_of(put), "digest");
    const WireAnswer got = client_.get("/v1/pools/default/blobs/" + digest);
    EXPECT_EQ(got.body, bytes);
    EXPECT_TRUE(got.has("Content-Type: application/octet-stream\r\n"));
    EXPECT_TRUE(got.has("X-Content-Type-Options: nosniff\r\n"));
  }
  const Json empty = json_of(client_.ask("POST", "/v1/pools/default/blobs", ""));
  EXPECT_EQ(text_at(empty, "size"), "0") << "an empty one has a size, too";
  EXPECT_EQ(client_.get("/v1/pools/default/blobs/" + std::string(64, '0')).status, 404);
  EXPECT_EQ(client_.get("/v1/pools/default/blobs/..%2Ftokens").status, 400);
}

TEST_F(RoutesTest, CountsWhatItDoes) {
  client_.give(add("a") + "," + claim("w1"));
  client_.get("/nowhere");
  const WireAnswer metrics = client_.get("/metrics");
  EXPECT_TRUE(metrics.has("Content-Type: text/plain; version=0.0.4"));
  for (const char* line :
       {"evener_tasks{state=\"running\"} 1\n",
        "evener_tasks{state=\"ready\"} 0\n",
        "evener_workers{liveness=\"live\"} 1\n",
        "evener_commands_total 2\n",
        "evener_append_seconds_count 1\n",
        "evener_http_answers_total{status=\"404\"} 1\n"}) {
    EXPECT_THAT(metrics.body, HasSubstr(line));
  }
}

TEST_F(RoutesTest, SaysWhenItIsReady) {
  EXPECT_EQ(text_at(json_of(client_.get("/readyz")), "status"), "ready");
}

TEST_F(RoutesTest, AnswersHeadWithoutABody) {
  client_.wire().send(http_text("HEAD", "/v1/pools/default/status", {}, {}));
  const WireAnswer head = client_.wire().read_answer(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(client_.get("/healthz").status, 200);
}

// ---- over TCP ----------------------------------------------------------------------------------

class TcpRoutesTest : public testing::Test {
 protected:
  TcpRoutesTest() {
    const std::string tokens =
        "# for tests\n\nrod operator aaaaaaaaaaaaaaaa\n"
        "runner worker bbbbbbbbbbbbbbbb\nboard read cccccccccccccccc\n";
    EXPECT_TRUE(write_file_atomic(pool_.folder().tokens(), tokens, 0600).ok());
    server_.emplace(pool_.folder(), ServeOptions{.listen = "127.0.0.1:0"});
  }

  PoolClient as(char secret) {
    return server_->connect_tcp(fmt::format(
        "Host: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n",
        server_->port(),
        std::string(16, secret)
    ));
  }

  int status_with(const std::string& fields, std::string_view target = "/v1/pools") {
    return server_->connect_tcp(fields).get(target).status;
  }

  TestPoolFolder pool_;
  std::optional<PoolServer> server_;
};

TEST_F(TcpRoutesTest, AsksForATokenEverywhereButWhereNothingIsTold) {
  const std::string host = "Host: localhost\r\n";
  PoolClient nobody = server_->connect_tcp(host);
  const WireAnswer refused = nobody.get("/v1/pools/default/status");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.has("WWW-Authenticate: Bearer\r\n"));
  EXPECT_EQ(text_at(nobody.give(add("a")), "error.code"), "unauthorized");
  EXPECT_EQ(nobody.get("/metrics").status, 401);
  EXPECT_EQ(nobody.get("/v1/pools/default/nothing").status, 401);
  for (const char* target : {"/healthz", "/readyz", "/v1/openapi.json"}) {
    EXPECT_EQ(nobody.get(target).status, 200) << target;
  }
  EXPECT_EQ(status_with(host + "Authorization: Bearer aaaaaaaaaaaaaaab\r\n"), 401);
  EXPECT_EQ(status_with(host + "Authorization: Basic aaaaaaaaaaaaaaaa\r\n"), 401);
  EXPECT_EQ(status_with(host + "Authorization: bearer aaaaaaaaaaaaaaaa\r\n"), 200);
}

TEST_F(TcpRoutesTest, LetsEachScopeDoWhatItMay) {
  EXPECT_EQ(text_at(as('a').give(add("a")), "answers.0.ok"), "true");
  PoolClient runner = as('b');
  EXPECT_EQ(text_at(runner.give(claim("w1")), "answers.0.ok"), "true");
  EXPECT_EQ(
      text_at(runner.give(R"({"type":"cancel","task":"a"})"), "answers.0.refusal.code"), "scope"
  );
  PoolClient board = as('c');
  EXPECT_EQ(board.get("/v1/pools/default/status").status, 200);
  const Json refused = board.give(claim("w2"));
  EXPECT_EQ(text_at(refused, "error.code"), "forbidden");
  EXPECT_EQ(board.ask("POST", "/v1/pools/default/blobs", "x").status, 403);
  EXPECT_EQ(text_at(board.view("log?type=task_claimed"), "facts.0.by"), "runner");
}

TEST_F(TcpRoutesTest, KeepsOutPagesOfOtherSites) {
  const std::string token = "Authorization: Bearer aaaaaaaaaaaaaaaa\r\n";
  const std::string port = std::to_string(server_->port());
  EXPECT_EQ(status_with(token + "Host: evil.example\r\n"), 403);
  EXPECT_EQ(status_with(token + "Host: evil.example\r\n", "/healthz"), 403);
  EXPECT_EQ(status_with(token + "Host: 127.0.0.1.evil.example\r\n"), 403);
  EXPECT_EQ(status_with(token + "Host: localhost.evil.example:" + port + "\r\n"), 403);
  EXPECT_EQ(status_with(token + "Host: [::1]:" + port + "\r\n"), 200);
  EXPECT_EQ(status_with(token + "Host: localhost:9000\r\n"), 200);
  const std::string host = "Host: localhost:" + port + "\r\n";
  EXPECT_EQ(status_with(token + host + "Origin: http://localhost:" + port + "\r\n"), 200);
  EXPECT_EQ(status_with(token + host + "Origin: http://evil.example\r\n"), 403);
  EXPECT_EQ(status_with(token + host + "Origin: http://localhost:1\r\n"), 403);
  EXPECT_EQ(status_with(token + host + "Origin: null\r\n"), 403);
}

TEST_F(TcpRoutesTest, TakesATokenOverTheUnixSocketToo) {
  PoolClient client(
      WireClient::to_unix(server_->card().socket), "Authorization: Bearer cccccccccccccccc\r\n"
  );
  EXPECT_EQ(text_at(client.give(add("a")), "error.code"), "forbidden");
}

TEST(Tcp, MakesATokenForWhoeverStartedTheServer) {
  const TestPoolFolder pool;
  PoolServer server(pool.folder(), {.listen = "127.0.0.1:0"});
  PoolClient client = server.connect_tcp(
      fmt::format("Host: localhost\r\nAuthorization: Bearer {}\r\n", secret_of(pool.folder()))
  );
  EXPECT_EQ(text_at(client.give(add("a")), "answers.0.ok"), "true");
}

}  // namespace
}  // namespace evener
