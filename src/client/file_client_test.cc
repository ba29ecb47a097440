#include "client/file_client.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "engine/test_pool_folder.h"

namespace evener {
namespace {

class FileClientTest : public testing::Test {
 protected:
  FileClientTest() {
    EXPECT_TRUE(make_folder(folder_.pool()).ok());
    EXPECT_TRUE(PoolFile::create(folder_.pool(), "rod", PoolCard{}, clock_).ok());
  }

  void add(int number) {
    TaskSpec task;
    task.id = "t" + std::to_string(number);
    const Result<Answer> answer = call_one(client_, AddTasks{.tasks = {std::move(task)}});
    ASSERT_TRUE(answer.ok()) << answer.error().text();
    EXPECT_TRUE(answer->ok);
  }

  std::string snapshots() const { return folder_.pool().path + "/snapshots"; }

  TestPoolFolder folder_;
  StandingClock clock_;
  FileClient client_{folder_.pool(), {"rod", Scope::operate}, clock_, {}};
};

TEST_F(FileClientTest, MakesSnapshotsAsFactsAdd) {
  for (int i = 0; i < 70; ++i) add(i);
  EXPECT_FALSE(std::filesystem::is_empty(snapshots()));
}

TEST_F(FileClientTest, WritesUnderTheEpochOfItsTime) {
  add(1);
  std::int64_t written = 0;
  const auto history = PoolHistory::open(folder_.pool()).value();
  const auto take = [&](std::int64_t epoch, Seq, std::string_view) {
    written = epoch;
    return true;
  };
  ASSERT_TRUE(history->read_text(Seq{2}, history->end(), take).ok());
  EXPECT_EQ(written, clock_.reading.wall) << "an older copy that goes on later has another";
}

TEST_F(FileClientTest, ShowsThePoolAsTheNextCommandWillFindIt) {
  add(1);
  ASSERT_TRUE(call_one(client_, Claim{.worker = "dead", .lease_ms = 1000})->ok);
  clock_.pass(2000);
  const auto tells = [&](QueryKind kind, std::string_view text) {
    Query query;
    query.kind = kind;
    if (kind == QueryKind::task) query.task = "t1";
    return client_.ask(query).value().find(text) != std::string::npos;
  };
  EXPECT_TRUE(tells(QueryKind::task, R"("state":"ready")"));
  EXPECT_TRUE(tells(QueryKind::task, R"("outcome":"lapsed")"));
  EXPECT_TRUE(tells(QueryKind::tasks, R"("state":"ready")"));
  EXPECT_FALSE(tells(QueryKind::log, "attempt_lapsed")) << "it is not written yet";
  EXPECT_TRUE(call_one(client_, Claim{.worker = "bob"})->ok);
}

TEST_F(FileClientTest, ShowsInAnInboxOnlyWhatIsWritten) {
  add(1);
  RegisterWorker boss;
  boss.worker.name = "boss";
  boss.worker.role = "coordinator";
  ASSERT_TRUE(call_one(client_, std::move(boss))->ok);
  RaiseBlocker blocker{.task = "t1", .text = "no room on the disk", .severity = Priority::high};
  ASSERT_TRUE(call_one(client_, std::move(blocker))->ok);
  clock_.pass(PoolSettings{}.escalate_ms + 1000);
  const auto tells = [&](QueryKind kind, std::string_view text) {
    Query query;
    query.kind = kind;
    query.worker = kind == QueryKind::inbox ? "boss" : "";
    return client_.ask(query).value().find(text) != std::string::npos;
  };
  {
    const PoolLock held = PoolLock::take(folder_.pool()).value();
    EXPECT_FALSE(tells(QueryKind::inbox, R"("message":1)")) << "nobody can write it now";
  }
  EXPECT_TRUE(tells(QueryKind::status, "no room on the disk"));
  EXPECT_FALSE(tells(QueryKind::log, "blocker_escalated"));
  EXPECT_TRUE(tells(QueryKind::inbox, R"("message":1)"));
  EXPECT_TRUE(tells(QueryKind::log, "blocker_escalated"));
}

// As on a full disk.
TEST_F(FileClientTest, DoesWhatItDidAlsoWhereNoSnapshotCanBeWritten) {
  std::filesystem::remove_all(snapshots());
  ASSERT_TRUE(write_file_atomic(snapshots(), "no folder", 0600).ok());
  for (int i = 0; i < 70; ++i) add(i);
  EXPECT_TRUE(std::filesystem::is_regular_file(snapshots()));
}

}  // namespace
}  // namespace evener
