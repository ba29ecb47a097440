#include "server/upkeep.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "server/serve_testing.h"

namespace evener {
namespace {

using namespace testing_serve;

// A pool whose journal ends with fact 5, and whoever keeps it.
class UpkeepTest : public testing::Test {
 protected:
  UpkeepTest() {
    SystemClock clock;
    file_ = PoolFile::open(pool_.folder(), {}).value();
    file_->engine().begin(clock.read());
    for (const char* task : {"a", "b", "c", "d"}) add(task);
  }

  void add(const std::string& task) {
    TaskAdded added;
    added.spec.id = task;
    file_->engine().record("rod", {added});
    EXPECT_TRUE(file_->flush().ok());
  }

  void consider() { upkeep_->consider_snapshot(*file_); }

  void start(const UpkeepOptions& options) {
    upkeep_.emplace(
        loop_,
        pool_.folder(),
        options,
        UpkeepReports{
            .on_checked = [this](const Result<Seq>& checked) { checked_ = checked; },
            .on_snapshot_done = [this](const Result<Seq>& saved) { saved_ = saved; }
        }
    );
  }

  bool has_snapshots() const {
    return std::filesystem::exists(pool_.folder().snapshots()) &&
           !std::filesystem::is_empty(pool_.folder().snapshots());
  }

  TestPoolFolder pool_;
  std::unique_ptr<PoolFile> file_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor(
  )};
  std::optional<Result<Seq>> checked_;
  std::optional<Result<Seq>> saved_;
  std::optional<Upkeep> upkeep_;
};

TEST_F(UpkeepTest, FindsTheJournalWhole) {
  start({});
  upkeep_->check_journal();
  while (!checked_) loop_.run_one();
  EXPECT_EQ(checked_->value(), Seq{5});
}

TEST_F(UpkeepTest, SavesASnapshotOnceEnoughFactsHaveCome) {
  start({.facts_between_snapshots = 5});
  consider();
  EXPECT_FALSE(has_snapshots());
  add("e");
  consider();
  while (!saved_) loop_.run_one();
  EXPECT_EQ(saved_->value(), Seq{6});
  EXPECT_EQ(upkeep_->snapshot(), Seq{6});
  const auto file = PoolFile::open(pool_.folder(), {}).value();
  EXPECT_EQ(file->facts_since_snapshot(), 0);
  const Status checked = verify_pool(pool_.folder());
  EXPECT_TRUE(checked.ok()) << checked.error().text();
}

TEST_F(UpkeepTest, SavesThePoolAsItStoodWhateverHappensMeanwhile) {
  start({.facts_between_snapshots = 4});
  consider();
  add("e");
  while (!saved_) loop_.run_one();
  EXPECT_EQ(saved_->value(), Seq{5});
  const auto file = PoolFile::open(pool_.folder(), {}).value();
  EXPECT_EQ(file->facts_since_snapshot(), 1);
  EXPECT_EQ(file->skipped_snapshots().size(), 0U);
}

TEST_F(UpkeepTest, CountsFromTheSnapshotThatIsThere) {
  start({.snapshot = Seq{2}, .facts_between_snapshots = 4});
  consider();
  upkeep_->finish();
  EXPECT_FALSE(has_snapshots());
}

TEST_F(UpkeepTest, HasSavedWhatItBeganWhenItIsFinished) {
  start({.facts_between_snapshots = 4});
  consider();
  upkeep_->finish();
  EXPECT_TRUE(has_snapshots());
  EXPECT_EQ(upkeep_->snapshot(), Seq{5});
  EXPECT_FALSE(saved_) << "the loop did not run";
}

TEST_F(UpkeepTest, SaysWhyASnapshotCouldNotBeSaved) {
  std::filesystem::create_directories(pool_.folder().snapshots() + "/5.snapshot/x");
  start({.facts_between_snapshots = 4});
  consider();
  while (!saved_) loop_.run_one();
  ASSERT_FALSE(saved_->ok());
  EXPECT_NE(saved_->error().text().find("5.snapshot"), std::string::npos) << saved_->error().text();
  EXPECT_EQ(upkeep_->snapshot(), Seq{});
}

}  // namespace
}  // namespace evener
