// A catalogue of damage to the SQLite journal's files, and what comes of each. The rule: what was
// acknowledged is there, or the journal says that it is damaged. The named exceptions, of which
// docs/journal.md says why nothing can be done, are tests of their own.

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "journal/damage_fixture.h"
#include "journal/sqlite.h"

namespace evener {
namespace {

TEST_F(Damage, NoneNothingIsLost) {
  for (const Files& files : {whole_, without_index()}) {
    const ReadBack back = open(files);
    EXPECT_FALSE(back.error.has_value()) << back.error->text();
    EXPECT_EQ(back.batches, batches_);
  }
}

// The log

TEST_F(Damage, AFlipInTheMiddleOfTheLogIsFound) {
  const std::size_t middle = frames_in_log() / 2;
  expect_damaged(
      open({whole_.main, flipped(whole_.log, frame_at(middle) + 1000), ""}),
      fmt::format("frame {} of the write-ahead log, at byte {}", middle, frame_at(middle))
  );
}

TEST_F(Damage, AFlipInTheLastTransactionLooksTornOnceTheIndexIsGone) {
  const ReadBack back = open({whole_.main, flipped(whole_.log, whole_.log.size() - 100), ""});
  EXPECT_FALSE(back.error.has_value()) << back.error->text();
  EXPECT_EQ(back.batches, all_but(1));
}

TEST_F(Damage, AFlipInTheLastTransactionIsFoundWhileTheIndexIsThere) {
  expect_damaged(
      open({whole_.main, flipped(whole_.log, whole_.log.size() - 100), whole_.index}),
      fmt::format("frame {} of", frames_in_log())
  );
}

TEST_F(Damage, AFlipAnywhereInTheLogsHeaderIsFound) {
  for (std::size_t at = 0; at < log_header; ++at)
    for (const int bit : {0, 7})
      expect_damaged(
          open({whole_.main, flipped(whole_.log, at, bit), ""}), "header of the write-ahead log"
      );
}

TEST_F(Damage, AHeaderOfZerosIsFound) {
  std::string log = whole_.log;
  log.replace(0, log_header, log_header, '\0');
  expect_damaged(open({whole_.main, log, ""}), "header of the write-ahead log");
}

TEST_F(Damage, ATruncatedLogLosesItsTailOnceTheIndexIsGone) {
  const ReadBack back = open({whole_.main, whole_.log.substr(0, whole_.log.size() / 2), ""});
  EXPECT_FALSE(back.error.has_value()) << back.error->text();
  ASSERT_LT(back.batches.size(), batches_.size());
  EXPECT_EQ(back.batches, all_but(batches_.size() - back.batches.size()));
}

TEST_F(Damage, ATruncatedLogIsFoundWhileTheIndexIsThere) {
  for (const std::size_t cut : {frame, frame / 2, std::size_t{1}, whole_.log.size() / 2})
    expect_damaged(
        open({whole_.main, whole_.log.substr(0, whole_.log.size() - cut), whole_.index}),
        "is damaged or missing"
    );
}

TEST_F(Damage, AMissingLogIsFoundWhileTheIndexIsThere) {
  expect_damaged(open({whole_.main, "", whole_.index}), "the write-ahead log is missing");
}

TEST_F(Damage, ALogWithoutItsMainFileIsKept) {
  expect_damaged(open({"", whole_.log, whole_.index}), "missing, but its write-ahead log is there");
  put(path_, "");
  const auto journal = SqliteJournal::open(path_, {.create = true});
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().code, "journal_damaged");
  EXPECT_EQ(bytes_of(path_ + "-wal"), whole_.log) << "SQLite would have deleted it";
}

TEST_F(Damage, AnIndexWithAnythingInItCostsNothing) {
  for (const std::string& index :
       {std::string(32768, '\0'),
        std::string(32768, 'x'),
        std::string("short"),
        flipped(whole_.index, 16),
        flipped(whole_.index, 64),
        flipped(whole_.index, 40)}) {
    const ReadBack back = open({whole_.main, whole_.log, index});
    EXPECT_FALSE(back.error.has_value()) << back.error->text();
    EXPECT_EQ(back.batches, batches_);
  }
}

// What a crash leaves is not damage

TEST_F(Damage, ATransactionThatWasCutOffIsDropped) {
  for (std::size_t size = before_last_.log.size(); size < whole_.log.size(); size += 509) {
    put_files({whole_.main, whole_.log.substr(0, size), before_last_.index});
    const auto journal = SqliteJournal::open(path_);
    ASSERT_TRUE(journal.ok()) << size << ": " << journal.error().text();
    ASSERT_EQ(read_all(**journal).batches, all_but(1)) << size;
  }
}

TEST_F(Damage, WhatACrashLeftIsClearedBeforeTheNextAppend) {
  put_files({whole_.main, whole_.log.substr(0, whole_.log.size() - frame), ""});
  auto journal = SqliteJournal::open(path_);
  ASSERT_TRUE(journal.ok()) << journal.error().text();
  EXPECT_GT((*journal)->log_found().unfinished, 0);
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0U);
  EXPECT_EQ((*journal)->append(batches_.back()), Append::durable);
  EXPECT_EQ(read_all(**journal).batches, batches_);
}

