// Bits and blocks lost everywhere in the write-ahead log, as the writer leaves it at different
// moments. What was acknowledged is there, or the journal says that it is damaged; but for the very
// last transaction, which cannot be told from a torn one once the `-shm` file is gone.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "journal/damage_fixture.h"
#include "journal/sqlite.h"
#include "journal/wal_scan.h"

namespace evener {
namespace {

struct Moment {
  std::string name;
  std::size_t step;  // every how many bytes a bit is flipped
  std::function<void(SqliteJournal&, std::vector<Batch>&, const std::string&)> reach;
};

void PrintTo(const Moment& moment, std::ostream* out) {
  *out << moment.name;
}

void checkpoint(const std::string& path) {
  run_sql(path, "PRAGMA wal_checkpoint(PASSIVE)");
}

void append_more(SqliteJournal& journal, std::vector<Batch>& batches) {
  const std::vector<std::size_t> paddings = {0, 5000, 0, 3000, 100, 9000, 200};
  for (const std::size_t padding : paddings) {
    batches.push_back(batch_at(journal.end().last.value + 1, 1, padding));
    ASSERT_EQ(journal.append(batches.back()), Append::durable);
  }
}

class LogDamage : public Damage, public testing::WithParamInterface<Moment> {
 protected:
  void SetUp() override {
    std::vector<Batch> all;
    make([&](SqliteJournal& journal) {
      all = batches_;
      GetParam().reach(journal, all, folder_.path(fmt::format("source-{}.db", sources_)));
    });
    batches_ = all;
  }

  // What comes of these files with one bit of the log flipped.
  ReadBack with_flip(const Files& files, std::size_t at, int bit) {
    if (!in_place_) put_files(files);
    in_place_ = true;
    put_byte(at, flipped(files.log.substr(at, 1), 0, bit)[0]);
    // The scan only looks: after it, one byte makes the files whole again.
    if (auto scan = scan_wal(path_); !scan) {
      put_byte(at, files.log[at]);
      return {.batches = {}, .error = scan.error()};
    }
    in_place_ = false;
    return open_and_read(path_);
  }

 private:
  void put_byte(std::size_t at, char byte) {
    std::fstream log(path_ + "-wal", std::ios::binary | std::ios::in | std::ios::out);
    log.seekp(static_cast<long>(at)).put(byte);
  }

  bool in_place_ = false;  // the files are there, and whole
};

TEST_P(LogDamage, AnyBitFlippedLosesAtMostTheLastTransaction) {
  int found = 0;
  int last_lost = 0;
  for (std::size_t at = 0; at < whole_.log.size(); at += GetParam().step) {
    const ReadBack back = with_flip(without_index(), at, static_cast<int>(at % 8));
    if (back.error)
      ++found;
    else if (back.batches == all_but(1))
      ++last_lost;
    else
      ASSERT_EQ(back.batches, batches_) << "flipped byte " << at;
  }
  EXPECT_GT(found, 20);
  EXPECT_GT(last_lost, 0);
}

TEST_P(LogDamage, AnyBitFlippedInAFramesHeaderLosesAtMostTheLastTransaction) {
  for (std::size_t number = 1; number <= frames_in_log(); number += 3) {
    for (std::size_t bit = number % 5; bit < frame_header * 8; bit += 5) {
      const std::size_t at = frame_at(number) + bit / 8;
      const ReadBack back = with_flip(without_index(), at, static_cast<int>(bit % 8));
      ASSERT_TRUE(back.error || back.batches == all_but(1) || back.batches == batches_)
          << "frame " << number << " bit " << bit;
    }
  }
}

TEST_P(LogDamage, AnyBitFlippedLosesNothingWhileTheIndexIsThere) {
  for (std::size_t at = 0; at < whole_.log.size(); at += 3 * GetParam().step) {
    const ReadBack back = with_flip(whole_, at, static_cast<int>(at % 8));
    ASSERT_TRUE(back.error || back.batches == batches_) << "flipped byte " << at;
  }
}

TEST_P(LogDamage, ALostBlockLosesNothingWhileTheIndexIsThere) {
  constexpr std::size_t block = 4096;
  for (std::size_t at = 0; at < whole_.log.size(); at += block) {
    std::string log = whole_.log;
    log.replace(at, block, std::min(block, log.size() - at), '\0');
    const ReadBack back = open({whole_.main, log, whole_.index});
    ASSERT_TRUE(back.error || back.batches == batches_) << "lost block at " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Moments,
    LogDamage,
    testing::Values(
        Moment{"Growing", 97, [](SqliteJournal&, std::vector<Batch>&, const std::string&) {}},
        Moment{
            "CopiedToTheMainFile",
            389,
            [](SqliteJournal&, std::vector<Batch>&, const std::string& path) { checkpoint(path); }
        },
        Moment{
            "BegunAnew",
            389,
            [](SqliteJournal& journal, std::vector<Batch>& batches, const std::string& path) {
              checkpoint(path);
              append_more(journal, batches);
            }
        }
    ),
    [](const auto& moment) { return moment.param.name; }
);

}  // namespace
}  // namespace evener
