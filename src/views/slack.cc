#include "views/slack.h"

#include <fmt/format.h>

#include <cmath>

#include "core/graph.h"
#include "views/estimates.h"

namespace evener {
namespace {

constexpr std::size_t most_walked = 20'000;
constexpr double upper_decile_of_normal = 1.2816;

std::string slack_text(const Slack& slack, Millis left) {
  if (slack.outlook == Outlook::late) {
    return fmt::format("late: its deadline passed {} ago", format_duration(-left));
  }
  const std::string done = fmt::format(
      "done in about {} (nine of ten in {}), and {} are left",
      format_duration(slack.p50_ms),
      format_duration(slack.p90_ms),
      format_duration(left)
  );
  switch (slack.outlook) {
    case Outlook::likely_late:
      return fmt::format("likely late by {}: {}", format_duration(-slack.slack_ms), done);
    case Outlook::at_risk:
      return "at risk: " + done;
    default:
      return fmt::format("{} to spare: {}", format_duration(slack.slack_ms), done);
  }
}

}  // namespace

std::optional<Instant> deadline_of(const State& state, TaskIndex index) {
  const auto found = state.deadlines.find(index);
  return found == state.deadlines.end() ? std::nullopt : std::optional(found->second);
}

// What the task itself takes still. A task of which nothing is known takes what the order of claims
// assumes, and nobody says how sure that is.
SlackFinder::Way SlackFinder::own(TaskIndex index) const {
  const Task& task = pool_.state().task(index);
  if (is_closed(task.stage) || task.is_lock) return {};
  std::optional<DurationRange> range = left_of(pool_, index, now_);
  if (!range) range = expected_of(pool_, index);
  if (!range) return {.expected = static_cast<double>(planned_duration(pool_.state(), task))};
  const double deviation =
      static_cast<double>(range->p90_ms - range->p50_ms) / upper_decile_of_normal;
  return {.expected = static_cast<double>(range->p50_ms), .variance = deviation * deviation};
}

// What comes before goes first, without recursion.
const SlackFinder::Way& SlackFinder::way_to(TaskIndex root) {
  const State& state = pool_.state();
  std::vector<TaskIndex> stack{root};
  const auto is_known = [&](TaskIndex task) {
    return is_closed(state.task(task).stage) || ways_.contains(task);
  };
  TaskSet entered;
  while (!stack.empty()) {
    const TaskIndex task = stack.back();
    const bool is_first_visit = entered.insert(task).second;
    const std::size_t before = stack.size();
    if (is_first_visit && ways_.size() + entered.size() < most_walked) {
      for_each_prerequisite(state, task, [&](TaskIndex first) {
        if (!is_known(first) && !entered.contains(first)) stack.push_back(first);
      });
    }
    if (stack.size() > before) continue;
    stack.pop_back();
    if (ways_.contains(task)) continue;
    Way longest;
    for_each_prerequisite(state, task, [&](TaskIndex first) {
      const auto way = ways_.find(first);
      if (way != ways_.end() && way->second.expected > longest.expected) longest = way->second;
    });
    const Way last = own(task);
    ways_[task] = {longest.expected + last.expected, longest.variance + last.variance};
  }
  return ways_.at(root);
}

std::optional<Slack> SlackFinder::of(TaskIndex index) {
  const State& state = pool_.state();
  if (is_closed(state.task(index).stage)) return std::nullopt;
  const std::optional<Instant> deadline = deadline_of(state, index);
  if (!deadline) return std::nullopt;
  const Way& way = way_to(index);
  const double unsure = upper_decile_of_normal * std::sqrt(way.variance);
  const auto longest = static_cast<double>(limits::longest_duration);
  const Millis left = *deadline - now_;
  Slack slack{
      .p50_ms = std::llround(std::min(longest, way.expected)),
      .p90_ms = std::llround(std::min(longest, way.expected + unsure))
  };
  slack.slack_ms = left - slack.p50_ms;
  slack.outlook = left < 0              ? Outlook::late
                  : left < slack.p50_ms ? Outlook::likely_late
                  : left < slack.p90_ms ? Outlook::at_risk
                                        : Outlook::in_time;
  slack.text = slack_text(slack, left);
  return slack;
}

}  // namespace evener