// The last transaction was on its way to the disk when the power went: any of its sectors may hold
// what was there before.
TEST_F(Damage, APowerCutInTheLastTransactionIsNotDamage) {
  constexpr std::size_t sector = 512;
  std::mt19937 random(7);
  std::string before = before_last_.log;
  before.resize(whole_.log.size());
  int torn = 0;
  for (int i = 0; i < 200; ++i) {
    std::string log = whole_.log;
    const auto lost_of_8 = 1 + random() % 8;
    for (std::size_t at = before_last_.log.size() / sector * sector; at < log.size(); at += sector)
      if (random() % 8 < lost_of_8) log.replace(at, sector, before, at, sector);
    const ReadBack back = open({whole_.main, log, i % 2 == 0 ? before_last_.index : ""});
    ASSERT_FALSE(back.error.has_value()) << back.error->text();
    if (back.batches == all_but(1))
      ++torn;
    else
      ASSERT_EQ(back.batches, batches_);
  }
  EXPECT_GT(torn, 100);
}

// The main file

TEST_F(Damage, AFlipInAPageOfTheMainFileIsFound) {
  Files files = closed();
  const std::size_t at = files.main.find("batch-" + std::to_string(batches_[20].first.value));
  ASSERT_NE(at, std::string::npos);
  files.main = flipped(files.main, at);
  expect_damaged(
      open(files), fmt::format("the batch at seq {}: found hash", batches_[20].first.value)
  );
}

TEST_F(Damage, ATruncatedMainFileIsFound) {
  const Files whole = closed();
  for (const std::size_t size :
       {whole.main.size() - 1,
        whole.main.size() - 4096,
        whole.main.size() / 2,
        std::size_t{4096},
        std::size_t{100}}) {
    Files files = whole;
    files.main.resize(size);
    const ReadBack back = open(files);
    ASSERT_TRUE(back.error.has_value()) << size;
    EXPECT_TRUE(back.error->code == "journal_damaged" || back.error->code == "not_a_journal")
        << size << ": " << back.error->text();
  }
}

TEST_F(Damage, AnEmptyMainFileIsNotTakenForANewJournal) {
  EXPECT_EQ(open(Files{.main = "", .log = "", .index = ""}).error->code, "journal_missing");
  put(path_, "");
  EXPECT_EQ(open_and_read(path_).error->code, "not_a_journal");
}

