// Where the work stands as text, once or again and again.
#pragma once

#include "cli/session.h"

namespace evener {

ExitCode show_status(Session& session, const Query& query);

// Redraws in place until Ctrl-C, or prints one after the other where there is no terminal. `every`
// is a duration as it is typed ("1s").
ExitCode watch_status(Session& session, const Query& query, const std::string& every);

}  // namespace evener
