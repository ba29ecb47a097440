// A text file of words and numbers, read a line at a time; what is wrong names its line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/plan.h"

namespace evener {

class InstanceLines {  // Invariant: words() are those of line number(), without blank lines.
 public:
  InstanceLines(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  // Goes on to the next line that says something; false at the end of the file.
  bool next();

  // The same, but the file may not end: fails with `bad_value`, naming what is missing.
  Status need(std::string_view what);

  // Passes over all lines up to one that contains `text`, and stands there.
  Status find(std::string_view text);

  std::int64_t number() const { return number_; }

  const std::vector<std::string_view>& words() const { return words_; }

  bool contains(std::string_view text) const { return line_.find(text) != std::string_view::npos; }

  // The word at a place of this line as a whole number within bounds. Fails with `bad_value`.
  Result<std::int64_t> whole(
      std::size_t word, std::string_view what, std::int64_t least, std::int64_t most
  ) const;

  // "graph.stg:12: expected 3 predecessors, found 2"
  Error expected(std::string_view what, std::string_view found) const;

 private:
  std::string_view rest_;
  const std::string& file_;
  std::string_view line_;
  std::vector<std::string_view> words_;
  std::int64_t number_ = 0;
};

// Settings under which nothing but needs, workers and resources orders a plan.
PoolSettings instance_settings();

}  // namespace evener
