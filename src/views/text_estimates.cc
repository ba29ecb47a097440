#include <fmt/format.h>

#include <cmath>

#include "views/text.h"

namespace evener {
namespace {

std::string span_words(const DurationRange& range) {
  return fmt::format("{} to {}", format_duration(range.p10_ms), format_duration(range.p90_ms));
}

std::string bias_words(const std::optional<std::int64_t>& percent, std::int64_t count) {
  return percent ? fmt::format("{}% of {}", *percent, count) : "";
}

std::string share_words(std::int64_t inside, std::int64_t scored) {
  return scored == 0 ? "" : fmt::format("{}% of {}", inside * 100 / scored, scored);
}

}  // namespace

std::string estimates_text(const EstimatesView& view, const Style& style) {
  if (view.finished == 0) return "nothing was finished yet that tells how long things take\n";
  if (view.kinds.empty()) return "nothing of that kind was finished yet\n";
  Table table;
  table.columns = {
      {"KIND", false, true},
      {"DONE", true},
      {"OPEN", true},
      {"EXPECTED", true},
      {"P10 TO P90", false},
      {"OF ESTIMATES", true},
      {"INSIDE", true}
  };
  for (const KindDurations& row : view.kinds) {
    table.rows.push_back(
        {{row.kind.empty() ? "(none)" : row.kind, Colour::bold},
         {std::to_string(row.finished)},
         {std::to_string(row.open)},
         {format_duration(row.expected.p50_ms)},
         {span_words(row.expected)},
         {bias_words(row.bias_percent, row.estimated)},
         {share_words(row.inside, row.scored)}}
    );
    for (const WorkerDurations& worker : row.workers) {
      if (row.workers.size() == 1) break;
      table.rows.push_back(
          {{"  by " + worker.worker},
           {std::to_string(worker.finished)},
           {""},
           {format_duration(worker.expected.p50_ms)},
           {span_words(worker.expected)},
           {""},
           {""}}
      );
    }
  }
  std::string out = table.text(style);
  const std::int64_t more = view.kinds_total - static_cast<std::int64_t>(view.kinds.size());
  if (more > 0) out += fmt::format("and {} more kinds\n", more);
  if (view.bias_percent) {
    out += fmt::format(
        "estimates: {} with one took {}% of it\n",
        view.estimated == 1 ? "the task" : fmt::format("{} tasks", view.estimated),
        *view.bias_percent
    );
  }
  if (view.score.scored > 0) {
    const double error = static_cast<double>(view.score.median_error_micros) / micros;
    out += fmt::format(
        "predictions: {} of the newest {} held what came (80% shall); half were off by less than a "
        "factor of {:.2f}\n",
        fmt::format("{}%", view.score.inside * 100 / view.score.scored),
        view.score.scored,
        std::exp(error)
    );
  }
  if (!view.learn) out += "the order of claims does not go by it: learn = false\n";
  return out;
}

std::string skills_text(const EstimatesView& view, const Style& style) {
  if (view.skills.empty()) return "no attempt has ended yet that tells who does what well\n";
  Table table;
  table.columns = {
      {"KIND", false, true},
      {"BY", false, true},
      {"DONE", false},
      {"EXPECTED", true},
      {"SUCCESS", true},
      {"SUITS", true}
  };
  for (const SkillRow& row : view.skills) {
    const std::string rework =
        row.reworked > 0 ? fmt::format(", {} rework", row.reworked) : std::string();
    table.rows.push_back(
        {{row.kind.empty() ? "(none)" : row.kind, Colour::bold},
         {row.worker.empty() ? "model=" + row.model : row.worker},
         {fmt::format("{} of {}{}", row.done, row.done + row.failed, rework)},
         {row.expected_ms ? format_duration(*row.expected_ms) : ""},
         {fmt::format("{}%", row.success_ppm / (micros / 100))},
         {fmt::format("{}%", row.suits_percent)}}
    );
  }
  std::string out = table.text(style);
  const std::int64_t more = view.skills_total - static_cast<std::int64_t>(view.skills.size());
  if (more > 0) out += fmt::format("and {} more\n", more);
  if (!view.learn) out += "the order of claims does not go by it: learn = false\n";
  return out;
}

}  // namespace evener
