#include "journal/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"

namespace evener {

namespace {

const char* code_for(int result, int error_number) {
  const bool no_space = error_number == ENOSPC || error_number == EDQUOT;
  const bool not_allowed = error_number == EROFS || error_number == EACCES || error_number == EPERM;
  switch (result & 0xff) {
    case SQLITE_FULL:
      return "disk_full";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "read_only";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "journal_busy";
    case SQLITE_NOTADB:
      return "not_a_journal";
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:  // all our SQL is fixed: what it names is not there any more
      return "journal_damaged";
    case SQLITE_CANTOPEN:
      if (error_number == ENOENT) return "journal_missing";
      return not_allowed ? "read_only" : "io_error";
    case SQLITE_IOERR:
      if (no_space) return "disk_full";
      return not_allowed ? "read_only" : "io_error";
    default:
      return "journal_failed";
  }
}

Error sqlite_error(sqlite3* connection, const std::string& place) {
  const int result = sqlite3_extended_errcode(connection);
  const int error_number = sqlite3_system_errno(connection);
  const int kind = result & 0xff;
  std::string message = fmt::format("SQLite says: {}", sqlite3_errmsg(connection));
  // The number is kept from the last failed call, which may have been an earlier one.
  if (error_number != 0 && (kind == SQLITE_CANTOPEN || kind == SQLITE_IOERR))
    message += fmt::format(" ({})", std::strerror(error_number));
  return {code_for(result, error_number), std::move(message), place};
}

// As a URI that says that nobody writes: https://www.sqlite.org/uri.html.
std::string still_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' ||
                          c == '.' || c == '-' || c == '_';
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return uri + "?immutable=1";
}

void check_ours(int result, const char* what) {
  CHECK(result == SQLITE_OK, what);
}

}  // namespace

SqliteStatement::SqliteStatement(sqlite3_stmt* statement, std::string place)
    : statement_(statement), place_(std::move(place)) {}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteStatement::bind(int parameter, std::int64_t value) {
  check_ours(sqlite3_bind_int64(statement_.get(), parameter, value), "no such SQL parameter");
}

void SqliteStatement::bind(int parameter, std::string_view text) {
  if (text.data() == nullptr) text = "";  // SQLite would take no address for NULL
  check_ours(
      sqlite3_bind_text64(
          statement_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8
      ),
      "no such SQL parameter"
  );
}

void SqliteStatement::bind_null(int parameter) {
  check_ours(sqlite3_bind_null(statement_.get(), parameter), "no such SQL parameter");
}

Result<bool> SqliteStatement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement_.get()), place_);
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t SqliteStatement::integer(int column) {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteStatement::text(int column) {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view()
                          : std::string_view(reinterpret_cast<const char*>(bytes), size);
}

SqliteConnection::SqliteConnection(sqlite3* connection, std::string path)
    : connection_(connection), path_(std::move(path)) {}

void SqliteConnection::Close::operator()(sqlite3* connection) const {
  CHECK(sqlite3_close(connection) == SQLITE_OK, "a statement outlived its connection");
}

Result<SqliteConnection> SqliteConnection::open(
    const std::string& path, Access access, const std::string& vfs
) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const bool reads = access == Access::still || access == Access::read_only;
  flags |= reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  if (access == Access::still) flags |= SQLITE_OPEN_URI;
  const std::string name = access == Access::still ? still_uri(path) : path;
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(name.c_str(), &opened, flags, vfs.empty() ? nullptr : vfs.c_str());
  CHECK(opened != nullptr, "out of memory");
  SqliteConnection connection(opened, path);
  if (result != SQLITE_OK) return sqlite_error(opened, path);
  return connection;
}

Status SqliteConnection::run(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(connection_.get(), path_);
  return Done{};
}

Result<std::string> SqliteConnection::ask(std::string_view sql) {
  SqliteStatement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return std::string();
  return std::string(statement.text(0));
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int result = sqlite3_prepare_v3(
      connection_.get(),
      sql.data(),
      static_cast<int>(sql.size()),
      SQLITE_PREPARE_PERSISTENT,
      &prepared,
      nullptr
  );
  if (result != SQLITE_OK) return sqlite_error(connection_.get(), path_);
  return SqliteStatement(prepared, path_);
}

std::int64_t SqliteConnection::rows_written() const {
  return sqlite3_changes64(connection_.get());
}

bool SqliteConnection::read_only() const {
  return sqlite3_db_readonly(connection_.get(), "main") == 1;
}

void SqliteConnection::wait_at_most(int milliseconds) {
  sqlite3_busy_timeout(connection_.get(), milliseconds);
}

void SqliteConnection::report_wal_length(int* frames) {
  const auto hook = [](void* length, sqlite3*, const char*, int now) {
    *static_cast<int*>(length) = now;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.get(), hook, frames);
}

Status SqliteConnection::checkpoint(bool empty_wal) {
  const int mode = empty_wal ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int result = sqlite3_wal_checkpoint_v2(connection_.get(), "main", mode, nullptr, nullptr);
  if (result == SQLITE_OK || (result & 0xff) == SQLITE_BUSY) return Done{};
  return sqlite_error(connection_.get(), path_);
}

void SqliteConnection::keep_wal_on_close() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace evener
