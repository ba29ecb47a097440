// What the journal's tests share: a folder that goes away, and batches that look like real ones.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "journal/journal.h"
#include "journal/sqlite.h"

namespace evener {

// In memory where the system offers that: most of these tests flush a lot, and none cuts the power.
class TestFolder {
 public:
  TestFolder() {
    const std::string above =
        std::filesystem::is_directory("/dev/shm") ? "/dev/shm/" : testing::TempDir();
    std::string name = above + "evener-journal-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    name_ = name;
  }

  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  ~TestFolder() { std::filesystem::remove_all(name_); }

  std::string path(std::string_view name) const { return fmt::format("{}/{}", name_, name); }

 private:
  std::string name_;
};

// One fact a sequence; `padding` bytes make it larger.
inline Batch batch_at(
    std::int64_t first, std::int64_t facts = 1, std::size_t padding = 0, std::int64_t epoch = 1
) {
  std::string bytes = R"({"wall":1763726430000,"facts":[)";
  for (std::int64_t seq = first; seq < first + facts; ++seq) {
    if (seq != first) bytes += ',';
    bytes += fmt::format(
        R"({{"seq":{},"at":{},"by":"rod","type":"note_added","v":1,"task":"t{}","text":"{}"}})",
        seq,
        1000 * seq,
        seq % 3,
        std::string(padding, 'x')
    );
  }
  bytes += "]}";
  return {
      .epoch = epoch,
      .first = {first},
      .last = {first + facts - 1},
      .id = fmt::format("batch-{}", first),
      .bytes = std::move(bytes),
  };
}

// Batches of all shapes, many with overflow pages, so that a log of them has transactions of one
// frame and of several.
inline std::vector<Batch> mixed_batches(int count) {
  std::vector<Batch> batches;
  std::int64_t next = 1;
  for (int i = 0; i < count; ++i) {
    const std::int64_t facts = 1 + i % 4;
    batches.push_back(batch_at(next, facts, i % 10 == 9 ? 2500 : static_cast<std::size_t>(10 * i)));
    next += facts;
  }
  return batches;
}

// What a reader gets: all batches, or those before the error.
struct ReadBack {
  std::vector<Batch> batches;
  std::optional<Error> error = {};
};

inline ReadBack read_all(Journal& journal) {
  ReadBack back;
  const Status status = journal.read({1}, journal.end().last, [&](const StoredBatch& batch) {
    back.batches.push_back(batch);
    return true;
  });
  if (!status) back.error = status.error();
  return back;
}

// Opens the journal as a start does, and reads everything.
inline ReadBack open_and_read(const std::string& path, bool read_only = false) {
  auto journal = SqliteJournal::open(path, {.read_only = read_only});
  if (!journal) return {.batches = {}, .error = journal.error()};
  return read_all(**journal);
}

// Runs SQL on the file as another program would. Returns the first column of each row.
inline std::vector<std::string> run_sql(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
  std::vector<std::string> rows;
  const auto keep = [](void* kept, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(kept)->emplace_back(values[0] ? values[0] : "NULL");
    return 0;
  };
  char* problem = nullptr;
  EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), keep, &rows, &problem), SQLITE_OK) << problem;
  sqlite3_free(problem);
  EXPECT_EQ(sqlite3_close(connection), SQLITE_OK);
  return rows;
}

inline std::string bytes_of(const std::string& path) {
  auto bytes = read_file(path);
  EXPECT_TRUE(bytes.ok());
  return bytes.ok() ? *bytes : std::string();
}

inline void put(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

}  // namespace evener
