// Who does which kind of task how well, with the counts that it comes from (core/skill.h,
// docs/skill.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/skill.h"
#include "views/described.h"

namespace evener {

// One worker, or one model, at one kind of task.
struct SkillRow {
  std::string kind = {};
  std::string worker = {};
  std::string model = {};
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t reworked = 0;
  std::optional<Millis> expected_ms = {};
  std::int64_t success_ppm = 0;
  std::int64_t suits_percent = 100;

  bool operator==(const SkillRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("kind", &SkillRow::kind, "Its name; empty: tasks that show none", always),
        field("worker", &SkillRow::worker, "Who did such tasks", shown),
        field("model", &SkillRow::model, "Or the model by which workers did them", shown),
        field("done", &SkillRow::done, "Attempts that were finished", always),
        field("failed", &SkillRow::failed, "Attempts that failed, verification included", always),
        field("reworked", &SkillRow::reworked, "Of the finished, reopened afterwards", always),
        field("expected_ms", &SkillRow::expected_ms, "What the next takes, if one was finished"),
        field(
            "success_ppm",
            &SkillRow::success_ppm,
            "Share of the next that succeeds, expected",
            always
        ),
        field(
            "suits_percent",
            &SkillRow::suits_percent,
            "How long the order takes the paths of such tasks to be for it; 100: as they are",
            always
        ),
    };
  }
};

// Of one kind, or of all (""), by kind and then what suits best first; at most `most`, and how many
// there are.
struct SkillRows {
  std::vector<SkillRow> rows = {};
  std::int64_t total = 0;
};

SkillRows skill_rows(const State& state, const std::string& kind, std::size_t most);

// "build: 12 of 13 done, 1 rework, 2m 10s" of the worker at the task's kind; "" if it never tried.
std::string skill_words(const State& state, TaskIndex task, const Worker& worker);

// "12 of 13 done, 1 rework, 2m 10s"
std::string tries_words(const SkillRow& row);

}  // namespace evener
