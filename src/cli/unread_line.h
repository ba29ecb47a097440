// The line that tells a worker of messages, wherever an answer says that there are some.
#pragma once

#include <string>

#include "base/json.h"

namespace evener {

// "2 messages to read, 1 urgent: evener inbox --worker w1", from an answer's `unread` and `urgent`;
// "" if there is nothing to read.
std::string unread_line(const Json& answer, const std::string& worker);

}  // namespace evener
