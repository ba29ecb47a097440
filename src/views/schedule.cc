#include "views/schedule.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <queue>

#include "base/check.h"
#include "views/schedule_search.h"

namespace evener {
namespace {

using Jobs = std::vector<ScheduleProblem::Job>;
constexpr std::size_t many_jobs = 100'000;  // beyond: fewer rules are tried
constexpr std::size_t few_jobs = 300;       // up to: perturbed rules are tried too
constexpr int perturbations = 48;

// Workers that may do the same kinds are one pool of slots.
struct WorkerClass {
  std::vector<bool> may;  // by kind
  std::uint32_t slots = 0;
};

// The problem with what every schedule asks of it worked out once.
struct Plan {
  ScheduleProblem problem = {};
  std::vector<std::uint32_t> order = {};                // so that each job comes after its `after`
  std::vector<std::vector<std::uint32_t>> before = {};  // the other end of `after`
  std::vector<Millis> tail = {};                        // longest chain from a job's start on
  std::vector<WorkerClass> classes = {};                // the least versatile first
};

void sort_by_needs(Plan& plan) {
  Jobs& jobs = plan.problem.jobs;
  std::vector<std::size_t> open(jobs.size());
  plan.before.assign(jobs.size(), {});
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    open[i] = jobs[i].after.size();
    for (const std::uint32_t first : jobs[i].after) plan.before[first].push_back(i);
  }
  plan.order.clear();
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    if (open[i] == 0) plan.order.push_back(i);
  }
  for (std::size_t at = 0; at < plan.order.size(); ++at) {
    for (const std::uint32_t next : plan.before[plan.order[at]]) {
      if (--open[next] == 0) plan.order.push_back(next);
    }
  }
  if (plan.order.size() == jobs.size()) return;
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    if (open[i] > 0) jobs[i].after.clear();
  }
  sort_by_needs(plan);
}

Plan planned(ScheduleProblem problem) {
  Plan plan{.problem = std::move(problem)};
  sort_by_needs(plan);
  const Jobs& jobs = plan.problem.jobs;
  plan.tail.assign(jobs.size(), 0);
  for (auto at = plan.order.rbegin(); at != plan.order.rend(); ++at) {
    Millis rest = 0;
    for (const std::uint32_t next : plan.before[*at]) rest = std::max(rest, plan.tail[next]);
    plan.tail[*at] = jobs[*at].duration + rest;
  }
  std::map<std::vector<bool>, std::uint32_t> slots;
  for (std::size_t worker = 0; worker < plan.problem.slots.size(); ++worker) {
    std::vector<bool> may;
    for (const auto& kind : plan.problem.may) may.push_back(kind[worker]);
    slots[may] += plan.problem.slots[worker];
  }
  for (const auto& [may, count] : slots) plan.classes.push_back({may, count});
  std::stable_sort(
      plan.classes.begin(),
      plan.classes.end(),
      [](const WorkerClass& a, const WorkerClass& b) {
        return std::count(a.may.begin(), a.may.end(), true) <
               std::count(b.may.begin(), b.may.end(), true);
      }
  );
  return plan;
}

Millis bound_of(const Plan& plan) {
  const Jobs& jobs = plan.problem.jobs;
  std::vector<Millis> earliest(jobs.size(), 0);
  Millis bound = 0;
  Millis all_work = 0;
  std::vector<Millis> work(plan.problem.may.size(), 0);
  for (const std::uint32_t job : plan.order) {
    earliest[job] = std::max(earliest[job], jobs[job].release);
    bound = std::max(bound, earliest[job] + plan.tail[job]);
    for (const std::uint32_t next : plan.before[job]) {
      earliest[next] = std::max(earliest[next], earliest[job] + jobs[job].duration);
    }
    all_work += jobs[job].duration;
    if (jobs[job].duration > 0) work[jobs[job].kind] += jobs[job].duration;
  }
  const auto shared = [&](Millis total, const auto& may_help) {
    Millis helping = 0;
    for (std::size_t w = 0; w < plan.problem.slots.size(); ++w) {
      if (may_help(w)) helping += plan.problem.slots[w];
    }
    return helping == 0 ? 0 : (total + helping - 1) / helping;
  };
  bound = std::max(bound, shared(all_work, [](std::size_t) { return true; }));
  for (std::size_t kind = 0; kind < work.size(); ++kind) {
    const auto may_help = [&](std::size_t w) { return plan.problem.may[kind][w]; };
    bound = std::max(bound, shared(work[kind], may_help));
  }
  return bound;
}

