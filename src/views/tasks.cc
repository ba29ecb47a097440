// Lists of tasks. A pool may hold millions: what a filter asks of the unparsed part of a task is
// looked for in its text first, and only what is found there is parsed.
#include "views/tasks.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener {
namespace {

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_folded(std::string_view text, std::string_view part) {
  const auto equal = [](char a, char b) { return folded(a) == folded(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), equal) != text.end();
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

class TaskMatcher {
 public:
  TaskMatcher(const Pool& pool, const TaskFilter& filter) : pool_(pool), filter_(filter) {
    for (const TaskState state : filter.states) states_ |= 1U << static_cast<unsigned>(state);
    if (!filter.worker.empty()) worker_ = pool.state().find_worker(filter.worker);
    if (!filter.parent.empty()) parent_ = pool.state().find_task(filter.parent);
    if (!filter.assignee.empty()) assignee_ = pool.state().find_assignee(plain(filter.assignee));
    if (!filter.mine.empty()) mine_ = pool.state().find_worker(filter.mine);
    if (!filter.phase.empty()) phase_ = pool.state().find_gate(filter.phase);
    for (const std::string* wanted : {&filter.label, &filter.kind}) {
      if (!wanted->empty()) in_rest_.push_back(json_string(*wanted));
    }
  }

  bool takes_all() const {
    return filter_.ids.empty() && states_ == 0 && filter_.worker.empty() &&
           filter_.parent.empty() && filter_.phase.empty() && in_rest_.empty() &&
           filter_.text.empty() && filter_.assignee.empty() && !filter_.unassigned &&
           !filter_.unphased && filter_.mine.empty();
  }

  // The only tasks that can match, in order; nothing if any can.
  std::optional<std::vector<TaskIndex>> candidates() const {
    constexpr unsigned running = 1U << static_cast<unsigned>(TaskState::running);
    constexpr unsigned dead = (1U << static_cast<unsigned>(TaskState::failed)) |
                              (1U << static_cast<unsigned>(TaskState::cancelled));
    std::vector<TaskIndex> out;
    if (!filter_.ids.empty()) {
      for (const std::string& id : filter_.ids) {
        const TaskIndex task = pool_.state().find_task(id);
        if (task != no_task) out.push_back(task);
      }
    } else if (!filter_.parent.empty()) {
      if (parent_ == no_task) return out;
      const auto& children = pool_.state().task(parent_).children;
      out.assign(children.begin(), children.end());
    } else if (states_ == running) {
      for (const auto& [task, lease] : pool_.vitals().leases()) out.push_back(task);
    } else if (states_ != 0 && (states_ & ~dead) == 0) {
      out.assign(pool_.dead().begin(), pool_.dead().end());
    } else {
      return std::nullopt;
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  bool matches(TaskIndex index) const {
    const State& state = pool_.state();
    const Task& task = state.task(index);
    if (states_ != 0 && (states_ >> static_cast<unsigned>(pool_.state_of(index)) & 1U) == 0) {
      return false;
    }
    if (!filter_.parent.empty() && task.parent != parent_) return false;
    if (!filter_.worker.empty() &&
        (worker_ == no_worker || task.worker != worker_ || task.stage == Stage::open)) {
      return false;
    }
    if (filter_.unassigned && task.assignee != anyone) return false;
    if (filter_.unphased && is_in_a_phase(index)) return false;
    if (!filter_.phase.empty() && !is_in_phase(index)) return false;
    if (!filter_.assignee.empty() && (assignee_ == anyone || task.assignee != assignee_)) {
      return false;
    }
    if (!filter_.mine.empty() && !is_mine(task)) return false;
    if (!filter_.text.empty() && !contains_folded(task.id, filter_.text) &&
        !contains_folded(title_of(state, index), filter_.text)) {
      return false;
    }
    return in_rest_.empty() || matches_rest(index);
  }

 private:
  // As the pool interns it: "worker:x" is "x".
  static std::string plain(const std::string& assignee) {
    const Assignee whom = parse_assignee(assignee);
    return whom.kind == AssigneeKind::worker ? whom.name : assignee;
  }

  // Subtasks belong to the phases of their parents as well; locks that were taken by hand below
  // them are no part of the work.
  bool is_in_phase(TaskIndex index) const {
    if (phase_ == no_gate) return false;
    const State& state = pool_.state();
    if (state.task(index).is_lock && state.task(index).phase != phase_) return false;
    for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
      if (state.task(at).phase == phase_) return true;
    }
    return false;
  }

  bool is_in_a_phase(TaskIndex index) const {
    const State& state = pool_.state();
    for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
      if (state.task(at).phase != no_gate) return true;
    }
    return false;
  }

  bool is_mine(const Task& task) const {
    if (mine_ == no_worker) return false;
    if (task.worker == mine_ && task.stage != Stage::open) return true;
    return task.assignee != anyone && is_meant_for(task.assignee, pool_.state().worker(mine_));
  }

  bool matches_rest(TaskIndex index) const {
    const std::string_view rest = pool_.state().task(index).rest.view();
    for (const std::string& wanted : in_rest_) {
      if (rest.find(wanted) == rest.npos) return false;
    }
    const TaskSpec spec = spec_of(pool_.state(), index);
    const auto& labels = spec.labels;
    return (filter_.label.empty() ||
            std::find(labels.begin(), labels.end(), filter_.label) != labels.end()) &&
           (filter_.kind.empty() || spec.kind == filter_.kind);
  }

  const Pool& pool_;
  const TaskFilter& filter_;
  unsigned states_ = 0;  // bits by TaskState; 0: any
  WorkerIndex worker_ = no_worker;
  WorkerIndex mine_ = no_worker;
  AssigneeIndex assignee_ = anyone;
  GateIndex phase_ = no_gate;
  TaskIndex parent_ = no_task;
  std::vector<std::string> in_rest_;  // as they stand in a task's JSON
};

// Collects one page of what is shown to it in order, and counts the rest.
class Page {
 public:
  Page(const State& state, const TaskFilter& filter)
      : state_(state),
        limit_(filter.limit == 0 ? SIZE_MAX : static_cast<std::size_t>(filter.limit)) {
    if (filter.after.empty()) return;
    const TaskIndex after = state.find_task(filter.after);
    from_ = after == no_task ? no_task : after.next();
  }

  void add(TaskIndex task) {
    ++total_;
    if (task < from_) return;
    if (tasks_.size() == limit_) {
      more_ = true;
    } else {
      tasks_.push_back(task);
    }
  }

  // Counts `count` tasks from the first on without looking at them, but for those on the page.
  void add_all(std::size_t count) {
    const std::size_t first = std::min<std::size_t>(from_.value, count);
    const std::size_t last = first + std::min(limit_, count - first);
    for (std::size_t i = first; i < last; ++i)
      tasks_.push_back(TaskIndex{static_cast<std::uint32_t>(i)});
    more_ = last < count && !tasks_.empty();
    total_ = count;
  }

  TaskListView view(const Pool& pool) const {
    TaskListView out{.total = static_cast<std::int64_t>(total_)};
    out.tasks.reserve(tasks_.size());
    for (const TaskIndex task : tasks_) out.tasks.push_back(row_of(pool, task));
    if (more_) out.next = state_.task(tasks_.back()).id;
    return out;
  }

 private:
  const State& state_;
  std::size_t limit_;
  TaskIndex from_{0};
  std::vector<TaskIndex> tasks_;
  std::size_t total_ = 0;
  bool more_ = false;
};

// Calls `visit` with every task that matches, in the order in which they were added.
template <typename Visit>
void for_each_match(const Pool& pool, const TaskMatcher& matcher, const Visit& visit) {
  if (const auto candidates = matcher.candidates()) {
    for (const TaskIndex task : *candidates) {
      if (matcher.matches(task)) visit(task);
    }
    return;
  }
  const std::size_t count = pool.state().tasks.size();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (matcher.matches(TaskIndex{i})) visit(TaskIndex{i});
  }
}

TaskListView window_view(const Pool& pool, const TaskFilter& filter, const TaskMatcher& matcher) {
  std::vector<TaskIndex> tasks;
  for_each_match(pool, matcher, [&](TaskIndex task) { tasks.push_back(task); });
  const std::size_t first = std::min(static_cast<std::size_t>(filter.skip), tasks.size());
  const std::size_t limit =
      filter.limit == 0 ? tasks.size() : static_cast<std::size_t>(filter.limit);
  const std::size_t last = first + std::min(limit, tasks.size() - first);
  sort_tasks(pool, tasks, filter.sort, filter.descending, last);
  TaskListView out{.total = static_cast<std::int64_t>(tasks.size())};
  for (std::size_t i = first; i < last; ++i) out.tasks.push_back(row_of(pool, tasks[i]));
  return out;
}

struct Leaves {
  std::int64_t done = 0;
  std::int64_t total = 0;
};

// Locks that were taken by hand below it are no part of its work.
bool has_subtasks(const State& state, TaskIndex index) {
  return std::ranges::any_of(state.task(index).children, [&](TaskIndex child) {
    return !state.task(child).is_lock;
  });
}

void count_leaves(const State& state, TaskIndex index, Leaves& leaves) {
  const Task& task = state.task(index);
  if (task.is_lock) return;
  if (has_subtasks(state, index)) {
    for (const TaskIndex child : task.children) count_leaves(state, child, leaves);
  } else if (task.stage != Stage::cancelled) {
    ++leaves.total;
    if (task.stage == Stage::done) ++leaves.done;
  }
}

std::int64_t open_before(const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  if (task.stage != Stage::open) return 0;
  std::int64_t open = task.open_children;
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    open += state.task(at).open_needs;
  }
  return open;
}

}  // namespace

