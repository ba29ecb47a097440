// A write-ahead log of SQLite, as it lies beside a journal after a crash.
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "fuzz/target.h"
#include "journal/wal_scan.h"

namespace evener::fuzz {
namespace {

// Files in memory, of this process alone.
class LogFiles {
 public:
  LogFiles() : database_("/dev/shm/evener-fuzz-" + std::to_string(::getpid()) + ".db") {
    CHECK(write_file_atomic(database_, std::string(4096, '\0'), 0600, false).ok(), "no file");
  }

  LogFiles(const LogFiles&) = delete;
  LogFiles& operator=(const LogFiles&) = delete;

  ~LogFiles() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(database_ + suffix);
  }

  const std::string& database() const { return database_; }

  void put(const char* suffix, std::string_view bytes) const {
    CHECK(write_file_atomic(database_ + suffix, bytes, 0600, false).ok(), "no file");
  }

 private:
  std::string database_;
};

}  // namespace
}  // namespace evener::fuzz

// The first byte says how much of the rest, in steps of 64 bytes from its end, is the index.
FUZZ_TARGET(wal) {
  static const LogFiles files;
  const std::size_t index_bytes =
      std::min<std::size_t>(bytes.size(), take_choice(bytes) * std::size_t{64});
  const std::size_t log_bytes = bytes.size() - std::min(bytes.size(), index_bytes);
  files.put("-wal", bytes.substr(0, log_bytes));
  files.put("-shm", bytes.substr(log_bytes));
  const Result<WalScan> scan = scan_wal(files.database());
  if (!scan.ok()) return;
  CHECK(scan->committed >= 0 && scan->unfinished >= 0, "frames below none");
  // The last may be there in part.
  constexpr std::int64_t least_frame = 24 + 512;
  const std::int64_t whole = scan->committed + scan->unfinished - 1;
  CHECK(whole * least_frame <= std::ssize(bytes), "frames out of nothing");
}
