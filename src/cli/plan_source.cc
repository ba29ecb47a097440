#include "cli/plan_source.h"

#include <cstdio>
#include <map>

#include "base/file.h"
#include "cli/held_pool.h"

namespace evener {
namespace {

using TaskStates = std::map<std::string, std::string>;

bool is_task_over(const TaskStates& states, const std::string& task) {
  const auto found = states.find(task);
  return found != states.end() && is_over(found->second);
}

// What is over, or only holds a lock, is no work.
void fill_unfinished(PlanSource& source, const TaskStates& states) {
  for (const TaskSpec& task : source.plan.tasks) {
    if (is_task_over(states, task.id) || task.kind == lock_kind) continue;
    TaskSpec& kept = source.unfinished.emplace_back(task);
    std::erase_if(kept.needs, [&](const Need& need) {
      if (!is_task_over(states, need.task)) return false;
      if (states.at(need.task) == "cancelled") source.cancelled[need.task].push_back(task.id);
      return true;
    });
    if (is_task_over(states, kept.parent)) kept.parent.clear();
  }
}

}  // namespace

Result<PlanSource> plan_source_of_pool(Session& session) {
  Client* const client = TRY(session.client());
  HeldPool held = TRY(read_held_pool(*client));
  PlanSource source{.name = held.plan.card.name, .is_pool = true};
  if (source.name.empty()) source.name = "the pool";
  source.plan = std::move(held.plan);
  fill_unfinished(source, held.states);
  return source;
}

Result<std::string> read_plan_text(const std::string& file) {
  if (file != "-") return read_file(file);
  std::string text;
  std::array<char, 1U << 16U> piece{};
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    text.append(piece.data(), got);
    if (text.size() > longest_plan_bytes) {
      return Error{"too_large", fmt::format("more than {} bytes", longest_plan_bytes), file};
    }
  }
  return text;
}

Result<PlanSource> plan_source_of(std::string text, const std::string& file, PlanFormat format) {
  PlanSource source{.name = file == "-" ? "standard input" : file, .text = std::move(text)};
  source.plan = TRY(read_plan(source.text, file, format));
  TaskStates states;
  for (const ImportedState& state : source.plan.states) states[state.task] = state.status;
  fill_unfinished(source, states);
  return source;
}

Result<PlanSource> read_plan_source(Session& session, const std::string& file, PlanFormat format) {
  if (file.empty()) return plan_source_of_pool(session);
  return plan_source_of(TRY(read_plan_text(file)), file, format);
}

void PlanSourceFlags::add_to(CLI::App* verb) {
  verb->add_option("file", file, "A plan's file, - for standard input; without it, the pool")
      ->type_name("FILE");
  verb->add_option("--from", from, "The file's format, if it is not seen")
      ->check(CLI::IsMember(std::vector<std::string>(
          EnumNames<PlanFormat>::names.begin(), EnumNames<PlanFormat>::names.end()
      )));
}

}  // namespace evener
