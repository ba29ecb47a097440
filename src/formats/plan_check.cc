#include "formats/plan_check.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace evener {
namespace {

enum class Mark : std::uint8_t { unseen, on_path, finished };

// Each task is two nodes, its start (even) and its end (odd). An end waits for the start and for
// the ends of the subtasks; a start waits for the ends of the needs and the start of the parent.
class Order {
 public:
  explicit Order(const std::vector<TaskSpec>& tasks) : tasks_(tasks), before_(2 * tasks.size()) {
    for (std::size_t i = 0; i < tasks.size(); ++i) places_.emplace(tasks[i].id, i);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      before_[end(i)].push_back(start(i));
      for (const Need& need : tasks[i].needs) {
        const auto found = places_.find(need.task);
        if (found != places_.end()) before_[start(i)].push_back(end(found->second));
      }
      const auto parent = places_.find(tasks[i].parent);
      if (parent == places_.end()) continue;
      before_[start(i)].push_back(start(parent->second));
      before_[end(parent->second)].push_back(end(i));
    }
  }

  std::vector<std::string> cycle() {
    marks_.assign(before_.size(), Mark::unseen);
    for (std::size_t node = 0; node < before_.size(); ++node) {
      if (marks_[node] != Mark::unseen) continue;
      std::vector<std::string> found = cycle_from(node);
      if (!found.empty()) return found;
    }
    return {};
  }

 private:
  struct Step {
    std::size_t node;
    std::size_t at = 0;
  };

  static std::size_t start(std::size_t task) { return 2 * task; }

  static std::size_t end(std::size_t task) { return 2 * task + 1; }

  std::vector<std::string> cycle_from(std::size_t first) {
    std::vector<Step> path{{first}};
    marks_[first] = Mark::on_path;
    while (!path.empty()) {
      Step& step = path.back();
      if (step.at == before_[step.node].size()) {
        marks_[step.node] = Mark::finished;
        path.pop_back();
        continue;
      }
      const std::size_t next = before_[step.node][step.at++];
      if (marks_[next] == Mark::on_path) return ids_from(path, next);
      if (marks_[next] == Mark::finished) continue;
      marks_[next] = Mark::on_path;
      path.push_back({next});
    }
    return {};
  }

  std::vector<std::string> ids_from(const std::vector<Step>& path, std::size_t again) const {
    std::vector<std::string> ids;
    bool inside = false;
    for (const Step& step : path) {
      inside = inside || step.node == again;
      const std::string& id = tasks_[step.node / 2].id;
      if (inside && (ids.empty() || ids.back() != id)) ids.push_back(id);
    }
    if (ids.size() == 1 || ids.front() != ids.back()) ids.push_back(ids.front());
    return ids;
  }

  const std::vector<TaskSpec>& tasks_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<std::vector<std::size_t>> before_;
  std::vector<Mark> marks_;
};

}  // namespace

std::vector<std::string> cycle_among(const std::vector<TaskSpec>& tasks) {
  return Order(tasks).cycle();
}

}  // namespace evener
