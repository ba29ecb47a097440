// The statements of which a run tries to break one (DESIGN, "What must always be true"), by number.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace evener::sim {

inline constexpr std::array<std::string_view, 15> statement_names{
    "the simulator itself works",
    "an acknowledged command survives any crash",
    "a task has one live lease, and fences rise",
    "only the current fence writes, and a late result is kept",
    "no task starts before its conditions hold",
    "a claim gets a ready task, the first by the order",
    "nothing waits for ever",
    "tasks are conserved, and every index equals a recount",
    "a request id has at most one effect",
    "live state, replay, and snapshot with tail are the same",
    "a subscriber sees every fact once, in order",
    "no lease ends before its worker's own deadline",
    "nobody changes what they may not, and facts name their author",
    "memory and queues are bounded",
    "damage stops the server, and it never guesses",
};

// One that broke, and how.
struct Breach {
  int statement = 0;
  std::string what = {};

  std::string_view name() const { return statement_names[static_cast<std::size_t>(statement)]; }
};

// Keeps the first: what comes after it may follow from it.
class Breaches {
 public:
  void broke(int statement, std::string what) {
    if (!first_) first_ = Breach{statement, std::move(what)};
  }

  void require(bool holds, int statement, std::string_view what) {
    if (!holds) broke(statement, std::string(what));
  }

  const std::optional<Breach>& first() const { return first_; }

 private:
  std::optional<Breach> first_;
};

}  // namespace evener::sim
