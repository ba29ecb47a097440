// What only the SQLite journal has: its file, its errors, other programs beside it.
#include "journal/sqlite.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "journal/test_journal.h"

namespace evener {
namespace {

// An SQLite file layer whose logs can be told to fail; all else goes to SQLite's own.
struct FailingDisk {
  static constexpr const char* name = "failing";

  // What the next writes and flushes of a log answer, and the asking for its index.
  static inline int write_result = SQLITE_OK;
  static inline int flush_result = SQLITE_OK;
  static inline int index_result = SQLITE_OK;

  static void install() {
    static sqlite3_vfs layer = *sqlite3_vfs_find(nullptr);
    layer.zName = name;
    layer.xOpen = open;
    sqlite3_vfs_register(&layer, 0);
    write_result = SQLITE_OK;
    flush_result = SQLITE_OK;
    index_result = SQLITE_OK;
  }

 private:
  static inline const sqlite3_io_methods* own = nullptr;
  static inline sqlite3_io_methods failing = {};
  static inline const sqlite3_io_methods* own_main = nullptr;
  static inline sqlite3_io_methods failing_main = {};

  // The index belongs to the main file.
  static void spoil_index(sqlite3_file* file) {
    own_main = file->pMethods;
    failing_main = *own_main;
    failing_main.xShmMap = [](sqlite3_file* main, int page, int size, int extend, volatile void** at
                           ) {
      return index_result != SQLITE_OK ? index_result
                                       : own_main->xShmMap(main, page, size, extend, at);
    };
    file->pMethods = &failing_main;
  }

  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* opened) {
    sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
    const int result = below->xOpen(below, path, file, flags, opened);
    if (result == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) spoil_index(file);
    if (result != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return result;
    own = file->pMethods;
    failing = *own;
    failing.xWrite = [](sqlite3_file* log, const void* bytes, int size, sqlite3_int64 at) {
      return write_result != SQLITE_OK ? write_result : own->xWrite(log, bytes, size, at);
    };
    failing.xSync = [](sqlite3_file* log, int how) {
      return flush_result != SQLITE_OK ? flush_result : own->xSync(log, how);
    };
    file->pMethods = &failing;
    return SQLITE_OK;
  }
};

class SqliteJournalFile : public testing::Test {
 protected:
  std::unique_ptr<SqliteJournal> open(const SqliteJournalOptions& options = {}) {
    auto journal = SqliteJournal::open(path_, options);
    EXPECT_TRUE(journal.ok()) << journal.error().text();
    return journal.ok() ? std::move(journal).value() : nullptr;
  }

  std::unique_ptr<SqliteJournal> create() { return open({.create = true}); }

  // The code of the error that opening answers; "" if it succeeds.
  std::string code(const SqliteJournalOptions& options = {}) {
    auto journal = SqliteJournal::open(path_, options);
    return journal.ok() ? "" : journal.error().code;
  }

  void create_with(int batches) {
    auto journal = create();
    for (int seq = 1; seq <= batches; ++seq)
      ASSERT_EQ(journal->append(batch_at(seq)), Append::durable);
  }

