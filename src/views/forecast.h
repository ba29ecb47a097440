// When everything that is open will be done, simply: how much work that is for the slots that there
// are, how long the longest path, and when the last of the running tasks ends; whichever takes
// longest (docs/estimates.md). Told of what somebody can do, as things stand.
#pragma once

#include <optional>
#include <string>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

struct Forecast {
  Millis p10_ms = 0;
  Millis p50_ms = 0;
  Millis p90_ms = 0;
  Millis work_ms = 0;
  Millis path_ms = 0;
  std::int64_t slots = 0;
  std::int64_t open = 0;
  std::int64_t left_out = 0;

  bool operator==(const Forecast&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("p10_ms", &Forecast::p10_ms, "In one of ten cases all is done in less", always),
        field("p50_ms", &Forecast::p50_ms, "In five of ten", always),
        field("p90_ms", &Forecast::p90_ms, "In nine of ten", always),
        field("work_ms", &Forecast::work_ms, "What these tasks take one after another", always),
        field("path_ms", &Forecast::path_ms, "The longest remaining path", always),
        field("slots", &Forecast::slots, "Of workers that take tasks", always),
        field(
            "open",
            &Forecast::open,
            "Tasks without subtasks that run or can be done; 0: nothing of what is open can",
            always
        ),
        field(
            "left_out",
            &Forecast::left_out,
            "Open tasks that nobody can do as things stand, or that wait for such",
            always
        ),
    };
  }
};

// Nothing as long as fewer than three tasks were finished, none is open, or nobody works.
std::optional<Forecast> forecast_of(const Pool& pool, Instant now);

// "all done in 2h 10m (1h 20m to 3h 5m): 14h 0m of work for 8 slots, longest path 40m 0s"
std::string forecast_text(const Forecast& forecast);

}  // namespace evener
