// Which of several workers that wait is answered next, wherever claims wait: in the engine and in
// simulations.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "core/pool.h"
#include "core/skill.h"

namespace evener {

// Workers that wait, by what they offer and then by how long: a smaller number waits longer.
template <typename Waiting>
using WaitingBySet = std::map<CapabilitySet, std::map<std::uint64_t, Waiting>>;

// The order of answers at one instant, while the pool does not change. `worker_of(waiting)` is the
// worker, nullptr if the pool does not know it yet.
template <typename Waiting, typename WorkerOf>
class AnswerOrder {
 public:
  using Sets = WaitingBySet<Waiting>;
  using Alike = std::map<std::uint64_t, Waiting>;

  AnswerOrder(const Pool& pool, const Sets& waiting, const WorkerOf& worker_of, Instant now)
      : pool_(pool), waiting_(waiting), worker_of_(worker_of), now_(now) {
    std::size_t workers = 0;
    for (const auto& [set, alike] : waiting) workers += alike.size();
    are_tasks_few_ = pool.ready().ready_count() < workers;
  }

  // The set of capabilities of which one is answered next; end() if there are none but those
  // `served`.
  //
  // With fewer tasks than there are workers who wait, that is who has what its next task prefers,
  // then whoever has the least work before them, then who can do least: those who can do much stay
  // free for what nobody else can. With a task for each, the other way round: who has most work
  // before them begins first what most hangs on.
  typename Sets::const_iterator next_set(const std::set<CapabilitySet>& served) const {
    const WorkerShares& shares = pool_.ready().shares();
    const std::int64_t sign = are_tasks_few_ ? 1 : -1;
    auto first = waiting_.end();
    std::tuple<std::int64_t, Millis, std::int64_t, std::uint64_t> best;
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
      if (served.contains(at->first)) continue;
      const auto& [order, longest] = *at->second.begin();
      const AnswerPlace place = shares.place_of(at->first, order);
      const std::tuple mine{
          waiting_.size() > 1 ? -preferred(longest) : 0,
          sign * place.load,
          sign * static_cast<std::int64_t>(place.capabilities),
          place.order
      };
      if (first != waiting_.end() && !(mine < best)) continue;
      first = at;
      best = mine;
    }
    return first;
  }

  // Of those who offer the same. With fewer tasks than workers who wait, among the few that wait
  // longest it is who does such work best, then who stands on the machine that does least (or most,
  // as the pool is configured); else who waits longest.
  typename Alike::const_iterator next_of(const Alike& alike) const {
    if (!are_tasks_few_ || alike.size() < 2) return alike.begin();
    const Worker* const longest = worker_of_(alike.begin()->second);
    if (longest == nullptr) return alike.begin();
    const State& state = pool_.state();
    const TaskIndex task = pool_.ready().best_for(*longest, now_);
    if (task == no_task) return alike.begin();
    const std::int64_t sign = state.settings.placement == Placement::spread ? 1 : -1;
    auto first = alike.begin();
    std::pair<std::int64_t, std::int64_t> best;
    std::size_t looked_at = 0;
    for (auto at = alike.begin(); at != alike.end() && looked_at < most_looked_at_; ++at) {
      const Worker* const worker = worker_of_(at->second);
      if (worker == nullptr) continue;
      const std::pair<std::int64_t, std::int64_t> mine{
          -std::int64_t{WorkerFit(state, *worker).of(state.task(task).kind)},
          sign * pool_.loads().busy(*worker, now_)
      };
      if (looked_at++ > 0 && !(mine < best)) continue;
      first = at;
      best = mine;
    }
    return first;
  }

 private:
  static constexpr std::size_t most_looked_at_ = 16;

  // How far the worker has what its next task prefers, in steps (skill.h).
  std::int64_t preferred(const Waiting& waiting) const {
    if (!are_tasks_few_ || pool_.ready().choosy_count() == 0) return 0;
    const Worker* const worker = worker_of_(waiting);
    if (worker == nullptr) return 0;
    const TaskIndex task = pool_.ready().best_for(*worker, now_);
    if (task == no_task) return 0;
    return preference_steps(pool_.state(), *worker, pool_.state().task(task).prefers);
  }

  const Pool& pool_;
  const Sets& waiting_;
  const WorkerOf& worker_of_;
  Instant now_;
  bool are_tasks_few_ = false;
};

}  // namespace evener