  TestFolder folder_;
  std::string path_ = folder_.path("journal.db");
};

TEST_F(SqliteJournalFile, IsThereAtTheNextStart) {
  create_with(3);
  auto journal = open();
  EXPECT_EQ(journal->end().last, Seq{3});
  EXPECT_EQ(journal->end().bytes, batch_at(3).bytes);
  EXPECT_EQ(journal->append(batch_at(4)), Append::durable);
  EXPECT_EQ(read_all(*journal).batches.size(), 4U);
  EXPECT_TRUE(journal->verify_all().ok());
}

TEST_F(SqliteJournalFile, IsThereAtTheNextStartWhenNothingWasAppended) {
  create_with(0);
  EXPECT_EQ(open()->end().last, Seq{0});
}

TEST_F(SqliteJournalFile, IsOneFileAfterACleanEnd) {
  create_with(3);
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
}

TEST_F(SqliteJournalFile, IsNotMadeUnlessAsked) {
  EXPECT_EQ(code(), "journal_missing");
  EXPECT_FALSE(std::filesystem::exists(path_));
  put(path_, "");
  EXPECT_EQ(code(), "not_a_journal");
  EXPECT_EQ(code({.create = true}), "");
  EXPECT_EQ(code(), "");
}

TEST_F(SqliteJournalFile, CreateKeepsWhatIsThere) {
  create_with(3);
  EXPECT_EQ(create()->end().last, Seq{3});
}

TEST_F(SqliteJournalFile, OfAnotherProgramIsRefused) {
  run_sql(path_, "CREATE TABLE batches (x)");
  EXPECT_EQ(code(), "not_a_journal");
  EXPECT_EQ(code({.create = true}), "not_a_journal");
  put(path_, std::string(5000, 'x'));
  EXPECT_EQ(code(), "not_a_journal");
}

TEST_F(SqliteJournalFile, OfAnotherFormatIsRefused) {
  create_with(1);
  run_sql(path_, "PRAGMA user_version = 2");
  auto journal = SqliteJournal::open(path_);
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().code, "journal_version");
  EXPECT_EQ(journal.error().message, "format 2; this Evener reads format 1");
}

TEST_F(SqliteJournalFile, CanBeReadBesideItsWriter) {
  auto writer = create();
  ASSERT_EQ(writer->append(batch_at(1)), Append::durable);
  auto reader = open({.read_only = true});
  ASSERT_EQ(writer->append(batch_at(2)), Append::durable);
  EXPECT_EQ(read_all(*reader).batches.size(), 1U) << "its end is what it saw when it was opened";
  EXPECT_EQ(read_all(*open({.read_only = true})).batches.size(), 2U);
  EXPECT_EQ(writer->append(batch_at(3)), Append::durable);
}

TEST_F(SqliteJournalFile, IsReadByAnySqlToolBesideItsWriter) {
  auto writer = create();
  ASSERT_EQ(writer->append(batch_at(1, 3)), Append::durable);
  ASSERT_EQ(writer->append(batch_at(4, 2)), Append::durable);
  EXPECT_EQ(
      run_sql(path_, "SELECT seq FROM facts"), (std::vector<std::string>{"1", "2", "3", "4", "5"})
  );
  EXPECT_EQ(
      run_sql(
          path_,
          "SELECT at || ' ' || \"by\" || ' ' || type || ' ' || task || ' ' || ifnull(worker, '-') "
          "|| "
          "' ' || wall FROM facts WHERE seq = 4"
      ),
      std::vector<std::string>{"4000 rod note_added t1 - 1763726430000"}
  );
  EXPECT_EQ(
      run_sql(path_, "SELECT fact FROM facts WHERE seq = 2"),
      std::vector<std::string>{
          R"({"seq":2,"at":2000,"by":"rod","type":"note_added","v":1,"task":"t2","text":""})"
      }
  );
  EXPECT_EQ(writer->append(batch_at(6)), Append::durable);
}

TEST_F(SqliteJournalFile, ItsViewNamesTasksAndWorkersByTheirSpecs) {
  Batch batch = batch_at(1, 2);
  batch.bytes = R"({"wall":1,"facts":[{"seq":1,"type":"task_added","spec":{"id":"t9"}},)"
                R"({"seq":2,"type":"worker_registered","spec":{"name":"w9"}}]})";
  ASSERT_EQ(create()->append(batch), Append::durable);
  EXPECT_EQ(
      run_sql(path_, "SELECT coalesce(task, worker) FROM facts"),
      (std::vector<std::string>{"t9", "w9"})
  );
}

// The fenced blocks of docs/journal.md that are queries.
std::vector<std::string> documented_queries() {
  const std::string text = bytes_of(EVENER_SOURCE "/docs/journal.md");
  std::string_view page = text;
  std::vector<std::string> queries;
  constexpr std::string_view fence = "```sql\n";
  for (auto at = page.find(fence); at != page.npos; at = page.find(fence)) {
    page.remove_prefix(at + fence.size());
    const std::string_view block = page.substr(0, page.find("```"));
    if (block.find("SELECT") != block.npos) queries.emplace_back(block);
  }
  return queries;
}

TEST_F(SqliteJournalFile, AnswersTheDocumentedQueries) {
  auto journal = create();
  ASSERT_EQ(journal->append(batch_at(1, 3)), Append::durable);
  const std::vector<std::string> queries = documented_queries();
  ASSERT_FALSE(queries.empty());
  for (const std::string& query : queries) EXPECT_FALSE(run_sql(path_, query).empty()) << query;
}

TEST_F(SqliteJournalFile, ASecondWriterDeposesTheFirst) {
  auto first = create();
  ASSERT_EQ(first->append(batch_at(1)), Append::durable);
  auto second = open();
  ASSERT_EQ(second->append(batch_at(2, 1, 0, 2)), Append::durable);
  EXPECT_EQ(first->append(batch_at(2)), Append::deposed);
  EXPECT_EQ(first->last_error().code, "journal_deposed");
  EXPECT_EQ(first->append(batch_at(2)), Append::deposed);
  EXPECT_EQ(read_all(*second).batches, (std::vector<Batch>{batch_at(1), batch_at(2, 1, 0, 2)}));
}

TEST_F(SqliteJournalFile, HeldByAnotherProgramIsBusy) {
  auto journal = create();
  journal.reset();
  journal = open({.busy_ms = 1});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(journal->append(batch_at(1)), Append::unknown);
  EXPECT_EQ(journal->last_error().code, "journal_busy");
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(journal->append(batch_at(1)), Append::unknown) << "it stays silent";
  EXPECT_EQ(sqlite3_close(other), SQLITE_OK);
  journal.reset();
  EXPECT_EQ(open()->append(batch_at(1)), Append::durable);
}

TEST_F(SqliteJournalFile, AFullDiskMakesAnAppendUnknown) {
  FailingDisk::install();
  create();
  auto journal = open({.vfs = FailingDisk::name});
  ASSERT_EQ(journal->append(batch_at(1)), Append::durable);
  FailingDisk::write_result = SQLITE_FULL;
  EXPECT_EQ(journal->append(batch_at(2)), Append::unknown);
  EXPECT_EQ(journal->last_error().code, "disk_full");
  FailingDisk::write_result = SQLITE_OK;
  EXPECT_EQ(journal->append(batch_at(2)), Append::unknown) << "it stays silent";
  journal.reset();
  EXPECT_EQ(open()->end().last, Seq{1});
}

TEST_F(SqliteJournalFile, IsReadOnAFullDiskUnlessItsLogHoldsSomething) {
  FailingDisk::install();
  create_with(2);
  FailingDisk::index_result = SQLITE_FULL;
  EXPECT_EQ(code({.vfs = FailingDisk::name}), "disk_full");
  const auto read = open({.vfs = FailingDisk::name, .read_only = true});
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read_all(*read).batches.size(), 2U);
  const auto writer = open();
  ASSERT_EQ(writer->append(batch_at(3)), Append::durable);
  EXPECT_EQ(code({.vfs = FailingDisk::name, .read_only = true}), "disk_full");
}

