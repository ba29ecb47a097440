#include "journal/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

namespace evener {

namespace {

constexpr std::int64_t application_id = 0x45564e52;  // "EVNR"
constexpr std::int64_t format_version = 1;

// In pages of 4 KiB. The copying costs the append that reaches it a few milliseconds.
constexpr int frames_between_checkpoints = 1000;

// `bytes` stands last, so that the columns before it are read without its overflow pages.
constexpr std::string_view schema = R"sql(
CREATE TABLE batches (
  first_seq INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  id TEXT NOT NULL,
  hash TEXT NOT NULL,
  bytes TEXT NOT NULL
) STRICT;
CREATE VIEW facts (seq, at, "by", type, task, worker, fact, wall) AS
SELECT
  json_extract(entry.value, '$.seq'),
  json_extract(entry.value, '$.at'),
  json_extract(entry.value, '$.by'),
  json_extract(entry.value, '$.type'),
  coalesce(json_extract(entry.value, '$.task'), json_extract(entry.value, '$.spec.id')),
  coalesce(json_extract(entry.value, '$.worker'), json_extract(entry.value, '$.spec.name')),
  entry.value,
  json_extract(batches.bytes, '$.wall')
FROM batches, json_each(batches.bytes, '$.facts') AS entry;
)sql";

// Writes only behind the batch that the writer knows as the last (?7; NULL before the first).
constexpr std::string_view insert_sql = R"sql(
INSERT INTO batches (first_seq, last_seq, epoch, id, hash, bytes)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE (SELECT hash FROM batches ORDER BY first_seq DESC LIMIT 1) IS ?7
)sql";

constexpr std::string_view batch_columns =
    "SELECT first_seq, last_seq, epoch, id, hash, bytes FROM batches ";

Error damaged_journal(const std::string& path, std::string message) {
  return {"journal_damaged", std::move(message), path};
}

void fill(StoredBatch& batch, SqliteStatement& row) {
  batch.first = {row.integer(0)};
  batch.last = {row.integer(1)};
  batch.epoch = row.integer(2);
  batch.id = row.text(3);
  batch.hash = row.text(4);
  batch.bytes = row.text(5);
}

// SQLite deletes a log whose main file is empty or missing. We do not let it.
Status check_files(const DiskFiles& files, const std::string& path, bool create) {
  const auto size = files.size_of(path);
  if (size.value_or(0) == 0 && files.size_of(path + "-wal").value_or(0) > 0)
    return damaged_journal(
        path,
        size ? "the file is empty, but its write-ahead log is not"
             : "the file is missing, but its write-ahead log is there"
    );
  if (!size && !create)
    return Error{"journal_missing", "there is no journal; `evener init` makes one", path};
  return Done{};
}

bool has_log(const DiskFiles& files, const std::string& path) {
  return files.size_of(path + "-wal").value_or(0) > 0;
}

// Whether we cannot write there, and no log is left to be read with the file: then SQLite could
// not make the log's index either, without which it reads only what it is told stands still. (The
// folder is ours: nobody else writes in it, unless through another mount of it.)
bool stands_still(const DiskFiles& files, const std::string& path) {
  if (has_log(files, path)) return false;
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) != 0 && errno != ENOENT;
}

Status use_log(SqliteConnection& connection, const std::string& path) {
  const std::string mode = TRY(connection.ask("PRAGMA journal_mode = WAL"));
  if (mode == "wal") return Done{};
  return Error{
      "journal_failed",
      fmt::format("this file system bears no write-ahead log: SQLite offers `{}`", mode),
      path
  };
}

Status create_format(SqliteConnection& connection, const std::string& path) {
  TRY(connection.run("PRAGMA auto_vacuum = NONE"));
  TRY(use_log(connection, path));
  return connection.run(fmt::format(
      "BEGIN IMMEDIATE;{}PRAGMA application_id = {};PRAGMA user_version = {};COMMIT",
      schema,
      application_id,
      format_version
  ));
}

Status check_format(
    SqliteConnection& connection, const std::string& path, const SqliteJournalOptions& options
) {
  const std::string found = TRY(connection.ask("PRAGMA application_id"));
  if (found != std::to_string(application_id)) {
    const bool empty = TRY(connection.ask("SELECT count(*) FROM sqlite_schema")) == "0";
    if (empty && options.create) return create_format(connection, path);
    return Error{
        "not_a_journal",
        empty ? "the file is empty: nothing of its pool is left in it. Put a copy back, or remove "
                "the "
                "folder and make the pool anew with `evener init`"
              : fmt::format("another program's database: its application id is {}", found),
        path
    };
  }
  const std::string version = TRY(connection.ask("PRAGMA user_version"));
  if (version != std::to_string(format_version))
    return Error{
        "journal_version",
        fmt::format("format {}; this Evener reads format {}", version, format_version),
        path
    };
  if (options.read_only) return Done{};
  if (connection.read_only())
    return Error{
        "read_only",
        "the file cannot be written: its permissions, or its header, which may be damaged, forbid "
        "it",
        path
    };
  return use_log(connection, path);
}

