// A batch of the journal, and the facts inside: what is read is written as the same bytes again.
#include "engine/record.h"
#include "fuzz/target.h"

FUZZ_TARGET(batch) {
  StoredBatch stored;
  stored.first = Seq{1};
  stored.last = Seq{1 + static_cast<std::int64_t>(take_choice(bytes) % 16)};
  stored.bytes = bytes;
  const Result<ReadBatch> read = read_batch(stored);
  if (!read.ok()) return;
  OpenBatch open;
  for (const Fact& fact : read->facts) open.add(fact);
  StoredBatch again = stored;
  again.bytes = open.sealed(read->stamp);
  const Result<ReadBatch> reread = read_batch(again);
  CHECK(reread.ok(), reread.ok() ? "" : reread.error().text());
  OpenBatch reopened;
  for (const Fact& fact : reread->facts) reopened.add(fact);
  CHECK(reopened.sealed(reread->stamp) == again.bytes, "a fact that is read otherwise again");
}
