// One operation as a client saw it: what it asked, when, and what it was told. A history is a list
// of them, taken outside the pool by one clock, and all that its judge (linearizability.h) is
// shown.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/time.h"

namespace evener::history {

enum class Kind { claim, renew, finish, release, cancel, reopen, read };

// What a read may show of a task. A lease that lapsed leaves it ready.
enum class Shown { nothing, ready, running, done, cancelled };

// Microseconds of a clock that is never set back.
using Micros = std::int64_t;
inline constexpr Micros never = std::numeric_limits<Micros>::max();

// How an operation ended: with an answer, or in silence (the connection broke, the process was
// killed). What ended in silence may have taken effect, may still do so, or never will.
enum class Ending { done, refused, silence };

struct Operation {
  std::int64_t client = 0;
  Kind kind = Kind::read;
  std::string task = {};
  std::string worker = {};
  std::int64_t fence = 0;   // shown by it; of a claim or read: what was answered
  Millis lease_ms = 0;      // of a claim
  Micros called = 0;        // before the first byte was sent, the first time
  Micros returned = never;  // after the answer was read
  Ending ending = Ending::silence;
  std::string refusal = {};  // its code
  Shown shown = Shown::nothing;

  static constexpr auto fields() {
    return std::tuple{
        field("client", &Operation::client, "Which client"),
        field("kind", &Operation::kind, "What was asked"),
        field("task", &Operation::task, "Of which task", {.max_bytes = 128}),
        field("worker", &Operation::worker, "In whose name, or who is shown", {.max_bytes = 128}),
        field("fence", &Operation::fence, "Shown, or answered", {}),
        field("lease_ms", &Operation::lease_ms, "Asked for", {}),
        field("called", &Operation::called, "Microseconds", {}),
        field("returned", &Operation::returned, "Microseconds, or the largest number", {}),
        field("ending", &Operation::ending, "How it ended", {}),
        field("refusal", &Operation::refusal, "Why not", {}),
        field("shown", &Operation::shown, "The state that a read shows", {}),
    };
  }
};

using History = std::vector<Operation>;

// One line a operation, as it is kept for whoever looks into a failure.
std::string to_line(const Operation& operation);

// The same for people: "client 3: claim t12 by w3 -> fence 41, 1.204 to 1.207 s".
std::string describe(const Operation& operation);

}  // namespace evener::history

template <>
struct evener::EnumNames<evener::history::Kind> {
  static constexpr std::array<std::string_view, 7> names{
      "claim", "renew", "finish", "release", "cancel", "reopen", "read"
  };
};

template <>
struct evener::EnumNames<evener::history::Shown> {
  static constexpr std::array<std::string_view, 5> names{
      "nothing", "ready", "running", "done", "cancelled"
  };
};

template <>
struct evener::EnumNames<evener::history::Ending> {
  static constexpr std::array<std::string_view, 3> names{"done", "refused", "silence"};
};
