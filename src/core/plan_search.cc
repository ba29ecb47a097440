#include "core/plan_search.h"

#include <algorithm>
#include <array>
#include <boost/container/flat_set.hpp>
#include <functional>
#include <queue>

namespace evener {
namespace {

constexpr std::size_t most_orders = 256;
constexpr Millis never = INT64_MAX;  // what is wished is never free
constexpr std::array<std::int64_t, 4> reaches{
    51, 102, 205, 410
};  // of chance, in 1024ths of a path

// From -1024 to 1024, by the last step of SplitMix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014).
std::int64_t chance(std::size_t order, TaskIndex task) {
  std::uint64_t z = (std::uint64_t{order} << 32U | task.value) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  z ^= z >> 31U;
  return static_cast<std::int64_t>(z % 2049) - 1024;
}

class PlanSearch {  // Invariant: begun_ holds the order that was played last.
 public:
  explicit PlanSearch(const PlanRest& rest) : rest_(rest) { measure_paths(); }

  std::vector<TaskIndex> best_of(std::size_t orders) {
    Millis shortest = 0;
    std::vector<std::uint32_t> best;
    for (std::size_t order = 0; order < orders; ++order) {
      const Millis length = play(order);
      if (!best.empty() && length >= shortest) continue;
      shortest = length;
      best = begun_;
      if (shortest <= bound_) break;
    }
    std::vector<TaskIndex> out;
    for (const std::uint32_t place : best) out.push_back(rest_.tasks[place]);
    return out;
  }

 private:
  using Event = std::pair<Millis, std::uint32_t>;  // when what ends: a task, or past them what runs

  // The longest remaining paths, and what no order is shorter than: the longest of them, and all
  // work spread evenly.
  void measure_paths() {
    const std::size_t count = rest_.tasks.size();
    std::vector<std::uint32_t> needs = rest_.needs;
    std::vector<std::uint32_t> in_turn;
    const auto end = [&](const PlanRest::Places& followers) {
      for (const std::uint32_t next : followers) {
        if (--needs[next] == 0) in_turn.push_back(next);
      }
    };
    for (std::uint32_t i = 0; i < count; ++i) {
      if (needs[i] == 0) in_turn.push_back(i);
    }
    for (const PlanRest::Running& task : rest_.running) end(task.followers);
    for (std::size_t at = 0; at < in_turn.size(); ++at) end(rest_.followers[in_turn[at]]);
    paths_.resize(count);
    const auto longest_of = [&](const PlanRest::Places& followers) {
      Millis longest = 0;
      for (const std::uint32_t next : followers) longest = std::max(longest, paths_[next]);
      return longest;
    };
    Millis work = 0;
    std::vector<Millis> units(rest_.capacity.size());  // by resource, times how long they are held
    const auto hold = [&](const PlanRest::Wishes& wishes, Millis takes) {
      for (const PlanRest::Wish& wish : wishes) units[wish.resource] += wish.units * takes;
    };
    for (auto at = in_turn.rbegin(); at != in_turn.rend(); ++at) {
      paths_[*at] = rest_.durations[*at] + longest_of(rest_.followers[*at]);
      work += rest_.durations[*at];
      hold(rest_.wishes[*at], rest_.durations[*at]);
      bound_ = std::max(bound_, paths_[*at]);
    }
    for (const PlanRest::Running& task : rest_.running) {
      bound_ = std::max(bound_, task.ends + longest_of(task.followers));
      work += task.ends;
      hold(task.holds, task.ends);
    }
    for (std::size_t i = 0; i < units.size(); ++i) {
      bound_ = std::max(bound_, units[i] / std::max<std::int64_t>(rest_.capacity[i], 1));
    }
    const auto slots = static_cast<Millis>(rest_.idle + rest_.running.size());
    if (slots > 0) bound_ = std::max(bound_, (work + slots - 1) / slots);
  }

  // Ranks the tasks: by the longest path, changed by chance but in the first order; then by how
  // many need them, then by age.
  void rank(std::size_t order) {
    const std::size_t count = rest_.tasks.size();
    const std::int64_t reach = order == 0 ? 0 : reaches[order % reaches.size()];
    weights_.resize(count);
    by_rank_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      weights_[i] = paths_[i] * (1024 * 1024 + reach * chance(order, rest_.tasks[i]));
      by_rank_[i] = i;
    }
    std::stable_sort(by_rank_.begin(), by_rank_.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (weights_[a] != weights_[b]) return weights_[a] > weights_[b];
      return rest_.followers[a].size() > rest_.followers[b].size();
    });
    ranks_.resize(count);
    for (std::uint32_t rank = 0; rank < count; ++rank) ranks_[by_rank_[rank]] = rank;
  }

  // Until when all take, if idle slots take what is ready in this order, and what it wishes is
  // free.
  Millis play(std::size_t order) {
    rank(order);
    const auto count = static_cast<std::uint32_t>(rest_.tasks.size());
    begun_.clear();
    ready_.clear();
    needs_ = rest_.needs;
    free_ = rest_.free;
    events_ = {};
    for (std::uint32_t i = 0; i < count; ++i) {
      if (needs_[i] == 0) ready_.insert(ranks_[i]);
    }
    for (std::uint32_t i = 0; i < rest_.running.size(); ++i) {
      events_.emplace(rest_.running[i].ends, count + i);
    }
    idle_ = rest_.idle;
    for (Millis now = 0;;) {
      begin(now);
      if (events_.empty()) return ready_.empty() ? now : never;
      for (now = events_.top().first; !events_.empty() && events_.top().first == now;) {
        const std::uint32_t over = events_.top().second;
        events_.pop();
        over < count
            ? end(rest_.followers[over], rest_.wishes[over])
            : end(rest_.running[over - count].followers, rest_.running[over - count].holds);
      }
    }
  }

  void begin(Millis now) {
    for (auto at = ready_.begin(); idle_ > 0 && at != ready_.end();) {
      const std::uint32_t task = by_rank_[*at];
      const PlanRest::Wishes& wishes = rest_.wishes[task];
      const bool fits = std::ranges::all_of(wishes, [&](const PlanRest::Wish& wish) {
        return wish.units <= free_[wish.resource];
      });
      if (!fits) {
        ++at;
        continue;
      }
      for (const PlanRest::Wish& wish : wishes) free_[wish.resource] -= wish.units;
      begun_.push_back(task);
      events_.emplace(now + rest_.durations[task], task);
      at = ready_.erase(at);
      --idle_;
    }
  }

  void end(const PlanRest::Places& followers, const PlanRest::Wishes& held) {
    ++idle_;
    for (const PlanRest::Wish& wish : held) free_[wish.resource] += wish.units;
    for (const std::uint32_t next : followers) {
      if (--needs_[next] == 0) ready_.insert(ranks_[next]);
    }
  }

  const PlanRest& rest_;
  std::vector<Millis> paths_;
  Millis bound_ = 0;
  std::vector<Millis> weights_;
  std::vector<std::uint32_t> by_rank_;
  std::vector<std::uint32_t> ranks_;
  std::vector<std::uint32_t> needs_;
  std::vector<std::uint32_t> begun_;
  boost::container::flat_set<std::uint32_t> ready_;  // ranks
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<std::int64_t> free_;  // units of each resource
  std::size_t idle_ = 0;
};

}  // namespace

std::vector<TaskIndex> order_of_plan(const PlanRest& rest, std::size_t most_steps) {
  const std::size_t orders = std::min(most_orders, most_steps / rest.tasks.size());
  return orders < 2 ? std::vector<TaskIndex>{} : PlanSearch(rest).best_of(orders);
}

}  // namespace evener
