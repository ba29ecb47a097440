// Kinds of tasks, counted again: whose kind each open task has, and what is kept of durations
// within its bounds.
#include <algorithm>
#include <set>

#include "core/recount.h"

namespace evener {

void Recount::check_kinds() {
  const Durations& durations = state_.durations;
  std::vector<std::vector<TaskIndex>> open(durations.kinds().size());
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    compare(task.id + ", has a kind", task.kind != no_kind, !is_closed(task.stage));
    if (task.kind == no_kind) return;
    open[task.kind.value].push_back(index);
    const std::string& name = durations.kind(task.kind).name;
    require(
        task.kind == other_kind || name == kind_of(spec_of(state_, index)), task.id + ": its kind"
    );
  });
  for (std::uint32_t i = 0; i < open.size(); ++i) {
    std::vector<TaskIndex> kept = pool_.paths_.kinds().of(KindIndex{i});
    std::sort(kept.begin(), kept.end());
    const std::string& name = durations.kinds()[i].name;
    require(kept == open[i], "the open tasks of kind " + name);
    compare("open tasks of kind " + name, durations.kinds()[i].open, open[i].size());
    require(durations.kind_named(name) == KindIndex{i}, "kind " + name + ", found by its name");
  }
  std::vector<std::int64_t> tried(open.size());  // by workers that are still remembered
  durations.for_each_record([&](KindIndex kind, WorkerIndex worker, ModelIndex, const auto& kept) {
    if (worker != no_worker) tried[kind.value] += kept.tries.all();
    require(kept.tries.reworked <= kept.tries.done, "more reworked than done");
    require(kept.tries.good <= kept.tries.weight, "more successes than attempts");
  });
  for (std::uint32_t i = 0; i < open.size(); ++i) {
    const KindRecord& kind = durations.kinds()[i];
    require(tried[i] <= kind.tries.all(), "attempts at kind " + kind.name);
  }
  std::set<std::uint64_t> linked;
  for (std::uint32_t at = durations.pairs_[0].after; at != 0; at = durations.pairs_[at].after) {
    if (durations.pairs_[at].key != 0) linked.insert(durations.pairs_[at].key);
    if (linked.size() > Durations::most_pairs) break;
  }
  compare("pairs in their ring", linked.size(), durations.pairs());
  require(durations.pairs() <= Durations::most_pairs, "more pairs than may be");
  require(durations.kinds().size() <= Durations::most_kinds, "more kinds than may be");
}

}  // namespace evener
