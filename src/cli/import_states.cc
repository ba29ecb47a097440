#include "cli/import_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <tuple>

#include "formats/status_words.h"

namespace evener {
namespace {

constexpr std::size_t at_once = 500;

constexpr std::string_view before_word = "was ";
constexpr std::string_view behind_word = " when it was imported";

std::string text_of(const ImportedState& state) {
  const std::string& word = state.word.empty() ? state.status : state.word;
  return fmt::format("{}{}{}", before_word, word, behind_word);
}

// How many parents stand above a task, of the plan or else of the pool.
class Depths {
 public:
  Depths(const std::vector<TaskSpec>& tasks, const HeldPool& held) : held_(held) {
    for (const TaskSpec& task : tasks) parents_.emplace(task.id, task.parent);
  }

  std::size_t of(std::string task) const {
    std::size_t depth = 0;
    for (task = parent_of(task); !task.empty(); task = parent_of(task)) ++depth;
    return depth;
  }

 private:
  std::string parent_of(const std::string& task) const {
    const auto found = parents_.find(task);
    if (found != parents_.end()) return found->second;
    const TaskSpec* const known = held_.find(task);
    return known == nullptr ? "" : known->parent;
  }

  const HeldPool& held_;
  std::map<std::string, std::string> parents_;
};

bool is_closed(const std::string& state) {
  return state == "done" || state == "failed" || state == "cancelled";
}

// Nothing is to be done about an open task that the file calls open, unless it is held here: then
// reconcile() found that the file held it, and lets it go.
bool is_to_be_taken_over(const ImportedState& state, const HeldPool& held) {
  const bool is_open = state.status == "ready" || state.status == "waiting";
  return !is_open || held.state(state.task) == "held";
}

// A parent that is closed here would not get a new task back.
TaskSpec without_conditions(const TaskSpec& task, const HeldPool& held) {
  TaskSpec bare = task;
  if (held.find(task.id) == nullptr) {
    if (!is_closed(held.state(task.parent))) bare.parent.clear();
    bare.phase.clear();
  }
  bare.needs.clear();
  bare.capabilities.clear();
  bare.secrets.clear();
  bare.paths.clear();
  bare.locks.clear();
  bare.verify.clear();
  bare.assignee_delay_ms.reset();
  return bare;
}

// Whether it was changed: a task that its worker may claim as it is need not be.
bool lay_bare(
    TaskSpec& task, const std::string& worker, const HeldPool& held, const std::string& importer
) {
  TaskSpec bare = without_conditions(task, held);
  const bool may_be_claimed = task.assignee.empty() || task.assignee == worker;
  if (held.state(task.id) == "ready" && may_be_claimed && bare == task) return false;
  bare.assignee = worker.empty() ? importer : worker;
  task = std::move(bare);
  return true;
}

Status tick_all(Client& client, const std::string& task) {
  Query query;
  query.kind = QueryKind::task;
  query.task = task;
  const auto view = TRY(ask_for<TaskView>(client, query));
  for (std::size_t i = 0; i < view.criteria.size(); ++i) {
    if (view.criteria[i].ticked) continue;
    TRY(call_one(client, TickCriterion{task, static_cast<std::int64_t>(i) + 1}));
  }
  return Done{};
}

Command ending_of(const ImportedState& state, const std::string& worker, Fence fence) {
  if (state.status == "failed") {
    Fail fail{.task = state.task, .worker = worker, .fence = fence};
    fail.reason = text_of(state);
    fail.final = true;
    fail.untimed = true;
    return fail;
  }
  Finish finish{.task = state.task, .worker = worker, .fence = fence};
  finish.result = text_of(state);
  finish.untimed = true;
  return finish;
}

Result<Fence> granted_fence(const Answer& claim) {
  const Json granted = TRY(parse_json(claim.result.text));
  return Fence{granted.at("fence").get_int64()};
}

// Of a claim that was granted; or of the importing worker's claim that an import left behind which
// was broken off. Fence{0}: of neither.
Result<Fence> fence_of(const Answer& claim, const std::string& importer) {
  if (claim.ok) return granted_fence(claim);
  if (claim.refusal->code != "already_claimed" || claim.refusal->detail.text.empty()) {
    return Fence{};
  }
  const Json held = TRY(parse_json(claim.refusal->detail.text));
  if (held.at("holder").get_string() != importer) return Fence{};
  return Fence{held.at("fence").get_int64()};
}

std::string stays_open(const ImportedState& state, const Answer& answer) {
  return fmt::format("{} stays open: {}", state.task, answer.refusal->message);
}

// What to do when an attempt could not be ended: a checklist is ticked and it is tried again, else
// the task is given back. What is left to say, or "".
Result<std::string> end_again(
    Client& client,
    const ImportedState& state,
    const std::string& worker,
    Fence fence,
    Answer answer
) {
  if (!answer.ok && answer.refusal->code == "criteria_open") {
    TRY(tick_all(client, state.task));
    answer = TRY(call_one(client, ending_of(state, worker, fence)));
  }
  if (answer.ok) return std::string();
  TRY(call_one(client, Release{.task = state.task, .worker = worker, .fence = fence}));
  return stays_open(state, answer);
}

// Claims the task for whoever did it and ends the attempt the same way. What is left to say, or "".
Result<std::string> claim_and_end(Client& client, const ImportedState& state) {
  const Answer claim = TRY(call_one(client, Claim{.worker = state.worker, .task = state.task}));
  if (!claim.ok) return stays_open(state, claim);
  const Fence fence = TRY(granted_fence(claim));
  Answer answer = TRY(call_one(client, ending_of(state, state.worker, fence)));
  return end_again(client, state, state.worker, fence, std::move(answer));
}

Status let_go(Client& client, const ImportedState& state, const HeldPool& held) {
  if (held.state(state.task) != "held") return Done{};
  TRY(call_one(client, Resume{state.task, "it is over where it was imported from"}));
  return Done{};
}

// Of a task that was let go, and could not be ended: for the reason that it was held for before.
Status hold_again(Client& client, const std::string& task, const HeldPool& held) {
  if (held.state(task) != "held") return Done{};
  TRY(call_one(client, Hold{task, held.hold_reason(task)}));
  return Done{};
}

Result<std::string> close_task(Client& client, const ImportedState& state, const HeldPool& held) {
  TRY(let_go(client, state, held));
  std::string refused = TRY(claim_and_end(client, state));
  if (!refused.empty()) TRY(hold_again(client, state.task, held));
  return refused;
}

// Another import that is over meanwhile lets the worker drain under this one; and a worker that
// fails many tasks in a row is set aside.
bool is_unemployed(const Answer& claim) {
  if (claim.ok) return false;
  const std::string& code = claim.refusal->code;
  return code == "worker_draining" || code == "slots_full" || code == "worker_set_aside";
}

// By the importing worker, which is employed again as often as it may be needed.
Result<std::vector<Answer>> claim_all(
    Client& client, const std::string& importer, std::span<const ImportedState> states
) {
  constexpr int most_times = 20;
  std::vector<Answer> answers(states.size());
  std::vector<std::size_t> places(states.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  for (int time = 0; time < most_times && !places.empty(); ++time) {
    if (time > 0) TRY(employ_importing_worker(client, importer));
    std::vector<Request> claims;
    for (const std::size_t place : places) {
      claims.push_back({"", Claim{.worker = importer, .task = states[place].task}});
    }
    std::vector<Answer> given = TRY(client.call(std::move(claims)));
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (is_unemployed(given[i])) again.push_back(places[i]);
      answers[places[i]] = std::move(given[i]);
    }
    places = std::move(again);
  }
  return answers;
}

// The same for many that nobody is known to have done, a few calls for all of them.
Status close_batch(
    Client& client,
    const std::string& importer,
    std::span<const ImportedState> states,
    const HeldPool& held,
    std::map<std::string, std::string>& refused
) {
  for (const ImportedState& state : states) TRY(let_go(client, state, held));
  const std::vector<Answer> granted = TRY(claim_all(client, importer, states));
  std::vector<Request> endings;
  std::vector<std::pair<const ImportedState*, Fence>> running;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const Fence fence = TRY(fence_of(granted[i], importer));
    if (fence.value == 0) {
      refused.emplace(states[i].task, stays_open(states[i], granted[i]));
      continue;
    }
    running.emplace_back(&states[i], fence);
    endings.push_back({"", ending_of(states[i], importer, fence)});
  }
  if (!endings.empty()) {
    std::vector<Answer> ended = TRY(client.call(std::move(endings)));
    for (std::size_t i = 0; i < ended.size(); ++i) {
      const auto& [state, fence] = running[i];
      std::string why = TRY(end_again(client, *state, importer, fence, std::move(ended[i])));
      if (!why.empty()) refused.emplace(state->task, std::move(why));
    }
  }
  for (const auto& [task, why] : refused) TRY(hold_again(client, task, held));
  return Done{};
}

using NoteKey = std::tuple<std::string, std::string, std::string>;  // task, worker, text

Result<std::set<NoteKey>> notes_in(Client& client) {
  std::set<NoteKey> known;
  Query query;
  query.kind = QueryKind::log;
  query.log.type = NoteAdded::type;
  for (;;) {
    const auto page = TRY(ask_for<LogView>(client, query));
    for (const RawJson& raw : page.facts) {
      const Json fact = TRY(parse_json(raw.text, "fact"));
      const auto member = [&](std::string_view name) {
        const Json* value = fact.is_object() ? fact.get_object().if_contains(name) : nullptr;
        const bool is_text = value != nullptr && value->is_string();
        return is_text ? std::string(value->get_string()) : std::string();
      };
      known.emplace(member("task"), member("worker"), member("text"));
    }
    if (page.next.value == 0) return known;
    query.after = page.next;
  }
}

Result<bool> has_note(Client& client, const std::string& task, const std::string& text) {
  Query query;
  query.kind = QueryKind::task;
  query.task = task;
  const auto view = TRY(ask_for<TaskView>(client, query));
  return std::any_of(view.notes.begin(), view.notes.end(), [&](const NoteRow& note) {
    return note.text == text;
  });
}

}  // namespace

