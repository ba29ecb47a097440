#include "journal/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "journal/test_journal.h"

namespace evener {
namespace {

const std::string hash_a(64, 'a');
const std::string hash_b(64, 'b');

class Snapshots : public testing::Test {
 protected:
  void save(std::int64_t seq, const std::string& bytes, const std::string& hash = hash_a) {
    const Status saved = store_.save({{seq}, hash}, bytes);
    ASSERT_TRUE(saved.ok()) << saved.error().text();
  }

  std::string path(std::int64_t seq) const {
    return folder_.path(fmt::format("snapshots/{}.snapshot", seq));
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path("snapshots")))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  // Damages the newest of two and expects the older, with a reason that names the damage.
  void expect_skipped(const std::string& damaged_bytes, std::string_view reason) {
    save(10, "ten");
    save(20, "twenty");
    put(path(20), damaged_bytes);
    const SnapshotSearch search = store_.latest();
    ASSERT_TRUE(search.found.has_value());
    EXPECT_EQ(search.found->mark().seq, Seq{10});
    EXPECT_EQ(search.found->bytes(), "ten");
    ASSERT_EQ(search.skipped.size(), 1U);
    EXPECT_EQ(search.skipped[0].code, "snapshot_damaged");
    EXPECT_EQ(search.skipped[0].where, path(20));
    EXPECT_NE(search.skipped[0].message.find(reason), std::string::npos)
        << search.skipped[0].message;
  }

  // The file of snapshot 20, as expect_skipped saves it.
  std::string file_of_20() {
    save(20, "twenty");
    return bytes_of(path(20));
  }

  TestFolder folder_;
  SnapshotStore store_{folder_.path("snapshots")};
};

TEST_F(Snapshots, ThereAreNoneAtFirst) {
  const SnapshotSearch search = store_.latest();
  EXPECT_FALSE(search.found.has_value());
  EXPECT_TRUE(search.skipped.empty());
}

TEST_F(Snapshots, GiveBackTheNewest) {
  save(9, "nine");
  save(100, std::string("a\0b\n", 4), hash_b);
  const SnapshotSearch search = store_.latest();
  ASSERT_TRUE(search.found.has_value());
  EXPECT_EQ(search.found->mark(), (SnapshotMark{{100}, hash_b}));
  EXPECT_EQ(search.found->bytes(), std::string_view("a\0b\n", 4));
  EXPECT_TRUE(search.skipped.empty());
}

TEST_F(Snapshots, MayBeEmptyOrLarge) {
  save(1, "");
  EXPECT_EQ(store_.latest().found->bytes(), "");
  const std::string large(3'000'000, 'x');
  save(2, large);
  EXPECT_TRUE(store_.latest().found->bytes() == large);
}

TEST_F(Snapshots, OnlyTheNewestTwoAreKept) {
  for (const std::int64_t seq : {8, 9, 10, 11}) save(seq, "state");
  EXPECT_EQ(files(), (std::vector<std::string>{"10.snapshot", "11.snapshot"}));
}

TEST_F(Snapshots, OneThatIsSavedAgainReplacesTheOld) {
  save(5, "old");
  save(5, "new");
  EXPECT_EQ(store_.latest().found->bytes(), "new");
  EXPECT_EQ(files(), std::vector<std::string>{"5.snapshot"});
}

TEST_F(Snapshots, OfALongerJournalStayWhenAShorterOneSaves) {
  save(900, "restored away");
  save(500, "after the restore", hash_b);
  save(501, "after the restore", hash_b);
  save(502, "after the restore", hash_b);
  EXPECT_EQ(files(), (std::vector<std::string>{"501.snapshot", "502.snapshot", "900.snapshot"}));
}

TEST_F(Snapshots, AreFoundByWhatTheyHold) {
  save(10, "ten", hash_a);
  save(20, "twenty", hash_b);
  const SnapshotSearch search =
      store_.latest_matching([](const SnapshotMark& mark) { return mark.journal_hash == hash_a; });
  ASSERT_TRUE(search.found.has_value());
  EXPECT_EQ(search.found->bytes(), "ten");
  EXPECT_TRUE(search.skipped.empty()) << "one that does not fit is not damaged";
}

TEST_F(Snapshots, LeftHalfWrittenAreNotSeenAndAreSweptAway) {
  save(10, "ten");
  put(path(20) + ".Ab12Cd", "evener-snapshot 2 20");
  EXPECT_EQ(store_.latest().found->mark().seq, Seq{10});
  EXPECT_TRUE(store_.latest().skipped.empty());
  save(11, "eleven");
  EXPECT_EQ(files(), (std::vector<std::string>{"10.snapshot", "11.snapshot"}));
}

TEST_F(Snapshots, StrangeFilesAreLeftAlone) {
  save(10, "ten");
  put(folder_.path("snapshots/notes.snapshot"), "mine");
  put(folder_.path("snapshots/-1.snapshot"), "mine");
  save(11, "eleven");
  EXPECT_EQ(store_.latest().found->mark().seq, Seq{11});
  EXPECT_EQ(files().size(), 4U);
}

TEST_F(Snapshots, TruncatedAreSkipped) {
  expect_skipped(file_of_20().substr(0, file_of_20().size() - 1), "its first line says 6");
}

TEST_F(Snapshots, EmptyAreSkipped) {
  expect_skipped("", "the first line");
}

TEST_F(Snapshots, OfAnotherFormatAreSkipped) {
  std::string file = file_of_20();
  file.replace(file.find(" 2 "), 3, " 3 ");
  expect_skipped(file, "`evener-snapshot 2`");
}

TEST_F(Snapshots, UnderAnotherNameAreSkipped) {
  save(19, "nineteen");
  const std::string nineteen = bytes_of(path(19));
  std::filesystem::remove(path(19));
  expect_skipped(nineteen, "it holds seq 19, its name says 20");
}

TEST_F(Snapshots, WithAnyBitFlippedAreSkipped) {
  save(10, "ten");
  save(20, "twenty");
  const std::string whole = bytes_of(path(20));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int bit : {0, 3, 6}) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      put(path(20), flipped);
      const SnapshotSearch search = store_.latest();
      ASSERT_TRUE(search.found.has_value());
      ASSERT_EQ(search.found->mark().seq, Seq{10}) << "byte " << i << " bit " << bit;
      ASSERT_EQ(search.skipped.size(), 1U);
    }
  }
}

TEST_F(Snapshots, SayWhyTheyCannotBeSaved) {
  put(folder_.path("snapshots"), "a file where the folder should be");
  const Status saved = store_.save({{1}, hash_a}, "state");
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().where, folder_.path("snapshots"));
}

}  // namespace
}  // namespace evener
