#include "server/upkeep.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <filesystem>
#include <optional>

#include "server/serve_testing.h"

namespace evener {
namespace {

using namespace testing_serve;

// A pool whose journal ends with fact 5, and whoever keeps it.
class UpkeepTest : public testing::Test {
 protected:
  UpkeepTest() {
    SystemClock clock;
    const auto file = PoolFile::open(pool_.folder(), {}).value();
    file->engine().begin(clock.read());
    for (const char* task : {"a", "b", "c", "d"}) {
      TaskAdded added;
      added.spec.id = task;
      file->engine().record("rod", {added});
    }
    EXPECT_TRUE(file->flush().ok());
  }

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
  start({.facts_between_snapshots = 4});
  upkeep_->consider_snapshot(Seq{4}, 3);
  upkeep_->consider_snapshot(Seq{5}, 4);
  while (!saved_) loop_.run_one();
  EXPECT_EQ(saved_->value(), Seq{5});
  EXPECT_EQ(upkeep_->snapshot(), Seq{5});
  const auto file = PoolFile::open(pool_.folder(), {}).value();
  EXPECT_EQ(file->facts_since_snapshot(), 0);
}

TEST_F(UpkeepTest, CountsFromTheSnapshotThatIsThere) {
  start({.snapshot = Seq{2}, .facts_between_snapshots = 4});
  upkeep_->consider_snapshot(Seq{5}, 4);
  upkeep_->finish();
  EXPECT_FALSE(has_snapshots());
}

TEST_F(UpkeepTest, HasSavedWhatItBeganWhenItIsFinished) {
  start({.facts_between_snapshots = 4});
  bool has_begun = false;
  while (!has_begun) {
    // What has not begun yet is dropped at the end; this waits until the thread is at work.
    upkeep_->consider_snapshot(Seq{5}, 4);
    has_begun = has_snapshots();
  }
  upkeep_->finish();
  EXPECT_EQ(upkeep_->snapshot(), Seq{5});
  EXPECT_FALSE(saved_) << "the loop did not run";
}

}  // namespace
}  // namespace evener
