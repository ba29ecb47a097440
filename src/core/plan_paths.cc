// Tasks of a plan that may run at once, and want paths that overlap.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/lock_wish.h"
#include "core/path_index.h"
#include "core/plan_finding_list.h"

namespace evener {
namespace {

constexpr std::size_t most_globs_compared = 2'000'000;
constexpr std::size_t most_pairs_asked = 200'000;

// Who wants one glob, in the order of the plan's graph.
struct WantedGlob {
  PathGlob glob;
  std::vector<PlanNode> exclusive = {};
  std::vector<PlanNode> shared = {};
};

// Collects the pairs of tasks to ask about, then what is found of them, by pair of globs.
class MeetingPaths {
 public:
  explicit MeetingPaths(const PlanGraph& graph) : graph_(graph), place_(graph.node_count()) {
    for (std::uint32_t i = 0; i < graph.order().size(); ++i) place_[graph.order()[i]] = i;
    for (const PlanNode node : graph.order()) {
      if (graph.is_task(node)) add_wishes(node);
    }
  }

  void find(FindingList& out) {
    ask_about_all();
    const std::vector<ReachAnswer> answers = reach(graph_, queries_);
    std::map<std::pair<std::uint32_t, std::uint32_t>, Meeting> met;
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      is_cut_ = is_cut_ || !answers[i].known;
      if (!answers[i].known || answers[i].reached) continue;
      Meeting& meeting = met[globs_of_[i]];
      if (meeting.tasks.empty()) meeting.first = queries_[i];
      meeting.tasks.insert(queries_[i].from);
      meeting.tasks.insert(queries_[i].to);
    }
    // Tasks that meet at several places are told of once.
    std::map<std::set<PlanNode>, std::vector<std::string>> places;
    std::map<std::set<PlanNode>, ReachQuery> pairs;
    for (const auto& [globs, meeting] : met) {
      places[meeting.tasks].push_back(place_text(globs.first, globs.second));
      pairs.emplace(meeting.tasks, meeting.first);
    }
    for (const auto& [tasks, where] : places) report(tasks, where, pairs.at(tasks), out);
    if (is_cut_) out.unfinished.emplace_back("paths: not all pairs of tasks were compared");
  }

 private:
  struct Meeting {
    ReachQuery first = {};  // that found nothing: the one may be put before the other
    std::set<PlanNode> tasks = {};
  };

  void add_wishes(PlanNode task) {
    for (const LockWish& wish : readable_wishes({graph_.tasks()[task].paths, {}})) {
      const auto next = static_cast<std::uint32_t>(wanted_.size());
      const auto [found, is_new] = numbers_.try_emplace(wish.name, next);
      if (is_new) {
        wanted_.push_back({*wish.glob});
        index_.insert(*wish.glob, next);
      }
      WantedGlob& wanted = wanted_[found->second];
      std::vector<PlanNode>& tasks = wish.is_shared ? wanted.shared : wanted.exclusive;
      if (tasks.empty() || tasks.back() != task) tasks.push_back(task);
    }
  }

  // Of tasks that all want one glob for themselves, neighbours in the order are enough: if each
  // comes after the one before it, no two of them run at once.
  void ask_about_all() {
    std::size_t compared = 0;
    for (std::uint32_t glob = 0; glob < wanted_.size(); ++glob) {
      const WantedGlob& wanted = wanted_[glob];
      for (std::size_t i = 1; i < wanted.exclusive.size(); ++i) {
        ask(wanted.exclusive[i - 1], wanted.exclusive[i], glob, glob);
      }
      ask_about(wanted.exclusive, wanted.shared, glob, glob);
      if (compared > most_globs_compared) {
        is_cut_ = true;
        continue;
      }
      index_.for_each_candidate(wanted.glob, [&](std::uint32_t other) {
        if (other <= glob || ++compared > most_globs_compared) return;
        if (!overlap(wanted.glob, wanted_[other].glob)) return;
        ask_about(wanted.exclusive, wanted_[other].exclusive, glob, other);
        ask_about(wanted.exclusive, wanted_[other].shared, glob, other);
        ask_about(wanted.shared, wanted_[other].exclusive, glob, other);
      });
    }
  }

  void ask_about(
      const std::vector<PlanNode>& some,
      const std::vector<PlanNode>& others,
      std::uint32_t glob,
      std::uint32_t other_glob
  ) {
    for (const PlanNode a : some) {
      for (const PlanNode b : others) {
        if (pairs_asked_ == most_pairs_asked) {
          is_cut_ = true;
          return;
        }
        ++pairs_asked_;
        if (a != b) ask(a, b, glob, other_glob);
      }
    }
  }

  void ask(PlanNode a, PlanNode b, std::uint32_t glob, std::uint32_t other_glob) {
    if (place_[b] < place_[a]) std::swap(a, b);
    queries_.push_back({a, b, false});
    globs_of_.emplace_back(glob, other_glob);
  }

  std::string place_text(std::uint32_t glob, std::uint32_t other) const {
    const std::string& text = wanted_[glob].glob.text();
    if (glob == other) return text;
    return fmt::format("{} and {}, which overlap", text, wanted_[other].glob.text());
  }

  void report(
      const std::set<PlanNode>& tasks,
      const std::vector<std::string>& places,
      const ReachQuery& pair,
      FindingList& out
  ) const {
    std::vector<std::string> ids;
    for (const PlanNode task : tasks) ids.push_back(graph_.name(task));
    out.warn(
        "paths_meet",
        std::move(ids),
        fmt::format(
            "nothing orders them, and they want {}: they run one at a time", fmt::join(places, "; ")
        ),
        fmt::format(
            "evener edit {} --add-need {}, narrower paths, or shared: before one that is only read",
            graph_.name(pair.to),
            graph_.name(pair.from)
        )
    );
  }

  const PlanGraph& graph_;
  std::vector<std::uint32_t> place_;
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<WantedGlob> wanted_;
  PathIndex index_;
  std::vector<ReachQuery> queries_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> globs_of_;  // of each query
  std::size_t pairs_asked_ = 0;
  bool is_cut_ = false;
};

}  // namespace

void find_meeting_paths(const PlanGraph& graph, FindingList& out) {
  MeetingPaths(graph).find(out);
}

}  // namespace evener
