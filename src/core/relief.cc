// Every open task gets a label: free (it can be done, given time and workers), one cause (it could
// be done if that alone were out of the way), or several. A task's label joins what stops it
// itself with the labels of all that comes before it, so one pass over the plan, in the order of
// its needs, gives for each cause how many tasks it frees, however long the way to them.
#include "core/relief.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/conditions.h"
#include "core/lock_conditions.h"

namespace evener {
namespace {

// In the order in which they are preferred where they free the same.
enum class CauseKind { approval, dead, blocker, held, locked, capacity, worker, lacking, absent };

struct Cause {
  CauseKind kind;
  std::int64_t number;  // of a gate, task, blocker or worker, or in a list of the search

  auto operator<=>(const Cause&) const = default;
};

bool is_there(const Worker& worker, Instant now) {
  return !worker.draining && !worker.lost && worker.health.takes_work(now);
}

// What a worker must be to take a task. Of tasks that others may take in time, anyone is one.
struct Demand {
  CapabilitySet capabilities;
  AssigneeIndex assignee;

  auto operator<=>(const Demand&) const = default;
};

Demand demand_of(const Task& task) {
  return {task.capabilities, task.assignee_delay >= 0 ? anyone : task.assignee};
}

class ReliefSearch {
 public:
  ReliefSearch(const Pool& pool, Instant now)
      : pool_(pool), state_(pool.state()), now_(now), labels_(node_count(), unknown) {}

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
  std::vector<std::pair<Demand, std::size_t>> count_demands();
  void meet_demands();
  std::vector<std::string> least_lacking(const Demand& demand) const;
  Label label_of(const Cause& cause);
  void settle(Node root);
  static Label joined(Label a, Label b);
  Relief described(const Cause& cause) const;
  Relief described_worker(const Worker& worker) const;
  Relief described_lacking(const std::vector<std::string>& names) const;
  Relief described_absent(const Demand& demand) const;

