#include "cli/import_order.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>

namespace evener {
namespace {

using Places = std::unordered_map<std::string_view, std::size_t>;

Places places_of(const std::vector<TaskSpec>& tasks) {
  Places places;
  for (std::size_t i = 0; i < tasks.size(); ++i) places.emplace(tasks[i].id, i);
  return places;
}

// Where the tasks stand that must be there before `task`.
std::vector<std::size_t> before(const TaskSpec& task, const Places& places) {
  std::vector<std::size_t> out;
  const auto add = [&](const std::string& id) {
    const auto found = places.find(id);
    if (found != places.end()) out.push_back(found->second);
  };
  if (!task.parent.empty()) add(task.parent);
  for (const Need& need : task.needs) add(need.task);
  return out;
}

enum class Mark : std::uint8_t { unseen, on_path, placed };

struct Step {
  std::size_t task;
  std::vector<std::size_t> before;
  std::size_t at = 0;
};

Error cycle_error(
    const std::vector<TaskSpec>& tasks, const std::vector<Step>& path, std::size_t at
) {
  std::string text;
  bool inside = false;
  for (const Step& step : path) {
    inside = inside || step.task == at;
    if (inside) text += tasks[step.task].id + " -> ";
  }
  return {"cycle", "these would wait for one another for ever: " + text + tasks[at].id};
}

Result<std::vector<std::size_t>> ordered(const std::vector<TaskSpec>& tasks) {
  const Places places = places_of(tasks);
  std::vector<Mark> marks(tasks.size(), Mark::unseen);
  std::vector<std::size_t> order;
  std::vector<Step> path;
  for (std::size_t start = 0; start < tasks.size(); ++start) {
    if (marks[start] != Mark::unseen) continue;
    path.push_back({start, before(tasks[start], places)});
    marks[start] = Mark::on_path;
    while (!path.empty()) {
      Step& step = path.back();
      if (step.at == step.before.size()) {
        marks[step.task] = Mark::placed;
        order.push_back(step.task);
        path.pop_back();
        continue;
      }
      const std::size_t next = step.before[step.at++];
      if (marks[next] == Mark::on_path) return cycle_error(tasks, path, next);
      if (marks[next] == Mark::placed) continue;
      marks[next] = Mark::on_path;
      path.push_back({next, before(tasks[next], places)});
    }
  }
  return order;
}

// At most, in facts. A change of a task that exists may first take needs or its parent from what it
// was, and moves the ticks of its checklist, a fact each.
std::size_t bytes_of(const TaskSpec& task, const HeldPool& held) {
  constexpr std::size_t overhead = 256;  // of a fact, around its task
  constexpr std::size_t tick = 160;      // besides the task's id
  std::size_t bytes = to_json_text(task).size() + overhead;
  const TaskSpec* const known = held.find(task.id);
  if (known == nullptr) return bytes;
  if (known->needs != task.needs || known->parent != task.parent) {
    bytes += to_json_text(*known).size() + overhead;
  }
  return bytes + task.criteria.size() * (tick + task.id.size());
}

}  // namespace

Result<std::vector<AddTasks>> import_commands(std::vector<TaskSpec> tasks, const HeldPool& held) {
  constexpr std::size_t most_tasks = 500;
  const std::vector<std::size_t> order = TRY(ordered(tasks));
  std::vector<AddTasks> commands;
  std::size_t bytes = 0;
  for (const std::size_t place : order) {
    const std::size_t size = bytes_of(tasks[place], held);
    const bool is_full = commands.empty() || commands.back().tasks.size() == most_tasks ||
                         bytes + size > limits::facts_bytes_per_command;
    if (is_full) {
      commands.emplace_back().update = true;
      bytes = 0;
    }
    bytes += size;
    commands.back().tasks.push_back(std::move(tasks[place]));
  }
  return commands;
}

std::vector<std::string> missing_from(const std::vector<TaskSpec>& tasks) {
  const Places places = places_of(tasks);
  std::set<std::string> missing;
  for (const TaskSpec& task : tasks) {
    if (!task.parent.empty() && !places.contains(task.parent)) missing.insert(task.parent);
    for (const Need& need : task.needs) {
      if (!places.contains(need.task)) missing.insert(need.task);
    }
  }
  return {missing.begin(), missing.end()};
}

}  // namespace evener
