#include "engine/record.h"

#include <gtest/gtest.h>

#include "journal/memory.h"

namespace evener {
namespace {

Fact note(std::int64_t seq, const std::string& text) {
  return {.seq = Seq{seq}, .prev = {}, .at = 7, .by = "rod", .body = NoteAdded{.text = text}};
}

const Stamp stamp{.log = 1, .wall = 2, .mono = 3, .boot = "boot"};

StoredBatch stored(const OpenBatch& batch) {
  StoredBatch out;
  out.first = batch.first();
  out.last = batch.last();
  out.bytes = batch.sealed(stamp);
  return out;
}

TEST(OpenBatch, IsReadBackWithItsClocksAndFacts) {
  OpenBatch batch;
  for (std::int64_t seq = 5; seq <= 7; ++seq) batch.add(note(seq, "x\n\"," + std::to_string(seq)));
  const Result<ReadBatch> read = read_batch(stored(batch));
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->stamp.log, 1);
  EXPECT_EQ(read->stamp.wall, 2);
  EXPECT_EQ(read->stamp.mono, 3);
  EXPECT_EQ(read->stamp.boot, "boot");
  ASSERT_EQ(read->facts.size(), 3U);
  const std::vector<std::string_view> texts = batch.facts();
  for (std::size_t i = 0; i < 3; ++i) {
    std::string text;
    append_fact(text, read->facts[i]);
    EXPECT_EQ(text, texts[i]);
  }
}

TEST(OpenBatch, SplitInTwoIsTheSameFacts) {
  for (std::size_t at = 1; at < 4; ++at) {
    OpenBatch whole;
    OpenBatch front;
    for (std::int64_t seq = 1; seq <= 4; ++seq) {
      whole.add(note(seq, std::string(std::size_t(seq), 'x')));
      front.add(note(seq, std::string(std::size_t(seq), 'x')));
    }
    const OpenBatch back = front.split_off(at);
    EXPECT_EQ(front.count(), at);
    EXPECT_EQ(front.last().value, std::int64_t(at));
    EXPECT_EQ(back.first().value, std::int64_t(at) + 1);
    EXPECT_EQ(back.last(), Seq{4});
    EXPECT_TRUE(read_batch(stored(front)).ok());
    EXPECT_TRUE(read_batch(stored(back)).ok());
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(i < at ? front.facts()[i] : back.facts()[i - at], whole.facts()[i]);
    }
  }
}

TEST(ReadBatch, ThatIsDamagedSaysWhereAndHow) {
  OpenBatch batch;
  batch.add(note(5, "x"));
  batch.add(note(6, "y"));
  const StoredBatch good = stored(batch);
  const auto problem = [&](const std::string& from, const std::string& to) {
    StoredBatch bad = good;
    const std::size_t at = bad.bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    bad.bytes.replace(at, from.size(), to);
    const Result<ReadBatch> read = read_batch(bad);
    return read.ok() ? "" : read.error().code + ": " + read.error().message;
  };
  EXPECT_TRUE(problem("{", "").starts_with("journal_damaged: the batch at fact 5: no valid JSON"));
  EXPECT_EQ(
      problem("\"seq\":6", "\"seq\":7"),
      "journal_damaged: the batch at fact 5: fact 7 stands where 6 should"
  );
  EXPECT_EQ(problem("\"facts\":", "\"fact\":").substr(0, 15), "journal_damaged");
  EXPECT_EQ(problem("note_added", "note_dreamt").substr(0, 12), "unknown_fact");
  StoredBatch longer = good;
  longer.last = Seq{7};
  EXPECT_EQ(
      read_batch(longer).error().message, "the batch at fact 5: its facts do not reach its end"
  );
}

TEST(ReadFacts, VisitsWhatIsAskedForAndStopsWhenTold) {
  MemoryJournal journal;
  for (std::int64_t first = 1; first <= 7; first += 3) {
    OpenBatch batch;
    for (std::int64_t seq = first; seq < first + 3; ++seq) batch.add(note(seq, "x"));
    const Batch whole{
        .epoch = 1,
        .first = batch.first(),
        .last = batch.last(),
        .id = std::to_string(first),
        .bytes = batch.sealed(stamp)
    };
    ASSERT_EQ(journal.append(whole), Append::durable);
  }
  const auto visited = [&](std::int64_t from, std::int64_t to, std::size_t most) {
    std::vector<std::int64_t> seqs;
    const Status read = read_facts(journal, Seq{from}, Seq{to}, [&](const Fact& fact) {
      seqs.push_back(fact.seq.value);
      return seqs.size() < most;
    });
    EXPECT_TRUE(read.ok());
    return seqs;
  };
  EXPECT_EQ(visited(2, 5, 99), (std::vector<std::int64_t>{2, 3, 4, 5}));
  EXPECT_EQ(visited(1, 99, 2), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(visited(9, 99, 99), (std::vector<std::int64_t>{9}));
  EXPECT_TRUE(visited(10, 99, 99).empty());
}

}  // namespace
}  // namespace evener
