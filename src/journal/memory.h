// A journal that lives as long as its process: for tests, the simulator and benchmarks. It can be
// told to fail as a disk does.
#pragma once

#include <cstdint>
#include <vector>

#include "journal/chain.h"
#include "journal/journal.h"

namespace evener {

class MemoryJournal : public Journal {
 public:
  // Whether a batch whose append was `unknown` is found there at the next start.
  enum class Unknown { lost, stored };

  // Without `hashed` every hash is 64 zeros, and only sequences are checked.
  explicit MemoryJournal(bool hashed = true);

  const JournalEnd& end() const override { return point_.end(); }

  Append append(const Batch& batch) override;

  const Error& last_error() const override { return point_.last_error(); }

  Status read(Seq from, Seq to, const std::function<bool(const StoredBatch&)>& visit) override;

  // The append that is `in` appends from now (1 is the next) answers `unknown`.
  void fail_append(std::int64_t in, Unknown then);

  // What a restart of the process does: forgets the failure, and finds what was stored.
  void reopen();

 private:
  bool hashed_;
  std::vector<StoredBatch> batches_;
  AppendPoint point_;
  std::int64_t fail_in_ = 0;  // 0: never
  Unknown then_ = Unknown::lost;
};

}  // namespace evener
