#include "core/plan_figures.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <utility>

namespace evener {
namespace {

constexpr std::size_t plan_slices = 40;
constexpr std::int64_t workers_shown_singly = 16;
// Schedules that are tried for the best number of workers: each takes a step a node and edge.
constexpr std::size_t most_schedule_steps = 20'000'000;
constexpr std::int64_t least_schedules = 12;

std::int64_t permille_of(Millis part, Millis whole) {
  if (whole == 0) return 0;
  return static_cast<std::int64_t>(static_cast<double>(part) * 1000 / static_cast<double>(whole));
}

// Whoever is free takes the first ready task by rank. What takes no time takes no worker.
class AlikeWorkers {
 public:
  AlikeWorkers(const PlanGraph& graph, const std::vector<Millis>& durations)
      : graph_(graph), durations_(durations), rank_(graph.node_count()) {
    const std::vector<Millis> paths = longest_paths(graph, durations);
    std::vector<PlanNode> nodes(graph.node_count());
    std::iota(nodes.begin(), nodes.end(), PlanNode{0});
    std::sort(nodes.begin(), nodes.end(), [&](PlanNode a, PlanNode b) {
      return std::pair(-paths[a], a) < std::pair(-paths[b], b);
    });
    for (std::uint32_t i = 0; i < nodes.size(); ++i) rank_[nodes[i]] = i;
    by_rank_ = std::move(nodes);
  }

  Millis finish(std::int64_t workers) {
    now_ = 0;
    free_ = workers;
    open_.resize(graph_.node_count());
    for (PlanNode node = 0; node < graph_.node_count(); ++node) {
      open_[node] = graph_.before(node).size();
    }
    for (PlanNode node = 0; node < graph_.node_count(); ++node) {
      if (graph_.before(node).empty()) arrive(node);
    }
    for (;;) {
      settle();
      if (running_.empty()) return now_;
      now_ = running_.top().first;
      while (!running_.empty() && running_.top().first == now_) {
        over_.push_back(running_.top().second);
        running_.pop();
        ++free_;
      }
    }
  }

 private:
  using Running = std::pair<Millis, PlanNode>;

  void arrive(PlanNode node) {
    if (durations_[node] == 0) {
      over_.push_back(node);
    } else {
      ready_.push(rank_[node]);
    }
  }

  // Lets go of all that is over, then starts what can be.
  void settle() {
    while (!over_.empty()) {
      const PlanNode node = over_.back();
      over_.pop_back();
      for (const PlanNode next : graph_.after(node)) {
        if (--open_[next] == 0) arrive(next);
      }
    }
    for (; free_ > 0 && !ready_.empty(); --free_) {
      const PlanNode node = by_rank_[ready_.top()];
      ready_.pop();
      running_.emplace(now_ + durations_[node], node);
    }
  }

  const PlanGraph& graph_;
  const std::vector<Millis>& durations_;
  std::vector<std::uint32_t> rank_;  // the longest remaining path is 0
  std::vector<PlanNode> by_rank_;
  std::vector<std::size_t> open_;
  std::vector<PlanNode> over_;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready_;
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
  std::int64_t free_ = 0;
  Millis now_ = 0;
};

// When each node begins if nothing but what comes before it holds it up.
std::vector<Millis> earliest_starts(const PlanGraph& graph, const std::vector<Millis>& durations) {
  std::vector<Millis> starts(graph.node_count(), 0);
  for (const PlanNode node : graph.order()) {
    for (const PlanNode next : graph.after(node)) {
      starts[next] = std::max(starts[next], starts[node] + durations[node]);
    }
  }
  return starts;
}

// Tasks that take time, along a longest path; of several the first in the plan.
std::vector<std::string> critical_tasks(
    const PlanGraph& graph,
    const std::vector<Millis>& durations,
    const std::vector<Millis>& paths,
    Millis length
) {
  std::vector<std::string> out;
  Millis left = length;
  const auto begins = [&](PlanNode node) { return paths[node] == left; };
  PlanNode at = 0;
  while (at < graph.node_count() && !(graph.before(at).empty() && begins(at))) ++at;
  while (at < graph.node_count() && left > 0) {
    if (graph.is_task(at) && durations[at] > 0) out.push_back(graph.name(at));
    left -= durations[at];
    const std::span<const PlanNode> after = graph.after(at);
    const auto next = std::find_if(after.begin(), after.end(), begins);
    at = next == after.end() ? no_node : *next;
  }
  return out;
}

std::int64_t greatest_overlap(
    const std::vector<Millis>& starts, const std::vector<Millis>& durations
) {
  std::vector<std::pair<Millis, int>> turns;  // what ends at a moment is over before what begins
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (durations[i] == 0) continue;
    turns.emplace_back(starts[i], 1);
    turns.emplace_back(starts[i] + durations[i], -1);
  }
  std::sort(turns.begin(), turns.end());
  std::int64_t now = 0;
  std::int64_t most = 0;
  for (const auto& [at, change] : turns) most = std::max(most, now += change);
  return most;
}

std::vector<PlanSlice> profile_of(
    const std::vector<Millis>& starts, const std::vector<Millis>& durations, Millis length
) {
  const auto count = std::min<Millis>(static_cast<Millis>(plan_slices), length);
  std::vector<PlanSlice> slices(static_cast<std::size_t>(count));
  // Not length * i / count: that could overflow.
  const auto from = [&](Millis i) { return length / count * i + length % count * i / count; };
  std::vector<double> area(slices.size(), 0);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const Millis end = starts[i] + durations[i];
    auto slice = static_cast<Millis>(
        static_cast<double>(starts[i]) / static_cast<double>(std::max<Millis>(length, 1)) *
        static_cast<double>(count)
    );
    for (slice = std::max<Millis>(slice - 1, 0); slice < count && from(slice) < end; ++slice) {
      const Millis inside = std::min(end, from(slice + 1)) - std::max(starts[i], from(slice));
      if (inside > 0) area[static_cast<std::size_t>(slice)] += static_cast<double>(inside);
    }
  }
  for (Millis i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto width = static_cast<double>(from(i + 1) - from(i));
    slices[at] = {from(i), static_cast<std::int64_t>(area[at] * 1000.0 / width + 0.5)};
  }
  return slices;
}

