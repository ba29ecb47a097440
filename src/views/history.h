// What happened to one task, read backward through the log: every fact about a task names the one
// before it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "views/described.h"
#include "views/facts.h"

namespace evener {

enum class AttemptOutcome { running, done, failed, released, lapsed, cancelled };

template <>
struct EnumNames<AttemptOutcome> {
  static constexpr std::array<std::string_view, 6> names{
      "running", "done", "failed", "released", "lapsed", "cancelled"
  };
};

// One try at a task. `started` is absent when the claim is older than the history that was read.
struct AttemptRow {
  std::int64_t number = 0;
  std::string worker = {};
  Fence fence = {};
  AttemptOutcome outcome = AttemptOutcome::running;
  std::optional<Instant> started = {};
  std::optional<Instant> ended = {};
  std::optional<Millis> duration_ms = {};
  std::int64_t revivals = 0;
  std::string reason = {};
  std::string result = {};
  Evidence run = {};
  Evidence verify = {};

  bool operator==(const AttemptRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("number", &AttemptRow::number, "Which try, from 1; 0 if not known", shown),
        field("worker", &AttemptRow::worker, "Who tried", always),
        field("fence", &AttemptRow::fence, "The claim's fence", always),
        field("outcome", &AttemptRow::outcome, "What became of it", always),
        field("started", &AttemptRow::started, "When it was claimed, log time", shown),
        field("ended", &AttemptRow::ended, "When it was over, log time", shown),
        field("duration_ms", &AttemptRow::duration_ms, "From claim to outcome, or to now", shown),
        field("revivals", &AttemptRow::revivals, "How often its holder came back late", shown),
        field("reason", &AttemptRow::reason, "Why it ended so", shown),
        field("result", &AttemptRow::result, "What came out", shown),
        field("run", &AttemptRow::run, "What the work's command left"),
        field("verify", &AttemptRow::verify, "What the verify command left"),
    };
  }
};

struct NoteRow {
  Instant at = 0;
  std::string by = {};
  std::string worker = {};
  std::string text = {};
  bool finding = false;

  bool operator==(const NoteRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("at", &NoteRow::at, "Log time", always),
        field("by", &NoteRow::by, "Who wrote it", shown),
        field("worker", &NoteRow::worker, "For which worker", shown),
        field("text", &NoteRow::text, "The note", always),
        field("finding", &NoteRow::finding, "Handed to the next holder"),
    };
  }
};

struct TaskHistory {
  std::vector<AttemptRow> attempts = {};  // newest first
  std::vector<NoteRow> notes = {};        // newest first
  bool older = false;                     // more stands in the log than was read
};

// Reads at most `most` facts, newest first, from `last` backward.
Result<TaskHistory> read_history(const FactSource& facts, Seq last, std::size_t most, Instant now);

}  // namespace evener
