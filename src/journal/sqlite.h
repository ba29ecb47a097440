// A journal in one SQLite file, so that any SQL tool can read a pool's history. docs/journal.md
// describes the file, and what is detected when it was damaged.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "journal/chain.h"
#include "journal/files.h"
#include "journal/journal.h"
#include "journal/sqlite_connection.h"
#include "journal/wal_scan.h"

namespace evener {

// That a file is open in this process. While it is, nobody here may open and close the same file
// past SQLite: POSIX would take SQLite's locks away at the first close.
class OpenFile {
 public:
  // Scans the log beside `path` if no journal in this process has the file open.
  static Result<OpenFile> scan_and_mark(
      const std::string& path, const DiskFiles& files, WalScan& found
  );

  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

 private:
  explicit OpenFile(std::string name);

  std::string name_;  // with no links in it; "" after a move
};

struct SqliteJournalOptions {
  std::string vfs = {};                // SQLite's own by default
  DiskFiles* files = &system_files();  // the same files, past SQLite
  bool create = false;                 // make the journal if the file is missing or empty
  bool read_only = false;              // to read beside the writer; append is then a bug
  int busy_ms = 2000;                  // how long to wait for another process that holds the file
};

class SqliteJournal : public Journal {
 public:
  // Quick: of the batches, only the last is held against its hash. Fails with `journal_missing`,
  // `not_a_journal` (another program's file, or none), `journal_version` (a newer Evener's),
  // `journal_damaged`, `journal_busy`, `read_only`, `disk_full`, `io_error`, `journal_failed`.
  static Result<std::unique_ptr<SqliteJournal>> open(
      const std::string& path, const SqliteJournalOptions& options = {}
  );

  SqliteJournal(const SqliteJournal&) = delete;
  SqliteJournal& operator=(const SqliteJournal&) = delete;
  ~SqliteJournal() override;

  const JournalEnd& end() const override { return point_.end(); }

  Append append(const Batch& batch) override;

  const Error& last_error() const override { return point_.last_error(); }

  Status read(Seq from, Seq to, const std::function<bool(const StoredBatch&)>& visit) override;

  // Reads everything.
  Status verify_all();

  // What the write-ahead log held when the journal was opened. `unfinished` frames are what a
  // crash left of a batch that was never acknowledged, and are worth a line in the server's log.
  const WalScan& log_found() const { return log_found_; }

 private:
  SqliteJournal(
      std::string path,
      OpenFile mark,
      WalScan log_found,
      SqliteConnection connection,
      SqliteStatement insert,
      JournalEnd end
  );

  Status checkpoint_when_due();

  std::string path_;
  OpenFile mark_;
  WalScan log_found_;
  SqliteConnection connection_;
  SqliteStatement insert_;
  AppendPoint point_;
  int log_frames_ = 0;        // the write-ahead log's length after the last commit
  int checkpoint_tried_ = 0;  // its length when it was last copied into the main file
};

}  // namespace evener