Status employ_importing_worker(Client& client, const std::string& importer) {
  WorkerSpec worker{.name = importer};
  worker.slots = limits::slots_per_worker;  // besides what an import that was broken off left
  TRY(call_one(client, RegisterWorker{worker}));
  TRY(call_one(client, DrainWorker{.worker = worker.name, .draining = false}));
  return Done{};
}

Status dismiss_importing_worker(Client& client, const std::string& importer) {
  TRY(call_one(client, RegisterWorker{WorkerSpec{.name = importer}}));
  DrainWorker drain{.worker = importer};
  drain.reason = "it only closes what was over before an import";
  TRY(call_one(client, std::move(drain)));
  return Done{};
}

bool is_hold_of_import(std::string_view reason) {
  return reason.starts_with(before_word) && reason.ends_with(behind_word);
}

bool is_ended(std::string_view status) {
  return status == "done" || status == "failed";
}

std::vector<std::vector<StatedTask>> part_stated_tasks(
    std::vector<TaskSpec>& tasks,
    const std::vector<ImportedState>& states,
    const HeldPool& held,
    const std::string& importer
) {
  std::vector<std::vector<StatedTask>> generations;
  std::map<std::string, const ImportedState*> stated;
  for (const ImportedState& state : states) {
    if (is_to_be_taken_over(state, held)) stated.emplace(state.task, &state);
  }
  std::set<std::string> described;
  for (const TaskSpec& task : tasks) described.insert(task.id);
  for (const auto& [id, state] : stated) {
    const TaskSpec* const known = held.find(id);
    if (known != nullptr && !described.contains(id)) tasks.push_back(*known);
  }
  const Depths depths(tasks, held);
  for (TaskSpec& task : tasks) {
    const auto found = stated.find(task.id);
    if (found == stated.end()) continue;
    StatedTask parted{.described = task, .state = *found->second};
    const TaskSpec* const known = held.find(task.id);
    parted.is_new = known == nullptr;
    if (known != nullptr) parted.last_word = stated_word(*known);
    if (!parted.state.word.empty()) set_stated_word(task, parted.last_word);
    if (is_ended(parted.state.status)) {
      parted.is_bare = lay_bare(task, parted.state.worker, held, importer);
    }
    const std::size_t depth = depths.of(task.id);
    if (generations.size() <= depth) generations.resize(depth + 1);
    generations[depth].push_back(std::move(parted));
  }
  std::reverse(generations.begin(), generations.end());
  return generations;
}

