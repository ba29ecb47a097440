// Looks at SQLite's write-ahead log before SQLite does. SQLite takes the first bad frame for the
// place where a crash tore the log, and silently drops it with everything behind it: one flipped
// bit in the middle costs every later commit, and integrity_check finds nothing wrong. This scan
// tells the two apart. The reasoning stands in docs/journal.md, the formats in
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log and
// https://www.sqlite.org/walformat.html#the_wal_index_file_format.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "journal/files.h"

namespace evener {

struct WalScan {
  std::int64_t committed = 0;   // frames that SQLite will use
  std::int64_t unfinished = 0;  // frames behind them, of a transaction that never ended
};

// Scans the log of the database at `database_path`; a log that is not there holds nothing. Fails
// with `journal_damaged` if SQLite would drop a transaction that was durable. What cannot be told
// from a torn write is the very last transaction, once the `-shm` file is gone.
//
// Another process may write meanwhile. This one must not have the database open: closing any of
// its files would take away the locks that SQLite holds on them.
Result<WalScan> scan_wal(const std::string& database_path, const DiskFiles& files = system_files());

}  // namespace evener
