// A state's bytes, as a snapshot holds them. What is read is written as the same bytes again.
#include "core/snapshot_codec.h"
#include "fuzz/target.h"

FUZZ_TARGET(snapshot) {
  State state;
  if (!decode_state(bytes, state).ok()) return;
  const std::string written = encode_state(state);
  State again;
  const Status reread = decode_state(written, again);
  CHECK(reread.ok(), reread.ok() ? "" : reread.error().text());
  CHECK(encode_state(again) == written, "a state that is read otherwise again");
}
