#include "views/schedule_search.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace evener {
namespace {

constexpr std::size_t most_nodes = 200'000;

class Search {
 public:
  Search(
      const std::vector<SearchJob>& jobs, const std::vector<SearchWorkers>& workers, Millis known
  )
      : jobs_(jobs), workers_(workers), best_(known) {
    for (const SearchJob& job : jobs) left_ += job.duration;
    for (const SearchWorkers& some : workers) {
      // More slots than jobs are of no use.
      free_.emplace_back(std::min<std::size_t>(some.slots, jobs.size()), 0);
      slots_ += static_cast<Millis>(free_.back().size());
    }
  }

  SearchOutcome run() {
    extend(0, 0, 0, 0);
    return {best_, nodes_ < most_nodes};
  }

 private:
  // Adds each job that may come next. Starts never go back, and jobs that start together stand in
  // their own order, so that each schedule is met once.
  void extend(std::uint32_t placed, Millis last_start, std::uint32_t last_job, Millis length) {
    if (placed == (1U << jobs_.size()) - 1) {
      best_ = std::min(best_, length);
      return;
    }
    if (++nodes_ >= most_nodes || bound(placed, last_start) >= best_) return;
    for (std::uint32_t i = 0; i < jobs_.size(); ++i) {
      const SearchJob& job = jobs_[i];
      if ((placed >> i & 1U) != 0 || (job.before & ~placed) != 0) continue;
      for (std::size_t w = 0; w < workers_.size(); ++w) {
        if (!workers_[w].may[job.kind]) continue;
        // Slots of one class are alike: the one that is free first is as good as any.
        const auto slot = std::min_element(free_[w].begin(), free_[w].end());
        const Millis start = std::max(earliest(i), *slot);
        if (start < last_start || (start == last_start && i < last_job)) continue;
        if (start + job.tail >= best_) continue;
        const Millis was_free = *slot;
        *slot = start + job.duration;
        ends_[i] = *slot;
        left_ -= job.duration;
        extend(placed | 1U << i, start, i, std::max(length, ends_[i]));
        left_ += job.duration;
        *slot = was_free;
      }
    }
  }

  Millis earliest(std::uint32_t i) const {
    Millis start = jobs_[i].release;
    for (std::uint32_t first = 0; first < i; ++first) {
      if ((jobs_[i].before >> first & 1U) != 0) start = std::max(start, ends_[first]);
    }
    return start;
  }

  // No way of placing the rest ends sooner.
  Millis bound(std::uint32_t placed, Millis last_start) const {
    Millis out = 0;
    for (std::uint32_t i = 0; i < jobs_.size(); ++i) {
      if ((placed >> i & 1U) != 0 || (jobs_[i].before & ~placed) != 0) continue;
      out = std::max(out, std::max(last_start, earliest(i)) + jobs_[i].tail);
    }
    Millis work = left_;
    for (const auto& slots : free_) {
      for (const Millis at : slots) work += std::max(at, last_start);
    }
    return std::max(out, (work + slots_ - 1) / slots_);
  }

  const std::vector<SearchJob>& jobs_;
  const std::vector<SearchWorkers>& workers_;
  Millis best_;
  std::vector<std::vector<Millis>> free_;  // when each slot is, by class
  std::array<Millis, most_searched> ends_{};
  Millis left_ = 0;  // work not placed yet
  Millis slots_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace

SearchOutcome search_schedule(
    const std::vector<SearchJob>& jobs, const std::vector<SearchWorkers>& workers, Millis known
) {
  CHECK(jobs.size() <= most_searched, "too many jobs to search");
  return Search(jobs, workers, known).run();
}

}  // namespace evener
