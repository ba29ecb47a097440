// Every open task gets a label: free (it can be done, given time and workers), one cause (it could
// be done if that alone were out of the way), or several. A task's label joins what stops it
// itself with the labels of all that comes before it, so one pass over the plan, in the order of
// its needs, gives for each cause how many tasks it frees, however long the way to them.
#include "core/relief.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/relief_causes.h"
#include "model/capability.h"

namespace evener {
namespace {

class ReliefSearch {
 public:
  ReliefSearch(const Pool& pool, Instant now)
      : pool_(pool),
        state_(pool.state()),
        demands_(pool.state(), now),
        labels_(node_count(), unknown) {}

  std::optional<Relief> best();

 private:
  using Label = std::uint32_t;
  using Node = std::size_t;
  static constexpr Label free = 0;
  static constexpr Label several = 1;
  static constexpr Label first_cause = 2;  // and on: causes_[label - first_cause]
  static constexpr Label under_way = UINT32_MAX - 1;
  static constexpr Label unknown = UINT32_MAX;

  // Nodes: for each task, what holds for it and all below it; for each, the whole of it; gates.
  std::size_t node_count() const { return 2 * state_.tasks.size() + state_.gates.size(); }

  static Node above(TaskIndex task) { return 2 * std::size_t{task.value}; }

  static Node whole(TaskIndex task) { return 2 * std::size_t{task.value} + 1; }

  Node gate(GateIndex index) const { return 2 * state_.tasks.size() + index.value; }

  template <typename Cause_, typename Before>
  void visit_above(TaskIndex task, const Cause_& cause, const Before& before) const;
  template <typename Cause_, typename Before>
  void visit_whole(TaskIndex task, const Cause_& cause, const Before& before) const;
  template <typename Cause_, typename Before>
  void visit_gate(const Gate& gate, GateIndex index, const Cause_& cause, const Before& before)
      const;
  template <typename Cause_, typename Before>
  void visit(Node node, const Cause_& cause, const Before& before) const;

  // What keeps a task from its locks: who holds them, and older tasks for which they are kept.
  struct LocksInTheWay {
    std::vector<Cause> causes;
    std::vector<TaskIndex> older;
  };

  const LocksInTheWay& locks_in_the_way(TaskIndex task) const;
  Label label_of(const Cause& cause);
  void settle(Node root);
  static Label joined(Label a, Label b);

