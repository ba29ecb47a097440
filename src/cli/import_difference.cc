#include "cli/import_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/import_phases.h"
#include "cli/import_states.h"
#include "cli/normalised.h"
#include "formats/status_words.h"

namespace evener {
namespace {

bool is_under_way(const ImportedState& state) {
  return state.status == "running" || state.status == "reviewing";
}

std::string or_pending(std::string word) {
  return word.empty() ? "pending" : word;
}

bool is_open(std::string_view state) {
  return state == "ready" || state == "waiting";
}

bool is_closed(std::string_view state) {
  return state == "done" || state == "failed" || state == "cancelled";
}

// Members of `said` over those of `held`.
RawJson merged_data(const RawJson& held, const RawJson& said) {
  if (said.text.empty() || held.text.empty()) return said.text.empty() ? held : said;
  const Result<Json> below = parse_json(held.text);
  const Result<Json> above = parse_json(said.text);
  if (!below.ok() || !above.ok() || !below->is_object() || !above->is_object()) return held;
  JsonObject both = below->get_object();
  for (const auto& [name, value] : above->get_object()) both[name] = value;
  return {to_text(Json(std::move(both)))};
}

// What a partial plan says, over what the pool has.
template <Described T>
T laid_over(const T& held, const T& said) {
  static const T silent{};
  T both = held;
  const auto lay = [&](const auto& described) {
    if (said.*described.member != silent.*described.member) {
      both.*described.member = said.*described.member;
    }
  };
  std::apply([&](const auto&... described) { (lay(described), ...); }, T::fields());
  return both;
}

// Needs and data are added to, and not replaced.
TaskSpec task_laid_over(const TaskSpec& held, const TaskSpec& said, const std::string& importer) {
  TaskSpec both = laid_over(held, said);
  if (both.assignee == importer) both.assignee = said.assignee;
  both.needs = held.needs;
  for (const Need& need : said.needs) {
    const auto same = [&](const Need& old) { return old.task == need.task; };
    if (std::none_of(held.needs.begin(), held.needs.end(), same)) both.needs.push_back(need);
  }
  both.data = merged_data(held.data, said.data);
  return both;
}

void keep_word(TaskSpec& task, const ImportedState& state) {
  if (!state.word.empty()) set_stated_word(task, state.word == or_pending("") ? "" : state.word);
}

bool is_same_data_but_the_word(TaskSpec a, TaskSpec b) {
  set_stated_word(a, "");
  set_stated_word(b, "");
  return a.data == b.data;
}

// Where the plan has no word for a task, that of the pool stays: our own plans never have one, and
// one in a plan of another pool would tell what its file said there.
void keep_words_of_pool(Plan& plan, const HeldPool& held) {
  std::set<std::string> stated;
  for (const ImportedState& state : plan.states) {
    if (!state.word.empty()) stated.insert(state.task);
  }
  for (TaskSpec& task : plan.tasks) {
    if (stated.contains(task.id)) continue;
    const std::string said = stated_word(task);
    const bool is_of_another_tool = !said.empty() && !state_of_word(said);
    const TaskSpec* const known = held.find(task.id);
    const std::string word = known == nullptr ? "" : stated_word(*known);
    if (is_of_another_tool || said == word) continue;
    if (known != nullptr && is_same_data_but_the_word(task, *known)) {
      task.data = known->data;
    } else {
      set_stated_word(task, word);
    }
  }
}

// "pending" is not written down, so that laying a task over that of the pool leaves the word that
// the file had before.
void clear_pending_words(Plan& plan) {
  std::set<std::string> pending;
  for (const ImportedState& state : plan.states) {
    if (state.word == or_pending("")) pending.insert(state.task);
  }
  for (TaskSpec& task : plan.tasks) {
    if (pending.contains(task.id)) set_stated_word(task, "");
  }
}

void lay_over(const HeldPool& held, Plan& plan) {
  const std::string importer = importing_worker(held.plan.workers);
  for (TaskSpec& task : plan.tasks) {
    if (const TaskSpec* known = held.find(task.id)) task = task_laid_over(*known, task, importer);
  }
  clear_pending_words(plan);
  for (WorkerSpec& worker : plan.workers) {
    if (const WorkerSpec* known = held.find_worker(worker.name)) worker = laid_over(*known, worker);
  }
  const PoolCard card = laid_over(held.plan.card, plan.card);
  plan.card = card == held.plan.card ? PoolCard{} : card;
}

// Whether the state says something new of a task that the pool has. A file that keeps its word in
// the task's data is compared with its own last word, another with the pool. A word that the pool
// would write for its own is no news, but written down: else it would be news once the pool goes
// on.
bool is_news(const ImportedState& state, const TaskSpec& held, const std::string& held_state) {
  if (state.word.empty()) {
    const bool is_behind = held_state == "running" && !is_ended(state.status);
    return !is_closed(held_state) && !is_behind && state.status != held_state &&
           !is_open(state.status);
  }
  const std::string last = or_pending(stated_word(held));
  if (state.word == last) return false;
  return word_of_state(held_state, stated_word(held)) != state.word;
}

std::string word_of(const ImportedState& state) {
  return state.word.empty() ? state.status : state.word;
}

// Whether the state would let a task go that somebody holds for a reason of their own.
bool is_against_a_hold(const ImportedState& state, const HeldPool& held) {
  const bool lets_go = is_open(state.status) || is_under_way(state);
  return lets_go && held.state(state.task) == "held" &&
         !is_hold_of_import(held.hold_reason(state.task));
}

// Whether the state is not taken over while somebody works on the task. If it were held meanwhile,
// the reason of the hold would give way to that for which the attempt ends, and no import could
// tell any more that the hold is its own.
bool waits_for_the_worker(const ImportedState& state) {
  return is_ended(state.status) || state.status == "held";
}

// The word that the pool knows stays with the task, so that the next import sees the news again.
void leave_for_next(TaskSpec& task, const ImportedState& state, const HeldPool& held) {
  if (state.word.empty()) return;
  const TaskSpec* const known = held.find(task.id);
  set_stated_word(task, known == nullptr ? "" : stated_word(*known));
}

using PlacesInPlan = std::map<std::string, std::size_t>;  // of the plan's tasks

// Tasks of the pool of which the file has a new word, and nothing else. They stand behind the
// others.
void describe_worded(Plan& plan, const HeldPool& held, PlacesInPlan& places) {
  for (const ImportedState& state : plan.states) {
    const TaskSpec* const known = held.find(state.task);
    if (known == nullptr || state.word.empty()) continue;
    if (or_pending(stated_word(*known)) == state.word) continue;
    if (!places.emplace(state.task, plan.tasks.size()).second) continue;
    keep_word(plan.tasks.emplace_back(*known), state);
  }
}

// Tasks of which the file knows a state, and nothing else: those that are new, and those that are
// to be reserved for whom they were taken by. `said`: as many of the tasks the file describes.
void describe_stated(Plan& plan, const HeldPool& held, PlacesInPlan& places, std::size_t said) {
  for (const ImportedState& state : plan.states) {
    const TaskSpec* const known = held.find(state.task);
    const bool is_reserved = is_under_way(state) && !state.worker.empty();
    const bool is_free = known == nullptr || known->assignee.empty();
    if (known != nullptr && !(is_reserved && is_free)) continue;
    const auto [place, is_undescribed] = places.emplace(state.task, plan.tasks.size());
    if (place->second < said) continue;
    if (is_undescribed) plan.tasks.push_back(known == nullptr ? TaskSpec{} : *known);
    TaskSpec& task = plan.tasks[place->second];
    task.id = state.task;
    if (known == nullptr) keep_word(task, state);
    if (is_reserved) task.assignee = state.worker;
  }
}

// Parents that are over where the file comes from, but have subtasks here that are not and will not
// be: they stay open, and with them their own parents.
class OpenParents {
 public:
  OpenParents(const Plan& plan, const HeldPool& held) {
    std::set<std::string> described;
    for (const TaskSpec& task : plan.tasks) {
      described.insert(task.id);
      note(task, held);
    }
    for (const TaskSpec& task : held.plan.tasks) {
      if (!described.contains(task.id)) note(task, held);
    }
    for (const ImportedState& state : plan.states) {
      if (is_over(state.status)) closing_.insert(state.task);
    }
  }

