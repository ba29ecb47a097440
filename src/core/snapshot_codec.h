// The digested state as bytes, for snapshots and for comparing digests. Equal states give equal
// bytes. A snapshot is a cache: one of another version is not read, and the log is replayed
// instead.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/state.h"

namespace evener {

std::string encode_state(const State& state);

// Into a fresh State. Fails with `bad_snapshot`. With a `keeper`, which owns the bytes, most texts
// are not copied: they stand in these bytes, and the state keeps the keeper.
Status decode_state(
    std::string_view bytes, State& state, std::shared_ptr<const void> keeper = nullptr
);

// SHA-256 of the encoded state, in hex: equal for live state, replay, and snapshot plus tail.
std::string state_digest(const State& state);

}  // namespace evener
