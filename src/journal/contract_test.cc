// What holds for every journal.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "journal/chain.h"
#include "journal/memory.h"
#include "journal/sqlite.h"
#include "journal/test_journal.h"

namespace evener {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Journal>(const TestFolder&)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

class JournalContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { journal_ = GetParam().make(folder_); }

  void append(const Batch& batch) { ASSERT_EQ(journal_->append(batch), Append::durable); }

  std::vector<Batch> read(std::int64_t from, std::int64_t to) {
    std::vector<Batch> found;
    const Status status = journal_->read({from}, {to}, [&](const StoredBatch& batch) {
      found.push_back(batch);
      return true;
    });
    EXPECT_TRUE(status.ok()) << status.error().text();
    return found;
  }

  TestFolder folder_;
  std::unique_ptr<Journal> journal_;
};

TEST_P(JournalContract, IsEmptyAtFirst) {
  EXPECT_EQ(journal_->end().last, Seq{0});
  EXPECT_EQ(journal_->end().epoch, 0);
  EXPECT_EQ(journal_->end().hash, std::string(64, '0'));
  EXPECT_EQ(journal_->end().bytes, "");
  EXPECT_EQ(journal_->last_error().code, "");
  EXPECT_TRUE(read(1, 100).empty());
}

TEST_P(JournalContract, GivesBackWhatWasAppendedInOrder) {
  const std::vector<Batch> batches = mixed_batches(20);
  for (const Batch& batch : batches) append(batch);
  EXPECT_EQ(read(1, batches.back().last.value), batches);
  EXPECT_EQ(read(0, 1'000'000), batches) << "the range is cut to what is there";
}

TEST_P(JournalContract, ItsEndIsTheLastBatch) {
  append(batch_at(1, 3));
  append(batch_at(4, 2, 0, 7));
  EXPECT_EQ(journal_->end().last, Seq{5});
  EXPECT_EQ(journal_->end().epoch, 7);
  EXPECT_EQ(journal_->end().bytes, batch_at(4, 2).bytes);
}

TEST_P(JournalContract, KeepsEveryByte) {
  Batch batch = batch_at(1);
  batch.bytes = std::string("\0 \xff\xfe ' \" \n", 10);
  batch.id = std::string("a\0b", 3);
  append(batch);
  batch = batch_at(2);
  batch.bytes = "";
  batch.id = "";
  append(batch);
  batch = batch_at(3);
  batch.bytes = std::string(max_batch_bytes, 'x');
  append(batch);
  const std::vector<Batch> found = read(1, 3);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].bytes, std::string("\0 \xff\xfe ' \" \n", 10));
  EXPECT_EQ(found[0].id, std::string("a\0b", 3));
  EXPECT_EQ(found[1].bytes, "");
  EXPECT_EQ(found[2].bytes.size(), max_batch_bytes);
}

