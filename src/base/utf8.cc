#include "base/utf8.h"

#include <algorithm>

#include "base/json.h"

namespace evener {

bool is_utf8(std::string_view text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<signed char>(c) >= 0;
  });
  if (is_ascii) return true;
  std::string quoted;
  append_json_string(quoted, text);
  return parse_json(quoted).ok();
}

}  // namespace evener