  const Pool& pool_;
  const State& state_;
  const Instant now_;
  std::vector<Label> labels_;  // by node
  std::vector<Cause> causes_;
  std::map<Cause, Label> label_by_cause_;
  std::vector<std::size_t> stops_;           // by cause
  std::vector<std::uint32_t> demand_of_;     // by task, if it is open or failed or cancelled
  std::vector<std::optional<Cause>> unmet_;  // by demand: what keeps everybody from it
  std::vector<std::vector<std::string>> lacking_;
  std::vector<Demand> absent_;
  mutable std::map<std::pair<LockSet, TaskIndex>, LocksInTheWay> locks_;
};

// ---- what stops what
// -----------------------------------------------------------------------------

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
  if (const std::optional<Cause>& nobody = unmet_[demand_of_[index.value]]) cause(*nobody);
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

// ---- who could take what
// -------------------------------------------------------------------------

// The kinds of demand that there are, and of how many tasks.
std::vector<std::pair<Demand, std::size_t>> ReliefSearch::count_demands() {
  std::vector<std::pair<Demand, std::size_t>> wanted;
  std::map<Demand, std::uint32_t> numbers;
  demand_of_.resize(state_.tasks.size());
  std::uint32_t i = 0;
  for (const Task& task : state_.tasks) {
    std::uint32_t& number = demand_of_[i++];
    if (task.stage == Stage::done || task.stage == Stage::running) continue;
    const Demand demand = demand_of(task);
    const auto [found, is_new] =
        numbers.try_emplace(demand, static_cast<std::uint32_t>(wanted.size()));
    if (is_new) wanted.emplace_back(demand, 0);
    number = found->second;
    ++wanted[number].second;
  }
  return wanted;
}

// For each kind of demand, what keeps everybody from it; nothing if somebody may take it. Of
// several workers that are away, the one that would serve most tasks.
void ReliefSearch::meet_demands() {
  const std::vector<std::pair<Demand, std::size_t>> wanted = count_demands();
  unmet_.resize(wanted.size());
  std::map<std::size_t, std::vector<std::uint32_t>> away;  // by demand
  std::map<std::uint32_t, std::size_t> served;
  for (std::size_t number = 0; number < wanted.size(); ++number) {
    const auto& [demand, count] = wanted[number];
    constexpr std::size_t most_away = 64;
    std::vector<std::uint32_t> found;
    bool is_met = false;
    for (std::uint32_t i = 0; i < state_.workers.size() && !is_met; ++i) {
      const Worker& worker = state_.workers[i];
      if (demand.assignee != anyone && !is_meant_for(demand.assignee, worker)) continue;
      if (!state_.covers(worker.capabilities, demand.capabilities)) continue;
      is_met = is_there(worker, now_);
      if (!is_met && found.size() < most_away) found.push_back(i);
    }
    if (is_met) continue;
    for (const std::uint32_t worker : found) served[worker] += count;
    away.emplace(number, std::move(found));
  }
  std::map<std::vector<std::string>, std::int64_t> lists;
  for (const auto& [number, found] : away) {
    const Demand& demand = wanted[number].first;
    if (!found.empty()) {
      const auto best = std::max_element(found.begin(), found.end(), [&](auto a, auto b) {
        return served.at(a) < served.at(b);
      });
      unmet_[number] = Cause{CauseKind::worker, *best};
      continue;
    }
    const bool is_anybody_meant =
        demand.assignee == anyone ||
        std::any_of(state_.workers.begin(), state_.workers.end(), [&](const Worker& worker) {
          return is_meant_for(demand.assignee, worker);
        });
    if (!is_anybody_meant) {
      unmet_[number] = Cause{CauseKind::absent, std::ssize(absent_)};
      absent_.push_back(demand);
      continue;
    }
    std::vector<std::string> lacking = least_lacking(demand);
    const auto [known, is_new] = lists.try_emplace(lacking, std::ssize(lacking_));
    if (is_new) lacking_.push_back(std::move(lacking));
    unmet_[number] = Cause{CauseKind::lacking, known->second};
  }
}

// What the worker lacks that comes nearest; those that are there come first.
std::vector<std::string> ReliefSearch::least_lacking(const Demand& demand) const {
  std::vector<std::string> least;
  bool is_found = false;
  bool is_least_there = false;
  std::set<std::pair<bool, CapabilitySet>> seen;
  for (const Worker& worker : state_.workers) {
    const bool here = is_there(worker, now_);
    if (demand.assignee != anyone && !is_meant_for(demand.assignee, worker)) continue;
    if (!seen.insert({here, worker.capabilities}).second) continue;
    const auto& want = state_.capabilities(demand.capabilities);
    const auto& have = state_.capabilities(worker.capabilities);
    std::vector<std::string> lacks;
    std::set_difference(
        want.begin(), want.end(), have.begin(), have.end(), std::back_inserter(lacks)
    );
    const bool is_better = !is_found || (here && !is_least_there) ||
                           (here == is_least_there && lacks.size() < least.size());
    if (!is_better) continue;
    least = std::move(lacks);
    is_found = true;
    is_least_there = here;
  }
  return least;
}

// ---- in words
// ------------------------------------------------------------------------------------

Relief ReliefSearch::described_worker(const Worker& worker) const {
  const std::string& name = worker.spec.name;
  if (worker.draining || worker.health.is_set_aside()) {
    std::string text = fmt::format("{} is draining", name);
    if (!worker.drain_reason.empty()) text += ": " + worker.drain_reason;
    if (!worker.draining) text = fmt::format("{} is set aside: {}", name, worker.health.reason);
    return {
        .cause = worker.draining ? "worker_draining" : "worker_set_aside",
        .text = std::move(text),
        .command = fmt::format("evener drain {} --off", name)
    };
  }
  return {
      .cause = "worker_lost",
      .text = fmt::format("{} is lost: its lease lapsed, and nothing was heard since", name),
      .command = fmt::format("evener work --name {}", name)
  };
}

Relief ReliefSearch::described_lacking(const std::vector<std::string>& names) const {
  return {
      .cause = "missing_capability",
      .text = fmt::format("no worker that is there has {}", fmt::join(names, " + ")),
      .command = work_command(names)
  };
}

Relief ReliefSearch::described_absent(const Demand& demand) const {
  const std::string& assignee = state_.assignee(demand.assignee);
  const Assignee whom = parse_assignee(assignee);
  std::string command = fmt::format(
      "{} --{} {}",
      work_command(state_.capabilities(demand.capabilities)),
      whom.kind == AssigneeKind::worker ? "name" : name_of(whom.kind),
      whom.name
  );
  return {
      .cause = "not_assignee",
      .text = fmt::format("tasks are meant for {}, and no worker is that", assignee),
      .command = std::move(command)
  };
}

Relief ReliefSearch::described(const Cause& cause) const {
  const TaskIndex index{static_cast<std::uint32_t>(cause.number)};
  const auto task = [&]() -> const std::string& { return state_.task(index).id; };
  switch (cause.kind) {
    case CauseKind::held: {
      const TaskExtras* extras = state_.find_extras(index);
      const bool says_why = extras != nullptr && !extras->reason.empty();
      return {
          .cause = "held",
          .text = fmt::format("{} is held{}", task(), says_why ? ": " + extras->reason : ""),
          .command = fmt::format("evener resume {}", task())
      };
    }
    case CauseKind::dead: {
      const TaskExtras* extras = state_.find_extras(index);
      const bool says_why = extras != nullptr && !extras->reason.empty();
      return {
          .cause = std::string(name_of(pool_.state_of(index))),
          .text = fmt::format(
              "{} {}{}",
              task(),
              state_.task(index).stage == Stage::failed ? "failed" : "was cancelled",
              says_why ? ": " + extras->reason : ""
          ),
          .command = fmt::format("evener reopen {}", task())
      };
    }
    case CauseKind::blocker: {
      const Blocker& blocker = state_.blockers.at(cause.number);
      return {
          .cause = "blocked",
          .text = fmt::format(
              "{}: {}", state_.task(blocker.task).id, describe_blocker(cause.number, blocker)
          ),
          .command = fmt::format("evener resolve {}", cause.number)
      };
    }
    case CauseKind::approval: {
      const Gate& gate = state_.gate(GateIndex{index.value});
      const std::string approver = gate.approver().empty() ? "somebody" : gate.approver();
      return {
          .cause = "approval",
          .text = fmt::format("{} waits for the approval of {}", gate.id, approver),
          .command = fmt::format("evener approve {}", gate.id)
      };
    }
    case CauseKind::locked: {
      const std::string& holder = state_.worker(state_.find_attempt(index)->worker).spec.name;
      return {
          .cause = "locked",
          .text = fmt::format("{} holds locks for {}", holder, task()),
          .command = fmt::format("evener cancel {}", task())
      };
    }
    case CauseKind::capacity: {
      const std::optional<Condition> condition = lock_condition(pool_, index);
      CHECK(condition, "a task that wishes no locks waits for some");
      return {
          .cause = "locked",
          .text = fmt::format("{}: {}", task(), condition->text),
          .command = condition->remedy
      };
    }
    case CauseKind::worker:
      return described_worker(state_.worker(WorkerIndex{index.value}));
    case CauseKind::lacking:
      return described_lacking(lacking_[index.value]);
    case CauseKind::absent:
      break;
  }
  return described_absent(absent_[index.value]);
}

std::optional<Relief> ReliefSearch::best() {
  meet_demands();
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
  Relief relief = described(causes_[best]);
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
                         : fmt::format(" --capability {}", name);
  }
  return command;
}

std::optional<Relief> best_relief(const Pool& pool, Instant now) {
  if (pool.state().workers.empty() || goes_on(pool, now)) return std::nullopt;
  return ReliefSearch(pool, now).best();
}

}  // namespace evener
