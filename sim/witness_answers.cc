// What the witness makes of answers. Each is held against the account as it stood when it was
// decided: after all facts up to the sequence that the answer names.
#include <fmt/format.h>

#include "witness.h"

namespace evener::sim {

namespace {

bool is_for_workers(const Command& command) {
  return std::holds_alternative<AddTasks>(command) || std::holds_alternative<Claim>(command) ||
         std::holds_alternative<Renew>(command) || std::holds_alternative<Finish>(command) ||
         std::holds_alternative<Fail>(command) || std::holds_alternative<Release>(command) ||
         std::holds_alternative<AddNote>(command) ||
         std::holds_alternative<RegisterWorker>(command) ||
         std::holds_alternative<TickCriterion>(command) ||
         std::holds_alternative<Approve>(command) ||
         std::holds_alternative<RaiseBlocker>(command) ||
         std::holds_alternative<ResolveBlocker>(command) ||
         std::holds_alternative<SendMessage>(command) ||
         std::holds_alternative<Acknowledge>(command) ||
         std::holds_alternative<FollowTask>(command) ||
         std::holds_alternative<SetMachine>(command) ||
         std::holds_alternative<RecordMeasure>(command) ||
         std::holds_alternative<OpenChapter>(command);
}

std::int64_t number_in(const Answer& answer, std::string_view name) {
  const Result<Json> json = parse_json(answer.result.text);
  if (!json.ok() || !json->is_object()) return 0;
  const Json* member = json->get_object().if_contains(name);
  return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

bool changed_nothing(const Answer& answer) {
  return answer.result.text.find("\"changed\":false") != std::string::npos;
}

}  // namespace

std::vector<Answer> Witness::replied(std::uint64_t tag, const std::string& body) {
  const auto found = asked_.find(tag);
  if (found == asked_.end()) {
    breaches_.broke(10, fmt::format("an answer to nobody: {}", body));
    return {};
  }
  const Asked asked = std::move(found->second);
  asked_.erase(found);
  const Result<Json> json = parse_json(body);
  Result<Answers> answers = json.ok() ? from_json<Answers>(*json) : json.error();
  if (!answers.ok() || answers->answers.size() != asked.requests.size()) {
    breaches_.broke(8, fmt::format("no answer to each command: {}", body));
    return {};
  }
  for (std::size_t i = 0; i < asked.requests.size(); ++i) {
    check(asked, asked.requests[i], answers->answers[i]);
  }
  return std::move(answers->answers);
}

void Witness::check(const Asked& asked, const Request& request, const Answer& answer) {
  if (answer.seq > durable_) {
    breaches_.broke(
        1, fmt::format("an answer saw fact {}, and {} is durable", answer.seq.value, durable_.value)
    );
  }
  take_until(answer.seq);
  ++answers_checked_;
  if (!request.request_id.empty()) check_request_id(asked, request, answer);
  const bool may = asked.author.scope == Scope::operate ||
                   (asked.author.scope == Scope::worker && is_for_workers(request.command));
  if (!may && answer.ok) {
    breaches_.broke(12, fmt::format("{} did what takes another scope", asked.author.name));
  }
  if (const auto* renew = std::get_if<Renew>(&request.command); renew != nullptr && answer.ok) {
    note_renewal(*renew, answer);
  }
  if (answer.repeated || taken_ != answer.seq) return;
  if (answer.ok) {
    check_done(asked, request, answer);
  } else if (answer.refusal) {
    check_refused(asked, request, answer);
  }
}

// Whatever was done under this id before is what it answers now. What was asked then is known if
// its answer was seen.
void Witness::check_request_id(const Asked& asked, const Request& request, const Answer& answer) {
  const std::pair key(asked.author.name, request.request_id);
  const std::string body = to_json_text(request);
  const auto done = bodies_.find(key);
  const auto mark = marks_.find(key);
  const std::string code = answer.refusal ? answer.refusal->code : "";
  if (answer.repeated) {
    breaches_.require(mark != marks_.end(), 8, "a repeat of what was never done: " + body);
    const bool is_same = done == bodies_.end() || done->second == body;
    breaches_.require(is_same, 8, "another command passed for a repeat: " + body);
    return;
  }
  if (code == "request_id_reused") {
    const bool differs = done == bodies_.end() || done->second != body;
    breaches_.require(differs, 8, "a repeat was taken for another: " + body);
    return;
  }
  const bool is_renewal = std::holds_alternative<Renew>(request.command);
  if (!answer.ok || is_renewal || mark == marks_.end()) return;
  const Result<Json> effect = parse_json(facts_[static_cast<std::size_t>(answer.seq.value) - 1]);
  const Result<Fact> newest = read_fact(*effect);
  const bool is_own = newest.ok() && newest->request && newest->request->id == request.request_id;
  breaches_.require(is_own || changed_nothing(answer), 8, "done once more: " + body);
  if (is_own) bodies_.emplace(key, body);
}

// A renewal is no fact: it counts also where the account has gone on meanwhile.
void Witness::note_renewal(const Renew& renew, const Answer& answer) {
  const auto task = tasks_.find(renew.task);
  if (task == tasks_.end() || task->second.fence != renew.fence) return;
  task->second.expires = std::max(task->second.expires, number_in(answer, "expires"));
}

void Witness::promise(Fence fence, Millis deadline) {
  Millis& known = promised_[fence];
  known = std::max(known, deadline);
}

void Witness::check_done(const Asked& asked, const Request& request, const Answer& answer) {
  const auto stage_is = [&](const std::string& id, std::string_view stage) {
    const auto task = tasks_.find(id);
    return task != tasks_.end() && task->second.stage == stage;
  };
  const auto lost = [&](bool holds, const std::string& what) {
    breaches_.require(holds, 1, what + ", said the answer, and the facts do not");
  };
  check_team(request, answer);
  if (const auto* claim = std::get_if<Claim>(&request.command)) {
    const Fence fence{number_in(answer, "fence")};
    const auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
      return entry.second.fence == fence && entry.second.holder == claim->worker;
    });
    lost(task != tasks_.end() && task->second.stage == "running", claim->worker + " holds a task");
    promise(fence, asked.first_sent + claim->lease_ms);
    check_unread(claim->worker, answer);
    const auto passed = passed_over_.find(fence);
    const bool waited = claim->wait_ms > 0;
    if (claim->task.empty() && !asked.advised && !waited && passed != passed_over_.end() &&
        !passed->second.empty()) {
      breaches_.broke(5, fmt::format("{} came before {}", task->first, passed->second));
    }
  } else if (const auto* finish = std::get_if<Finish>(&request.command)) {
    lost(stage_is(finish->task, "done"), finish->task + " is done");
  } else if (const auto* fail = std::get_if<Fail>(&request.command)) {
    lost(
        stage_is(fail->task, fail->final ? "failed" : "open") || stage_is(fail->task, "failed"),
        fail->task + " failed"
    );
    const auto task = tasks_.find(fail->task);
    const bool was_given_up = task != tasks_.end() && task->second.was_given_up && !fail->final;
    breaches_.require(!was_given_up, 4, fail->task + " is not tried as often as it may");
  } else if (const auto* release = std::get_if<Release>(&request.command)) {
    lost(stage_is(release->task, "open"), release->task + " was given back");
  } else if (const auto* renew = std::get_if<Renew>(&request.command)) {
    check_unread(renew->worker, answer);
    if (renew->task.empty()) return;
    const TaskAccount& task = tasks_.at(renew->task);
    if (task.stage != "running" || task.fence != renew->fence || task.holder != renew->worker) {
      breaches_.broke(3, fmt::format("{} renewed fence {}", renew->worker, renew->fence.value));
    }
    promise(renew->fence, asked.first_sent + task.lease_ms);
  } else if (const auto* add = std::get_if<AddTasks>(&request.command)) {
    for (const TaskSpec& spec : add->tasks) lost(tasks_.contains(spec.id), spec.id + " was added");
  } else if (const auto* cancel = std::get_if<Cancel>(&request.command)) {
    lost(stage_is(cancel->task, "cancelled"), cancel->task + " is cancelled");
    for (const auto& [id, task] : tasks_) {
      bool is_below = false;
      for (std::string up = task.spec.parent; !up.empty(); up = tasks_.at(up).spec.parent) {
        is_below = is_below || up == cancel->task;
      }
      const bool goes_on = is_below && !task.is_over() && !changed_nothing(answer);
      breaches_.require(!goes_on, 4, id + " goes on below a task that was cancelled");
    }
  } else if (const auto* hold = std::get_if<Hold>(&request.command)) {
    lost(tasks_.at(hold->task).held, hold->task + " is held");
  } else if (const auto* resume = std::get_if<Resume>(&request.command)) {
    lost(!tasks_.at(resume->task).held, resume->task + " is not held");
  } else if (const auto* reopen = std::get_if<Reopen>(&request.command)) {
    lost(stage_is(reopen->task, "open"), reopen->task + " is open again");
  } else if (const auto* drain = std::get_if<DrainWorker>(&request.command)) {
    lost(workers_.at(drain->worker).draining == drain->draining, drain->worker + " drains or not");
  }
}

