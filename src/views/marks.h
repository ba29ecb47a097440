// Marks, each of which opens a chapter of the work.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/facts.h"

namespace evener {

struct MarkRow {
  std::int64_t chapter = 0;
  std::string text = {};
  std::string by = {};
  Instant at = 0;
  Seq seq = {};

  bool operator==(const MarkRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("chapter", &MarkRow::chapter, "The chapter that it opens, from 1", always),
        field("text", &MarkRow::text, "What begins there", always),
        field("by", &MarkRow::by, "Who said so", always),
        field("at", &MarkRow::at, "When, log time", always),
        field("seq", &MarkRow::seq, "The fact", always),
    };
  }
};

struct MarkListView {
  std::vector<MarkRow> marks = {};
  std::int64_t total = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("marks", &MarkListView::marks, "Newest first", always),
        field("total", &MarkListView::total, "Shown or not", always),
    };
  }
};

MarkRow row_of(const Fact& fact, const Marked& mark);

// At most `limit` (0: all), read backward through the log.
Result<MarkListView> marks_view(const State& state, std::int64_t limit, const FactSource& facts);

}  // namespace evener
