// What goes on only when somebody acts: the part of the status that is worth being woken for.
#pragma once

#include "views/status.h"

namespace evener {

struct Attention {
  std::vector<AttentionRow> rows = {};  // the gravest kinds first, newest first within a kind
  std::int64_t total = 0;               // shown or not
};

Attention attention_of(const Pool& pool, std::size_t most, Instant now);

}  // namespace evener
