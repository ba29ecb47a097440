// The file of results: an SQLite database that knows nothing of what is measured, so that runs of
// years and of many machines lie side by side. docs/benchmarks.md describes its tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/sqlite_connection.h"

namespace evener {

// One figure. `parameters` is a JSON object of texts and numbers, its names in order, so that equal
// ones have equal texts.
struct Measurement {
  std::string case_name;
  std::string parameters = "{}";
  int repetition = 0;  // from 1
  std::string metric;
  std::string unit;
  bool higher_is_better = false;
  double value = 0;

  bool operator==(const Measurement&) const = default;
};

struct RunRow {
  std::int64_t id = 0;
  std::string started;  // ISO 8601, UTC
  std::string commit;   // of the sources, with `+` behind it if they differed from it
  std::string machine;  // a JSON object
  std::string note;

  bool operator==(const RunRow&) const = default;
};

class ResultsFile {
 public:
  // Makes the file if it is missing. Fails with `not_results` if it is something else, and with the
  // errors of SQLite.
  static Result<ResultsFile> open(const std::string& path);

  // Answers the run's number; `id` is not read.
  Result<std::int64_t> begin_run(const RunRow& run);
  Status add(std::int64_t run, const std::vector<Measurement>& measurements);

  // Oldest first.
  Result<std::vector<RunRow>> runs();

  // In the order in which they were added.
  Result<std::vector<Measurement>> measurements(std::int64_t run);

  // A run by its number, `last`, or `last-N`. Fails with `unknown_run`.
  Result<RunRow> find_run(const std::string& name);

 private:
  explicit ResultsFile(SqliteConnection connection) : connection_(std::move(connection)) {}

  SqliteConnection connection_;
};

}  // namespace evener