  // The subtasks by which it stays open, until the next call.
  std::vector<std::string> open_below(const std::string& task) const {
    std::vector<std::string> open;
    const auto found = open_.find(task);
    if (found == open_.end()) return open;
    for (const std::string& child : found->second) {
      if (!closing_.contains(child)) open.push_back(child);
    }
    return open;
  }

  void stays_open(const std::string& task) { closing_.erase(task); }

 private:
  void note(const TaskSpec& task, const HeldPool& held) {
    if (task.parent.empty() || is_over(held.state(task.id))) return;
    open_[task.parent].push_back(task.id);
  }

  std::map<std::string, std::vector<std::string>> open_;  // by their parents
  std::set<std::string> closing_;
};

// "1.1 below it is open"; "" if nothing is.
std::string text_of_open(const std::vector<std::string>& open) {
  if (open.empty()) return {};
  const std::string more =
      open.size() == 1 ? "is open" : fmt::format("and {} more are open", open.size() - 1);
  return fmt::format("{} below it {}", open.front(), more);
}

// What stays open keeps its parents and later phases from being closed, and so on.
void leave_open(
    Plan& plan, const HeldPool& held, const PlacesInPlan& places, std::vector<std::string>& later
) {
  OpenParents parents(plan, held);
  ImportPhases phases(plan, held);
  for (bool again = true; again;) {
    again = false;
    std::erase_if(plan.states, [&](const ImportedState& state) {
      if (!is_ended(state.status)) return false;
      std::string why = text_of_open(parents.open_below(state.task));
      if (why.empty()) why = phases.why_shut(state.task);
      if (why.empty()) return false;
      plan.notices.push_back(
          fmt::format("{} stays open: the file says {}, but {}", state.task, word_of(state), why)
      );
      const auto place = places.find(state.task);
      if (place != places.end()) leave_for_next(plan.tasks[place->second], state, held);
      parents.stays_open(state.task);
      phases.stays_open(state.task);
      later.push_back(state.task);
      again = true;
      return true;
    });
  }
}

}  // namespace

std::vector<std::string> reconcile(Plan& plan, const HeldPool& held) {
  if (plan.is_partial) lay_over(held, plan);
  keep_words_of_pool(plan, held);
  const std::size_t said = plan.tasks.size();
  PlacesInPlan places;
  for (std::size_t i = 0; i < said; ++i) places.emplace(plan.tasks[i].id, i);
  describe_worded(plan, held, places);
  std::vector<ImportedState> news;
  std::vector<std::string> later;
  for (ImportedState& state : plan.states) {
    const TaskSpec* known = held.find(state.task);
    const auto place = places.find(state.task);
    TaskSpec unsaid;
    TaskSpec& task = place == places.end() ? unsaid : plan.tasks[place->second];
    const std::string held_state = held.state(state.task);
    if (known != nullptr && !is_news(state, *known, held_state)) continue;
    if (is_closed(held_state) && state.status != held_state) {
      plan.notices.push_back(
          fmt::format("{} stays {}: the file says {}", state.task, held_state, word_of(state))
      );
      continue;
    }
    if (is_against_a_hold(state, held)) {
      plan.notices.push_back(
          fmt::format("{} stays held: the file says {}", state.task, word_of(state))
      );
      leave_for_next(task, state, held);
      later.push_back(state.task);
      continue;
    }
    if (held_state == "running" && waits_for_the_worker(state)) {
      plan.notices.push_back(fmt::format(
          "{} stays running: the file says {}, which the next import may take over",
          state.task,
          word_of(state)
      ));
      leave_for_next(task, state, held);
      later.push_back(state.task);
      continue;
    }
    if (state.status != held_state) news.push_back(std::move(state));
  }
  plan.states = std::move(news);
  describe_stated(plan, held, places, said);
  leave_open(plan, held, places, later);
  return later;
}

ImportDifference difference(const Plan& plan, const HeldPool& held) {
  ImportDifference out;
  std::set<std::string> stated;
  for (const ImportedState& state : plan.states) stated.insert(state.task);
  for (const TaskSpec& task : plan.tasks) {
    const TaskSpec* known = held.find(task.id);
    if (known == nullptr) {
      out.added.push_back(task.id);
      continue;
    }
    TaskDifference changed{.task = task.id};
    TaskSpec said = normalised(task);
    // A word that the pool agrees with is only written down.
    if (!stated.contains(task.id) && is_same_data_but_the_word(said, *known)) {
      said.data = known->data;
    }
    const auto compare = [&](const auto& described) {
      if (said.*described.member != known->*described.member) {
        changed.fields.emplace_back(described.name);
      }
    };
    std::apply([&](const auto&... described) { (compare(described), ...); }, TaskSpec::fields());
    if (changed.fields.empty()) {
      ++out.unchanged;
    } else {
      out.changed.push_back(std::move(changed));
    }
  }
  for (const ImportedState& state : plan.states) {
    const bool is_let_go = held.state(state.task) == "held";
    if (!is_open(state.status) || is_let_go) out.states.push_back(state);
  }
  out.records = record_differences(plan, held);
  return out;
}

std::vector<std::string> stated_and_listed(const Plan& plan) {
  std::size_t listed[2] = {0, 0};  // of tasks, of subtasks
  std::size_t done[2] = {0, 0};
  std::set<std::string> finished;
  for (const ImportedState& state : plan.states) {
    if (state.status == "done") finished.insert(state.task);
  }
  for (const TaskSpec& task : plan.tasks) {
    const std::size_t kind = task.parent.empty() ? 0 : 1;
    ++listed[kind];
    if (finished.contains(task.id)) ++done[kind];
  }
  std::vector<std::string> lines;
  for (const StatedMeasure& measure : plan.measures) {
    if (measure.counted == Counted::nothing) continue;
    const std::size_t kind = measure.counted == Counted::tasks ? 0 : 1;
    lines.push_back(fmt::format(
        "line {}: {} is stated as {} of {} {} done; the file lists {} of {}",
        measure.line,
        measure.name,
        measure.part,
        measure.whole,
        name_of(measure.counted),
        done[kind],
        listed[kind]
    ));
  }
  return lines;
}

}  // namespace evener
