// Whether bytes are text: only what is UTF-8 can be answered in JSON.
#pragma once

#include <string_view>

namespace evener {

bool is_utf8(std::string_view text);

}  // namespace evener
