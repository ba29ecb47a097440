#include "results.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

namespace evener {
namespace {

constexpr std::int64_t results_id = 0x4556424e;  // "EVBN"
constexpr int results_version = 1;

constexpr std::string_view results_schema = R"sql(
CREATE TABLE machines (
  id INTEGER PRIMARY KEY,
  description TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  machine INTEGER NOT NULL REFERENCES machines (id),
  note TEXT NOT NULL
) STRICT;
CREATE TABLE results (
  run INTEGER NOT NULL REFERENCES runs (id),
  case_name TEXT NOT NULL,
  parameters TEXT NOT NULL,
  repetition INTEGER NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  better TEXT NOT NULL CHECK (better IN ('higher', 'lower')),
  value REAL NOT NULL
) STRICT;
CREATE INDEX results_by_case ON results (case_name, metric, run);
)sql";

// The statement's values, from its first parameter on.
void bind_texts(SqliteStatement& statement, std::initializer_list<std::string_view> texts) {
  int parameter = 0;
  for (const std::string_view text : texts) statement.bind(++parameter, text);
}

}  // namespace

Result<ResultsFile> ResultsFile::open(const std::string& path) {
  SqliteConnection connection =
      TRY(SqliteConnection::open(path, SqliteConnection::Access::create, ""));
  connection.wait_at_most(5000);
  const std::string id = TRY(connection.ask("PRAGMA application_id"));
  const std::string tables = TRY(connection.ask("SELECT count(*) FROM sqlite_schema"));
  if (tables == "0") {
    TRY(connection.run(fmt::format(
        "BEGIN IMMEDIATE;{}PRAGMA application_id = {};PRAGMA user_version = {};COMMIT",
        results_schema,
        results_id,
        results_version
    )));
  } else if (id != std::to_string(results_id) ||
             TRY(connection.ask("PRAGMA user_version")) != std::to_string(results_version)) {
    return Error{
        "not_results", fmt::format("no file of results of version {}", results_version), path
    };
  }
  return ResultsFile(std::move(connection));
}

Result<std::int64_t> ResultsFile::begin_run(const RunRow& run) {
  SqliteStatement machine =
      TRY(connection_.prepare("INSERT OR IGNORE INTO machines (description) VALUES (?1)"));
  machine.bind(1, run.machine);
  TRY(machine.step());
  SqliteStatement insert = TRY(connection_.prepare(
      "INSERT INTO runs (started, commit_id, machine, note) "
      "VALUES (?1, ?2, (SELECT id FROM machines WHERE description = ?3), ?4) RETURNING id"
  ));
  bind_texts(insert, {run.started, run.commit, run.machine, run.note});
  TRY(insert.step());
  const std::int64_t id = insert.integer(0);
  TRY(insert.step());  // to its end, so that it is committed
  return id;
}

Status ResultsFile::add(std::int64_t run, const std::vector<Measurement>& measurements) {
  TRY(connection_.run("BEGIN IMMEDIATE"));
  SqliteStatement insert = TRY(connection_.prepare(
      "INSERT INTO results (case_name, parameters, metric, unit, better, value, run, repetition) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
  ));
  for (const Measurement& one : measurements) {
    const std::string value = fmt::format("{}", one.value);
    const std::string_view better = one.higher_is_better ? "higher" : "lower";
    bind_texts(insert, {one.case_name, one.parameters, one.metric, one.unit, better, value});
    insert.bind(7, run);
    insert.bind(8, one.repetition);
    TRY(insert.step());
    insert.reset();
  }
  return connection_.run("COMMIT");
}

Result<std::vector<RunRow>> ResultsFile::runs() {
  SqliteStatement rows =
      TRY(connection_.prepare("SELECT runs.id, started, commit_id, description, note "
                              "FROM runs JOIN machines ON machines.id = machine ORDER BY runs.id"));
  std::vector<RunRow> found;
  while (TRY(rows.step())) {
    RunRow& run = found.emplace_back();
    run.id = rows.integer(0);
    run.started = rows.text(1);
    run.commit = rows.text(2);
    run.machine = rows.text(3);
    run.note = rows.text(4);
  }
  return found;
}

Result<std::vector<Measurement>> ResultsFile::measurements(std::int64_t run) {
  SqliteStatement rows = TRY(
      connection_.prepare("SELECT case_name, parameters, repetition, metric, unit, better, value "
                          "FROM results WHERE run = ?1 ORDER BY rowid")
  );
  rows.bind(1, run);
  std::vector<Measurement> found;
  while (TRY(rows.step())) {
    Measurement& one = found.emplace_back();
    one.case_name = rows.text(0);
    one.parameters = rows.text(1);
    one.repetition = static_cast<int>(rows.integer(2));
    one.metric = rows.text(3);
    one.unit = rows.text(4);
    one.higher_is_better = rows.text(5) == "higher";
    one.value = std::strtod(std::string(rows.text(6)).c_str(), nullptr);
  }
  return found;
}

Result<RunRow> ResultsFile::find_run(const std::string& name) {
  const std::vector<RunRow> all = TRY(runs());
  std::int64_t number = 0;
  const bool from_end = name.starts_with("last");
  std::string_view digits = std::string_view(name).substr(from_end ? 4 : 0);
  if (from_end && digits.starts_with('-')) digits.remove_prefix(1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  if (is_number || name == "last") {
    if (from_end && number >= 0 && static_cast<std::size_t>(number) < all.size()) {
      return all[all.size() - 1 - static_cast<std::size_t>(number)];
    }
    for (const RunRow& run : all) {
      if (!from_end && run.id == number) return run;
    }
  }
  return Error{
      "unknown_run", fmt::format("there is no run '{}'; {} are in the file", name, all.size())
  };
}

}  // namespace evener
