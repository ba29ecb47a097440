// Which of several workers that wait is answered next, wherever claims wait: in the engine and in
// simulations.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "core/worker_shares.h"

namespace evener {

// Workers that wait, by what they offer and then by how long: a smaller number waits longer.
template <typename Waiting>
using WaitingBySet = std::map<CapabilitySet, std::map<std::uint64_t, Waiting>>;

// The set of capabilities of which the one who waits longest is answered next; end() if there are
// none but those `served`. `ready` is how many tasks are ready.
//
// With fewer tasks than there are workers who wait, that is whoever has the least work before them,
// then who can do least: those who can do much stay free for what nobody else can. With a task for
// each, the other way round: who has most work before them begins first what most hangs on.
template <typename Waiting>
auto next_answered(
    const WorkerShares& shares,
    const WaitingBySet<Waiting>& waiting,
    const std::set<CapabilitySet>& served,
    std::size_t ready
) {
  std::size_t workers = 0;
  for (const auto& [set, alike] : waiting) workers += alike.size();
  const std::int64_t sign = ready < workers ? 1 : -1;
  auto first = waiting.end();
  std::tuple<Millis, std::int64_t, std::uint64_t> best;
  for (auto at = waiting.begin(); at != waiting.end(); ++at) {
    if (served.contains(at->first)) continue;
    const AnswerPlace place = shares.place_of(at->first, at->second.begin()->first);
    const std::tuple mine{
        sign * place.load, sign * static_cast<std::int64_t>(place.capabilities), place.order
    };
    if (first != waiting.end() && !(mine < best)) continue;
    first = at;
    best = mine;
  }
  return first;
}

}  // namespace evener
