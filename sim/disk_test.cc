// The disk keeps what was flushed, whatever else is lost.
#include "disk.h"

#include <gtest/gtest.h>

#include "disk_vfs.h"
#include "journal/sqlite.h"

namespace evener::sim {
namespace {

Disk::Survival nothing() {
  return {.stays = [](std::size_t) { return false; }};
}

Disk::Survival only(std::size_t piece) {
  return {.stays = [piece](std::size_t at) { return at == piece; }};
}

std::string read(const Disk& disk, const std::string& path) {
  const Result<std::string> bytes = disk.read(path);
  return bytes.ok() ? *bytes : bytes.error().code;
}

TEST(SimulatedDisk, KeepsWhatWasFlushedAndForgetsTheRest) {
  Disk disk;
  const DiskFileRef file = disk.create("/a");
  ASSERT_TRUE(disk.write(file, 0, "kept") && disk.flush(file));
  ASSERT_TRUE(disk.write(file, 4, " lost"));
  EXPECT_EQ(read(disk, "/a"), "kept lost");
  disk.power_failed(nothing());
  EXPECT_EQ(read(disk, "/a"), "kept");
}

TEST(SimulatedDisk, AProcessThatEndsLosesNothing) {
  Disk disk;
  ASSERT_TRUE(disk.write(disk.create("/a"), 0, "written"));
  disk.die();
  EXPECT_FALSE(disk.write(disk.find("/a"), 0, "x"));
  disk.process_ended();
  EXPECT_EQ(read(disk, "/a"), "written");
}

TEST(SimulatedDisk, KeepsAnySectorsOfWhatWasNotFlushed) {
  Disk disk;
  const DiskFileRef file = disk.create("/a");
  ASSERT_TRUE(disk.flush(file));
  ASSERT_TRUE(disk.write(file, 0, std::string(sector_bytes, 'x') + std::string(sector_bytes, 'y')));
  EXPECT_EQ(disk.at_stake(), 2U);
  Disk torn(disk);
  disk.power_failed(only(1));
  EXPECT_EQ(read(disk, "/a"), std::string(sector_bytes, '\0') + std::string(sector_bytes, 'y'));
  torn.power_failed({.stays = [](std::size_t at) { return at == 0; }, .torn = 0});
  EXPECT_EQ(read(torn, "/a"), std::string(sector_bytes / 2, 'x'));
}

TEST(SimulatedDisk, ARemovalIsKeptOnceItsFolderIsFlushed) {
  Disk disk;
  ASSERT_TRUE(disk.flush(disk.create("/a")) && disk.flush(disk.create("/b")));
  ASSERT_TRUE(disk.remove_name("/a", false));
  disk.power_failed(nothing());
  EXPECT_EQ(read(disk, "/a"), "");
  ASSERT_TRUE(disk.remove_name("/b", true));
  disk.power_failed(nothing());
  EXPECT_EQ(read(disk, "/b"), "file_missing");
}

TEST(SimulatedDisk, AFlushThatFailsIsNeverMadeUpFor) {
  Disk disk;
  SeededNumbers random(1);
  const DiskFileRef file = disk.create("/a");
  ASSERT_TRUE(disk.flush(file));
  for (std::uint64_t at = 0; at < 16; ++at) {
    ASSERT_TRUE(disk.write(file, at * sector_bytes, std::string(sector_bytes, 'x')));
  }
  disk.fail_next(DiskFault::flush_fails, random);
  EXPECT_FALSE(disk.flush(file));
  EXPECT_EQ(read(disk, "/a"), std::string(16 * sector_bytes, 'x'));
  ASSERT_TRUE(disk.flush(file));
  ASSERT_TRUE(disk.write_again("/a").ok());
  Disk again(disk);
  again.power_failed(nothing());
  EXPECT_EQ(read(again, "/a"), std::string(16 * sector_bytes, 'x'));
}

TEST(SimulatedDisk, WithoutTheSecondWritingAFailedFlushLeavesHoles) {
  Disk disk;
  SeededNumbers random(1);
  const DiskFileRef file = disk.create("/a");
  ASSERT_TRUE(disk.flush(file));
  for (std::uint64_t at = 0; at < 16; ++at) {
    ASSERT_TRUE(disk.write(file, at * sector_bytes, std::string(sector_bytes, 'x')));
  }
  disk.fail_next(DiskFault::flush_fails, random);
  EXPECT_FALSE(disk.flush(file));
  ASSERT_TRUE(disk.flush(file));
  disk.power_failed(nothing());
  EXPECT_NE(read(disk, "/a"), std::string(16 * sector_bytes, 'x'));
}

TEST(SimulatedDisk, NothingGrowsWithoutRoom) {
  Disk disk;
  SeededNumbers random(1);
  const DiskFileRef file = disk.create("/a");
  ASSERT_TRUE(disk.write(file, 0, "some"));
  disk.fail_next(DiskFault::no_space, random);
  EXPECT_FALSE(disk.write(file, 4, "more"));
  EXPECT_TRUE(disk.ran_full());
  EXPECT_TRUE(disk.write(file, 0, "SOME"));
  EXPECT_FALSE(disk.write(file, 4, "more"));
  disk.make_room();
  EXPECT_TRUE(disk.write(file, 4, "more"));
}

TEST(SimulatedDisk, ReplacesAFileWholeOrNotAtAll) {
  const std::array<std::string_view, 2> old{"o", "ld"};
  const std::array<std::string_view, 2> fresh{"ne", "w"};
  for (std::uint64_t operation = 1; operation <= 8; ++operation) {
    Disk disk;
    ASSERT_TRUE(disk.replace("/f", "a", old).ok());
    disk.die_at(disk.operations() + operation);
    const bool done = disk.replace("/f", "a", fresh).ok();
    disk.power_failed(nothing());
    EXPECT_EQ(read(disk, "/f/a"), done ? "new" : "old") << operation;
  }
}

// Two connections, as a server and a reader beside it.
TEST(SimulatedDisk, BearsAJournalWithAReaderBesideIt) {
  Disk disk;
  use_disk(disk);
  seed_sqlite(1);
  SqliteJournalOptions options{.vfs = disk_vfs_name, .files = &disk, .create = true};
  auto writer = SqliteJournal::open("/test/journal.db", options);
  ASSERT_TRUE(writer.ok()) << writer.error().text();
  const Batch batch{.epoch = 1, .first = {1}, .last = {2}, .id = "one", .bytes = "{}"};
  ASSERT_EQ((*writer)->append(batch), Append::durable);
  options.create = false;
  options.read_only = true;
  auto reader = SqliteJournal::open("/test/journal.db", options);
  ASSERT_TRUE(reader.ok()) << reader.error().text();
  EXPECT_EQ((*reader)->end().last, Seq{2});
  disk.die();
}

}  // namespace
}  // namespace evener::sim