TEST_F(Damage, AMainFileWithAnyBitFlippedLosesNothingSilently) {
  const Files whole = closed();
  int found = 0;
  for (std::size_t at = 0; at < whole.main.size(); at += at < 100 ? 1 : 397) {
    Files files = whole;
    files.main = flipped(files.main, at, static_cast<int>(at % 8));
    const ReadBack back = open(files);
    if (back.error)
      ++found;
    else
      ASSERT_EQ(back.batches, batches_) << "flipped byte " << at;
  }
  EXPECT_GT(found, 100);
}

// Rows

TEST_F(Damage, ADeletedRowIsFound) {
  const Batch& gone = batches_[10];
  expect_damaged(
      after_sql(fmt::format("DELETE FROM batches WHERE first_seq = {}", gone.first.value)),
      fmt::format(
          "the batch at seq {}: found one that begins at seq {}",
          gone.first.value,
          gone.last.value + 1
      )
  );
}

TEST_F(Damage, ADeletedFirstRowIsFound) {
  expect_damaged(after_sql("DELETE FROM batches WHERE first_seq = 1"), "the batch at seq 1: found");
}

TEST_F(Damage, ARowDeletedWhereOneReadsIsFound) {
  const Batch& gone = batches_[10];
  after_sql(fmt::format("DELETE FROM batches WHERE first_seq = {}", gone.first.value));
  const auto journal = SqliteJournal::open(path_);
  ASSERT_TRUE(journal.ok());
  const Status status =
      (*journal)->read(gone.first, gone.first, [](const StoredBatch&) { return true; });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, "journal_damaged");
}

TEST_F(Damage, DeletedLastRowsAreNotFoundByTheJournalAlone) {
  const ReadBack back =
      after_sql(fmt::format("DELETE FROM batches WHERE first_seq >= {}", batches_[25].first.value));
  EXPECT_FALSE(back.error.has_value()) << back.error->text();
  EXPECT_EQ(back.batches, all_but(5));
}

TEST_F(Damage, AChangedRowIsFound) {
  const std::int64_t seq = batches_[10].first.value;
  for (const std::string& change :
       {std::string("bytes = replace(bytes, 'rod', 'eve')"),
        std::string("epoch = 2"),
        std::string("id = 'other'"),
        std::string("hash = replace(hash, '1', '2')"),
        std::string("last_seq = last_seq + 1")})
    expect_damaged(
        after_sql(fmt::format("UPDATE batches SET {} WHERE first_seq = {}", change, seq)),
        fmt::format("the batch at seq {}: found hash", seq)
    );
}

TEST_F(Damage, AChangedLastRowIsFoundWhenOpening) {
  after_sql("UPDATE batches SET epoch = 9 WHERE first_seq = (SELECT max(first_seq) FROM batches)");
  const auto journal = SqliteJournal::open(path_);
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().code, "journal_damaged");
}

TEST_F(Damage, ARowThatEndsBeforeItBeginsIsFound) {
  const std::int64_t seq = batches_[10].first.value;
  expect_damaged(
      after_sql(fmt::format("UPDATE batches SET last_seq = 0 WHERE first_seq = {}", seq)),
      "found its end at seq 0"
  );
}

TEST_F(Damage, AMovedRowIsFound) {
  const std::int64_t seq = batches_.back().first.value;
  expect_damaged(
      after_sql(fmt::format(
          "UPDATE batches SET first_seq = first_seq + 5, last_seq = last_seq + 5 "
          "WHERE first_seq = {}",
          seq
      )),
      fmt::format("the batch at seq {}: found one that begins at seq {}", seq, seq + 5)
  );
}

TEST_F(Damage, ARowBeforeTheFirstIsFound) {
  expect_damaged(
      after_sql("INSERT INTO batches VALUES (-5, -3, 1, 'x', 'x', '{}')"), "found one that begins"
  );
}

TEST_F(Damage, ADroppedTableIsFound) {
  expect_damaged(after_sql("DROP TABLE batches"), "no such table");
}

}  // namespace
}  // namespace evener