// What people of a team did with one another.
void Witness::check_team(const Request& request, const Answer& answer) {
  const auto lost = [&](bool holds, const std::string& what) {
    breaches_.require(holds, 1, what + ", said the answer, and the facts do not");
  };
  if (const auto* phase = std::get_if<SetPhase>(&request.command)) {
    const auto gate = team_.gates().find(phase->spec.id);
    lost(
        gate != team_.gates().end() && gate->second.phase == phase->spec, phase->spec.id + " is so"
    );
  } else if (const auto* approve = std::get_if<Approve>(&request.command)) {
    const auto gate = team_.gates().find(approve->gate);
    lost(gate != team_.gates().end() && gate->second.approved, approve->gate + " is approved");
  } else if (std::holds_alternative<RaiseBlocker>(request.command)) {
    lost(team_.blockers().contains(number_in(answer, "blocker")), "a blocker is open");
  } else if (const auto* resolve = std::get_if<ResolveBlocker>(&request.command)) {
    lost(!team_.blockers().contains(resolve->blocker), "a blocker is resolved");
  } else if (std::holds_alternative<SendMessage>(request.command)) {
    const MessageId message = number_in(answer, "message");
    lost(message >= 1 && message <= team_.last_message(), "a message was sent");
  } else if (const auto* read = std::get_if<Acknowledge>(&request.command)) {
    for (const MessageId message : read->messages) {
      lost(!team_.is_unread(message, read->worker), "a message was read");
    }
    lost(!read->all || team_.unread(read->worker) == 0, "everything was read");
  } else if (const auto* schedule = std::get_if<SetSchedule>(&request.command)) {
    const auto known = team_.schedules().find(schedule->spec.id);
    const bool is_known = known != team_.schedules().end();
    lost(is_known && known->second.spec.stopped == schedule->spec.stopped, "a schedule is so");
  }
}

