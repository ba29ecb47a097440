// The end of a snapshot: what the pool was told and has answered, beside its tasks and workers.
#pragma once

#include "core/snapshot_bytes.h"
#include "core/state.h"

namespace evener {

// Requests answered, messages, reports, measures, chapters and schedules.
void encode_records(Encoder& out, const State& state);

// Into a state that has its tasks and workers; a mistake shows in in.ok().
void decode_records(Decoder& in, State& state);

}  // namespace evener