Result<std::map<std::string, std::string>> close_unclaimed(
    Client& client,
    const std::string& importer,
    const std::vector<ImportedState>& states,
    const HeldPool& held
) {
  std::map<std::string, std::string> refused;
  const std::span<const ImportedState> all(states);
  for (std::size_t i = 0; i < all.size(); i += at_once) {
    const std::size_t count = std::min(at_once, all.size() - i);
    std::map<std::string, std::string> of_batch;
    TRY(close_batch(client, importer, all.subspan(i, count), held, of_batch));
    refused.merge(of_batch);
  }
  return refused;
}

Result<TakenOver> take_over(Client& client, const ImportedState& state, const HeldPool& held) {
  if (is_ended(state.status)) {
    std::string refused = TRY(close_task(client, state, held));
    const bool has_changed = refused.empty();
    return TakenOver{std::move(refused), has_changed};
  }
  std::vector<Command> commands;
  const std::string text = text_of(state);
  const bool is_open = state.status == "ready" || state.status == "waiting" ||
                       state.status == "running" || state.status == "reviewing";
  if (is_open && held.state(state.task) == "held") {
    commands.emplace_back(Resume{state.task, "it is no longer held where it was imported from"});
  }
  if (state.status == "cancelled") {
    commands.emplace_back(Cancel{state.task, text});
  } else if (state.status == "held") {
    commands.emplace_back(Hold{state.task, text});
  } else if (state.status == "running" || state.status == "reviewing") {
    const std::string whole = state.worker.empty() ? text : text + ", by " + state.worker;
    if (!TRY(has_note(client, state.task, whole))) {
      commands.emplace_back(AddNote{.task = state.task, .text = whole, .finding = true});
    }
  }
  TakenOver taken{.has_changed = !commands.empty()};
  for (Command& command : commands) {
    const Answer answer = TRY(call_one(client, std::move(command)));
    if (answer.ok) continue;
    return TakenOver{fmt::format("{}: {}", state.task, answer.refusal->message), false};
  }
  return taken;
}

Result<NotesWritten> write_notes(
    Client& client, const std::vector<PlanNote>& notes, const std::set<std::string>& workers
) {
  NotesWritten written;
  if (notes.empty()) return written;
  std::set<NoteKey> known = TRY(notes_in(client));
  std::vector<Request> requests;
  for (const PlanNote& note : notes) {
    AddNote command{.task = note.task, .text = note.text.substr(0, limits::note_bytes)};
    if (workers.contains(note.worker)) command.worker = note.worker;
    if (command.task.empty() && command.worker.empty()) {
      ++written.homeless;
      continue;
    }
    if (!known.emplace(command.task, command.worker, command.text).second) continue;
    requests.push_back({"", std::move(command)});
    ++written.added;
    if (requests.size() == limits::commands_per_request) {
      TRY(client.call(std::exchange(requests, {})));
    }
  }
  if (!requests.empty()) TRY(client.call(std::move(requests)));
  return written;
}

}  // namespace evener
