#include "base/checksum.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL  // no library to load: that would take longer than what it adds up
#include <xxhash.h>

namespace evener {

std::string checksum_hex(std::span<const std::string_view> texts) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  for (const std::string_view text : texts) XXH3_128bits_update(&state, text.data(), text.size());
  const XXH128_hash_t sum = XXH3_128bits_digest(&state);
  return fmt::format("{:016x}{:016x}", sum.high64, sum.low64);
}

}  // namespace evener
