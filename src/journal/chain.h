// What every journal must hold to, wherever it keeps its bytes: batches form a chain without gaps,
// each sealed together with the one before it, and a writer that has failed stays silent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.h"
#include "journal/journal.h"

namespace evener {

// The hash "before the first batch".
inline constexpr std::string_view no_hash =
    "0000000000000000000000000000000000000000000000000000000000000000";

// SHA-256, in hex, of this text (docs/journal.md):
//   PREVIOUS_HASH \n EPOCH \n FIRST \n LAST \n LENGTH_OF_ID \n ID \n BYTES
// The id's length is there so that no two batches give the same text.
class ChainHash {
 public:
  std::string of(std::string_view previous, const Batch& batch);

 private:
  Sha256 digest_;
};

// Follows a chain while it is read. Starts behind a batch that is taken as it is.
class ChainReader {
 public:
  // With `hashed` false only sequences are compared. `place` is the errors' `where`.
  ChainReader(Seq last, std::string hash, std::string place, bool hashed = true);

  // Fails with `journal_damaged` if `batch` does not follow the last one.
  Status follow(const StoredBatch& batch);

  // Fails with `journal_damaged` if the chain stops before `to`, or is at the journal's end and is
  // not what was appended there.
  Status must_reach(Seq to, const JournalEnd& end) const;

  // The last sequence that was followed.
  Seq last() const { return last_; }

 private:
  Error damaged(Seq seq, std::string_view found, std::string_view expected) const;

  Seq last_;
  std::string hash_;
  std::string place_;
  bool hashed_;
  ChainHash chain_;
};

// The writer's end of a journal. Invariant: what it knows as the end is durable; once an append was
// unknown, nothing is appended any more.
class AppendPoint {
 public:
  explicit AppendPoint(JournalEnd end, bool hashed = true);

  const JournalEnd& end() const { return end_; }

  const Error& last_error() const { return last_error_; }

  bool failed() const { return failed_; }

  // What append must answer without trying; nothing if the batch may be written. A batch that does
  // not continue at the next sequence, or is too long, is our bug.
  std::optional<Append> refuse(const Batch& batch);

  std::string hash_of(const Batch& batch);

  // The three ways in which the attempt can end.
  Append durable(const Batch& batch, std::string hash);
  Append deposed(std::string_view found);
  Append unknown(Error why);

 private:
  JournalEnd end_;
  Error last_error_;
  bool failed_ = false;
  bool hashed_;
  ChainHash chain_;
};

}  // namespace evener