// Starts, whenever a slot is free, the first job by `rank` that it may do.
class ListScheduler {
 public:
  ListScheduler(const Plan& plan, const std::vector<std::uint32_t>& rank)
      : plan_(plan), rank_(rank), ready_(plan.problem.may.size()) {
    for (const WorkerClass& workers : plan.classes) free_.push_back(workers.slots);
    for (const ScheduleProblem::Job& job : plan.problem.jobs) open_.push_back(job.after.size());
  }

  Millis length() {
    for (const std::uint32_t job : plan_.order) {
      if (open_[job] == 0) events_.push({plan_.problem.jobs[job].release, job, released});
    }
    while (!events_.empty()) {
      now_ = events_.top().at;
      while (!events_.empty() && events_.top().at == now_) {
        const Event event = events_.top();
        events_.pop();
        if (event.workers == released) {
          arrive(event.job);
        } else {
          if (event.workers != nobody) ++free_[event.workers];
          finish(event.job);
        }
      }
      start_jobs();
    }
    return now_;
  }

 private:
  static constexpr std::uint32_t released = UINT32_MAX;    // its time has come
  static constexpr std::uint32_t nobody = UINT32_MAX - 1;  // it took no worker

  struct Event {
    Millis at = 0;
    std::uint32_t job = 0;
    std::uint32_t workers = nobody;  // the class that did it

    auto operator<=>(const Event&) const = default;
  };

  struct Ready {
    std::uint32_t rank = 0;
    std::uint32_t job = 0;

    auto operator<=>(const Ready&) const = default;
  };

  template <typename T>
  using LeastFirst = std::priority_queue<T, std::vector<T>, std::greater<>>;

  // All that comes first is done.
  void arrive(std::uint32_t job) {
    const ScheduleProblem::Job& what = plan_.problem.jobs[job];
    if (what.release > now_) {
      events_.push({what.release, job, released});
    } else if (what.duration == 0) {
      events_.push({now_, job, nobody});
    } else {
      ready_[what.kind].push({rank_[job], job});
      ++waiting_;
    }
  }

  void finish(std::uint32_t job) {
    for (const std::uint32_t next : plan_.before[job]) {
      if (--open_[next] == 0) arrive(next);
    }
  }

  void start_jobs() {
    for (std::uint32_t workers = 0; workers < free_.size() && waiting_ > 0; ++workers) {
      while (free_[workers] > 0 && start_one(workers)) {
      }
    }
  }

  bool start_one(std::uint32_t workers) {
    LeastFirst<Ready>* best = nullptr;
    for (std::size_t kind = 0; kind < ready_.size(); ++kind) {
      if (ready_[kind].empty() || !plan_.classes[workers].may[kind]) continue;
      if (best == nullptr || ready_[kind].top() < best->top()) best = &ready_[kind];
    }
    if (best == nullptr) return false;
    const std::uint32_t job = best->top().job;
    best->pop();
    --waiting_;
    --free_[workers];
    events_.push({now_ + plan_.problem.jobs[job].duration, job, workers});
    return true;
  }

  const Plan& plan_;
  const std::vector<std::uint32_t>& rank_;
  std::vector<LeastFirst<Ready>> ready_;  // by kind
  std::vector<std::uint32_t> free_;       // slots, by class of workers
  std::vector<std::size_t> open_;         // jobs that must still come first
  LeastFirst<Event> events_;
  std::size_t waiting_ = 0;
  Millis now_ = 0;
};

// What really happened without its pauses: the same workers do the same jobs in the same order,
// each as early as it can be. Never longer than the reality, if that kept to `after`.
Millis pressed_length(const Plan& plan) {
  const Jobs& jobs = plan.problem.jobs;
  using Key = std::pair<Millis, std::uint32_t>;
  using Ends = std::priority_queue<Millis, std::vector<Millis>, std::greater<>>;
  std::priority_queue<Key, std::vector<Key>, std::greater<>> next;
  std::vector<std::size_t> open;
  std::vector<Millis> earliest;
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    open.push_back(jobs[i].after.size());
    earliest.push_back(jobs[i].release);
    if (jobs[i].after.empty()) next.emplace(jobs[i].started, i);
  }
  std::vector<Ends> ends(plan.problem.slots.size());  // of the last job in each slot in use
  Millis length = 0;
  while (!next.empty()) {
    const std::uint32_t job = next.top().second;
    next.pop();
    Millis start = earliest[job];
    if (jobs[job].duration > 0) {
      Ends& slots = ends[jobs[job].worker];
      if (slots.size() == plan.problem.slots[jobs[job].worker]) {
        start = std::max(start, slots.top());
        slots.pop();
      }
      slots.push(start + jobs[job].duration);
    }
    const Millis end = start + jobs[job].duration;
    length = std::max(length, end);
    for (const std::uint32_t after : plan.before[job]) {
      earliest[after] = std::max(earliest[after], end);
      if (--open[after] == 0) next.emplace(jobs[after].started, after);
    }
  }
  return length;
}

