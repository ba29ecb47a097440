#include "views/journal.h"

#include <fmt/format.h>

namespace evener {
namespace {

constexpr std::size_t day_bytes = 10;  // 2026-11-21

std::string measured_text(const Measured& fact) {
  std::string out = fact.name + ": ";
  out += fact.value ? format_decimal(*fact.value) : "no value yet";
  if (fact.of) out += " of " + format_decimal(*fact.of);
  if (!fact.unit.empty()) out += " " + fact.unit;
  if (fact.goal) out += ", goal " + format_decimal(*fact.goal);
  return out;
}

// A lock taken by hand: a task named by cli/held_lock.cc. That it ended is no news of the work, and
// that it was a lock stands only where it was added, which may be long before what is asked for.
bool is_lock_by_hand(std::string_view task) {
  constexpr std::string_view prefix = "lock-";
  constexpr std::size_t digits = 16;
  return task.size() == prefix.size() + digits && task.starts_with(prefix) &&
         task.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

struct Entry {
  JournalEntry& out;

  bool operator()(const NoteAdded& fact) const {
    out.kind = fact.finding ? JournalKind::finding : JournalKind::note;
    out.text = fact.text;
    return true;
  }

  bool operator()(const Marked& fact) const {
    out.kind = JournalKind::mark;
    out.text = fmt::format("chapter {}: {}", fact.chapter, fact.text);
    return true;
  }

  bool operator()(const Measured& fact) const {
    out.kind = JournalKind::measure;
    out.text = measured_text(fact);
    return true;
  }

  bool operator()(const AttemptFinished& fact) const {
    if (is_lock_by_hand(fact.task)) return false;
    out.kind = JournalKind::finish;
    out.text = fact.result;
    return true;
  }

  template <typename Body>
  bool operator()(const Body&) const {
    return false;
  }
};

}  // namespace

std::vector<std::string> journal_types() {
  return {
      std::string(NoteAdded::type),
      std::string(Marked::type),
      std::string(Measured::type),
      std::string(AttemptFinished::type)
  };
}

std::optional<JournalEntry> journal_entry(const Fact& fact) {
  JournalEntry entry{
      .seq = fact.seq,
      .at = fact.at,
      .who = std::string(worker_of(fact.body)),
      .task = std::string(task_of(fact.body))
  };
  if (entry.who.empty()) entry.who = fact.by;
  if (!std::visit(Entry{entry}, fact.body)) return std::nullopt;
  return entry;
}

std::string journal_day(Instant at) {
  return format_time(at).substr(0, day_bytes);
}

std::string journal_text(const JournalEntry& entry, const Style& style) {
  constexpr std::size_t minutes = 5;  // 12:00
  constexpr int indent = 9;
  std::string head = entry.who;
  if (entry.kind == JournalKind::finish) {
    head += fmt::format(" finished {}", entry.task);
  } else if (entry.kind != JournalKind::mark) {
    if (entry.kind == JournalKind::finding) head += ", finding";
    if (!entry.task.empty()) head += " on " + entry.task;
  }
  const std::string time = format_time(entry.at).substr(day_bytes + 1, minutes);
  const Colour colour = entry.kind == JournalKind::mark ? Colour::bold : Colour::plain;
  if (entry.text.empty()) return fmt::format("  {}  {}\n", time, safe_line(head));
  const std::string text = wrapped(head + ": " + entry.text, indent, style);
  return fmt::format("  {}  {}", time, paint(style, colour, text.substr(indent)));
}

}  // namespace evener
