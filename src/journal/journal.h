// A journal keeps batches of opaque bytes in one order, durably, and gives them back in that order
// or says that it cannot. It is all that a pool stores: the rest is derived from it.
//
// The interface is this narrow so that it can stand on one file, on memory, or on a replicated
// store: append at the next sequence under an epoch, and read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/ids.h"
#include "base/result.h"

namespace evener {

// Larger texts are blobs; a batch names them.
inline constexpr std::size_t max_batch_bytes = std::size_t{64} * 1024;

// What is appended at once: all of it becomes durable, or none.
struct Batch {
  std::int64_t epoch = 0;  // of the writer: a larger one deposes a smaller
  Seq first = {};          // the sequences of the facts inside, both ends included
  Seq last = {};
  std::string id = {};     // the caller's, unlike any other's in this journal
  std::string bytes = {};  // at most max_batch_bytes
  bool operator==(const Batch&) const = default;
};

struct StoredBatch : Batch {
  std::string hash = {};  // chain_hash (journal/chain.h) of the batch before and of this one
  bool operator==(const StoredBatch&) const = default;
};

enum class Append {
  durable,  // the batch will be there after any crash
  deposed,  // nothing was written: somebody with a larger epoch, or at our sequence, was here
  unknown,  // the batch may be there or not: end the process, and read the truth at the next start
};

struct JournalEnd {
  Seq last = {};
  std::int64_t epoch = 0;
  std::string hash;        // of the last batch; 64 zeros while the journal is empty
  std::string bytes = {};  // of the last batch
};

// Used by one thread at a time.
class Journal {
 public:
  virtual ~Journal() = default;

  // Where the journal ends, as far as this object has seen it.
  virtual const JournalEnd& end() const = 0;

  // `batch.first` must be the sequence after end().last. After `unknown` every later append
  // answers `unknown` too.
  virtual Append append(const Batch& batch) = 0;

  // Why the last append was not durable. Codes: `journal_deposed`, `disk_full`, `read_only`,
  // `journal_busy`, `io_error`, `journal_damaged`, `journal_failed`; "" while all were.
  virtual const Error& last_error() const = 0;

  // Visits every batch that overlaps [from, to], in order, until `visit` returns false. What lies
  // beyond end() is not read. Each batch is held against its hash and against the batch before
  // it; one that does not fit is not visited, and fails with `journal_damaged`, which names the
  // sequence, what was found and what was expected. `visit` must not append.
  virtual Status read(Seq from, Seq to, const std::function<bool(const StoredBatch&)>& visit) = 0;
};

}  // namespace evener
