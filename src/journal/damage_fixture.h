// A journal whose log holds thirty batches, to be damaged in copies of its files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/sqlite.h"
#include "journal/test_journal.h"

namespace evener {

struct Files {
  std::string main;
  std::string log;
  std::string index;
};

// The files as they are while a connection is open; "" for one that is not there.
inline Files files_of(const std::string& path) {
  const auto read = [](const std::string& name) {
    return std::filesystem::exists(name) ? bytes_of(name) : std::string();
  };
  return {read(path), read(path + "-wal"), read(path + "-shm")};
}

inline std::string flipped(std::string bytes, std::size_t at, int bit = 2) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
  return bytes;
}

class Damage : public testing::Test {
 protected:
  static constexpr std::size_t log_header = 32;
  static constexpr std::size_t frame_header = 24;
  static constexpr std::size_t frame = frame_header + 4096;

  void SetUp() override { make(); }

  // Fills `whole_` with a journal of `batches_`, whose log holds all of them.
  void make(const std::function<void(SqliteJournal&)>& afterwards = {}) {
    batches_ = mixed_batches(30);
    const std::string path = folder_.path(fmt::format("source-{}.db", ++sources_));
    ASSERT_TRUE(SqliteJournal::open(path, {.create = true}).ok());
    auto journal = SqliteJournal::open(path);
    ASSERT_TRUE(journal.ok()) << journal.error().text();
    for (const Batch& batch : batches_) {
      before_last_ = files_of(path);
      ASSERT_EQ((*journal)->append(batch), Append::durable);
    }
    if (afterwards) afterwards(**journal);
    whole_ = files_of(path);
    ASSERT_GE(whole_.log.size(), 30 * frame);
    ASSERT_FALSE(whole_.index.empty());
  }

  // Opens these files, and reads everything.
  ReadBack open(const Files& files) {
    put_files(files);
    return open_and_read(path_);
  }

  void put_files(const Files& files) {
    const auto write = [](const std::string& name, const std::string& bytes) {
      std::filesystem::remove(name);
      if (!bytes.empty()) put(name, bytes);
    };
    write(path_, files.main);
    write(path_ + "-wal", files.log);
    write(path_ + "-shm", files.index);
  }

  Files without_index() const { return {whole_.main, whole_.log, ""}; }

  // A closed journal: everything is in the main file.
  Files closed() {
    open(whole_);
    Files files = files_of(path_);
    EXPECT_TRUE(files.log.empty());
    return files;
  }

  std::vector<Batch> all_but(std::size_t dropped) const {
    return {batches_.begin(), batches_.end() - static_cast<long>(dropped)};
  }

  void expect_damaged(const ReadBack& back, std::string_view words) {
    ASSERT_TRUE(back.error.has_value());
    EXPECT_EQ(back.error->code, "journal_damaged") << back.error->text();
    EXPECT_NE(back.error->message.find(words), std::string::npos) << back.error->message;
  }

  // Changes a closed journal by SQL, as somebody might by hand.
  ReadBack after_sql(const std::string& sql) {
    open(whole_);
    run_sql(path_, sql);
    return open_and_read(path_);
  }

  std::size_t frames_in_log() const { return (whole_.log.size() - log_header) / frame; }

  // Where frame `number` begins, from 1.
  static std::size_t frame_at(std::size_t number) { return log_header + (number - 1) * frame; }

  TestFolder folder_;
  std::string path_ = folder_.path("journal.db");
  int sources_ = 0;
  std::vector<Batch> batches_;
  Files whole_;
  Files before_last_;  // without the last batch
};

}  // namespace evener
