#include <fmt/format.h>

#include "views/text.h"

namespace evener {
namespace {

std::string name_of_lock(const HeldLock& held) {
  return held.units > 1 ? fmt::format("{}*{}", held.lock, held.units) : held.lock;
}

std::string held_text(const LocksView& view, Instant now, const Style& style) {
  Table table;
  table.columns = {
      {"LOCK", false, true},
      {"HOW"},
      {"WORKER", false, true},
      {"TASK", false, true},
      {"FOR", true},
      {"LEASE LEFT", true},
      {"TITLE", false, true}
  };
  for (const HeldLock& held : view.held) {
    table.rows.push_back(
        {{name_of_lock(held), Colour::bold},
         {held.shared ? "shared" : "exclusive", held.shared ? Colour::green : Colour::cyan},
         {held.worker},
         {held.task},
         {format_duration(std::max<Millis>(0, now - held.since))},
         {format_duration(held.left_ms)},
         {held.title}}
    );
  }
  std::string out = table.text(style);
  if (std::ssize(view.held) < view.held_total) {
    out += fmt::format("{} of {} locks\n", view.held.size(), view.held_total);
  }
  return out;
}

}  // namespace

std::string locks_text(const LocksView& view, Instant now, const Style& style) {
  std::string out = view.held.empty() ? "nothing is held\n" : held_text(view, now, style);
  if (view.waiting.empty()) return out;
  Table table;
  table.columns = {
      {"WAITING", false, true}, {"FOR", true}, {"WANTS", false, true}, {"BEHIND", false, true}
  };
  for (const LockWaiter& waiter : view.waiting) {
    std::string behind = waiter.kept ? fmt::format("kept for {}", waiter.by_task)
                                     : fmt::format("{} by {}", waiter.by_task, waiter.by_worker);
    table.rows.push_back(
        {{waiter.task, Colour::bold},
         {format_duration(std::max<Millis>(0, now - waiter.since))},
         {waiter.wants},
         {std::move(behind)}}
    );
  }
  out += "\n" + table.text(style);
  if (std::ssize(view.waiting) < view.waiting_total) {
    out += fmt::format("{} of {} tasks\n", view.waiting.size(), view.waiting_total);
  }
  return out;
}

}  // namespace evener
