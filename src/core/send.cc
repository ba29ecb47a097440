// Messages: sending, acknowledging, following.
#include "core/send.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/reports.h"

namespace evener {
namespace {

constexpr std::string_view task_prefix = "task:";
constexpr std::string_view everyone = "everyone";
constexpr std::size_t most_tasks_behind = 10'000;  // a gate, that are looked at

Refusal unknown_message(MessageId id) {
  return {"unknown_message", fmt::format("there is no message {}", id), "see: evener inbox --all"};
}

std::optional<Refusal> pool_full(const State& state) {
  if (state.messages.live.size() < limits::messages_per_pool) return std::nullopt;
  return Refusal{
      "pool_full",
      fmt::format(
          "a pool keeps at most {} messages that are not acknowledged", limits::messages_per_pool
      ),
      "acknowledge some: evener ack --all; or keep them for less: evener configure --message-days"
  };
}

Refusal inbox_full(const std::string& whose) {
  return {
      "inbox_full",
      fmt::format("{} has {} messages already", whose, limits::messages_per_inbox),
      "they must be acknowledged first: evener inbox --ack"
  };
}

// The ids, in order, of those who have room, but for the sender.
void set_recipients(const Pool& pool, std::vector<WorkerIndex> whom, MessageSent& message) {
  for (const WorkerIndex worker : whom) {
    const std::string& name = pool.state().worker(worker).spec.name;
    if (name == message.worker) continue;
    if (pool.unread().waiting_for(worker) >= limits::messages_per_inbox) continue;
    if (message.recipients.size() == limits::recipients_per_message) return;
    message.recipients.push_back(name);
  }
}

std::optional<Refusal> address_task(const Pool& pool, MessageSent& message) {
  const State& state = pool.state();
  message.task = message.to.substr(task_prefix.size());
  const TaskIndex task = state.find_task(message.task);
  if (task == no_task) return unknown_task(state, message.task);
  const std::vector<WorkerIndex> whom = followers_of(state, task);
  if (whom.size() > limits::recipients_per_message) {
    return Refusal{
        "too_many",
        fmt::format(
            "{} has {} followers; a message reaches at most {}",
            message.task,
            whom.size(),
            limits::recipients_per_message
        ),
        "send it to their role or team"
    };
  }
  set_recipients(pool, whom, message);
  if (!message.recipients.empty()) return std::nullopt;
  return Refusal{
      "nobody_follows",
      fmt::format("nobody else follows {}, holds it, or is its assignee", message.task),
      "evener follow " + message.task
  };
}

std::optional<Refusal> address_worker(const Pool& pool, MessageSent& message) {
  const Assignee whom = parse_assignee(message.to);
  const WorkerIndex worker = pool.state().find_worker(whom.name);
  if (worker == no_worker) return unknown_worker(whom.name);
  if (pool.unread().waiting_for(worker) >= limits::messages_per_inbox) {
    return inbox_full(whom.name);
  }
  message.to = whom.name;
  message.recipients = {whom.name};
  return std::nullopt;
}

std::optional<Refusal> address_channel(const Pool& pool, const MessageSent& message) {
  if (message.to != everyone && parse_assignee(message.to).name.empty()) {
    return Refusal{
        "bad_value", fmt::format("'{}' names nobody", message.to), "name one: role:coordinator"
    };
  }
  const AssigneeIndex channel =
      message.to == everyone ? anyone : pool.state().find_assignee(message.to);
  const bool is_new = message.to != everyone && channel == anyone;
  if (!is_new && pool.unread().waiting_in(channel) >= limits::messages_per_inbox) {
    return inbox_full(message.to);
  }
  return std::nullopt;
}

void add_once(std::vector<WorkerIndex>& list, WorkerIndex worker) {
  if (worker == no_worker) return;
  if (std::find(list.begin(), list.end(), worker) == list.end()) list.push_back(worker);
}

void add_certain(const State& state, TaskIndex index, std::vector<WorkerIndex>& list) {
  const Task& task = state.task(index);
  add_once(list, task.adder);
  if (const auto explicit_ones = state.messages.followers.find(index);
      explicit_ones != state.messages.followers.end()) {
    for (const WorkerIndex worker : explicit_ones->second) add_once(list, worker);
  }
  if (task.stage == Stage::running) add_once(list, task.worker);
  if (task.assignee != anyone) add_once(list, state.find_worker(state.assignee(task.assignee)));
}

std::optional<MessageSent> automatic(const Pool& pool, MessageSent message) {
  message.automatic = true;
  Addressed result = addressed(pool, std::move(message));
  if (result.refusal) return std::nullopt;
  return std::move(result.message);
}

// Who follows tasks that the gate kept back and that may start now.
std::optional<MessageSent> news_of_gate(const Pool& pool, const Gate& gate) {
  const State& state = pool.state();
  std::vector<WorkerIndex> whom;
  std::size_t looked_at = 0;
  for (const GateIndex follower : gate.followers) {
    if (!state.gate(follower).may_start()) continue;
    for (const TaskIndex task : state.gate(follower).tasks) {
      if (++looked_at > most_tasks_behind) break;
      if (state.task(task).stage == Stage::open) add_certain(state, task, whom);
    }
  }
  if (whom.empty() || pool_full(state)) return std::nullopt;
  MessageSent message{
      .message = state.messages.last + 1,
      .to = "gate:" + gate.id,
      .text = fmt::format("{} has opened: tasks behind it that you follow may start", gate.id),
      .automatic = true
  };
  set_recipients(pool, whom, message);
  if (message.recipients.empty()) return std::nullopt;
  return message;
}

std::optional<MessageSent> news_of_escalation(const Pool& pool, const BlockerEscalated& fact) {
  const Blocker& blocker = pool.state().blockers.at(fact.blocker);
  return automatic(
      pool,
      {.to = fact.to,
       .task = fact.task,
       .text = fmt::format(
           "{}: blocker {} ({}) is up to you now: {}",
           fact.task,
           fact.blocker,
           name_of(blocker.severity),
           blocker.text
       ),
       .urgent = blocker.severity == Priority::urgent}
  );
}

std::optional<MessageSent> news_of_report(
    const Pool& pool, const ReportOverdue& fact, Instant now
) {
  if (fact.to.empty()) return std::nullopt;
  const State& state = pool.state();
  std::string held;
  for (const TaskIndex task : state.worker(state.find_worker(fact.worker)).holding) {
    if (state.task(task).is_lock) continue;
    constexpr std::size_t most_named = 500;
    if (held.size() > most_named) {
      held += ", ...";
      break;
    }
    held += (held.empty() ? "" : ", ") + state.task(task).id;
  }
  const std::string silent = format_duration(std::max<Millis>(0, now - fact.since));
  const bool is_own = fact.to == fact.worker;
  return automatic(
      pool,
      {.to = fact.to,
       .text =
           is_own
               ? fmt::format("you hold {} and have not reported for {}", held, silent)
               : fmt::format("{} holds {} and has not reported for {}", fact.worker, held, silent)}
  );
}

}  // namespace

std::vector<WorkerIndex> followers_of(const State& state, TaskIndex index) {
  std::vector<WorkerIndex> list;
  add_certain(state, index, list);
  const AssigneeIndex assignee = state.task(index).assignee;
  if (assignee == anyone) return list;
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    const auto& answers = state.workers[i].answers_to;
    const bool is_meant = std::find(answers.begin() + 1, answers.end(), assignee) != answers.end();
    if (is_meant) add_once(list, WorkerIndex{i});
    if (list.size() > limits::recipients_per_message) break;
  }
  return list;
}