// How much a worker has not read stands in what it is told.
void Witness::check_unread(const std::string& worker, const Answer& answer) {
  const std::int64_t said = number_in(answer, "unread");
  const std::int64_t known = team_.unread(worker);
  if (said == known) return;
  breaches_.broke(
      7, fmt::format("{} has {} messages to read, and was told of {}", worker, known, said)
  );
}

void Witness::check_refused(const Asked& asked, const Request& request, const Answer& answer) {
  const std::string& code = answer.refusal->code;
  if (code == "scope") {
    breaches_.require(
        asked.author.scope != Scope::operate, 12, "an operator was told that it takes one"
    );
  } else if (const auto* claim = std::get_if<Claim>(&request.command)) {
    check_refused_claim(asked, *claim, code);
  } else if (const auto* finish = std::get_if<Finish>(&request.command)) {
    check_refused_end(finish->task, finish->worker, finish->fence, answer);
    check_salvage(
        {finish->task, finish->worker, finish->fence.value, "finish", finish->result}, code
    );
  } else if (const auto* fail = std::get_if<Fail>(&request.command)) {
    check_refused_end(fail->task, fail->worker, fail->fence, answer);
    check_salvage({fail->task, fail->worker, fail->fence.value, "fail", fail->reason}, code);
  } else if (const auto* release = std::get_if<Release>(&request.command)) {
    check_refused_end(release->task, release->worker, release->fence, answer);
  } else if (const auto* renew = std::get_if<Renew>(&request.command)) {
    if (!renew->task.empty()) check_refused_end(renew->task, renew->worker, renew->fence, answer);
  }
}

