// AGENT_STATUS_<MACHINE>.md: one agent's work, from what it runs to what it wrote down.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/reports.h"
#include "views/markdown.h"
#include "views/status_files.h"

namespace evener {
namespace {

constexpr std::size_t most_agent_workers = 50;
constexpr std::size_t most_agent_rows = 30;
constexpr std::size_t most_agent_notes = 30;

std::string agent_title(const StatusPage& page) {
  const Agent& agent = *page.agent;
  std::vector<std::string> names;
  for (const std::string& name : agent.names) {
    if (names.size() < most_agent_workers) names.push_back(markdown_code(name));
  }
  return fmt::format("# {}: status\n\n", agent.file_name) +
         fmt::format("- **Name**: {}\n", fmt::join(names, ", ")) +
         role_lines(page.pool.state(), agent.workers);
}

std::string agent_completion(const StatusPage& page) {
  const Agent& agent = *page.agent;
  std::string out = "## Completion\n\n";
  out += fmt::format("- **Done by it**: {}\n", agent.done.total);
  if (agent.meant.total > 0) {
    out += fmt::format("- **Meant for it**: {}\n", rate_text(agent.meant.done, agent.meant.total));
  }
  return out;
}

std::string workers(const StatusPage& page) {
  const State& state = page.pool.state();
  const auto& all = page.agent->workers;
  std::string out =
      "## Workers\n\n"
      "| worker | is | since | done | failed | released | lapsed |\n"
      "|---|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < std::min(all.size(), most_agent_workers); ++i) {
    const Worker& worker = state.worker(all[i]);
    const Millis late = report_overdue_for(page.pool, all[i], page.pool.now());
    const std::string_view is = worker.lost                    ? "lost"
                                : worker.draining              ? "draining"
                                : worker.health.is_set_aside() ? "set aside"
                                : worker.holding.empty()       ? "free"
                                                               : "working";
    out += fmt::format(
        "| {} | {}{} | {} | {} | {} | {} | {} |\n",
        markdown_code(worker.spec.name),
        is,
        late > 0 ? ", report overdue by " + format_duration(late) : "",
        minute_text(worker.first_seen),
        worker.done,
        worker.failed,
        worker.released,
        worker.lapsed
    );
  }
  if (all.size() > most_agent_workers) {
    out += fmt::format("\n{} more: `evener workers`\n", all.size() - most_agent_workers);
  }
  return out;
}

std::string current(const StatusPage& page) {
  const std::string lines =
      now_lines(page.pool, page.agent->workers) + next_lines(page.pool, page.agent->workers);
  return lines.empty() ? "" : "## Current and next\n\n" + lines;
}

std::string assigned(const StatusPage& page) {
  return list_section("Meant for it", page, page.agent->assigned, most_agent_rows, "evener list");
}

// The checklists of what it runs: what must be met before those are done.
std::string agent_measures(const StatusPage& page) {
  const State& state = page.pool.state();
  std::string out;
  for (const WorkerIndex worker : page.agent->workers) {
    for (const TaskIndex task : state.worker(worker).holding) {
      if (state.task(task).criteria == 0) continue;
      out += fmt::format("- {}\n", task_text(page.pool, task));
      out += criteria_lines(page.pool, task, 2);
    }
  }
  return out.empty() ? "" : "## Success measures\n\n" + out;
}

std::string agent_done(const StatusPage& page) {
  return list_section("Done", page, page.agent->done, most_agent_rows, "evener list --state done");
}

bool is_of(const State& state, const Agent& agent, const RecentEntry& entry) {
  const auto is_its = [&](WorkerIndex worker) {
    return std::find(agent.workers.begin(), agent.workers.end(), worker) != agent.workers.end();
  };
  if (!entry.worker.empty()) return is_its(state.find_worker(entry.worker));
  const TaskIndex task = state.find_task(entry.task);
  return task != no_task && is_its(state.task(task).worker);
}

std::string log(const StatusPage& page) {
  const std::string days =
      entries_by_day(page, most_agent_notes, "###", [&](const RecentEntry& entry) {
        return is_of(page.pool.state(), *page.agent, entry);
      });
  return days.empty() ? "" : "## Notes and events\n\n" + days;
}

constexpr std::array<StatusSection, 8> agent_sections{
    agent_title, agent_completion, workers, current, assigned, agent_measures, agent_done, log
};

}  // namespace

std::string agent_file(const StatusPage& page) {
  return sections_text(page, agent_sections);
}

}  // namespace evener
