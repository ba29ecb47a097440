// Strong integers: a fence cannot be passed where a sequence is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace evener {

template <typename Tag, typename Rep>
struct StrongInt {
  using rep = Rep;
  Rep value = 0;

  constexpr auto operator<=>(const StrongInt&) const = default;

  constexpr StrongInt next() const { return {static_cast<Rep>(value + 1)}; }
};

// The position of a fact in its pool's log, from 1. 0 is "before the first".
using Seq = StrongInt<struct SeqTag, std::int64_t>;

// A number larger with every claim in the pool. 0 is "no fence".
using Fence = StrongInt<struct FenceTag, std::int64_t>;

}  // namespace evener

template <typename Tag, typename Rep>
struct std::hash<evener::StrongInt<Tag, Rep>> {
  std::size_t operator()(const evener::StrongInt<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};
