// The journal: what people wrote and finished, as they read it, by day. Entries are made from facts
// of the log (LogFilter::types); no fact is kept twice.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "model/fact.h"
#include "views/described.h"
#include "views/terminal.h"

namespace evener {

enum class JournalKind { note, finding, mark, measure, finish };

template <>
struct EnumNames<JournalKind> {
  static constexpr std::array<std::string_view, 5> names{
      "note", "finding", "mark", "measure", "finish"
  };
};

struct JournalEntry {
  Seq seq = {};
  Instant at = 0;
  JournalKind kind = JournalKind::note;
  std::string who = {};
  std::string task = {};
  std::string text = {};

  bool operator==(const JournalEntry&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("seq", &JournalEntry::seq, "The fact", always),
        field("at", &JournalEntry::at, "Log time", always),
        field("kind", &JournalEntry::kind, "note, finding, mark, measure or finish", always),
        field("who", &JournalEntry::who, "Who wrote or did it", always),
        field("task", &JournalEntry::task, "On this task, if one", shown),
        field("text", &JournalEntry::text, "Their words, whole", always),
    };
  }
};

// The types of the facts that the journal is made of.
std::vector<std::string> journal_types();

// None for a fact of another type, and for the end of a lock that was taken by hand.
std::optional<JournalEntry> journal_entry(const Fact& fact);

// "2026-11-21", UTC.
std::string journal_day(Instant at);

// One entry below its day's heading: "  12:00  ada finished build: all green".
std::string journal_text(const JournalEntry& entry, const Style& style);

}  // namespace evener
