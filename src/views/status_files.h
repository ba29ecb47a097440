// The pool as Markdown files for those who only read files: the whole, one an agent, what is
// wrong, all tasks, and the log. Each is a list of sections; one that has nothing to say is left
// out. The same facts give the same bytes: times are those of facts, and nothing tells how long ago
// something was.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "views/recent.h"
#include "views/survey.h"

namespace evener {

struct StatusFile {
  std::string name = {};   // "CLUSTER_STATUS.md"
  std::string block = {};  // names the markers around `text`: "cluster"
  std::string text = {};   // ends with a line break
  bool has_inbox = false;  // people may write lines that are carried out
};

// By name. `recent` was followed up to the pool's newest fact.
std::vector<StatusFile> status_files(const Pool& pool, const RecentFacts& recent);

// ---- shared by the files -----------------------------------------------------------------------

struct StatusPage {
  const Pool& pool;
  const Survey& survey;
  const RecentFacts& recent;
  const Agent* agent = nullptr;  // whose file it is, if one's
};

// A heading and what stands below it; "" when there is nothing to say.
using StatusSection = std::string (*)(const StatusPage& page);

std::string sections_text(const StatusPage& page, std::span<const StatusSection> sections);

std::string cluster_file(const StatusPage& page);
std::string agent_file(const StatusPage& page);
std::string issues_file(const StatusPage& page);
std::string tasks_file(const StatusPage& page);
std::string log_file(const StatusPage& page);

// "`21.4` Client health checker".
std::string task_text(const Pool& pool, TaskIndex task);

// What it is doing, with names and times of facts: "running: walnut-1 since 2026-11-21 12:00".
std::string state_text(const Pool& pool, TaskIndex task);

// "- `21.4` Client health checker (running: ...)".
std::string task_line(const Pool& pool, TaskIndex task);

// A heading, a line a task, and how many more there are; "" if there is none. At most `most` lines.
std::string list_section(
    std::string_view heading,
    const StatusPage& page,
    const TaskList& list,
    std::size_t most,
    std::string_view more  // the command that shows all
);

// "- 12 more: `evener list`".
std::string more_line(std::int64_t more, std::string_view command);

// The checklist of a task, a line a criterion, indented by `indent`.
std::string criteria_lines(const Pool& pool, TaskIndex task, std::size_t indent);

// A day's heading, then its entries, newest first; at most `most`, of those that `wanted` takes.
std::string entries_by_day(
    const StatusPage& page,
    std::size_t most,
    std::string_view day_heading,
    const std::function<bool(const RecentEntry&)>& wanted
);

// The roles and focus of some workers, without repeats: lines of a list.
std::string role_lines(const State& state, const std::vector<WorkerIndex>& workers);

// What each of the workers runs, and what it would be offered next: lines of a list.
std::string now_lines(const Pool& pool, const std::vector<WorkerIndex>& workers);
std::string next_lines(const Pool& pool, const std::vector<WorkerIndex>& workers);

}  // namespace evener