void Witness::check_refused_claim(const Asked& asked, const Claim& claim, const std::string& code) {
  const WorkerSpec worker = worker_of(claim.worker);
  const auto known = workers_.find(claim.worker);
  if (code == "slots_full" && holding(claim.worker) < static_cast<std::size_t>(worker.slots)) {
    breaches_.broke(5, claim.worker + " has a free slot, and was told that it has none");
  }
  if (code == "worker_draining" && (known == workers_.end() || !known->second.draining)) {
    breaches_.broke(5, claim.worker + " does not drain, and was told so");
  }
  if (code == "phase_closed" || code == "blocked") {
    const auto task = tasks_.find(claim.task);
    const bool may = task != tasks_.end() && team_.start_stopped_by(task->second).empty();
    breaches_.require(!may, 5, claim.task + " may start, and was refused for " + code);
  }
  if (code == "locked" || code == "not_assignee") {
    const auto task = tasks_.find(claim.task);
    const bool may =
        task != tasks_.end() && (code == "locked" ? has_free_way(task->second, asked.log_now)
                                                  : suits(task->second, worker, asked.log_now));
    breaches_.require(!may, 5, claim.task + " may start, and was refused for " + code);
  }
  if (code != "nothing_to_claim" || claim.wait_ms > 0 || !claim.task.empty()) return;
  // A look at every task: along a chain of 10,000 most claims find nothing, and some must do.
  constexpr std::size_t looked_at = 64;
  if (!keeps_order_ && answers_checked_ % looked_at != 0) return;
  const std::string ready = better(worker, asked.log_now, nullptr);
  if (!ready.empty()) {
    breaches_.broke(5, fmt::format("{} got nothing, and {} is ready", claim.worker, ready));
  }
}

void Witness::check_refused_end(
    const std::string& task, const std::string& worker, Fence fence, const Answer& answer
) {
  const std::string& code = answer.refusal->code;
  if (code == "blocked" || code == "criteria_open" || code == "children_open") {
    const auto known = tasks_.find(task);
    const bool may = known != tasks_.end() && team_.finish_stopped_by(known->second).empty();
    breaches_.require(!may, 3, task + " can be done, and was refused for " + code);
  }
  const bool disowns = code == "stale_fence" || code == "not_holder" || code == "attempt_over";
  if (!disowns || !is_current(task, worker, fence)) return;
  breaches_.broke(
      3, fmt::format("{} holds {} under {}, and was told {}", worker, task, fence.value, code)
  );
}

// A late result of what was granted once is kept.
void Witness::check_salvage(const Late& late, const std::string& code) {
  const auto& [id, worker, fence, outcome, result] = late;
  const auto task = tasks_.find(id);
  if (task == tasks_.end() || !workers_.contains(worker) || fence <= 0) return;
  const bool is_late = code == "stale_fence" && fence < task->second.fence.value;
  const bool is_cancelled = code == "attempt_over" && task->second.stage == "cancelled" &&
                            fence == task->second.fence.value;
  if ((is_late || is_cancelled) && !salvage_.contains(late)) {
    breaches_.broke(3, fmt::format("the late {} of {} by {} was dropped", outcome, id, worker));
  }
}

}  // namespace evener::sim