  const Pool& pool_;
  const State& state_;
  const Demands demands_;
  std::vector<Label> labels_;  // by node
  std::vector<Cause> causes_;
  std::map<Cause, Label> label_by_cause_;
  std::vector<std::size_t> stops_;  // by cause
  mutable std::map<std::pair<LockSet, TaskIndex>, LocksInTheWay> locks_;
};

// ---- what stops what ----------------------------------------------------------------------------

// A need that failed must be reopened, and then be done.
template <typename Cause_, typename Before>
void ReliefSearch::visit_above(TaskIndex index, const Cause_& cause, const Before& before) const {
  const Task& task = state_.task(index);
  if (task.held) cause({CauseKind::held, index.value});
  if (task.blockers > 0) {
    for (const BlockerId id : pool_.blockers_of(index)) {
      if (state_.blockers.at(id).stops == Stops::start) cause({CauseKind::blocker, id});
    }
  }
  for (const NeedEdge& need : task.needs) {
    if (state_.task(need.task).stage != Stage::done) before(whole(need.task));
  }
  if (task.phase != no_gate && !state_.gate(task.phase).may_start()) {
    for (const std::string& id : state_.gate(task.phase).phase.after) {
      const GateIndex earlier = state_.find_gate(id);
      if (!state_.gate(earlier).is_open) before(gate(earlier));
    }
  }
  if (task.parent != no_task) before(above(task.parent));
}

template <typename Cause_, typename Before>
void ReliefSearch::visit_whole(TaskIndex index, const Cause_& cause, const Before& before) const {
  const Task& task = state_.task(index);
  if (task.stage == Stage::done || task.stage == Stage::running) return;
  if (is_closed(task.stage)) cause({CauseKind::dead, index.value});
  before(above(index));
  for (const TaskIndex child : task.children) {
    const Stage stage = state_.task(child).stage;
    if (stage != Stage::done && stage != Stage::cancelled) before(whole(child));
  }
  if (const std::optional<Cause>& nobody = demands_.unmet(index)) cause(*nobody);
  if (!state_.blockers.empty()) {
    for (const BlockerId id : pool_.blockers_of(index)) {
      if (state_.blockers.at(id).stops == Stops::finish) cause({CauseKind::blocker, id});
    }
  }
  if (pool_.ready().is_parked(index)) {
    const LocksInTheWay& locks = locks_in_the_way(index);
    for (const Cause& found : locks.causes) cause(found);
    for (const TaskIndex older : locks.older) before(whole(older));
  }
}

// Tasks that wish the same are asked about once.
const ReliefSearch::LocksInTheWay& ReliefSearch::locks_in_the_way(TaskIndex index) const {
  const LockSet set = state_.task(index).locks;
  const auto [known, is_new] = locks_.try_emplace({set, pool_.locks().kin_of(index)});
  LocksInTheWay& out = known->second;
  if (!is_new) return out;
  std::set<TaskIndex> holders;
  for (const auto& found : pool_.locks().obstacles(index, state_.lock_sets.wishes(set))) {
    if (found.is_kept) {
      out.older.push_back(found.task);
    } else if (holders.insert(found.task).second) {
      out.causes.push_back({CauseKind::locked, found.task.value});
    }
  }
  if (out.causes.empty() && out.older.empty()) {
    out.causes.push_back({CauseKind::capacity, index.value});
  }
  return out;
}

template <typename Cause_, typename Before>
void ReliefSearch::visit_gate(
    const Gate& which, GateIndex index, const Cause_& cause, const Before& before
) const {
  for (const TaskIndex task : which.tasks) {
    const Stage stage = state_.task(task).stage;
    if (stage != Stage::done && stage != Stage::cancelled) before(whole(task));
  }
  for (const std::string& id : which.phase.after) {
    const GateIndex earlier = state_.find_gate(id);
    if (!state_.gate(earlier).is_open) before(gate(earlier));
  }
  if (which.needs_approval() && !which.approved) cause({CauseKind::approval, index.value});
}

template <typename Cause_, typename Before>
void ReliefSearch::visit(Node node, const Cause_& cause, const Before& before) const {
  const std::size_t of_tasks = 2 * state_.tasks.size();
  if (node >= of_tasks) {
    const GateIndex index{static_cast<std::uint32_t>(node - of_tasks)};
    return visit_gate(state_.gate(index), index, cause, before);
  }
  const TaskIndex task{static_cast<std::uint32_t>(node / 2)};
  return node % 2 == 0 ? visit_above(task, cause, before) : visit_whole(task, cause, before);
}

ReliefSearch::Label ReliefSearch::joined(Label a, Label b) {
  if (a == free || a == b) return b;
  return b == free ? a : several;
}

ReliefSearch::Label ReliefSearch::label_of(const Cause& cause) {
  const auto [found, is_new] =
      label_by_cause_.try_emplace(cause, first_cause + static_cast<Label>(causes_.size()));
  if (is_new) {
    causes_.push_back(cause);
    stops_.push_back(0);
  }
  return found->second;
}

// What comes before goes first, without recursion. Where that comes back to where it began, nothing
// by itself frees it.
void ReliefSearch::settle(Node root) {
  if (labels_[root] != unknown) return;
  std::vector<Node> stack{root};
  while (!stack.empty()) {
    const Node node = stack.back();
    if (labels_[node] == unknown) {
      labels_[node] = under_way;
      visit(
          node,
          [](const Cause&) {},
          [&](Node earlier) {
            if (labels_[earlier] == unknown) stack.push_back(earlier);
          }
      );
      continue;
    }
    stack.pop_back();
    if (labels_[node] != under_way) continue;
    Label label = free;
    visit(
        node,
        [&](const Cause& cause) {
          const Label found = label_of(cause);
          ++stops_[found - first_cause];
          label = joined(label, found);
        },
        [&](Node earlier) {
          label = joined(label, labels_[earlier] >= under_way ? several : labels_[earlier]);
        }
    );
    labels_[node] = label;
  }
}

std::optional<Relief> ReliefSearch::best() {
  std::size_t open = 0;
  std::vector<std::size_t> freed;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const Task& task = state_.tasks[i];
    if (task.stage != Stage::open || task.is_lock) continue;
    ++open;
    settle(whole(TaskIndex{i}));
    const Label label = labels_[whole(TaskIndex{i})];
    if (label == free) return std::nullopt;
    freed.resize(causes_.size());
    if (label >= first_cause) ++freed[label - first_cause];
  }
  if (open == 0 || causes_.empty()) return std::nullopt;
  freed.resize(causes_.size());
  std::size_t best = 0;
  for (std::size_t i = 1; i < causes_.size(); ++i) {
    const auto rank = [&](std::size_t at) { return std::pair(freed[at], stops_[at]); };
    if (rank(i) > rank(best) || (rank(i) == rank(best) && causes_[i] < causes_[best])) best = i;
  }
  Relief relief = described(pool_, demands_, causes_[best]);
  relief.frees = freed[best];
  relief.stops = stops_[best];
  relief.open = open;
  return relief;
}

// Whether something happens without anybody's doing: what a look at few things tells.
bool goes_on(const Pool& pool, Instant now) {
  constexpr std::size_t most_asked = 1000;
  const State& state = pool.state();
  const bool runs = std::any_of(
      pool.vitals().leases().begin(),
      pool.vitals().leases().end(),
      [&](const auto& lease) { return !state.task(lease.first).is_lock; }
  );
  if (runs) return true;
  const std::size_t asked = std::min(state.workers.size(), most_asked);
  return std::any_of(
      state.workers.begin(),
      state.workers.begin() + static_cast<std::ptrdiff_t>(asked),
      [&](const Worker& worker) {
        return is_there(worker, now) && pool.ready().best_for(worker, now) != no_task;
      }
  );
}

}  // namespace

std::string work_command(const std::vector<std::string>& capabilities) {
  const std::string prefix = secret_capability("");
  std::string command = "evener work";
  for (const std::string& name : capabilities) {
    const bool is_secret = name.starts_with(prefix);
    command += is_secret ? fmt::format(" --secret {}=file:PATH", name.substr(prefix.size()))
                         : fmt::format(" --capability {}", offer_for(name));
  }
  return command;
}

std::optional<Relief> best_relief(const Pool& pool, Instant now) {
  if (pool.state().workers.empty() || goes_on(pool, now)) return std::nullopt;
  return ReliefSearch(pool, now).best();
}

}  // namespace evener