TEST_P(JournalContract, VisitsTheBatchesThatOverlapTheRange) {
  append(batch_at(1, 3));
  append(batch_at(4, 3));
  append(batch_at(7, 3));
  append(batch_at(10, 3));
  const auto firsts = [&](std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> found;
    for (const Batch& batch : read(from, to)) found.push_back(batch.first.value);
    return found;
  };
  EXPECT_EQ(firsts(5, 8), (std::vector<std::int64_t>{4, 7}));
  EXPECT_EQ(firsts(4, 6), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(firsts(6, 7), (std::vector<std::int64_t>{4, 7}));
  EXPECT_EQ(firsts(12, 12), (std::vector<std::int64_t>{10}));
  EXPECT_EQ(firsts(13, 20), (std::vector<std::int64_t>{}));
  EXPECT_EQ(firsts(8, 5), (std::vector<std::int64_t>{}));
}

TEST_P(JournalContract, StopsWhenTheVisitorHasEnough) {
  for (int seq = 1; seq <= 5; ++seq) append(batch_at(seq));
  int visited = 0;
  const Status status = journal_->read({1}, {5}, [&](const StoredBatch&) { return ++visited < 2; });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(visited, 2);
}

TEST_P(JournalContract, ReadsWithinARead) {
  for (int seq = 1; seq <= 3; ++seq) append(batch_at(seq));
  std::vector<Batch> inner;
  const Status status = journal_->read({3}, {3}, [&](const StoredBatch&) {
    inner = read(1, 2);
    return true;
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(inner, (std::vector<Batch>{batch_at(1), batch_at(2)}));
}

TEST_P(JournalContract, ChainsTheHashes) {
  append(batch_at(1));
  append(batch_at(2));
  std::vector<std::string> hashes;
  const Status status = journal_->read({1}, {2}, [&](const StoredBatch& batch) {
    hashes.push_back(batch.hash);
    return true;
  });
  ASSERT_TRUE(status.ok());
  ASSERT_EQ(hashes.size(), 2U);
  EXPECT_EQ(hashes[0], ChainHash().of(no_hash, batch_at(1)));
  EXPECT_EQ(hashes[1], ChainHash().of(hashes[0], batch_at(2)));
  EXPECT_EQ(journal_->end().hash, hashes[1]);
}

TEST_P(JournalContract, DeposesAWriterOfAnOlderEpoch) {
  append(batch_at(1, 1, 0, 5));
  EXPECT_EQ(journal_->append(batch_at(2, 1, 0, 4)), Append::deposed);
  EXPECT_EQ(journal_->last_error().code, "journal_deposed");
  EXPECT_EQ(journal_->end().last, Seq{1}) << "nothing was written";
  append(batch_at(2, 1, 0, 5));
  append(batch_at(3, 1, 0, 6));
}

using JournalContractDeathTest = JournalContract;

TEST_P(JournalContractDeathTest, AGapAnOverlapOrTooMuchEndsTheProcess) {
  append(batch_at(1));
  EXPECT_DEATH((void)journal_->append(batch_at(3)), "continues where the journal ends");
  EXPECT_DEATH((void)journal_->append(batch_at(1)), "continues where the journal ends");
  EXPECT_DEATH((void)journal_->append(batch_at(2, 0)), "at least one fact");
  Batch large = batch_at(2);
  large.bytes = std::string(max_batch_bytes + 1, 'x');
  EXPECT_DEATH((void)journal_->append(large), "at most 64 KiB");
}

const Kind memory{"Memory", [](const TestFolder&) { return std::make_unique<MemoryJournal>(); }};

const Kind sqlite{"Sqlite", [](const TestFolder& folder) {
                    auto journal = SqliteJournal::open(folder.path("journal.db"), {.create = true});
                    EXPECT_TRUE(journal.ok()) << journal.error().text();
                    return std::move(journal).value();
                  }};

const auto name_of = [](const auto& kind) { return kind.param.name; };

INSTANTIATE_TEST_SUITE_P(Journals, JournalContract, testing::Values(memory, sqlite), name_of);
INSTANTIATE_TEST_SUITE_P(
    Journals, JournalContractDeathTest, testing::Values(memory, sqlite), name_of
);

TEST(ChainHash, IsTheDocumentedDigest) {
  Batch batch = {.epoch = 3, .first = {10}, .last = {12}, .id = "b-1", .bytes = "{}"};
  EXPECT_EQ(
      ChainHash().of(no_hash, batch), sha256_hex(std::string(no_hash) + "\n3\n10\n12\n3\nb-1\n{}")
  );
}

TEST(ChainHash, TellsApartWhatLooksAlikeWhenJoined) {
  const Batch one = {.epoch = 1, .first = {1}, .last = {1}, .id = "a\nb", .bytes = "c"};
  const Batch two = {.epoch = 1, .first = {1}, .last = {1}, .id = "a", .bytes = "b\nc"};
  EXPECT_NE(ChainHash().of(no_hash, one), ChainHash().of(no_hash, two));
}

TEST(MemoryJournal, FailsWhenTold) {
  MemoryJournal journal;
  journal.fail_append(2, MemoryJournal::Unknown::lost);
  EXPECT_EQ(journal.append(batch_at(1)), Append::durable);
  EXPECT_EQ(journal.append(batch_at(2)), Append::unknown);
  EXPECT_EQ(journal.last_error().code, "io_error");
  EXPECT_EQ(journal.append(batch_at(2)), Append::unknown) << "it stays silent";
  EXPECT_EQ(journal.end().last, Seq{1});

  journal.reopen();
  EXPECT_EQ(journal.end().last, Seq{1}) << "the batch was lost";
  EXPECT_EQ(journal.append(batch_at(2)), Append::durable);
}

TEST(MemoryJournal, MayHaveStoredWhatItDoesNotKnow) {
  MemoryJournal journal;
  journal.fail_append(1, MemoryJournal::Unknown::stored);
  EXPECT_EQ(journal.append(batch_at(1)), Append::unknown);
  EXPECT_EQ(journal.end().last, Seq{0});
  EXPECT_TRUE(read_all(journal).batches.empty());

  journal.reopen();
  EXPECT_EQ(journal.end().last, Seq{1});
  EXPECT_EQ(read_all(journal).batches, std::vector<Batch>{batch_at(1)});
}

TEST(MemoryJournal, WorksWithoutHashes) {
  MemoryJournal journal(false);
  for (int seq = 1; seq <= 3; ++seq) EXPECT_EQ(journal.append(batch_at(seq)), Append::durable);
  EXPECT_EQ(journal.end().hash, no_hash);
  EXPECT_EQ(read_all(journal).batches.size(), 3U);
  EXPECT_FALSE(read_all(journal).error.has_value());
}

}  // namespace
}  // namespace evener
