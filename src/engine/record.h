// A batch as bytes: one JSON object with the clocks and the facts. A fact's bytes in it are the
// bytes on the event stream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/log_clock.h"
#include "journal/journal.h"
#include "model/fact.h"

namespace evener {

// A batch being gathered, or waiting for its turn to be appended.
class OpenBatch {
 public:
  void add(const Fact& fact);

  std::size_t count() const { return ends_.size(); }

  // Of the facts alone.
  std::size_t bytes() const { return text_.size(); }

  Seq first() const { return first_; }

  Seq last() const { return Seq{first_.value + static_cast<std::int64_t>(ends_.size()) - 1}; }

  // Takes the facts from number `from` on into a batch of their own.
  OpenBatch split_off(std::size_t from);

  // Each fact's bytes, in order; they live as long as this does and nothing is added.
  std::vector<std::string_view> facts() const;

  // The whole, as the journal holds it.
  std::string sealed(const Stamp& stamp) const;

 private:
  std::string text_;                 // facts, with commas between them
  std::vector<std::uint32_t> ends_;  // where each ends
  Seq first_;
};

// A batch's bytes, read back. Fails with `journal_damaged` or `unknown_fact`.
struct ReadBatch {
  Stamp stamp;
  std::vector<Fact> facts;
};

Result<ReadBatch> read_batch(const StoredBatch& stored);

using FactVisitor = std::function<bool(const Fact&)>;

// Every fact from `from` to `to`, in order, until `visit` answers false.
Status read_facts(Journal& journal, Seq from, Seq to, const FactVisitor& visit);

}  // namespace evener
