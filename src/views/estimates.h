// How long things take, from what they took: the range that is expected of a task, and what was
// learned of each kind (core/durations.h, docs/estimates.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/skills.h"

namespace evener {

// Of ten such tasks one ends before p10, five before p50, nine before p90.
struct DurationRange {
  Millis p10_ms = 0;
  Millis p50_ms = 0;
  Millis p90_ms = 0;
  Source source = Source::nothing;
  std::int64_t count = 0;
  std::string text = {};

  bool operator==(const DurationRange&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("p10_ms", &DurationRange::p10_ms, "One of ten ends before", always),
        field("p50_ms", &DurationRange::p50_ms, "Five of ten end before", always),
        field("p90_ms", &DurationRange::p90_ms, "Nine of ten end before", always),
        field("source", &DurationRange::source, "The finest that has seen enough", always),
        field("count", &DurationRange::count, "Finished tasks that it comes from", always),
        field("text", &DurationRange::text, "Where it comes from", always),
    };
  }
};

// What the task is expected to take: by who runs it or for whom alone it is meant, else by anybody.
// Nothing if it is closed, is no work of its own (it has subtasks, or only holds locks), or nothing
// was learned that tells of it.
std::optional<DurationRange> expected_of(const Pool& pool, TaskIndex task);

// What a running task is expected to take still, given that it has run for so long.
std::optional<DurationRange> left_of(const Pool& pool, TaskIndex task, Instant now);

// "12m (5m to 30m): 12 of kind build by walnut-1"
std::string range_text(const DurationRange& range);

struct WorkerDurations {
  std::string worker = {};
  std::int64_t finished = 0;
  DurationRange expected = {};

  bool operator==(const WorkerDurations&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &WorkerDurations::worker, "Who did such tasks", always),
        field("finished", &WorkerDurations::finished, "How many", always),
        field("expected", &WorkerDurations::expected, "What the next takes", always),
    };
  }
};

struct KindDurations {
  std::string kind = {};
  std::int64_t finished = 0;
  std::int64_t open = 0;
  DurationRange expected = {};
  std::optional<std::int64_t> bias_percent = {};
  std::int64_t estimated = 0;
  std::int64_t scored = 0;
  std::int64_t inside = 0;
  std::vector<WorkerDurations> workers = {};

  bool operator==(const KindDurations&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("kind", &KindDurations::kind, "Its name; empty: tasks that show none", always),
        field("finished", &KindDurations::finished, "Tasks of it", always),
        field("open", &KindDurations::open, "Tasks of it that are not closed", always),
        field("expected", &KindDurations::expected, "What the next takes, by anybody", always),
        field(
            "bias_percent",
            &KindDurations::bias_percent,
            "What tasks took, in per cent of their estimates"
        ),
        field("estimated", &KindDurations::estimated, "Finished ones with an estimate", shown),
        field("scored", &KindDurations::scored, "Predictions that were put to the test", shown),
        field("inside", &KindDurations::inside, "Of these, p10 to p90 held what came", shown),
        field("workers", &KindDurations::workers, "Who did most of them: the first 10", shown),
    };
  }
};

// How good the predictions were that were made when tasks were claimed: of the newest 1,024.
struct PredictionScore {
  std::int64_t scored = 0;
  std::int64_t inside = 0;
  std::int64_t median_error_micros = 0;

  bool operator==(const PredictionScore&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("scored", &PredictionScore::scored, "Predictions", always),
        field("inside", &PredictionScore::inside, "p10 to p90 held what came; 80 % shall", always),
        field(
            "median_error_micros",
            &PredictionScore::median_error_micros,
            "Median |ln(actual / expected)|, in millionths",
            always
        ),
    };
  }
};

struct EstimatesView {
  bool learn = true;
  std::int64_t finished = 0;
  std::optional<std::int64_t> bias_percent = {};
  std::int64_t estimated = 0;
  PredictionScore score = {};
  std::vector<KindDurations> kinds = {};
  std::int64_t kinds_total = 0;
  std::vector<SkillRow> skills = {};
  std::int64_t skills_total = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("learn", &EstimatesView::learn, "Whether the order of claims goes by it", always),
        field("finished", &EstimatesView::finished, "Tasks that taught", always),
        field(
            "bias_percent",
            &EstimatesView::bias_percent,
            "What tasks took, in per cent of their estimates"
        ),
        field("estimated", &EstimatesView::estimated, "Finished ones with an estimate", shown),
        field("score", &EstimatesView::score, "How good the predictions were", always),
        field("kinds", &EstimatesView::kinds, "Those with most finished tasks first", always),
        field("kinds_total", &EstimatesView::kinds_total, "Shown or not", always),
        field("skills", &EstimatesView::skills, "Who does them how well: the first 1,000", always),
        field("skills_total", &EstimatesView::skills_total, "Shown or not", always),
    };
  }
};

// `kind` narrows to one, "" is all; at most `limit` kinds, 0: all.
EstimatesView estimates_view(const Pool& pool, const std::string& kind, std::int64_t limit);

// "5m to 30m", of what comes from tasks like it; else "".
std::string span_of(const std::optional<DurationRange>& range);

}  // namespace evener
