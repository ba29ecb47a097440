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

// As on a full disk.
TEST_F(FileClientTest, DoesWhatItDidAlsoWhereNoSnapshotCanBeWritten) {
  std::filesystem::remove_all(snapshots());
  ASSERT_TRUE(write_file_atomic(snapshots(), "no folder", 0600).ok());
  for (int i = 0; i < 70; ++i) add(i);
  EXPECT_TRUE(std::filesystem::is_regular_file(snapshots()));
}

}  // namespace
}  // namespace evener
