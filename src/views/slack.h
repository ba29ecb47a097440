// Whether a task with a deadline will be done in time, from what it and all that comes before it
// are expected to take. docs/deadlines.md tells it.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

// `at_risk`: one of ten such tasks is late, or more; `likely_late`: five of ten or more.
enum class Outlook { in_time, at_risk, likely_late, late };

template <>
struct EnumNames<Outlook> {
  static constexpr std::array<std::string_view, 4> names{
      "in_time", "at_risk", "likely_late", "late"
  };
};

struct Slack {
  Outlook outlook = Outlook::in_time;
  Millis slack_ms = 0;
  Millis p50_ms = 0;
  Millis p90_ms = 0;
  std::string text = {};

  bool operator==(const Slack&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("outlook", &Slack::outlook, "in_time, at_risk, likely_late or late", always),
        field(
            "slack_ms", &Slack::slack_ms, "What is left over by p50; negative: late by it", always
        ),
        field("p50_ms", &Slack::p50_ms, "Five of ten are done in less", always),
        field("p90_ms", &Slack::p90_ms, "Nine of ten are done in less", always),
        field("text", &Slack::text, "The same as a sentence's end", always),
    };
  }
};

// The task's deadline, if it has one and is not closed.
std::optional<Instant> deadline_of(const State& state, TaskIndex task);

// Answers for several tasks of one pool, each task on the way looked at once. The pool must not
// change meanwhile.
class SlackFinder {
 public:
  SlackFinder(const Pool& pool, Instant now) : pool_(pool), now_(now) {}

  // Nothing if the task has no deadline or is closed. Of what comes before it, some 20,000 tasks
  // are looked at in all.
  std::optional<Slack> of(TaskIndex task);

 private:
  // The longest way to the end of a task, as if there were a worker for each.
  struct Way {
    double expected = 0;  // ms, the sum of the middles
    double variance = 0;  // of the way, as a sum of independent parts
  };

  Way own(TaskIndex task) const;
  const Way& way_to(TaskIndex task);

  const Pool& pool_;
  Instant now_;
  boost::unordered_flat_map<TaskIndex, Way, std::hash<TaskIndex>> ways_;
};

}  // namespace evener
