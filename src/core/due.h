// What follows from the facts so far, or from time, and is written down as a fact of its own so
// that whoever watches the log learns of it: a gate that opened or closed, a blocker that
// escalates, a task that is set aside, a criterion that ticks itself, a schedule's next instance.
#pragma once

#include <optional>

#include "core/decide.h"

namespace evener {

// The next such fact; the caller writes it and asks again.
std::optional<FactBody> decide_due(const Pool& pool, Instant now);

// When it may have something to say although nothing happens; 0 if never.
Instant next_due(const Pool& pool);

}  // namespace evener