TEST_F(SqliteJournalFile, AFailedFlushMakesAnAppendUnknown) {
  FailingDisk::install();
  create();
  auto journal = open({.vfs = FailingDisk::name});
  ASSERT_EQ(journal->append(batch_at(1)), Append::durable);
  FailingDisk::flush_result = SQLITE_IOERR_FSYNC;
  EXPECT_EQ(journal->append(batch_at(2)), Append::unknown);
  EXPECT_EQ(journal->last_error().code, "io_error");
  FailingDisk::flush_result = SQLITE_OK;
  journal.reset();
  EXPECT_TRUE(std::filesystem::exists(path_ + "-wal")) << "the log is left as it was";
  auto again = open();
  EXPECT_EQ(again->append(batch_at(again->end().last.value + 1)), Append::durable);
  EXPECT_TRUE(again->verify_all().ok());
}

TEST_F(SqliteJournalFile, ItsLogStaysBounded) {
  auto journal = create();
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(journal->append(batch_at(i + 1)), Append::durable);
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 5'000'000U);
  EXPECT_TRUE(journal->verify_all().ok());
}

TEST_F(SqliteJournalFile, ItsLogBeginsAnewWhenAReaderLeaves) {
  auto journal = create();
  ASSERT_EQ(journal->append(batch_at(1)), Append::durable);
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &reader), SQLITE_OK);
  const auto run = [&](const char* sql) {
    ASSERT_EQ(sqlite3_exec(reader, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  };
  run("BEGIN; SELECT count(*) FROM batches");
  int seq = 2;
  const auto append_until = [&](int end) {
    for (; seq < end; ++seq) ASSERT_EQ(journal->append(batch_at(seq)), Append::durable);
  };
  append_until(2500);
  const auto held_up = std::filesystem::file_size(path_ + "-wal");
  run("COMMIT");
  append_until(5000);
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), held_up * 3 / 2) << "it began anew";
  EXPECT_EQ(sqlite3_close(reader), SQLITE_OK);
  EXPECT_TRUE(journal->verify_all().ok());
}