// Places in the order that `key` gives: the largest first.
template <typename Key>
std::vector<std::uint32_t> ranked(std::size_t count, const Key& key) {
  std::vector<std::uint32_t> jobs(count);
  std::iota(jobs.begin(), jobs.end(), 0U);
  std::stable_sort(jobs.begin(), jobs.end(), [&](std::uint32_t a, std::uint32_t b) {
    return key(b) < key(a);
  });
  std::vector<std::uint32_t> rank(count);
  for (std::uint32_t i = 0; i < count; ++i) rank[jobs[i]] = i;
  return rank;
}

// Pseudo-random, the same on every machine.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

// The shortest schedule that the rules find; they stop at `bound`.
Millis best_listed(const Plan& plan, Millis bound) {
  const Jobs& jobs = plan.problem.jobs;
  Millis best = pressed_length(plan);
  const auto try_key = [&](const auto& key) {
    if (best <= bound) return;
    const std::vector<std::uint32_t> rank = ranked(jobs.size(), key);
    best = std::min(best, ListScheduler(plan, rank).length());
  };
  using Pair = std::pair<Millis, Millis>;
  try_key([&](std::uint32_t job) { return Pair{plan.tail[job], jobs[job].duration}; });
  if (jobs.size() > many_jobs) return best;
  try_key([&](std::uint32_t job) {
    return Pair{plan.tail[job], static_cast<Millis>(plan.before[job].size())};
  });
  try_key([&](std::uint32_t job) { return Pair{jobs[job].duration, plan.tail[job]}; });
  try_key([&](std::uint32_t job) { return Pair{-jobs[job].started, 0}; });
  if (jobs.size() > few_jobs) return best;
  for (int round = 1; round <= perturbations; ++round) {
    try_key([&](std::uint32_t job) {
      const auto noise = mixed(static_cast<std::uint64_t>(round) << 32U | job) % 400;  // permille
      return Pair{plan.tail[job] * static_cast<Millis>(800 + noise) / 1000, 0};
    });
  }
  return best;
}

// The jobs that take a worker, with what the others in between mean to them.
std::vector<SearchJob> search_jobs(const Plan& plan) {
  const Jobs& jobs = plan.problem.jobs;
  std::vector<SearchJob> out;
  std::vector<std::uint32_t> before(jobs.size(), 0);  // bits: jobs in `out` that come first
  std::vector<Millis> release(jobs.size(), 0);
  std::vector<std::uint32_t> bit(jobs.size(), 0);
  for (const std::uint32_t job : plan.order) {
    release[job] = jobs[job].release;
    for (const std::uint32_t first : jobs[job].after) {
      before[job] |= before[first] | bit[first];
      if (jobs[first].duration == 0) release[job] = std::max(release[job], release[first]);
    }
    if (jobs[job].duration == 0) continue;
    bit[job] = 1U << out.size();
    out.push_back({jobs[job].duration, release[job], plan.tail[job], before[job], jobs[job].kind});
  }
  return out;
}

}  // namespace

BestSchedule best_schedule(ScheduleProblem problem) {
  const Plan plan = planned(std::move(problem));
  const Millis bound = bound_of(plan);
  const Millis listed = best_listed(plan, bound);
  if (listed <= bound) return {listed, bound, true};
  const auto working = std::count_if(
      plan.problem.jobs.begin(),
      plan.problem.jobs.end(),
      [](const ScheduleProblem::Job& job) { return job.duration > 0; }
  );
  if (static_cast<std::size_t>(working) > most_searched) return {listed, bound, false};
  std::vector<SearchWorkers> workers;
  for (const WorkerClass& some : plan.classes) workers.push_back({some.may, some.slots});
  const SearchOutcome found = search_schedule(search_jobs(plan), workers, listed);
  return {std::max(found.length, bound), bound, found.complete};
}

}  // namespace evener
