// Facts as people read them, one sentence each, and which of them somebody asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/fact.h"
#include "views/described.h"

namespace evener {

// One plain line, safe for a terminal:
// "walnut-1 claimed restore-8000 (attempt 2, fence 41, lease 30s)".
std::string describe_fact(const Fact& fact);

// What is empty does not narrow. `since` is included, `until` is not; both are log time.
struct LogFilter {
  std::string task = {};
  std::string worker = {};
  std::string type = {};
  std::string by = {};
  std::optional<Instant> since = {};
  std::optional<Instant> until = {};
  std::vector<std::string> types = {};

  bool operator==(const LogFilter&) const = default;

  bool matches(const Fact& fact) const;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &LogFilter::task, "About this task", id_bounds),
        field("worker", &LogFilter::worker, "About this worker", id_bounds),
        field("type", &LogFilter::type, "Of this type: task_claimed, ...", id_bounds),
        field("by", &LogFilter::by, "Written by this author", id_bounds),
        field("since", &LogFilter::since, "From then on, log time"),
        field("until", &LogFilter::until, "Before then, log time"),
        field(
            "types",
            &LogFilter::types,
            "Of one of these types",
            {.max_bytes = limits::id_bytes, .form = TextForm::id, .max_items = 64}
        ),
    };
  }
};

}  // namespace evener
