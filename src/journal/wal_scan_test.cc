#include "journal/wal_scan.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "journal/sqlite.h"
#include "journal/test_journal.h"

namespace evener {
namespace {

constexpr std::size_t log_header = 32;
constexpr std::size_t frame = 24 + 4096;

std::uint32_t word_at(const std::string& bytes, std::size_t at, bool big) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + (big ? i : 3 - i)]);
  return value;
}

void put_word(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    bytes[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xff);
}

// Seals a log as a machine of the other byte order does: SQLite reads both.
void seal_big_endian(std::string& log) {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  const auto sum = [&](std::size_t from, std::size_t size) {
    for (std::size_t at = from; at < from + size; at += 8) {
      first += word_at(log, at, true) + second;
      second += word_at(log, at + 4, true) + first;
    }
  };
  const auto put_sum = [&](std::size_t at) {
    put_word(log, at, first);
    put_word(log, at + 4, second);
  };
  put_word(log, 0, 0x377f0683);
  sum(0, 24);
  put_sum(24);
  for (std::size_t at = log_header; at < log.size(); at += frame) {
    sum(at, 8);
    sum(at + 24, 4096);
    put_sum(at + 16);
  }
}

class WalScanning : public testing::Test {
 protected:
  // A journal whose log holds `count` batches of one frame each.
  void make(int count) {
    const std::string source = folder_.path("source.db");
    ASSERT_TRUE(SqliteJournal::open(source, {.create = true}).ok());
    auto journal = SqliteJournal::open(source);
    ASSERT_TRUE(journal.ok());
    for (int seq = 1; seq <= count; ++seq)
      ASSERT_EQ((*journal)->append(batch_at(seq)), Append::durable);
    log_ = bytes_of(source + "-wal");
    put(path_, bytes_of(source));
    ASSERT_EQ(log_.size(), log_header + static_cast<std::size_t>(count) * frame);
  }

  Result<WalScan> scan(const std::string& log) {
    put(path_ + "-wal", log);
    return scan_wal(path_);
  }

  void expect_frames(const std::string& log, std::int64_t committed, std::int64_t unfinished) {
    const Result<WalScan> found = scan(log);
    ASSERT_TRUE(found.ok()) << found.error().text();
    EXPECT_EQ(found->committed, committed);
    EXPECT_EQ(found->unfinished, unfinished);
  }

  void expect_damaged(const std::string& log, const std::string& words) {
    const Result<WalScan> found = scan(log);
    ASSERT_FALSE(found.ok()) << found->committed << " frames";
    EXPECT_EQ(found.error().code, "journal_damaged");
    EXPECT_EQ(found.error().where, path_ + "-wal");
    EXPECT_NE(found.error().message.find(words), std::string::npos) << found.error().message;
  }

  TestFolder folder_;
  std::string path_ = folder_.path("journal.db");
  std::string log_;
};

TEST_F(WalScanning, FindsNothingWhereNoLogIs) {
  const Result<WalScan> found = scan_wal(path_);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->committed, 0);
}

TEST_F(WalScanning, CountsTheFramesOfAWholeLog) {
  make(5);
  expect_frames(log_, 5, 0);
  expect_frames("", 0, 0);
  expect_frames(log_.substr(0, 31), 0, 0);
  expect_frames(log_.substr(0, 32), 0, 0);
}

TEST_F(WalScanning, CountsATornFrameAsUnfinished) {
  make(5);
  expect_frames(log_.substr(0, log_.size() - 1), 4, 1);
  expect_frames(log_.substr(0, log_header + 4 * frame + 24), 4, 1);
  expect_frames(log_.substr(0, log_header + 4 * frame + 23), 4, 0);
}

TEST_F(WalScanning, ReadsLogsOfTheOtherByteOrder) {
  make(5);
  std::string log = log_;
  seal_big_endian(log);
  expect_frames(log, 5, 0);
  EXPECT_EQ(open_and_read(path_).batches.size(), 5U) << "as SQLite does";
  log[log_header + 2 * frame + 500] ^= 1;
  expect_damaged(log, "frame 3 of");
  seal_big_endian(log);
  log[20] ^= 1;
  expect_damaged(log, "header");
}

