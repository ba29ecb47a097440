// What follows from the facts so far, or from time, and is written down as a fact of its own so
// that whoever watches the log learns of it: a gate that opened or closed, a blocker that
// escalates, a task that is held for the leases that it let lapse, a worker that is set aside, a
// report that is overdue, messages that are kept no longer, a criterion that ticks itself, a
// schedule's next instance.
#pragma once

#include <optional>

#include "core/decide.h"

namespace evener {

// The next such fact, and the message that tells of it, for one batch; none if nothing is due. The
// caller writes them and asks again.
std::vector<FactBody> decide_due(const Pool& pool, Instant now);

// When it may have something to say although nothing happens; 0 if never.
Instant next_due(const Pool& pool);

}  // namespace evener
