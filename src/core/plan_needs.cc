// Needs that a plan could do without: those that others imply, and those of which no use is seen.
#include <fmt/format.h>

#include <algorithm>

#include "core/lock_wish.h"
#include "core/plan_finding_list.h"

namespace evener {
namespace {

constexpr std::size_t most_wishes_compared = 5'000'000;

// "evener edit b --drop-need a --drop-need c"
std::string drop_command(const std::string& task, const std::vector<std::string>& needs) {
  std::string command = fmt::format("evener edit {}", task);
  for (const std::string& need : needs) command += " --drop-need " + need;
  return command;
}

// Whether `word` stands in the text and is not a part of a longer id.
bool mentions(std::string_view text, std::string_view word) {
  const auto is_of_id = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_of_id(text[at - 1])) && (end == text.size() || !is_of_id(text[end]))) {
      return true;
    }
  }
  return false;
}

// What a glob begins with, up to its first wildcard: "src/auth" of "src/auth/**".
std::string plain_start(const PathGlob& glob) {
  std::string out;
  for (std::size_t i = 0; i < glob.plain_parts(); ++i) {
    if (!out.empty()) out += '/';
    out += glob.parts()[i].text;
  }
  return out;
}

// Whether anything that is written down says that a task uses something of another.
class UseSeen {
 public:
  explicit UseSeen(const PlanGraph& graph) : graph_(graph), wishes_(graph.task_count()) {
    for (PlanNode task = 0; task < graph.task_count(); ++task) {
      const TaskSpec& spec = graph.tasks()[task];
      wishes_[task] = readable_wishes({spec.paths, spec.locks});
    }
  }

  // Only a task that says which paths it touches says anything about what it does not use.
  bool says_paths(PlanNode task) const { return !graph_.tasks()[task].paths.empty(); }

  bool is_seen(PlanNode first, PlanNode second) {
    const TaskSpec& user = graph_.tasks()[second];
    if (!user.context.empty() || says(user, graph_.name(first))) return true;
    for (const LockWish& made : wishes_[first]) {
      const std::string start = made.glob ? plain_start(*made.glob) : made.name;
      if (start.empty() || speaks_of(user, start)) return true;
      for (const LockWish& wanted : wishes_[second]) {
        ++compared_;
        const bool same =
            made.glob && wanted.glob
                ? overlap(*made.glob, *wanted.glob)
                : made.glob.has_value() == wanted.glob.has_value() && made.name == wanted.name;
        if (same) return true;
      }
    }
    return false;
  }

  bool is_tired() const { return compared_ > most_wishes_compared; }

 private:
  template <typename Test>
  static bool any_text(const TaskSpec& task, const Test& test) {
    return test(task.title) || test(task.description) || test(task.run) || test(task.verify) ||
           test(task.data.text) || std::any_of(task.criteria.begin(), task.criteria.end(), test);
  }

  static bool says(const TaskSpec& task, const std::string& id) {
    return any_text(task, [&](const std::string& text) { return mentions(text, id); });
  }

  static bool speaks_of(const TaskSpec& task, const std::string& words) {
    return any_text(task, [&](const std::string& text) {
      return text.find(words) != std::string::npos;
    });
  }

  const PlanGraph& graph_;
  std::vector<std::vector<LockWish>> wishes_;
  std::size_t compared_ = 0;
};

}  // namespace

// A need for more than `done` may not be implied by one that asks for less, so it stays.
void find_spare_needs(const PlanGraph& graph, FindingList& out) {
  std::vector<ReachQuery> queries;
  std::vector<PlanNode> whose;
  for (PlanNode task = 0; task < graph.task_count(); ++task) {
    const PlanNode entry = graph.entry(task);
    if (graph.before(entry).size() < 2) continue;
    for (const Need& need : graph.tasks()[task].needs) {
      const PlanNode needed = graph.find(need.task);
      if (needed == no_node || need.until != Until::done) continue;
      const ReachQuery query{needed, entry, true};
      const bool is_second = !whose.empty() && whose.back() == task && queries.back() == query;
      if (is_second) continue;
      queries.push_back(query);
      whose.push_back(task);
    }
  }
  const std::vector<ReachAnswer> answers = reach(graph, queries);
  bool is_cut = false;
  for (std::size_t i = 0; i < queries.size();) {
    const PlanNode task = whose[i];
    std::vector<std::string> needs;
    std::vector<std::string> ways;
    for (; i < queries.size() && whose[i] == task; ++i) {
      is_cut = is_cut || !answers[i].known;
      if (!answers[i].reached) continue;
      const std::string& need = graph.name(queries[i].from);
      if (std::find(needs.begin(), needs.end(), need) != needs.end()) continue;
      needs.push_back(need);
      ways.push_back(fmt::format("{} (it comes before {})", need, graph.name(answers[i].through)));
      out.spare_needs.push_back({graph.name(task), need});
    }
    if (needs.empty()) continue;
    out.warn(
        "need_redundant",
        {graph.name(task)},
        fmt::format("{} waits for this anyway: {}", graph.name(task), fmt::join(ways, ", ")),
        drop_command(graph.name(task), needs)
    );
  }
  if (is_cut) out.unfinished.emplace_back("need_redundant: not all needs were looked at");
}

void find_unused_needs(const PlanGraph& graph, FindingList& out) {
  std::set<std::pair<std::string, std::string>> spare;
  for (const SpareNeed& need : out.spare_needs) spare.emplace(need.task, need.need);
  UseSeen use(graph);
  for (PlanNode task = 0; task < graph.task_count() && !use.is_tired(); ++task) {
    if (graph.has_subtasks(task) || !use.says_paths(task)) continue;
    std::vector<std::string> unused;
    for (const Need& need : graph.tasks()[task].needs) {
      const PlanNode needed = graph.find(need.task);
      if (needed == no_node || graph.has_subtasks(needed) || !use.says_paths(needed)) continue;
      if (spare.contains({graph.name(task), need.task}) || use.is_seen(needed, task)) continue;
      unused.push_back(need.task);
    }
    if (unused.empty()) continue;
    out.warn(
        "need_unused",
        {graph.name(task)},
        fmt::format(
            "{} waits for {}, and no path, lock or text of it speaks of what that makes; if it "
            "uses "
            "nothing of it, they can run side by side",
            graph.name(task),
            fmt::join(unused, ", ")
        ),
        drop_command(graph.name(task), unused)
    );
  }
  if (use.is_tired()) out.unfinished.emplace_back("need_unused: not all needs were looked at");
}

}  // namespace evener
