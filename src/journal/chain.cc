#include "journal/chain.h"

#include <fmt/format.h>

#include <utility>

namespace evener {

std::string ChainHash::of(std::string_view previous, const Batch& batch) {
  fmt::memory_buffer head;
  fmt::format_to(
      fmt::appender(head),
      "{}\n{}\n{}\n{}\n{}\n{}\n",
      previous,
      batch.epoch,
      batch.first.value,
      batch.last.value,
      batch.id.size(),
      batch.id
  );
  digest_.update({head.data(), head.size()});
  digest_.update(batch.bytes);
  return digest_.finish();
}

ChainReader::ChainReader(Seq last, std::string hash, std::string place, bool hashed)
    : last_(last), hash_(std::move(hash)), place_(std::move(place)), hashed_(hashed) {}

Error ChainReader::damaged(Seq seq, std::string_view found, std::string_view expected) const {
  return {
      .code = "journal_damaged",
      .message =
          fmt::format("the batch at seq {}: found {}, expected {}", seq.value, found, expected),
      .where = place_,
  };
}

Status ChainReader::follow(const StoredBatch& batch) {
  const Seq next = last_.next();
  if (batch.first != next)
    return damaged(
        next,
        fmt::format("one that begins at seq {}", batch.first.value),
        fmt::format("one that begins at seq {}", next.value)
    );
  if (batch.last < batch.first)
    return damaged(
        next, fmt::format("its end at seq {}", batch.last.value), "an end that is not before it"
    );
  if (hashed_) {
    std::string expected = chain_.of(hash_, batch);
    if (batch.hash != expected)
      return damaged(
          next,
          fmt::format("hash {}", batch.hash),
          fmt::format("{}, by its content and the batch before it", expected)
      );
    hash_ = std::move(expected);
  }
  last_ = batch.last;
  return Done{};
}

Status ChainReader::must_reach(Seq to, const JournalEnd& end) const {
  if (last_ < to)
    return damaged(last_.next(), "nothing", fmt::format("batches up to seq {}", to.value));
  if (hashed_ && last_ == end.last && hash_ != end.hash)
    return damaged(last_, fmt::format("hash {}", hash_), fmt::format("{}, as appended", end.hash));
  return Done{};
}

AppendPoint::AppendPoint(JournalEnd end, bool hashed) : end_(std::move(end)), hashed_(hashed) {}

std::optional<Append> AppendPoint::refuse(const Batch& batch) {
  CHECK(batch.first == end_.last.next(), "a batch continues where the journal ends");
  CHECK(batch.last >= batch.first, "a batch holds at least one fact");
  CHECK(batch.bytes.size() <= max_batch_bytes, "a batch is at most 64 KiB");
  if (failed_) return Append::unknown;
  if (batch.epoch < end_.epoch)
    return deposed(fmt::format("epoch {} is behind the journal's {}", batch.epoch, end_.epoch));
  return std::nullopt;
}

std::string AppendPoint::hash_of(const Batch& batch) {
  return hashed_ ? chain_.of(end_.hash, batch) : end_.hash;
}

Append AppendPoint::durable(const Batch& batch, std::string hash) {
  end_.last = batch.last;
  end_.epoch = batch.epoch;
  end_.hash = std::move(hash);
  end_.bytes = batch.bytes;
  return Append::durable;
}

Append AppendPoint::deposed(std::string_view found) {
  last_error_ = {"journal_deposed", fmt::format("another writer took over: {}", found)};
  return Append::deposed;
}

Append AppendPoint::unknown(Error why) {
  last_error_ = std::move(why);
  failed_ = true;
  return Append::unknown;
}

}  // namespace evener
