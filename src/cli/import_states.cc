#include "cli/import_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

#include "formats/status_words.h"

namespace evener {
namespace {

constexpr std::string_view nobody = "import";

bool is_over(std::string_view status) {
  return status == "done" || status == "failed";
}

std::string text_of(const ImportedState& state) {
  const std::string& word = state.word.empty() ? state.status : state.word;
  return fmt::format("was {} when it was imported", word);
}

// How many parents stand above each of the tasks, among them.
std::map<std::string, std::size_t> depths_of(const std::vector<TaskSpec>& tasks) {
  std::map<std::string, std::size_t> depths;
  for (const TaskSpec& task : tasks) {
    const auto parent = depths.find(task.parent);
    depths[task.id] = parent == depths.end() ? 0 : parent->second + 1;
  }
  return depths;
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
    return fail;
  }
  Finish finish{.task = state.task, .worker = worker, .fence = fence};
  finish.result = text_of(state);
  return finish;
}

Result<Fence> fence_of(const Answer& claim) {
  const Json granted = TRY(parse_json(claim.result.text));
  return Fence{granted.at("fence").get_int64()};
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

// Claims the task for whoever did it and ends the attempt the same way.
Result<std::string> close_task(Client& client, const ImportedState& state) {
  const std::string worker = state.worker.empty() ? std::string(nobody) : state.worker;
  const Answer claim = TRY(call_one(client, Claim{.worker = worker, .task = state.task}));
  if (!claim.ok) return stays_open(state, claim);
  const Fence fence = TRY(fence_of(claim));
  Answer answer = TRY(call_one(client, ending_of(state, worker, fence)));
  return end_again(client, state, worker, fence, std::move(answer));
}

// The same for many that nobody is known to have done, a few calls for all of them.
Status close_batch(
    Client& client, std::span<const ImportedState> states, std::vector<std::string>& notices
) {
  const std::string worker(nobody);
  std::vector<Request> claims;
  for (const ImportedState& state : states) {
    claims.push_back({"", Claim{.worker = worker, .task = state.task}});
  }
  const std::vector<Answer> granted = TRY(client.call(std::move(claims)));
  std::vector<Request> endings;
  std::vector<std::pair<const ImportedState*, Fence>> running;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!granted[i].ok) {
      notices.push_back(stays_open(states[i], granted[i]));
      continue;
    }
    running.emplace_back(&states[i], TRY(fence_of(granted[i])));
    endings.push_back({"", ending_of(states[i], worker, running.back().second)});
  }
  if (endings.empty()) return Done{};
  std::vector<Answer> ended = TRY(client.call(std::move(endings)));
  for (std::size_t i = 0; i < ended.size(); ++i) {
    const auto& [state, fence] = running[i];
    std::string notice = TRY(end_again(client, *state, worker, fence, std::move(ended[i])));
    if (!notice.empty()) notices.push_back(std::move(notice));
  }
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

std::vector<std::vector<TaskSpec>> part_closed_tasks(
    std::vector<TaskSpec>& tasks, const std::vector<ImportedState>& states, const HeldPool& held
) {
  std::map<std::string, const ImportedState*> closing;
  for (const ImportedState& state : states) {
    if (is_over(state.status) && held.find(state.task) == nullptr) {
      closing.emplace(state.task, &state);
    }
  }
  std::vector<std::vector<TaskSpec>> generations;
  if (closing.empty()) return generations;
  const std::map<std::string, std::size_t> depths = depths_of(tasks);
  for (TaskSpec& task : tasks) {
    const auto found = closing.find(task.id);
    if (found == closing.end()) continue;
    const std::size_t depth = depths.at(task.id);
    if (generations.size() <= depth) generations.resize(depth + 1);
    const std::string& worker = found->second->worker;
    TaskSpec bare = task;
    bare.parent.clear();
    bare.needs.clear();
    bare.capabilities.clear();
    bare.verify.clear();
    bare.assignee_delay_ms.reset();
    bare.assignee = worker.empty() ? nobody : std::string_view(worker);
    generations[depth].push_back(std::exchange(task, std::move(bare)));
  }
  std::reverse(generations.begin(), generations.end());
  return generations;
}

Result<std::vector<std::string>> close_unclaimed(
    Client& client, const std::vector<ImportedState>& states
) {
  constexpr std::size_t at_once = 500;
  std::vector<std::string> notices;
  if (states.empty()) return notices;
  WorkerSpec worker{.name = std::string(nobody)};
  worker.slots = at_once;
  TRY(call_one(client, RegisterWorker{worker}));
  const std::span<const ImportedState> all(states);
  for (std::size_t i = 0; i < all.size(); i += at_once) {
    TRY(close_batch(client, all.subspan(i, std::min(at_once, all.size() - i)), notices));
  }
  worker.slots = 1;
  TRY(call_one(client, RegisterWorker{worker}));
  return notices;
}

Result<TakenOver> take_over(Client& client, const ImportedState& state, const HeldPool& held) {
  if (is_over(state.status)) {
    std::string refused = TRY(close_task(client, state));
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
