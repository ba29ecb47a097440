#include "journal/memory.h"

#include <algorithm>
#include <string>

namespace evener {

namespace {

JournalEnd end_of(const std::vector<StoredBatch>& batches) {
  if (batches.empty()) return {.hash = std::string(no_hash)};
  const StoredBatch& last = batches.back();
  return {.last = last.last, .epoch = last.epoch, .hash = last.hash, .bytes = last.bytes};
}

}  // namespace

MemoryJournal::MemoryJournal(bool hashed) : hashed_(hashed), point_(end_of({}), hashed) {}

Append MemoryJournal::append(const Batch& batch) {
  if (const auto refused = point_.refuse(batch)) return *refused;
  std::string hash = point_.hash_of(batch);
  const bool fails = fail_in_ > 0 && --fail_in_ == 0;
  if (!fails || then_ == Unknown::stored) batches_.push_back({batch, hash});
  if (fails) return point_.unknown({"io_error", "the memory journal was told to fail"});
  return point_.durable(batch, std::move(hash));
}

Status MemoryJournal::read(Seq from, Seq to, const std::function<bool(const StoredBatch&)>& visit) {
  from = std::max(from, Seq{1});
  to = std::min(to, end().last);
  if (to < from) return Done{};
  const auto first =
      std::ranges::lower_bound(batches_, from, {}, [](const StoredBatch& b) { return b.last; });
  ChainReader chain =
      first == batches_.begin()
          ? ChainReader({}, std::string(no_hash), "memory", hashed_)
          : ChainReader(std::prev(first)->last, std::prev(first)->hash, "memory", hashed_);
  for (auto batch = first; batch != batches_.end() && batch->first <= to; ++batch) {
    TRY(chain.follow(*batch));
    if (!visit(*batch)) return Done{};
  }
  return chain.must_reach(to, end());
}

void MemoryJournal::fail_append(std::int64_t in, Unknown then) {
  fail_in_ = in;
  then_ = then;
}

void MemoryJournal::reopen() {
  point_ = AppendPoint(end_of(batches_), hashed_);
}

}  // namespace evener
