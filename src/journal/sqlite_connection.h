// One connection to an SQLite file and its statements: the C interface with ownership and with
// our errors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace evener {

// A prepared statement. Must not outlive its connection.
class SqliteStatement {
 public:
  // Parameters count from 1. Text must stay where it is until the next reset.
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view text);
  void bind_null(int parameter);

  // True: a row is there. False: the statement has run to its end.
  Result<bool> step();

  // Makes the statement ready to run again. An error of the last step has been told by it.
  void reset();

  // Columns count from 0. The text is valid until the next step or reset.
  std::int64_t integer(int column);
  std::string_view text(int column);

 private:
  friend class SqliteConnection;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  SqliteStatement(sqlite3_stmt* statement, std::string place);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string place_;
};

class SqliteConnection {
 public:
  // still: to be read, and nobody writes, so that no lock and no index of the WAL is needed.
  enum class Access { still, read_only, read_write, create };

  // `vfs` "" is SQLite's own. Errors of this class and of its statements have the codes
  // `disk_full`, `read_only`, `journal_missing`, `not_a_journal` (no SQLite file),
  // `journal_damaged` (SQLite found it so), `journal_busy`, `io_error`, else `journal_failed`.
  static Result<SqliteConnection> open(
      const std::string& path, Access access, const std::string& vfs
  );

  // Runs statements whose rows nobody wants.
  Status run(const std::string& sql);

  // The first column of the first row.
  Result<std::string> ask(std::string_view sql);

  Result<SqliteStatement> prepare(std::string_view sql);

  // How many rows the last INSERT wrote.
  std::int64_t rows_written() const;

  // Whether the file cannot be written, whatever was asked for.
  bool read_only() const;

  // How long a call waits for another process that holds the file.
  void wait_at_most(int milliseconds);

  // Takes over when the WAL is copied into the main file: never by itself any more. `frames` is
  // set after each commit to the WAL's length, and must outlive the connection.
  void report_wal_length(int* frames);

  // Copies what it can into the main file without waiting for anybody. With `empty_wal` it also
  // cuts the WAL down to nothing, unless a reader still needs it.
  Status checkpoint(bool empty_wal);

  // Leaves the WAL as it is when the connection closes.
  void keep_wal_on_close();

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };

  SqliteConnection(sqlite3* connection, std::string path);

  std::unique_ptr<sqlite3, Close> connection_;
  std::string path_;
};

}  // namespace evener
