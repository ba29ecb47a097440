// The part of a file in which anybody may write lines that are carried out:
//
//     - note TASK: text             a note on the task
//     - task: title                 a new task
//     - hold TASK: reason           nobody gets the task until it is resumed
//     - blocker TASK: text          raises a blocker that stops its start
//
// Each is answered in the file: it moves below as `- [done TIME] note ...` or `- [refused: why]
// note ...`. No line can make anything that is executed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/command.h"

namespace evener {

// A line that waits. `count` tells it from lines with the same text that stand before it, answered
// ones too: the same line written twice is meant twice, and one that is only seen twice is not.
struct InboxLine {
  std::string text;  // without "- ", as it was written
  std::int64_t count = 0;

  bool operator==(const InboxLine&) const = default;
};

// The lines that wait, in order: those that begin with "- " and are not answered, and end with a
// line break. A file without an inbox has none. Fails with `damaged_markers`.
Result<std::vector<InboxLine>> read_inbox(std::string_view file, const std::string& where);

// What the line asks for. Fails with `bad_line`, or as a command with such a field would.
Result<Command> command_of(std::string_view line);

struct InboxAnswer {
  std::string text;    // the line's
  std::string answer;  // "done 2026-11-21 12:00", "refused: why"
};

// The file with these lines moved below the others, answered; lines that stand there no more are
// answered all the same, so that a look can be made up for. At most `most` answers stay: the
// newest. Fails with `damaged_markers`, and `no_inbox` if there is none.
Result<std::string> answer_inbox(
    std::string_view file,
    const std::vector<InboxAnswer>& answers,
    std::size_t most,
    const std::string& where
);

}  // namespace evener
