// A plan file as one tree of JSON, whatever its syntax, that remembers where each value stands in
// the file. Readers work on the tree alone and report problems by path; the document turns a path
// back into line and column, and only when there is a problem.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace evener {

// From 1; columns count characters, not bytes. Line 0 is "unknown".
struct Position {
  std::int64_t line = 0;
  std::int64_t column = 0;
};

Position position_of(std::string_view text, std::size_t offset);

// One step of a path: into the member `name`, or into entry `index` of a list if that is >= 0.
struct PathStep {
  std::string_view name;
  std::int64_t index = -1;
};

// The steps of "task[3].needs[0]" or of "tasks["21.4"].status". Views into `path`.
std::vector<PathStep> steps_of(std::string_view path);

// Levels of lists and objects in one another.
inline constexpr std::size_t max_document_depth = 32;

struct Document {
  std::string file;
  Json root;
  // The place of the value at a path, or of the innermost value around it that is found. May look
  // into the text that was read: it must still be there.
  std::function<Position(std::string_view path)> find;

  std::string place(std::string_view path) const;  // "plan.toml:12:9 task[3].needs"
  Error placed(Error error) const;                 // `error.where` was a path
};

// The text without its byte order mark. Fails when it is empty, too large, or not UTF-8.
Result<std::string_view> checked_text(std::string_view text, const std::string& file);

// Both expect checked text. Fail with `bad_toml` or `bad_json`, and with `too_deep` beyond 32
// levels. `first_line` is the number of the text's first line in the file.
Result<Document> read_toml_document(std::string_view text, const std::string& file);
Result<Document> read_json_document(
    std::string_view text, const std::string& file, std::int64_t first_line = 1
);

// "plan.toml:12:9"
std::string file_place(const std::string& file, Position position);

// What is wrong with a document, at most `most` entries.
class Problems {
 public:
  static constexpr std::size_t most = 100;

  // `error.where` is a place in the file already, or a path in `document`.
  void add(Error error);
  void add(const Document& document, Error error);

  bool empty() const { return errors_.empty(); }

  // Whoever reads on finds nothing more that would be kept.
  bool full() const { return errors_.size() == most; }

  const std::vector<Error>& errors() const { return errors_; }

 private:
  std::vector<Error> errors_;
};

}  // namespace evener