Addressed addressed(const Pool& pool, MessageSent message) {
  const State& state = pool.state();
  if (auto full = pool_full(state)) return {.refusal = std::move(full)};
  message.message = state.messages.last + 1;
  std::optional<Refusal> refusal;
  if (message.to.starts_with(task_prefix)) {
    refusal = address_task(pool, message);
  } else if (message.to != everyone && parse_assignee(message.to).kind == AssigneeKind::worker) {
    refusal = address_worker(pool, message);
  } else {
    refusal = address_channel(pool, message);
  }
  return {.message = std::move(message), .refusal = std::move(refusal)};
}

std::optional<MessageSent> news_of_resolution(
    const Pool& pool, BlockerId id, const ResolveBlocker& command
) {
  const Blocker& blocker = pool.state().blockers.at(id);
  if (blocker.stops == Stops::nothing) return std::nullopt;
  const std::string& task = pool.state().task(blocker.task).id;
  return automatic(
      pool,
      {.to = std::string(task_prefix) + task,
       .text = fmt::format(
           "{}: blocker {} is resolved{}{} ({})",
           task,
           id,
           command.reason.empty() ? "" : ": ",
           command.reason,
           blocker.text.substr(0, limits::line_bytes)
       ),
       .worker = command.worker}
  );
}