class OtherUser {  // who may not do everything, as root may
 public:
  OtherUser() { EXPECT_EQ(::seteuid(65534), 0); }

  OtherUser(const OtherUser&) = delete;
  OtherUser& operator=(const OtherUser&) = delete;

  ~OtherUser() { EXPECT_EQ(::seteuid(0), 0); }
};

TEST_F(SqliteJournalFile, ThatCannotBeWrittenSaysSo) {
  create_with(1);
  if (::geteuid() == 0) {
    std::filesystem::permissions(folder_.path(""), std::filesystem::perms(0755));
    const OtherUser nobody;
    EXPECT_EQ(code(), "read_only") << "the file is root's";
    return;
  }
  std::filesystem::permissions(path_, std::filesystem::perms(0444));
  EXPECT_EQ(code(), "read_only") << "the file is read-only";
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  std::filesystem::permissions(folder_.path(""), std::filesystem::perms(0555));
  EXPECT_EQ(code(), "read_only") << "the folder is read-only";
  std::filesystem::permissions(folder_.path(""), std::filesystem::perms(0755));
}

TEST_F(SqliteJournalFile, IsReadWhereNobodyCanWrite) {
  create_with(3);
  const bool is_root = ::geteuid() == 0;
  std::filesystem::permissions(path_, std::filesystem::perms(0444));
  std::filesystem::permissions(folder_.path(""), std::filesystem::perms(0555));
  {
    std::optional<OtherUser> nobody;
    if (is_root) nobody.emplace();
    auto journal = open({.read_only = true});
    ASSERT_NE(journal, nullptr);
    EXPECT_EQ(read_all(*journal).batches.size(), 3U);
    EXPECT_TRUE(journal->verify_all().ok());
  }
  std::filesystem::permissions(folder_.path(""), std::filesystem::perms(0755));
}

using SqliteJournalFileDeathTest = SqliteJournalFile;

TEST_F(SqliteJournalFileDeathTest, AppendingToAReadOnlyJournalEndsTheProcess) {
  create_with(1);
  auto journal = open({.read_only = true});
  EXPECT_DEATH((void)journal->append(batch_at(2)), "opened to be read");
}

}  // namespace
}  // namespace evener