// Finishes that were worked out, by number of workers.
class Finishes {
 public:
  Finishes(const PlanGraph& graph, const std::vector<Millis>& durations, Millis work)
      : workers_(graph, durations), work_(work) {
    const std::size_t steps = graph.node_count() + graph.edge_count() + 1;
    allowed_ = std::max(least_schedules, static_cast<std::int64_t>(most_schedule_steps / steps));
  }

  Millis with(std::int64_t workers) {
    const auto [found, is_new] = known_.try_emplace(workers, 0);
    if (is_new) found->second = workers_.finish(workers);
    return found->second;
  }

  // The fewest of at most `most` whose finish is within 2 % of that with `most`. Each number is
  // tried, from the least that could do it on; of very many, halves of what is left.
  std::int64_t best(std::int64_t most) {
    const Millis least = with(most);
    const auto good = [&](std::int64_t workers) { return with(workers) - least <= least / 50; };
    const Millis target = std::max<Millis>(least + least / 50, 1);
    std::int64_t few = std::clamp<std::int64_t>((work_ + target - 1) / target, 1, most);
    const std::int64_t singly = std::min(most, few + allowed_);
    for (; few < singly; ++few) {
      if (good(few)) return few;
    }
    std::int64_t many = most;
    while (few < many) {
      const std::int64_t middle = few + (many - few) / 2;
      if (good(middle)) {
        many = middle;
      } else {
        few = middle + 1;
      }
    }
    return many;
  }

  PlanFinish row(std::int64_t workers) {
    const Millis finish = with(workers);
    return {workers, finish, permille_of(work_, finish)};
  }

 private:
  AlikeWorkers workers_;
  std::map<std::int64_t, Millis> known_;
  Millis work_;
  std::int64_t allowed_ = 0;
};

}  // namespace

std::vector<Millis> plan_durations(const PlanGraph& graph, Millis default_estimate_ms) {
  std::vector<Millis> durations(graph.node_count(), 0);
  for (PlanNode task = 0; task < graph.task_count(); ++task) {
    const Millis without = graph.has_subtasks(task) ? 0 : default_estimate_ms;
    durations[task] = graph.tasks()[task].estimate_ms.value_or(without);
  }
  return durations;
}

std::vector<Millis> longest_paths(const PlanGraph& graph, const std::vector<Millis>& durations) {
  std::vector<Millis> paths(graph.node_count(), 0);
  const std::vector<PlanNode>& order = graph.order();
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    Millis rest = 0;
    for (const PlanNode next : graph.after(*node)) rest = std::max(rest, paths[next]);
    paths[*node] = durations[*node] + rest;
  }
  return paths;
}

Millis finish_with(
    const PlanGraph& graph, const std::vector<Millis>& durations, std::int64_t workers
) {
  return AlikeWorkers(graph, durations).finish(workers);
}

PlanFigures plan_figures(
    const PlanGraph& graph, const PoolSettings& settings, std::int64_t workers
) {
  const std::vector<Millis> durations = plan_durations(graph, settings.default_estimate_ms);
  const std::vector<Millis> paths = longest_paths(graph, durations);
  const std::vector<Millis> starts = earliest_starts(graph, durations);
  PlanFigures out{.tasks = static_cast<std::int64_t>(graph.task_count())};
  out.assumed_ms = settings.default_estimate_ms;
  for (PlanNode task = 0; task < graph.task_count(); ++task) {
    const bool has_work = !graph.has_subtasks(task);
    if (has_work && !graph.tasks()[task].estimate_ms) ++out.assumed;
    out.work_ms += durations[task];
  }
  for (const Millis path : paths) out.critical_ms = std::max(out.critical_ms, path);
  out.critical = critical_tasks(graph, durations, paths, out.critical_ms);
  out.speed_up_permille = permille_of(out.work_ms, out.critical_ms);
  out.most_at_once = greatest_overlap(starts, durations);
  out.profile = profile_of(starts, durations, out.critical_ms);
  out.parts = plan_parts(graph, durations);
  if (out.work_ms == 0) return out;
  Finishes finishes(graph, durations, out.work_ms);
  const std::int64_t most = workers > 0 ? workers : out.most_at_once;
  out.best_workers = finishes.best(most);
  out.best_finish_ms = finishes.with(out.best_workers);
  std::set<std::int64_t> shown{out.best_workers, most};
  for (std::int64_t n = 1; n <= std::min(most, workers_shown_singly); ++n) shown.insert(n);
  for (const std::int64_t n : shown) out.finishes.push_back(finishes.row(n));
  return out;
}

}  // namespace evener