TaskListView list_view(const Pool& pool, const TaskFilter& filter) {
  const TaskMatcher matcher(pool, filter);
  if (filter.is_window()) return window_view(pool, filter, matcher);
  Page page(pool.state(), filter);
  if (matcher.takes_all()) {
    page.add_all(pool.state().tasks.size());
  } else {
    for_each_match(pool, matcher, [&](TaskIndex task) { page.add(task); });
  }
  return page.view(pool);
}

// The title is the first member of what is kept unparsed; reading it alone spares a list of a
// million tasks as many parses.
std::string title_of(const State& state, TaskIndex index) {
  constexpr std::string_view key = "\"title\":\"";
  const std::string_view rest = state.task(index).rest.view();
  if (!rest.starts_with(key)) return {};
  const std::string_view text = rest.substr(key.size());
  std::size_t end = 0;
  bool escaped = false;
  while (text[end] != '"') {
    escaped = escaped || text[end] == '\\';
    end += text[end] == '\\' ? 2 : 1;
  }
  if (!escaped) return std::string(text.substr(0, end));
  const Result<Json> title = parse_json(rest.substr(key.size() - 1, end + 2));
  CHECK(title.ok() && title->is_string(), "a stored title is not JSON");
  return std::string(title->get_string());
}

TaskRef ref_of(const Pool& pool, TaskIndex task) {
  return {pool.state().task(task).id, title_of(pool.state(), task), pool.state_of(task)};
}