TEST_F(WalScanning, NamesTheFirstOfSeveralBadFrames) {
  make(9);
  log_[log_header + 3 * frame + 99] ^= 1;
  log_[log_header + 6 * frame + 99] ^= 1;
  expect_damaged(log_, fmt::format("frame 4 of the write-ahead log, at byte {}", 32 + 3 * frame));
}

TEST_F(WalScanning, FindsACommitMarkThatWasWipedOut) {
  make(5);
  put_word(log_, log_header + 3 * frame + 4, 0);
  expect_damaged(log_, "frame 4 of");
}

TEST_F(WalScanning, FindsSaltsThatWereWipedOutByTheFramesBehind) {
  make(5);
  log_.replace(log_header + 2 * frame + 8, 8, 8, '\0');
  expect_damaged(log_, "frame 3 of");
}

TEST_F(WalScanning, FindsADamagedHeaderBeforeASingleFrame) {
  make(1);
  for (std::size_t at = 0; at < log_header; ++at) {
    std::string log = log_;
    log[at] ^= 4;
    expect_damaged(log, "header");
  }
}

TEST_F(WalScanning, DoesNotTakeGarbageForALog) {
  make(1);
  expect_frames(std::string(100'000, '\0'), 0, 0);
  expect_frames(std::string(100'000, 'x'), 0, 0);
}

// A large transaction of another program spills pages before its end, in any order.
TEST_F(WalScanning, JudgesOnlyWhatLiesBehindTheLastCommit) {
  const std::string source = folder_.path("spilled.db");
  ASSERT_TRUE(SqliteJournal::open(source, {.create = true}).ok());
  auto journal = SqliteJournal::open(source);
  ASSERT_TRUE(journal.ok());
  run_sql(
      source,
      "PRAGMA cache_size = 5; BEGIN; CREATE TABLE other (x INTEGER PRIMARY KEY, y);"
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
      "INSERT INTO other SELECT (i * 37) % 61, randomblob(2000) FROM n; COMMIT"
  );
  ASSERT_EQ((*journal)->append(batch_at(1)), Append::durable);
  const std::string log = bytes_of(source + "-wal");
  int descents = 0;
  for (std::size_t at = log_header; at + 2 * frame < log.size(); at += frame)
    if (word_at(log, at + frame, true) <= word_at(log, at, true)) ++descents;
  ASSERT_GT(descents, 1);
  const auto frames = static_cast<std::int64_t>(log.size() / frame);
  expect_frames(log, frames, 0);
  expect_frames(log.substr(0, log.size() - 1), frames - 1, 1);
}

// Two processes: this one scans while a child appends, so that the log grows, is copied into the
// main file and begins anew under the scan.
TEST_F(WalScanning, DoesNotTakeALogBeingWrittenForADamagedOne) {
  ASSERT_TRUE(SqliteJournal::open(path_, {.create = true}).ok());
  const pid_t writer = ::fork();
  ASSERT_GE(writer, 0);
  if (writer == 0) {
    auto journal = SqliteJournal::open(path_);
    bool ok = journal.ok();
    for (int seq = 1; ok && seq <= 1500; ++seq)
      ok = (*journal)->append(batch_at(seq, 1, seq % 7 == 0 ? 9000 : 0)) == Append::durable;
    ::_exit(ok ? 0 : 1);
  }
  int ended = 0;
  int status = 0;
  int scans = 0;
  while (ended == 0) {
    const Result<WalScan> found = scan_wal(path_);
    EXPECT_TRUE(found.ok()) << found.error().text();
    ++scans;
    ended = ::waitpid(writer, &status, WNOHANG);
  }
  EXPECT_EQ(ended, writer);
  EXPECT_EQ(status, 0);
  EXPECT_GT(scans, 2);
}

}  // namespace
}  // namespace evener