// The last batch, held against the one before it.
Result<JournalEnd> read_end(SqliteConnection& connection, const std::string& path) {
  SqliteStatement rows =
      TRY(connection.prepare(fmt::format("{}ORDER BY first_seq DESC LIMIT 2", batch_columns)));
  if (!TRY(rows.step())) return JournalEnd{.hash = std::string(no_hash)};
  StoredBatch last;
  fill(last, rows);
  StoredBatch before;
  before.hash = no_hash;
  if (TRY(rows.step())) fill(before, rows);
  TRY(ChainReader(before.last, before.hash, path).follow(last));
  return JournalEnd{last.last, last.epoch, last.hash, last.bytes};
}

struct Connected {
  SqliteConnection connection;
  JournalEnd end;
};

Result<Connected> connect(
    const std::string& path, SqliteConnection::Access access, const SqliteJournalOptions& options
) {
  SqliteConnection connection = TRY(SqliteConnection::open(path, access, options.vfs));
  connection.wait_at_most(options.busy_ms);
  TRY(connection.run(
      "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF"
  ));
  TRY(check_format(connection, path, options));
  JournalEnd end = TRY(read_end(connection, path));
  return Connected{std::move(connection), std::move(end)};
}

Result<Connected> connect_to_read(const std::string& path, const SqliteJournalOptions& options) {
  using Access = SqliteConnection::Access;
  if (options.vfs.empty() && stands_still(*options.files, path)) {
    return connect(path, Access::still, options);
  }
  Result<Connected> connected = connect(path, Access::read_only, options);
  if (connected.ok() || has_log(*options.files, path)) return connected;
  // On a full disk there is no room for the index of a log that holds nothing; or for the log's own
  // file, which SQLite then calls missing. Whoever writes has both already.
  const std::string& code = connected.error().code;
  const bool is_full = code == "disk_full";
  const bool lacks_log = code == "journal_missing" && options.files->size_of(path) &&
                         !options.files->size_of(path + "-wal");
  if (is_full || lacks_log) return connect(path, Access::still, options);
  return connected;
}

// Which files are open in this process, and how many times.
struct OpenFiles {
  std::mutex mutex;
  std::map<std::string, int> count;
};

OpenFiles& open_files() {
  static OpenFiles files;
  return files;
}

}  // namespace

OpenFile::OpenFile(std::string name) : name_(std::move(name)) {}

OpenFile::OpenFile(OpenFile&& other) noexcept : name_(std::exchange(other.name_, {})) {}

Result<OpenFile> OpenFile::scan_and_mark(
    const std::string& path, const DiskFiles& files, WalScan& found
) {
  std::error_code failed;
  const auto resolved = std::filesystem::weakly_canonical(path, failed);
  std::string name = failed ? path : resolved.string();
  // Held while scanning: nobody may open the file in between.
  const std::lock_guard lock(open_files().mutex);
  int& count = open_files().count[name];
  if (count == 0) {
    if (auto scanned = scan_wal(path, files); scanned) {
      found = *scanned;
    } else {
      open_files().count.erase(name);
      return scanned.error();
    }
  }
  ++count;
  return OpenFile(std::move(name));
}

OpenFile::~OpenFile() {
  if (name_.empty()) return;
  const std::lock_guard lock(open_files().mutex);
  const auto entry = open_files().count.find(name_);
  if (--entry->second == 0) open_files().count.erase(entry);
}

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(
    const std::string& path, const SqliteJournalOptions& options
) {
  CHECK(!(options.create && options.read_only), "a journal is made to be written");
  TRY(check_files(*options.files, path, options.create));
  WalScan log_found;
  OpenFile mark = TRY(OpenFile::scan_and_mark(path, *options.files, log_found));

  // A process that did not end in good order left this log, perhaps because a flush of it failed:
  // then what we read of it stands in memory alone, and would be lost in the middle of what is
  // appended behind it. The log bears none of SQLite's locks, so it may be opened and closed here.
  if (log_found.committed + log_found.unfinished > 0 && !options.read_only) {
    TRY(options.files->write_again(path + "-wal"));
  }

  using Access = SqliteConnection::Access;
  const Access writing = options.create ? Access::create : Access::read_write;
  auto [connection, end] =
      TRY(options.read_only ? connect_to_read(path, options) : connect(path, writing, options));

  // What a crash left must not stand behind what is written next: a later scan would find the
  // marks of two transactions. A reader that is in the way only puts this off.
  if (log_found.unfinished > 0 && !options.read_only) {
    connection.wait_at_most(0);
    TRY(connection.checkpoint(true));
    connection.wait_at_most(options.busy_ms);
  }
  SqliteStatement insert = TRY(connection.prepare(insert_sql));
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(
      path, std::move(mark), log_found, std::move(connection), std::move(insert), std::move(end)
  ));
}

