// What goes on only when somebody acts: the part of the status that is worth being woken for.
#pragma once

#include "views/status.h"

namespace evener {

struct Attention {
  std::vector<AttentionRow> rows = {};  // the gravest kinds first, newest first within a kind
  std::int64_t total = 0;               // shown or not
};

Attention attention_of(const Pool& pool, std::size_t most, Instant now);

// Adds the tasks that will miss their deadlines by what is expected, or may, the soonest first.
// They depend on the time at which it is asked, and so do not stand in files.
void add_deadlines(const Pool& pool, std::size_t most, Instant now, Attention& attention);

}  // namespace evener
