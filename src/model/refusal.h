// An ordinary "no" of the domain: why, and what would change it.
#pragma once

#include <string>

#include "base/fields.h"

namespace evener {

// `code` is stable and listed in docs/refusals.md; `message` is for people; `remedy` says what
// would change the answer; `detail` is an object for programs (the holder, the open needs, ...).
struct Refusal {
  std::string code;
  std::string message;
  std::string remedy = {};
  RawJson detail = {};

  bool operator==(const Refusal&) const = default;

  static constexpr auto fields() {
    constexpr Bounds text{.required = true, .max_bytes = 65'536, .form = TextForm::text};
    constexpr Bounds optional_text{.max_bytes = 65'536, .form = TextForm::text};
    return std::tuple{
        field("code", &Refusal::code, "Stable, for programs", text),
        field("message", &Refusal::message, "For people", text),
        field("remedy", &Refusal::remedy, "What would change the answer", optional_text),
        field("detail", &Refusal::detail, "More, for programs", {.max_bytes = 1U << 20U}),
    };
  }
};

}  // namespace evener