SqliteJournal::SqliteJournal(
    std::string path,
    OpenFile mark,
    WalScan log_found,
    SqliteConnection connection,
    SqliteStatement insert,
    JournalEnd end
)
    : path_(std::move(path)),
      mark_(std::move(mark)),
      log_found_(log_found),
      connection_(std::move(connection)),
      insert_(std::move(insert)),
      point_(std::move(end)) {
  connection_.report_wal_length(&log_frames_);
}

SqliteJournal::~SqliteJournal() {
  // After a failed flush nobody knows what the disk holds; nothing more is written on top of it.
  if (point_.failed()) connection_.keep_wal_on_close();
}

Append SqliteJournal::append(const Batch& batch) {
  CHECK(!connection_.read_only(), "appended to a journal that was opened to be read");
  if (const auto refused = point_.refuse(batch)) return *refused;
  std::string hash = point_.hash_of(batch);
  insert_.bind(1, batch.first.value);
  insert_.bind(2, batch.last.value);
  insert_.bind(3, batch.epoch);
  insert_.bind(4, batch.id);
  insert_.bind(5, hash);
  insert_.bind(6, batch.bytes);
  if (end().last == Seq{})
    insert_.bind_null(7);
  else
    insert_.bind(7, end().hash);
  const Result<bool> inserted = insert_.step();
  insert_.reset();
  if (!inserted) return point_.unknown(inserted.error());
  if (connection_.rows_written() == 0)
    return point_.deposed(fmt::format("the journal does not end at seq {}", end().last.value));
  if (Status copied = checkpoint_when_due(); !copied) return point_.unknown(copied.error());
  return point_.durable(batch, std::move(hash));
}

Status SqliteJournal::checkpoint_when_due() {
  if (log_frames_ < checkpoint_tried_) checkpoint_tried_ = 0;  // the log began anew
  if (log_frames_ - checkpoint_tried_ < frames_between_checkpoints) return Done{};
  checkpoint_tried_ = log_frames_;
  Status copied = connection_.checkpoint(false);
  // The log still holds everything; when it cannot grow either, an append will tell.
  if (!copied && copied.error().code == "disk_full") return Done{};
  return copied;
}

Status SqliteJournal::read(Seq from, Seq to, const std::function<bool(const StoredBatch&)>& visit) {
  from = std::max(from, Seq{1});
  to = std::min(to, end().last);
  if (to < from) return Done{};

  // Begins at the batch that holds `from`; what stands before it seeds the chain.
  SqliteStatement before = TRY(
      connection_.prepare("SELECT first_seq, last_seq, hash FROM batches WHERE first_seq < "
                          "ifnull((SELECT max(first_seq) FROM batches WHERE first_seq <= ?1), ?1) "
                          "ORDER BY first_seq DESC LIMIT 1")
  );
  before.bind(1, from.value);
  const bool at_start = !TRY(before.step());
  const std::int64_t behind = at_start ? 0 : before.integer(0);
  ChainReader chain = at_start
                          ? ChainReader({}, std::string(no_hash), path_)
                          : ChainReader({before.integer(1)}, std::string(before.text(2)), path_);
  before.reset();

  SqliteStatement rows = TRY(connection_.prepare(
      fmt::format("{}WHERE first_seq > ?1 AND first_seq <= ?2 ORDER BY first_seq", batch_columns)
  ));
  rows.bind(1, behind);
  rows.bind(2, to.value);
  StoredBatch batch;
  while (TRY(rows.step())) {
    fill(batch, rows);
    TRY(chain.follow(batch));
    if (batch.last >= from && !visit(batch)) return Done{};
  }
  return chain.must_reach(to, end());
}

Status SqliteJournal::verify_all() {
  return read({1}, end().last, [](const StoredBatch&) { return true; });
}

}  // namespace evener
