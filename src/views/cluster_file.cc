// CLUSTER_STATUS.md: the whole on one page.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/conditions.h"
#include "core/reports.h"
#include "views/attention.h"
#include "views/machines.h"
#include "views/markdown.h"
#include "views/measures.h"
#include "views/phases.h"
#include "views/status.h"
#include "views/status_files.h"

namespace evener {
namespace {

constexpr std::size_t most_agents = 50;
constexpr std::size_t most_cluster_rows = 20;  // of each list here
constexpr std::size_t most_cluster_notes = 30;
constexpr std::size_t most_lists = 10;  // checklists shown whole

std::string cluster_title(const StatusPage& page) {
  const State& state = page.pool.state();
  const PoolCard& card = state.card;
  const std::string& name =
      !card.project.empty() ? card.project : (!card.name.empty() ? card.name : state.pool);
  std::string out;
  const auto line = [&](std::string_view what, const std::string& text) {
    if (!text.empty()) out += fmt::format("- **{}**: {}\n", what, markdown_text(text, 0));
  };
  line("Goal", card.goal);
  line("Repository", card.repository);
  line("People", fmt::format("{}", fmt::join(card.people, ", ")));
  if (!page.recent.entries().empty()) {
    const Instant newest = page.recent.entries().back().at;
    line("Last change", day_text(newest) + " " + clock_text(newest) + " UTC");
  }
  const std::string heading = fmt::format("# {}: status\n", markdown_text(name));
  return out.empty() ? heading : heading + "\n" + out;
}

std::string cluster_completion(const StatusPage& page) {
  const Survey& survey = page.survey;
  if (survey.tasks.total + survey.subtasks.total == 0) return {};
  std::string out = "## Completion\n\n";
  out += fmt::format("- **Tasks**: {}\n", rate_text(survey.tasks.done, survey.tasks.total));
  if (survey.subtasks.total > 0) {
    out +=
        fmt::format("- **Subtasks**: {}\n", rate_text(survey.subtasks.done, survey.subtasks.total));
  }
  std::vector<std::string> states;
  for (std::size_t i = 0; i < EnumNames<TaskState>::names.size(); ++i) {
    const std::size_t count = page.pool.count(static_cast<TaskState>(i));
    if (count > 0) states.push_back(fmt::format("{} {}", count, EnumNames<TaskState>::names[i]));
  }
  return out + fmt::format("- **States**: {}\n", fmt::join(states, ", "));
}

std::string planned_text(const PhaseRow& row) {
  if (row.planned_end_ms) return ", planned until " + minute_text(*row.planned_end_ms);
  return row.planned_start_ms ? ", planned from " + minute_text(*row.planned_start_ms) : "";
}

// Phases, and points where the work of several meets, with what each waits for.
std::string phases(const StatusPage& page) {
  const std::vector<PhaseRow> rows = phases_view(page.pool).phases;
  if (rows.empty()) return {};
  std::string out = "## Phases and integration points\n\n";
  const std::size_t shown = std::min(most_cluster_rows, rows.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const PhaseRow& row = rows[i];
    std::string said = fmt::format("{} of {} tasks over", row.over, row.tasks);
    if (row.state != GateState::open) said += ", " + row.waits;
    if (row.opened_ms) said += ", open since " + minute_text(*row.opened_ms);
    if (!row.approved_by.empty()) said += ", approved by " + row.approved_by;
    const bool is_closed = !row.is_phase && row.state != GateState::open;
    out += fmt::format(
        "- {}{}: **{}** ({}{})\n",
        markdown_code(row.id),
        row.title.empty() ? "" : " " + markdown_text(row.title),
        is_closed ? "closed" : name_of(row.state),
        markdown_text(said, 0),
        planned_text(row)
    );
  }
  return out + more_line(std::ssize(rows) - static_cast<std::int64_t>(shown), "evener phases");
}

std::string agents(const StatusPage& page) {
  const Survey& survey = page.survey;
  if (survey.agents.empty()) return {};
  const State& state = page.pool.state();
  std::string out = "## Agents\n";
  const std::vector<LeaderRow> leaders = leader_rows(page.pool, most_cluster_rows);
  if (!leaders.empty()) out += '\n';
  for (const LeaderRow& row : leaders) {
    out += fmt::format("- **Leads {}**: {}\n", markdown_code(row.role), markdown_code(row.worker));
  }
  const std::size_t shown = std::min(most_agents, survey.agents.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Agent& agent = survey.agents[i];
    out += fmt::format("\n### {}\n\n", agent.file_name);
    out += role_lines(state, agent.workers);
    out += now_lines(page.pool, agent.workers);
    out += next_lines(page.pool, agent.workers);
    out += fmt::format(
        "- **Done**: {}; all of it: [AGENT_STATUS_{}.md](AGENT_STATUS_{}.md)\n",
        agent.done.total,
        agent.file_name,
        agent.file_name
    );
  }
  const auto more = survey.agents_total - static_cast<std::int64_t>(shown);
  if (more > 0) out += "\n" + more_line(more, "evener workers");
  return out;
}

// Nothing that changes with every heartbeat, or the file would too.
std::string machines(const StatusPage& page) {
  const std::vector<MachineRow> rows = machines_view(page.pool, page.pool.now()).machines;
  const auto described = std::count_if(rows.begin(), rows.end(), [](const MachineRow& row) {
    return row.spec.has_value();
  });
  if (described == 0) return {};
  std::string out = "## Machines\n\n";
  std::int64_t left_out = 0;
  std::size_t listed = 0;
  for (const MachineRow& row : rows) {
    if (listed == most_cluster_rows) {
      ++left_out;
      continue;
    }
    ++listed;
    std::vector<std::string> said;
    const auto add = [&](const std::string& text) {
      if (!text.empty()) said.push_back(markdown_text(text, 0));
    };
    const Machine machine = row.spec.value_or(Machine{});
    add(row.spec ? hardware_text(machine) : "not described");
    if (!machine.labels.empty()) add(fmt::format("{}", fmt::join(machine.labels, ", ")));
    if (!machine.domain.empty()) add("domain " + machine.domain);
    add(machine.address);
    std::vector<std::string> workers;
    for (const MachineWorker& worker : row.workers) workers.push_back(worker.name);
    if (!workers.empty()) {
      add(fmt::format(
          "{} of {} slots free: {}", row.free_slots, row.slots, fmt::join(workers, ", ")
      ));
    }
    out += fmt::format("- {}: {}\n", markdown_code(row.name), fmt::join(said, "; "));
  }
  return out + more_line(left_out, "evener machines");
}

std::string running(const StatusPage& page) {
  return list_section(
      "In progress", page, page.survey.running, most_cluster_rows, "evener list --state running"
  );
}

std::string high(const StatusPage& page) {
  return list_section(
      "High-priority pending", page, page.survey.high, most_cluster_rows, "evener list"
  );
}

std::string next(const StatusPage& page) {
  return list_section(
      "Ready to be claimed", page, page.survey.next, most_cluster_rows, "evener list --state ready"
  );
}

std::string unassigned(const StatusPage& page) {
  return list_section(
      "Unassigned",
      page,
      page.survey.unassigned,
      most_cluster_rows,
      "evener list --state waiting,ready"
  );
}

// As of the newest fact: a file says the same for as long as nothing happens.
std::string overdue_reports(const StatusPage& page) {
  const State& state = page.pool.state();
  std::string out;
  std::int64_t overdue = 0;
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    const Millis late = report_overdue_for(page.pool, WorkerIndex{i}, page.pool.now());
    if (late == 0 || ++overdue > 5) continue;
    out += fmt::format(
        "- **silent**: {}, report overdue by {}\n",
        markdown_code(state.workers[i].spec.name),
        format_duration(late)
    );
  }
  if (overdue > 5) out += fmt::format("- **silent**: {} more\n", overdue - 5);
  return out;
}

std::string risks(const StatusPage& page) {
  const State& state = page.pool.state();
  std::string out;
  if (const std::size_t stuck = stuck_count(page.pool); stuck > 0) {
    out += fmt::format("- **stuck**: {} behind failed or cancelled tasks\n", stuck);
  }
  const auto rows = [&](std::string_view what, const TaskList& list) {
    const std::size_t shown = std::min<std::size_t>(list.tasks.size(), 5);
    for (std::size_t i = 0; i < shown; ++i) {
      out += fmt::format("- **{}**: {}\n", what, task_text(page.pool, list.tasks[i]));
    }
    if (list.total > static_cast<std::int64_t>(shown)) {
      out +=
          fmt::format("- **{}**: {} more\n", what, list.total - static_cast<std::int64_t>(shown));
    }
  };
  rows("failed", page.survey.failed);
  rows("late", page.survey.late);
  std::size_t lost = 0;
  for (const Worker& worker : state.workers) {
    if (!worker.lost || worker.draining || ++lost > 5) continue;
    out += fmt::format(
        "- **lost**: {}, last heard {}\n",
        markdown_code(worker.spec.name),
        minute_text(worker.last_seen)
    );
  }
  if (lost > 5) out += fmt::format("- **lost**: {} more\n", lost - 5);
  std::size_t set_aside = 0;
  for (const Worker& worker : state.workers) {
    if (!worker.health.is_set_aside() || ++set_aside > 5) continue;
    out += fmt::format(
        "- **set aside**: {}: {}\n",
        markdown_code(worker.spec.name),
        markdown_text(worker.health.reason, 0)
    );
  }
  if (set_aside > 5) out += fmt::format("- **set aside**: {} more\n", set_aside - 5);
  out += overdue_reports(page);
  return out.empty() ? "" : "## Risks\n\n" + out;
}

std::string cluster_attention(const StatusPage& page) {
  const Attention found = attention_of(page.pool, 1, page.pool.now());
  if (found.total == 0) return {};
  return fmt::format(
      "## Needs attention\n\n- {} thing{} that only somebody's action moves: "
      "[CLUSTER_ISSUES.md](CLUSTER_ISSUES.md)\n",
      found.total,
      found.total == 1 ? "" : "s"
  );
}

std::string cluster_measures(const StatusPage& page) {
  const TaskList& list = page.survey.checklists;
  const State& state = page.pool.state();
  const std::vector<MeasureRow> rows = some_measures(state, most_cluster_rows);
  if (list.tasks.empty() && rows.empty()) return {};
  std::string out = "## Success measures\n\n";
  for (const MeasureRow& row : rows) {
    const std::string title = markdown_text(measure_title(row), 0);
    out += fmt::format("- **{}**: {}", title, markdown_text(measure_words(row), 0));
    if (row.at) out += fmt::format(" ({} by {})", minute_text(*row.at), markdown_code(row.by));
    out += '\n';
  }
  out += more_line(std::ssize(state.records.measures) - std::ssize(rows), "evener measures");
  const std::size_t shown = std::min(most_lists, list.tasks.size());
  for (std::size_t i = 0; i < shown; ++i) {
    out += fmt::format("- {}\n", task_text(page.pool, list.tasks[i]));
    out += criteria_lines(page.pool, list.tasks[i], 2);
  }
  return out + more_line(list.total - static_cast<std::int64_t>(shown), "evener list");
}

std::string notes(const StatusPage& page) {
  const std::string days =
      entries_by_day(page, most_cluster_notes, "###", [](const RecentEntry& entry) {
        return entry.kind == RecentEntry::Kind::note;
      });
  return days.empty() ? "" : "## Notes\n\n" + days;
}

constexpr std::array<StatusSection, 13> cluster_sections{
    cluster_title,
    cluster_completion,
    phases,
    agents,
    running,
    high,
    next,
    unassigned,
    cluster_attention,
    risks,
    cluster_measures,
    machines,
    notes
};

}  // namespace

std::string cluster_file(const StatusPage& page) {
  return sections_text(page, cluster_sections);
}

}  // namespace evener
