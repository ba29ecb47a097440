// CLUSTER_ISSUES.md: what goes on only when somebody acts.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "views/attention.h"
#include "views/markdown.h"
#include "views/status_files.h"

namespace evener {
namespace {

constexpr std::size_t most_issues_rows = 50;

// When somebody was heard last is a fact; how long ago that is, changes by itself.
std::string sentence(const State& state, const AttentionRow& row) {
  const WorkerIndex worker = state.find_worker(row.worker);
  if (row.kind == AttentionKind::set_aside) {
    const WorkerHealth& health = state.worker(worker).health;
    return fmt::format(
        "{} is set aside: {}; from {} on it may try one task",
        row.worker,
        health.reason,
        minute_text(health.until)
    );
  }
  if (row.kind == AttentionKind::stalled) {
    return fmt::format("{} is stalled: {} lives, but shows no progress", row.task, row.worker);
  }
  if (row.kind != AttentionKind::lost_worker) return row.text;
  return fmt::format(
      "{} is lost: last heard {}", row.worker, minute_text(state.worker(worker).last_seen)
  );
}

// "lost worker"
std::string words_of(AttentionKind kind) {
  std::string words(name_of(kind));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string issues_title(const StatusPage&) {
  return "# Issues\n";
}

std::string issues_attention(const StatusPage& page) {
  const State& state = page.pool.state();
  const Attention found = attention_of(page.pool, most_issues_rows, page.pool.now());
  if (found.rows.empty()) return "## Needs attention\n\nNothing does.\n";
  std::string out = "## Needs attention\n\n";
  for (const AttentionRow& row : found.rows) {
    out += fmt::format(
        "- **{}**: {}; try: {}\n",
        words_of(row.kind),
        markdown_text(sentence(state, row)),
        markdown_code(row.remedy)
    );
  }
  const auto more = found.total - static_cast<std::int64_t>(found.rows.size());
  return out + more_line(more, "evener status");
}

std::string held(const StatusPage& page) {
  return list_section("Held", page, page.survey.held, most_issues_rows, "evener list --state held");
}

std::string issues_failed(const StatusPage& page) {
  return list_section(
      "Failed", page, page.survey.failed, most_issues_rows, "evener list --state failed"
  );
}

std::string late(const StatusPage& page) {
  const TaskList& list = page.survey.late;
  if (list.tasks.empty()) return {};
  std::string out = "## Late\n\n";
  for (const TaskIndex task : list.tasks) {
    const Instant due = spec_of(page.pool.state(), task).deadline_ms.value_or(0);
    out += fmt::format(
        "- {} (due {}; {})\n",
        task_text(page.pool, task),
        minute_text(due),
        state_text(page.pool, task)
    );
  }
  const auto shown = static_cast<std::int64_t>(list.tasks.size());
  return out + more_line(list.total - shown, "evener list");
}

constexpr std::array<StatusSection, 5> issues_sections{
    issues_title, issues_attention, held, issues_failed, late
};

}  // namespace

std::string issues_file(const StatusPage& page) {
  return sections_text(page, issues_sections);
}

}  // namespace evener
