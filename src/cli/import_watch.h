// Files that are imported again and again while they grow or change, until a signal ends it.
#pragma once

#include <functional>
#include <string>

#include "cli/session.h"
#include "formats/plan.h"

namespace evener {

// Adds each line of a JSONL file as it appears; one that needs what later lines bring waits for it.
// A line that is wrong is named, and the next is read. A file that is truncated or replaced is read
// from its beginning.
ExitCode follow_lines(Session& session, const std::string& file, FrameworkOptions options);

// Calls `import` with the file's text, now and whenever that has changed and lies still. A file
// that cannot be read, or an import that fails, is named, and the watch goes on: what failed is
// tried again (`is_again`) with growing pauses, as what it fails for may pass.
ExitCode watch_file(
    Session& session,
    const std::string& file,
    const std::function<Status(const std::string& text, bool is_again)>& import
);

}  // namespace evener