std::optional<MessageSent> news_of(const Pool& pool, const FactBody& due, Instant now) {
  if (const auto* opened = std::get_if<GateOpened>(&due)) {
    return news_of_gate(pool, pool.state().gate(pool.state().find_gate(opened->gate)));
  }
  if (const auto* escalated = std::get_if<BlockerEscalated>(&due)) {
    return news_of_escalation(pool, *escalated);
  }
  if (const auto* overdue = std::get_if<ReportOverdue>(&due)) {
    return news_of_report(pool, *overdue, now);
  }
  return std::nullopt;
}

// ---- handlers ----------------------------------------------------------------------------------

Decision
decide_command(const Pool& pool, const Author&, const SendMessage& command, const Moment&) {
  if (command.text.empty()) {
    return refuse({"missing_field", "a message needs a text", "say something"});
  }
  if (!command.worker.empty() && pool.state().find_worker(command.worker) == no_worker) {
    return refuse(unknown_worker(command.worker));
  }
  Addressed result = addressed(
      pool,
      {.to = command.to, .text = command.text, .urgent = command.urgent, .worker = command.worker}
  );
  if (result.refusal) return refuse(std::move(*result.refusal));
  return {.facts = {std::move(result.message)}};
}

Decision
decide_command(const Pool& pool, const Author&, const Acknowledge& command, const Moment&) {
  const State& state = pool.state();
  const WorkerIndex worker = state.find_worker(command.worker);
  if (worker == no_worker) return refuse(unknown_worker(command.worker));
  if (command.all) {
    if (pool.unread().of(worker).all == 0) return {};
    return {.facts = {MessageAcknowledged{.worker = command.worker, .up_to = state.messages.last}}};
  }
  if (command.messages.empty()) {
    return refuse({"missing_field", "nothing to acknowledge is named", "name messages, or all"});
  }
  MessageAcknowledged read{.worker = command.worker};
  std::set<MessageId> seen;
  for (const MessageId id : command.messages) {
    if (id > state.messages.last) return refuse(unknown_message(id));
    const auto message = state.messages.live.find(id);
    if (message == state.messages.live.end()) continue;  // it is over
    if (!pool.unread().reaches(message->second, worker)) {
      return refuse(
          {"not_yours",
           fmt::format("message {} is to {}, not to {}", id, message->second.to, command.worker),
           "see: evener inbox --worker " + command.worker}
      );
    }
    if (!pool.unread().is_read(id, worker) && seen.insert(id).second) read.messages.push_back(id);
  }
  if (read.messages.empty()) return {};
  return {.facts = {std::move(read)}};
}

Decision decide_command(
    const Pool& pool, const Author&, const FollowTask& command, const Moment& moment
) {
  const State& state = pool.state();
  const TaskIndex task = state.find_task(command.task);
  if (task == no_task) return refuse(unknown_task(state, command.task));
  const WorkerIndex worker = state.find_worker(command.worker);
  Decision decision;
  if (worker == no_worker) {
    if (command.stop) return refuse(unknown_worker(command.worker));
    RegisterWorker registration;
    registration.worker.name = command.worker;
    Decision registered = decide_command(pool, {}, registration, moment);
    if (registered.refusal) return registered;
    decision.facts = std::move(registered.facts);
  }
  const auto found = state.messages.followers.find(task);
  const bool has_any = found != state.messages.followers.end();
  const bool follows = worker != no_worker &&
                       (state.task(task).adder == worker ||
                        (has_any && std::find(found->second.begin(), found->second.end(), worker) !=
                                        found->second.end()));
  if (follows != command.stop) return {};
  if (!command.stop && has_any && found->second.size() >= limits::followers_per_task) {
    return refuse(
        {"too_many",
         fmt::format("{} has {} followers already", command.task, limits::followers_per_task),
         "evener follow --stop, for one of them"}
    );
  }
  if (!command.stop && state.messages.follower_count >= limits::followers_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool remembers at most {} who follow", limits::followers_per_pool),
         "evener follow --stop, for tasks that are done"}
    );
  }
  decision.facts.emplace_back(
      TaskFollowed{.task = command.task, .worker = command.worker, .stop = command.stop}
  );
  return decision;
}

}  // namespace evener
