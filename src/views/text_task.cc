// One task in full, and why.
#include <fmt/format.h>

#include <algorithm>

#include "views/text.h"

namespace evener {
namespace {

constexpr int indent = 2;

std::string section(std::string_view title, const Style& style) {
  return "\n" + paint(style, Colour::bold, title) + "\n";
}

// A line whose last part may be missing.
std::string ended(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text + "\n";
}

std::string line(std::string_view name, std::string_view value) {
  constexpr int name_columns = 14;
  if (value.empty()) return {};
  return std::string(indent, ' ') + pad(name, name_columns) + safe_line(value) + "\n";
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string duration(const std::optional<Millis>& millis) {
  return millis ? format_duration(*millis) : "";
}

std::string mark(bool holds, const Style& style) {
  return paint(style, holds ? Colour::green : Colour::red, holds ? "yes" : "no ");
}

std::string conditions(const std::vector<ConditionRow>& rows, const Style& style) {
  std::string out;
  for (const ConditionRow& row : rows) {
    out += fmt::format("  {} {}\n", mark(row.holds, style), safe_line(row.text));
    if (!row.remedy.empty()) out += fmt::format("      {}\n", safe_line(row.remedy));
  }
  return out;
}

std::string described(const TaskSpec& spec) {
  std::string out = line("description", "");
  out += line("priority", name_of(spec.priority));
  out += line("parent", spec.parent);
  out += line("phase", spec.phase);
  out += line("kind", spec.kind);
  out += line("for", spec.assignee);
  out += line("requires", joined(spec.capabilities));
  out += line("secrets", joined(spec.secrets));
  out += line("prefers", joined(spec.prefers));
  out += line("paths", joined(spec.paths));
  out += line("locks", joined(spec.locks));
  out += line("estimate", duration(spec.estimate_ms));
  if (spec.deadline_ms) out += line("deadline", format_time(*spec.deadline_ms));
  out += line("run", spec.run);
  out += line("verify", spec.verify);
  out += line("review", spec.review);
  out += line("labels", joined(spec.labels));
  out += line("data", spec.data.text);
  return out;
}

std::string refs(
    std::string_view title,
    const std::vector<TaskRef>& tasks,
    std::int64_t total,
    const Style& style
) {
  if (tasks.empty()) return {};
  std::string out = section(title, style);
  for (const TaskRef& task : tasks) {
    out += ended(fmt::format(
        "  {} {}  {}",
        safe_line(task.task),
        paint(style, colour_of(task.state), fmt::format("({})", name_of(task.state))),
        safe_line(task.title)
    ));
  }
  const std::int64_t more = total - static_cast<std::int64_t>(tasks.size());
  if (more > 0) out += fmt::format("  and {} more\n", more);
  return out;
}

std::string needs(const TaskView& view, const Style& style) {
  if (view.needs.empty()) return {};
  std::string out = section("needs", style);
  for (const NeedRow& need : view.needs) {
    out += ended(fmt::format(
        "  {} {} ({}){}  {}",
        mark(need.holds, style),
        safe_line(need.task),
        name_of(need.state),
        need.through.empty() ? "" : " through " + safe_line(need.through),
        safe_line(need.title)
    ));
  }
  return out;
}

std::string blockers(const TaskView& view, const Style& style) {
  if (view.blockers.empty()) return {};
  std::string out = section("blockers", style);
  for (const BlockerRow& row : view.blockers) {
    const std::string& asked = row.asked.empty() ? row.owner : row.asked;
    out += wrapped(
        fmt::format(
            "{} ({}) stops {}: {}{}",
            row.blocker,
            name_of(row.severity),
            row.stops == Stops::nothing ? "nothing" : fmt::format("its {}", name_of(row.stops)),
            row.text,
            asked.empty() ? "" : fmt::format(" (up to {})", asked)
        ),
        indent,
        style
    );
  }
  return out;
}

std::string exit_words(const Evidence& evidence, std::string_view command) {
  if (!evidence.exit_code) return {};
  return fmt::format(", {} exit {}", command, *evidence.exit_code);
}

std::string attempts(const TaskView& view, Instant now, const Style& style) {
  if (view.attempts.empty()) return {};
  std::string out = section("attempts", style);
  for (const AttemptRow& row : view.attempts) {
    const Colour colour = row.outcome == AttemptOutcome::done      ? Colour::green
                          : row.outcome == AttemptOutcome::running ? Colour::cyan
                                                                   : Colour::red;
    out += fmt::format(
        "  {}. {} by {} (fence {}{}{})",
        row.number,
        paint(style, colour, name_of(row.outcome)),
        safe_line(row.worker),
        row.fence.value,
        exit_words(row.run, "run"),
        exit_words(row.verify, "verify")
    );
    if (row.duration_ms) {
      out += row.ended ? " after " : " for ";
      out += format_duration(*row.duration_ms);
    }
    if (row.ended)
      out += fmt::format(", {} ago", format_duration(std::max<Millis>(0, now - *row.ended)));
    out += "\n";
    if (!row.reason.empty()) out += wrapped(row.reason, 5, style);
    if (!row.result.empty()) out += wrapped(row.result, 5, style);
    const std::string& tail = row.verify.tail.empty() ? row.run.tail : row.verify.tail;
    if (row.outcome == AttemptOutcome::failed && !tail.empty()) {
      out += paint(style, Colour::dim, wrapped(tail, 5, style));
    }
  }
  return out;
}

std::string texts(std::string_view title, const std::vector<std::string>& all, const Style& style) {
  if (all.empty()) return {};
  std::string out = section(title, style);
  for (const std::string& text : all) out += wrapped("- " + text, indent, style);
  return out;
}

std::string prose(std::string_view title, const std::string& text, const Style& style) {
  return text.empty() ? "" : section(title, style) + wrapped(text, indent, style);
}

std::string criteria(const TaskView& view, const Style& style) {
  if (view.criteria.empty()) return {};
  std::string out = section("criteria", style);
  for (std::size_t i = 0; i < view.criteria.size(); ++i) {
    const CriterionRow& row = view.criteria[i];
    out += fmt::format(
        "  {}. [{}] {}\n",
        i + 1,
        row.ticked ? paint(style, Colour::green, "x") : " ",
        safe_line(row.text)
    );
  }
  return out;
}

// What a line of text tells of a range: only one that comes from tasks like this, or from its
// estimate.
std::string told_range(const std::optional<DurationRange>& range) {
  return range && range->source > Source::pool ? range_text(*range) : "";
}

std::string lease(const LeaseRow& row) {
  std::string out = fmt::format("ends in {}", format_duration(row.left_ms));
  if (row.progress.percent) out += fmt::format(", {}%", *row.progress.percent);
  for (const std::string* word : {&row.progress.stage, &row.progress.line}) {
    if (!word->empty()) out += ", " + *word;
  }
  return out;
}

std::string salvage(const TaskView& view, const Style& style) {
  if (view.salvage.empty()) return {};
  std::string out = section("late results", style);
  for (const SalvageKept& late : view.salvage) {
    out += wrapped(
        fmt::format(
            "- {} by {} under fence {}: {}",
            late.outcome,
            late.worker,
            late.fence.value,
            late.result
        ),
        indent,
        style
    );
  }
  return out;
}

std::string notes(const TaskView& view, Instant now, const Style& style) {
  if (view.notes.empty()) return {};
  std::string out = section("notes", style);
  for (const NoteRow& note : view.notes) {
    const std::string& who = note.worker.empty() ? note.by : note.worker;
    out += wrapped(
        fmt::format(
            "- {} ago, {}{}: {}",
            format_duration(std::max<Millis>(0, now - note.at)),
            who,
            note.finding ? " (finding)" : "",
            note.text
        ),
        indent,
        style
    );
  }
  return out;
}

}  // namespace

std::string task_text(const TaskView& view, Instant now, const Style& style) {
  const TaskSpec& spec = view.spec;
  std::string out = paint(style, Colour::bold, safe_line(spec.id));
  if (!spec.title.empty()) out += "  " + safe_line(spec.title);
  out += "\n" + paint(style, colour_of(view.state), safe_line(view.explanation)) + "\n\n";
  if (view.lease) out += line("lease", lease(*view.lease));
  out += line("expected", told_range(view.expected));
  if (view.slack) out += line("slack", view.slack->text);
  out += line("left", told_range(view.left));
  if (view.progress) {
    out += line(
        "subtasks",
        fmt::format(
            "{}%: {} of {} done", view.progress->percent, view.progress->done, view.progress->total
        )
    );
  }
  if (!view.stuck_behind.empty()) out += line("stuck behind", joined(view.stuck_behind));
  // Whoever works on it follows it anyhow.
  std::vector<std::string> followers = view.followers;
  if (view.lease) std::erase(followers, view.lease->worker);
  if (!followers.empty()) out += line("followed by", joined(followers));
  if (view.path_ms > 0)
    out += line("path", format_duration(view.path_ms) + " to the end of the plan");
  out += described(spec);
  out += prose("description", spec.description, style);
  out += prose("context", spec.context, style);
  out += texts("findings", view.findings, style);
  out += criteria(view, style);
  if (!view.conditions.empty())
    out += section("may it start?", style) + conditions(view.conditions, style);
  out += blockers(view, style);
  out += needs(view, style);
  out += refs("needed by", view.dependants, view.dependants_total, style);
  out += refs("subtasks", view.children, view.children_total, style);
  out += prose("result", view.result, style);
  out += attempts(view, now, style);
  out += salvage(view, style);
  out += notes(view, now, style);
  if (view.older_history) out += "\nolder history: evener log --task " + safe_line(spec.id) + "\n";
  return out;
}

std::string why_text(const WhyView& view, const Style& style) {
  std::string out = wrapped(view.summary, 0, style);
  const bool told =
      std::any_of(view.conditions.begin(), view.conditions.end(), [&](const ConditionRow& row) {
        return row.remedy == view.remedy;
      });
  if (!view.remedy.empty() && !told) out += wrapped(view.remedy, indent, style);
  if (const std::string expected = told_range(view.expected); !expected.empty()) {
    out += wrapped("expected: " + expected, indent, style);
  }
  if (view.slack) out += wrapped("deadline: " + view.slack->text, indent, style);
  if (!view.conditions.empty()) out += "\n" + conditions(view.conditions, style);
  out += relief_text(view.relief, style);
  if (view.offer) {
    out += fmt::format(
        "\noffered: {}  {}\n", safe_line(view.offer->task), safe_line(view.offer->title)
    );
  }
  if (view.position) {
    for (const TaskRef& task : view.position->ahead) {
      out += ended(fmt::format("  before it: {}  {}", safe_line(task.task), safe_line(task.title)));
    }
  }
  if (!view.takers.empty()) {
    out += section("who could take it", style);
    for (const TakerRow& row : view.takers) {
      out += fmt::format(
          "  {} ({}{}){}{}\n",
          safe_line(row.worker),
          name_of(row.liveness),
          row.next ? ", its next" : "",
          row.skill.empty() ? "" : "  " + safe_line(row.skill),
          row.preference.empty() ? "" : "  " + safe_line(row.preference)
      );
    }
    const std::int64_t more = view.takers_total - static_cast<std::int64_t>(view.takers.size());
    if (more > 0) out += fmt::format("  and {} more\n", more);
  }
  if (!view.misses.empty()) {
    out += section("who could not", style);
    for (const MissRow& row : view.misses) {
      out += fmt::format("  {}: {}\n", safe_line(row.worker), safe_line(row.text));
    }
    const std::int64_t more = view.misses_total - static_cast<std::int64_t>(view.misses.size());
    if (more > 0) out += fmt::format("  and {} more\n", more);
  }
  return out;
}

}  // namespace evener
