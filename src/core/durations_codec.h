// How a snapshot writes what was learned of durations.
#pragma once

#include "core/durations.h"
#include "core/snapshot_bytes.h"

namespace evener {

class DurationsCodec {
 public:
  static void encode(Encoder& out, const Durations& durations);
  static void decode(Decoder& in, Durations& durations);

  static void encode(Encoder& out, const Expectation& expectation);
  static Expectation decode_expectation(Decoder& in);
};

}  // namespace evener