TaskRow row_of(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  TaskSpec spec = spec_of(state, index);
  TaskRow row{
      .id = task.id,
      .title = std::move(spec.title),
      .state = pool.state_of(index),
      .priority = task.priority,
      .kind = std::move(spec.kind),
      .phase = std::move(spec.phase),
      .parent = std::move(spec.parent),
      .assignee = std::move(spec.assignee),
      .labels = std::move(spec.labels),
      .capabilities = required_capabilities(spec),
      .attempts = task.attempts,
      .failures = task.failures,
      .since = task.since,
      .blocked_by = open_before(state, index),
      .subtasks = static_cast<std::int64_t>(task.children.size()),
      .estimate_ms = spec.estimate_ms,
      .deadline_ms = spec.deadline_ms,
      .expected = expected_of(pool, index),
      .slack = spec.deadline_ms ? SlackFinder(pool, pool.now()).of(index) : std::nullopt
  };
  if (task.stage != Stage::open && task.worker != no_worker) {
    row.worker = state.worker(task.worker).spec.name;
  }
  if (row.state == TaskState::waiting && pool.ready().has(index)) row.retry_at = task.not_before;
  if (row.state == TaskState::held) {
    if (const TaskExtras* extras = state.find_extras(index)) row.reason = extras->reason;
  }
  if (const auto below = tree_progress(state, index)) {
    row.percent = below->percent;
  } else if (const Vitals::Lease* lease = pool.vitals().find(index)) {
    row.percent = lease->progress.percent;
  }
  return row;
}

std::vector<ConditionRow> rows_of(std::vector<Condition> conditions) {
  std::vector<ConditionRow> rows;
  for (Condition& condition : conditions) {
    rows.push_back(
        {std::move(condition.code),
         condition.holds,
         std::move(condition.text),
         std::move(condition.remedy)}
    );
  }
  return rows;
}

std::optional<TreeProgress> tree_progress(const State& state, TaskIndex index) {
  if (!has_subtasks(state, index)) return std::nullopt;
  Leaves leaves;
  count_leaves(state, index, leaves);
  if (leaves.total == 0) return std::nullopt;
  return TreeProgress{leaves.done, leaves.total, percent_of(leaves.done, leaves.total)};
}

std::int64_t percent_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : part * 100 / whole;
}

}  // namespace evener
