#include "formats/answer_plan.h"

#include <algorithm>

#include "base/text.h"

namespace evener {
namespace {

constexpr std::size_t most_parts = 64;    // that are looked at
constexpr std::size_t most_unclosed = 4;  // braces that nothing closes

// Whether it may be meant as a plan: what cannot name a task is none.
bool names_tasks(std::string_view part) {
  return part.find("\"task") != std::string_view::npos || part.find("[[task") != part.npos;
}

// The length of the fence that a line begins with, 0 if it begins with none.
std::size_t fence_of(std::string_view line) {
  if (!line.starts_with("```") && !line.starts_with("~~~")) return 0;
  return std::min(line.find_first_not_of(line[0]), line.size());
}

// What stands between fences (CommonMark 0.31, section 4.5); the last need not be closed.
std::vector<std::string_view> fenced_parts(std::string_view answer) {
  std::vector<std::string_view> out;
  std::size_t begin = std::string_view::npos;
  std::string_view opened;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', at), answer.size());
    const std::string_view line = trimmed(answer.substr(at, end - at));
    const std::size_t fence = fence_of(line);
    const std::size_t next = std::min(end + 1, answer.size());
    if (begin == std::string_view::npos && fence > 0) {
      opened = line.substr(0, fence);
      begin = next;
    } else if (fence > 0 && fence == line.size() && line.starts_with(opened)) {
      out.push_back(answer.substr(begin, at - begin));
      begin = std::string_view::npos;
    }
    at = next;
    if (end == answer.size()) break;
  }
  if (begin < answer.size()) out.push_back(answer.substr(begin));
  return out;
}

// Where the object that begins at `start` ends; npos if it does not.
std::size_t object_end(std::string_view text, std::size_t start) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = start; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// Objects among prose; what is cut off is one too, for what is wrong with it is worth telling.
std::vector<std::string_view> objects_in(std::string_view answer) {
  std::vector<std::string_view> out;
  std::string_view cut_off;
  std::size_t unclosed = 0;
  for (std::size_t at = answer.find('{');
       at != std::string_view::npos && unclosed < most_unclosed;) {
    const std::size_t end = object_end(answer, at);
    if (end == std::string_view::npos) {
      if (cut_off.empty()) cut_off = answer.substr(at);
      ++unclosed;
      at = answer.find('{', at + 1);
      continue;
    }
    out.push_back(answer.substr(at, end - at));
    at = answer.find('{', end);
  }
  if (out.empty() && !cut_off.empty()) out.push_back(cut_off);
  return out;
}

std::vector<std::string_view> parts_of(std::string_view answer) {
  std::vector<std::string_view> parts = fenced_parts(answer);
  const auto is_none = [](std::string_view part) { return !names_tasks(part); };
  std::erase_if(parts, is_none);
  if (parts.empty() && trimmed(answer).starts_with('[')) parts.push_back(answer);
  if (parts.empty()) parts = objects_in(answer);
  std::erase_if(parts, is_none);
  if (parts.empty()) parts.push_back(answer);
  std::erase_if(parts, is_none);
  if (parts.size() > most_parts) parts.erase(parts.begin(), parts.end() - most_parts);
  return parts;
}

PlanFormat format_of(std::string_view part) {
  const std::string_view text = trimmed(part);
  const bool is_toml = text.find("[[task") != text.npos && !text.starts_with('{');
  return is_toml ? PlanFormat::toml : PlanFormat::json;
}

Status holds_tasks_alone(const Plan& plan) {
  const auto refuse = [](std::string_view what) {
    return Error{
        "not_asked_for", fmt::format("found {}; expected tasks, phases and gates alone", what)
    };
  };
  if (plan.card != PoolCard{}) return refuse("a pool's card");
  if (plan.settings) return refuse("settings");
  if (!plan.workers.empty()) return refuse("workers");
  if (!plan.machines.empty()) return refuse("machines");
  if (!plan.measure_specs.empty()) return refuse("measures");
  if (!plan.schedules.empty()) return refuse("schedules");
  return Done{};
}

Result<Plan> read_part(std::string_view part) {
  Plan plan = TRY(read_plan(part, "answer", format_of(part)));
  TRY(holds_tasks_alone(plan));
  if (plan.tasks.empty()) return Error{"empty_plan", "found no task; expected some"};
  return plan;
}

}  // namespace

AnswerPlan plan_in_answer(std::string_view answer) {
  const std::vector<std::string_view> parts = parts_of(answer);
  if (parts.empty()) {
    return {
        .problems =
            {{"plan_missing",
              "the answer holds no plan; expected a JSON object with \"tasks\", a list"}}
    };
  }
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    Result<Plan> plan = read_part(*part);
    if (plan.ok()) return {.plan = std::move(*plan)};
  }
  const std::string_view longest = *std::ranges::max_element(parts, {}, &std::string_view::size);
  AnswerPlan out{.problems = plan_problems(longest, "answer", format_of(longest))};
  if (out.problems.empty()) out.problems.push_back(read_part(longest).error());
  return out;
}

Json answer_schema() {
  Json whole = plan_schema();
  JsonObject& schema = whole.get_object();
  JsonObject properties;
  for (const char* const name : {"tasks", "phases", "gates"}) {
    properties[name] = schema["properties"].at(name);
  }
  schema["properties"] = std::move(properties);
  schema["required"] = JsonArray{"tasks"};
  JsonObject definitions;
  for (const char* const name : {"task", "phase", "gate"}) {
    definitions[name] = schema["$defs"].at(name);
  }
  schema["$defs"] = std::move(definitions);
  return whole;
}

}  // namespace evener
