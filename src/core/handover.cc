#include "core/handover.h"

#include <algorithm>

namespace evener {
namespace {

struct Handed {
  std::string task = {};
  std::string text = {};
  bool result = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &Handed::task, "From this task", fact_text),
        field("text", &Handed::text, "What was found, or what came out", fact_text),
        field("result", &Handed::result, "It is what the task came to"),
    };
  }
};

class Handover {
 public:
  Handover(const State& state, std::int64_t most_bytes) : state_(state), room_(most_bytes) {}

  void take_own(TaskIndex task) {
    for_each_finding(task, [&](const std::string& text) {
      if (fits(text)) findings_.push_back(text);
    });
  }

  void take_from(TaskIndex task, bool with_result) {
    const TaskExtras* extras = state_.find_extras(task);
    if (extras == nullptr) return;
    const std::string& id = state_.task(task).id;
    if (with_result && !extras->result.empty() && fits(extras->result)) {
      handed_.push_back({.task = id, .text = extras->result, .result = true});
    }
    for_each_finding(task, [&](const std::string& text) {
      if (fits(text)) handed_.push_back({.task = id, .text = text});
    });
  }

  void append_to(std::string& out) const {
    const auto member = [&](std::string_view name, const auto& value) {
      out += ",\"";
      out += name;
      out += "\":";
      append_value(out, value);
    };
    if (!findings_.empty()) member("findings", findings_);
    if (!handed_.empty()) member("handed", handed_);
    if (left_out_ > 0) member("left_out", left_out_);
  }

 private:
  template <typename Visit>
  void for_each_finding(TaskIndex task, const Visit& visit) {
    const TaskExtras* extras = state_.find_extras(task);
    if (extras == nullptr) return;
    for (auto text = extras->findings.rbegin(); text != extras->findings.rend(); ++text) {
      visit(*text);
    }
  }

  // Whole texts only. After one that is too long, shorter ones may still fit.
  bool fits(const std::string& text) {
    const auto bytes = static_cast<std::int64_t>(text.size());
    if (bytes > room_) {
      ++left_out_;
      return false;
    }
    room_ -= bytes;
    return true;
  }

  const State& state_;
  std::int64_t room_;
  std::vector<std::string> findings_;
  std::vector<Handed> handed_;
  std::int64_t left_out_ = 0;
};

}  // namespace

void append_handover(
    std::string& out, const State& state, TaskIndex index, std::int64_t most_bytes
) {
  if (most_bytes <= 0 || state.extras.empty()) return;
  const Task& task = state.task(index);
  Handover handover(state, most_bytes);
  handover.take_own(index);
  std::vector<TaskIndex> needed;
  for (const NeedEdge& need : task.needs) {
    if (state.find_extras(need.task) != nullptr) needed.push_back(need.task);
  }
  std::stable_sort(needed.begin(), needed.end(), [&](TaskIndex a, TaskIndex b) {
    return state.task(a).since > state.task(b).since;
  });
  for (const TaskIndex other : needed) handover.take_from(other, true);
  if (task.parent != no_task) handover.take_from(task.parent, false);
  handover.append_to(out);
}

}  // namespace evener
