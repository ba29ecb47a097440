// The newest facts as entries of a log that people read: who took, finished, lost or handed over
// what, and the notes. A window of the newest facts, so that it costs the same in an old pool.
#pragma once

#include <deque>
#include <string>

#include "base/time.h"
#include "views/facts.h"

namespace evener {

struct RecentEntry {
  enum class Kind : std::uint8_t { coordination, note };

  Seq seq = {};
  Instant at = 0;
  Kind kind = Kind::coordination;
  std::string task = {};
  std::string worker = {};
  std::string text = {};  // one safe line, not escaped for Markdown

  bool operator==(const RecentEntry&) const = default;
};

class RecentFacts {  // Invariant: entries are of the newest `window` facts up to end(), in order.
 public:
  static constexpr std::int64_t window = 1000;

  // Reads what is new up to `end`: at most a window of facts.
  Status follow(const FactSource& facts, Seq end);

  Seq end() const { return end_; }

  // Whether facts older than the window exist.
  bool has_older() const { return end_.value > window; }

  const std::deque<RecentEntry>& entries() const { return entries_; }

 private:
  void add(const Fact& fact);

  Seq end_;
  std::deque<RecentEntry> entries_;
};

}  // namespace evener
