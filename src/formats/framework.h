// The task pool of the shell-script framework: one JSON object with all tasks, or a file to which
// one task a line is appended while others read it. What we know is mapped to our fields, and all
// else is kept in `data` (docs/plan-format.md has the table).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

// Our word for a status of the framework's files ("in_progress" -> "running"), and back. nullopt:
// we do not know it. Ours that it has no word for stand as they are.
std::optional<std::string_view> state_of_status(std::string_view status);
std::string_view status_of_state(std::string_view state);

// The common word (status_words.h) by which a pool remembers that such a file had the state.
std::string_view remembered_word(std::string_view state);

// A session is whatever somebody called a terminal: its name if that can be a worker's, else one
// made from it, which a notice tells.
std::string worker_of_session(const std::string& session, std::vector<std::string>& notices);

// Both read into `plan`. A text has been through checked_text().
void read_framework_pool(
    Document& document, FrameworkOptions options, Plan& plan, Problems& problems
);
void read_framework_lines(
    std::string_view text,
    const std::string& file,
    FrameworkOptions options,
    Plan& plan,
    Problems& problems
);

// One line of a followed file.
struct FollowedTask {
  std::int64_t line = 0;
  TaskSpec task;
  std::optional<ImportedState> state;
  std::vector<std::string> notices;
};

// Follows a growing file of tasks: takes its bytes as they appear, in pieces of any size, and gives
// the tasks of the lines that they complete. Does no I/O. Invariant: what is kept between calls is
// the one line that has no newline yet, at most `longest_line` bytes of it.
class JsonlFollower {
 public:
  static constexpr std::size_t longest_line = 1U << 20U;

  // `file` names the file in errors.
  explicit JsonlFollower(std::string file, FrameworkOptions options = {});

  // In the order of the lines; blank ones give nothing. A bad line is an Error whose `where` has
  // its number ("pool.jsonl:17:5"), and the next one is read as if it were not there. Whether an
  // id was seen before is for the pool to judge.
  std::vector<Result<FollowedTask>> feed(std::string_view bytes);

  // The last line, if it has no newline: for files that will not grow.
  std::vector<Result<FollowedTask>> finish();

  // Lines completed so far.
  std::int64_t lines() const { return lines_; }

 private:
  void end_line(std::string_view line, std::vector<Result<FollowedTask>>& out);

  std::string file_;
  FrameworkOptions options_;
  std::string partial_;
  bool too_long_ = false;  // the partial line is beyond the bound, and its bytes are dropped
  std::int64_t lines_ = 0;
};

}  // namespace evener
