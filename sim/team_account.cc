#include "team_account.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener::sim {

namespace {

constexpr std::string_view by_itself = "evener";  // the author of what the pool does unasked

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

void TeamAccount::take(const Fact& fact) {
  std::visit([&](const auto& body) { on(body, fact); }, fact.body);
  settle_gates();
}

// ---- phases and gates --------------------------------------------------------------------------

bool TeamAccount::are_open(const std::vector<std::string>& gates) const {
  return std::all_of(gates.begin(), gates.end(), [this](const std::string& id) {
    return is_open(id);
  });
}

// As it was settled after the newest fact.
bool TeamAccount::were_open(const std::vector<std::string>& gates) const {
  return std::all_of(gates.begin(), gates.end(), [this](const std::string& id) {
    return gates_.at(id).is_open;
  });
}

// Its tasks are over, what it comes after is open, and who must agree has agreed. Without any task
// an operator must.
bool TeamAccount::is_open(const std::string& id) const {
  const GateAccount& gate = gates_.at(id);
  if (gate.is_phase && !are_open(gate.phase.after)) return false;
  const auto of_phase = phases_over_.find(id);
  bool has_tasks = gate.is_phase && of_phase != phases_over_.end();
  if (has_tasks && !of_phase->second) return false;
  for (const std::string& task : gate.gate.tasks) {
    has_tasks = true;
    if (!tasks_.at(task).is_over()) return false;
  }
  return gate.approved || (has_tasks && gate.approver().empty());
}

// An approval was for the work as it stood: a gate that closes must be approved again.
void TeamAccount::settle_gates() {
  if (gates_.empty()) return;
  phases_over_.clear();
  for (const auto& [id, task] : tasks_) {
    if (task.spec.phase.empty()) continue;
    bool& is_over = phases_over_.emplace(task.spec.phase, true).first->second;
    if (!task.is_over()) is_over = false;
  }
  for (auto& [id, gate] : gates_) {
    const bool is_open_now = is_open(id);
    if (gate.is_open && !is_open_now) gate.approved = false;
    gate.is_open = is_open_now;
  }
}

GateAccount* TeamAccount::described(const std::string& gate, std::string_view fact) {
  const auto found = gates_.find(gate);
  if (found != gates_.end()) return &found->second;
  breaches_.broke(7, fmt::format("{} of '{}', which nobody described", fact, gate));
  return nullptr;
}

void TeamAccount::on(const PhaseSet& fact, const Fact&) {
  for (const std::string& before : fact.spec.after) {
    if (described(before, "a phase after a gate") == nullptr) return;
  }
  std::set<std::string> seen;
  std::vector<std::string> open = fact.spec.after;
  while (!open.empty()) {
    const std::string at = open.back();
    open.pop_back();
    if (at == fact.spec.id) return breaches_.broke(4, at + " comes after itself");
    if (!seen.insert(at).second) continue;
    const std::vector<std::string>& next = gates_.at(at).phase.after;
    open.insert(open.end(), next.begin(), next.end());
  }
  GateAccount& gate = gates_[fact.spec.id];
  gate.is_phase = true;
  gate.phase = fact.spec;
}

void TeamAccount::on(const GateSet& fact, const Fact&) {
  GateAccount& gate = gates_[fact.spec.id];
  breaches_.require(!gate.is_phase, 7, fact.spec.id + " is a phase, and was made a gate");
  gate.gate = fact.spec;
}

void TeamAccount::on(const GateApproved& fact, const Fact&) {
  GateAccount* gate = described(fact.gate, "an approval");
  if (gate == nullptr) return;
  gate->approved = true;
  breaches_.require(is_open(fact.gate), 4, fact.gate + " was approved while its tasks were open");
  if (fact.worker.empty()) return;
  const auto worker = workers_.find(fact.worker);
  const bool may =
      worker != workers_.end() &&
      (gate->approver() == fact.worker || gate->approver() == "role:" + worker->second.spec.role ||
       leads(fact.worker, gate->approver()));
  breaches_.require(may, 12, fact.worker + " approved " + fact.gate + ", which is not up to it");
}

void TeamAccount::on(const GateOpened& fact, const Fact&) {
  GateAccount* gate = described(fact.gate, "an opening");
  if (gate == nullptr) return;
  breaches_.require(is_open(fact.gate), 4, fact.gate + " is said to be open, and is not");
  breaches_.require(!gate->told_open, 10, fact.gate + " opened twice");
  gate->told_open = true;
  call("gate_opened:" + fact.gate, "");
  for (const auto& [id, other] : gates_) {
    if (!other.is_phase || !contains(other.phase.after, fact.gate)) continue;
    if (are_open(other.phase.after)) call("phase_opened:" + id, "");
  }
}

void TeamAccount::on(const GateClosed& fact, const Fact&) {
  GateAccount* gate = described(fact.gate, "a closing");
  if (gate == nullptr) return;
  breaches_.require(!is_open(fact.gate), 4, fact.gate + " is said to be closed, and is open");
  breaches_.require(gate->told_open, 10, fact.gate + " closed twice");
  gate->told_open = false;
}

std::string TeamAccount::start_stopped_by(const TaskAccount& task) const {
  if (gates_.empty() && blockers_.empty()) return "";
  for (const TaskAccount* at = &task;; at = &tasks_.at(at->spec.parent)) {
    const auto phase = gates_.find(at->spec.phase);
    if (phase != gates_.end() && !were_open(phase->second.phase.after))
      return "phase " + phase->first;
    for (const auto& [id, blocker] : blockers_) {
      if (blocker.stops == Stops::start && blocker.task == at->spec.id) {
        return fmt::format("blocker {}", id);
      }
    }
    if (at->spec.parent.empty()) return "";
  }
}

// ---- blockers ----------------------------------------------------------------------------------

void TeamAccount::on(const BlockerRaised& fact, const Fact& whole) {
  breaches_.require(fact.blocker == ++last_blocker_, 7, "a blocker has another's number");
  const auto task = tasks_.find(fact.task);
  const bool may = task != tasks_.end() && !task->second.is_over();
  breaches_.require(may, 7, "a blocker on what is over: " + fact.task);
  blockers_[fact.blocker] = {
      .task = fact.task,
      .severity = fact.severity,
      .stops = fact.stops,
      .owner = fact.owner,
      .since = whole.at
  };
}

void TeamAccount::on(const BlockerResolved& fact, const Fact&) {
  breaches_.require(
      blockers_.erase(fact.blocker) == 1, 7, "a blocker was resolved that was not open"
  );
}

// Its owner first, then one after another of those whom the pool names. An urgent one asks at once.
std::pair<Instant, std::string> TeamAccount::next_escalation(const BlockerAccount& blocker) const {
  if (tasks_.at(blocker.task).is_over()) return {};  // nobody waits for it any more
  std::vector<std::string> whom = settings_.escalate_to;
  if (!blocker.owner.empty()) whom.insert(whom.begin(), blocker.owner);
  const auto step = static_cast<std::size_t>(blocker.level);
  if (settings_.escalate_ms == 0 || blocker.severity == Priority::low || step >= whom.size()) {
    return {};
  }
  Millis wait = settings_.escalate_ms * (blocker.severity == Priority::normal ? 4 : 1);
  if (blocker.severity == Priority::urgent && step == 0) wait = 0;
  return {blocker.since + wait, whom[step]};
}

void TeamAccount::on(const BlockerEscalated& fact, const Fact& whole) {
  const auto found = blockers_.find(fact.blocker);
  if (found == blockers_.end()) {
    return breaches_.broke(7, "a blocker escalated that was not open");
  }
  BlockerAccount& blocker = found->second;
  const auto [at, whom] = next_escalation(blocker);
  const bool is_due =
      at != 0 && at <= whole.at && whom == fact.to && fact.level == blocker.level + 1;
  breaches_.require(
      is_due, 6, fmt::format("blocker {} escalated to {} before its time", fact.blocker, fact.to)
  );
  blocker.level = fact.level;
  blocker.since = whole.at;
}

// ---- evidence ----------------------------------------------------------------------------------

bool TeamAccount::ticks_itself(const TaskAccount& task, const std::string& criterion) const {
  constexpr std::string_view at_most = " <= ";
  constexpr std::int64_t millionths = 1'000'000;
  const std::size_t sign = criterion.find(at_most);
  if (sign == std::string::npos) return false;
  const std::string name = criterion.substr(0, sign);
  const std::int64_t bound = std::stoll(criterion.substr(sign + at_most.size())) * millionths;
  auto measure = measures_.find({name, task.spec.id, ""});
  if (measure == measures_.end() && !task.spec.phase.empty()) {
    measure = measures_.find({name, "", task.spec.phase});
  }
  if (measure == measures_.end()) measure = measures_.find({name, "", ""});
  return measure != measures_.end() && measure->second <= bound;
}

void TeamAccount::on(const CriterionTicked& fact, const Fact& whole) {
  const auto task = tasks_.find(fact.task);
  const auto number = static_cast<std::size_t>(fact.criterion);
  if (task == tasks_.end() || number < 1 || number > task->second.spec.criteria.size()) {
    return breaches_.broke(7, "a criterion was ticked that is not there, of " + fact.task);
  }
  if (whole.by == by_itself) {
    const bool holds = ticks_itself(task->second, task->second.spec.criteria[number - 1]);
    breaches_.require(holds, 4, fact.task + ": a criterion ticked itself that does not hold");
  }
  if (fact.done) {
    ticked_[fact.task].insert(fact.criterion);
  } else {
    ticked_[fact.task].erase(fact.criterion);
  }
}

void TeamAccount::on(const TaskReopened& fact, const Fact&) {
  ticked_.erase(fact.task);
}

std::string TeamAccount::finish_stopped_by(const TaskAccount& task) const {
  for (const auto& [id, blocker] : blockers_) {
    if (blocker.stops == Stops::finish && blocker.task == task.spec.id) return "blocked";
  }
  const auto ticked = ticked_.find(task.spec.id);
  const std::size_t count = ticked == ticked_.end() ? 0 : ticked->second.size();
  if (count < task.spec.criteria.size()) return "criteria_open";
  for (const std::string& child : task.children) {
    if (!tasks_.at(child).is_over()) return "children_open";
  }
  return "";
}

void TeamAccount::on(const AttemptFinished& fact, const Fact&) {
  const auto task = tasks_.find(fact.task);
  if (task == tasks_.end()) return;
  const std::string why = finish_stopped_by(task->second);
  if (!why.empty()) breaches_.broke(4, fmt::format("{} was done, and is {}", fact.task, why));
  const bool is_shown = task->second.spec.verify.empty() || fact.verify.exit_code == 0;
  breaches_.require(is_shown, 4, fact.task + " was done, and its verify command had not passed");
  call("task_done:" + fact.task, fact.task);
}

// ---- messages ----------------------------------------------------------------------------------

void TeamAccount::on(const MessageSent& fact, const Fact& whole) {
  breaches_.require(fact.message == ++last_message_, 7, "a message has another's number");
  MessageAccount& message = messages_[fact.message];
  message.to = fact.to;
  message.recipients = {fact.recipients.begin(), fact.recipients.end()};
  message.sent_at = whole.at;
  if (reaches(message, fact.worker)) message.read.insert(fact.worker);
}

bool TeamAccount::reaches(const MessageAccount& message, const std::string& worker) const {
  if (!message.recipients.empty()) return message.recipients.contains(worker);
  const auto known = workers_.find(worker);
  if (known == workers_.end()) return false;
  const WorkerSpec& spec = known->second.spec;
  return message.to == "everyone" || message.to == "role:" + spec.role ||
         message.to == "team:" + spec.team || message.to == "machine:" + spec.machine ||
         leads(worker, message.to);
}

// It is over as soon as everybody whom it reaches has read it.
void TeamAccount::read(MessageId id, const std::string& worker) {
  const auto found = messages_.find(id);
  if (found == messages_.end() || !reaches(found->second, worker)) return;
  MessageAccount& message = found->second;
  if (!message.read.insert(worker).second) return;
  const auto has_read = [&](const std::string& name) { return message.read.contains(name); };
  bool is_over = std::all_of(message.recipients.begin(), message.recipients.end(), has_read);
  for (const auto& [name, account] : workers_) {
    if (reaches(message, name) && !has_read(name)) is_over = false;
  }
  if (is_over) messages_.erase(found);
}

void TeamAccount::on(const MessageAcknowledged& fact, const Fact&) {
  for (const MessageId id : fact.messages) {
    const bool was_sent = id >= 1 && id <= last_message_;
    breaches_.require(was_sent, 7, "a message was read that nobody sent");
    read(id, fact.worker);
  }
  for (MessageId id = 1; id <= fact.up_to; ++id) read(id, fact.worker);
}

void TeamAccount::on(const MessagesExpired& fact, const Fact& whole) {
  constexpr Millis day = 86'400'000;
  while (!messages_.empty() && messages_.begin()->first <= fact.up_to) {
    const MessageAccount& message = messages_.begin()->second;
    const bool is_old = message.sent_at + settings_.message_days * day <= whole.at;
    breaches_.require(is_old, 1, "a message was forgotten before its time");
    messages_.erase(messages_.begin());
  }
}

bool TeamAccount::is_unread(MessageId id, const std::string& worker) const {
  const auto message = messages_.find(id);
  return message != messages_.end() && reaches(message->second, worker) &&
         !message->second.read.contains(worker);
}

std::int64_t TeamAccount::unread(const std::string& worker) const {
  return std::count_if(messages_.begin(), messages_.end(), [&](const auto& entry) {
    return is_unread(entry.first, worker);
  });
}

// A worker that holds nothing owes nothing.
void TeamAccount::on(const ReportOverdue& fact, const Fact& whole) {
  const auto worker = workers_.find(fact.worker);
  if (worker == workers_.end()) return breaches_.broke(7, "nobody's report is overdue");
  const Millis interval = worker->second.spec.report_every_ms.value_or(settings_.report_every_ms);
  const bool holds = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    const TaskAccount& task = entry.second;
    return task.stage == "running" && task.holder == fact.worker && !task.is_lock();
  });
  const bool is_late = interval > 0 && whole.at >= fact.since + interval;
  breaches_.require(
      holds && is_late, 6, fact.worker + " was asked for a report that it did not owe"
  );
}

// ---- schedules ---------------------------------------------------------------------------------

bool TeamAccount::has_open_instance(const ScheduleAccount& schedule) const {
  return std::any_of(
      schedule.instances.begin(),
      schedule.instances.end(),
      [&](const std::string& id) { return !tasks_.at(id).is_closed(); }
  );
}

bool TeamAccount::is_due(const ScheduleAccount& schedule, Instant now) {
  if (schedule.spec.stopped) return false;
  if (schedule.is_called) return true;
  if (!schedule.spec.every_ms) return false;
  return now >=
         (schedule.last_at == 0 ? schedule.set_at : schedule.last_at + *schedule.spec.every_ms);
}

void TeamAccount::on(const ScheduleSet& fact, const Fact& whole) {
  const auto [found, is_new] = schedules_.try_emplace(fact.spec.id);
  ScheduleAccount& schedule = found->second;
  if (is_new) schedule.set_at = whole.at;
  schedule.spec = fact.spec;
  if (fact.spec.stopped) schedule.is_called = false;
}

// The pool adds tasks by itself for schedules alone, each when it is called for, and none while
// another is open.
void TeamAccount::on(const TaskAdded& fact, const Fact& whole) {
  if (whole.by != by_itself) return;
  const std::string& id = fact.spec.id;
  const auto found = schedules_.find(id.substr(0, id.rfind('-')));
  if (found == schedules_.end()) return breaches_.broke(12, id + " was added for no schedule");
  ScheduleAccount& schedule = found->second;
  breaches_.require(!has_open_instance(schedule), 7, id + " came while another was open");
  breaches_.require(is_due(schedule, whole.at), 6, id + " came, and nothing called for it");
  schedule.instances.push_back(id);
  schedule.last_at = whole.at;
  schedule.is_called = false;
}

// Of its patterns the simulator uses a beginning and a star. Its own instances do not call for it.
void TeamAccount::call(const std::string& what, const std::string& task) {
  for (auto& [id, schedule] : schedules_) {
    if (schedule.spec.stopped || contains(schedule.instances, task)) continue;
    for (const std::string& on : schedule.spec.on) {
      const bool is_pattern = on.ends_with('*');
      if (is_pattern ? what.starts_with(on.substr(0, on.size() - 1)) : what == on) {
        schedule.is_called = true;
      }
    }
  }
}

// ---- machines, measures, marks -----------------------------------------------------------------

void TeamAccount::on(const MachineSet& fact, const Fact&) {
  machines_[fact.spec.name] = fact.spec;
}

bool TeamAccount::leads(const std::string& worker, const std::string& role) const {
  if (!role.starts_with("role:")) return false;
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    const TaskAccount& task = entry.second;
    return task.stage == "running" && task.holder == worker && contains(task.spec.locks, role);
  });
}

bool TeamAccount::has_capability(const WorkerSpec& worker, const std::string& wanted) const {
  if (contains(worker.capabilities, wanted)) return true;
  const auto found = machines_.find(worker.machine);
  if (found == machines_.end()) return false;
  const Machine& machine = found->second;
  return contains(machine.labels, wanted) || (wanted == "gpu" && !machine.gpus.empty());
}

void TeamAccount::on(const Measured& fact, const Fact& whole) {
  const MeasureKey key{fact.name, fact.task, fact.phase};
  Seq& newest = measured_[key];
  breaches_.require(fact.before == newest, 7, "a measure does not know its fact before");
  newest = whole.seq;
  if (fact.value) measures_[key] = fact.value->millionths;
}

void TeamAccount::on(const Marked& fact, const Fact& whole) {
  const bool is_next = fact.chapter == ++chapters_ && fact.before == last_mark_;
  breaches_.require(is_next, 7, "a chapter has another's number");
  last_mark_ = whole.seq;
}

// ---- what must have been told ------------------------------------------------------------------

void TeamAccount::expect_all_told() const {
  for (const auto& [id, gate] : gates_) {
    if (gate.told_open == gate.is_open) continue;
    breaches_.broke(
        6, fmt::format("{} is {}, and nobody was told", id, gate.is_open ? "open" : "closed")
    );
  }
  for (const auto& [id, schedule] : schedules_) {
    if (schedule.is_called && !schedule.spec.stopped && !has_open_instance(schedule)) {
      breaches_.broke(6, id + " was called for, and did not come");
    }
  }
  for (const auto& [id, task] : tasks_) {
    if (task.is_closed()) continue;
    const auto ticked = ticked_.find(id);
    for (std::size_t i = 0; i < task.spec.criteria.size(); ++i) {
      const bool is_ticked =
          ticked != ticked_.end() && ticked->second.contains(static_cast<std::int64_t>(i) + 1);
      if (is_ticked || !ticks_itself(task, task.spec.criteria[i])) continue;
      breaches_.broke(6, id + ": a criterion holds, and does not tick itself");
    }
  }
}

void TeamAccount::expect_nothing_overdue(Instant log_now) const {
  constexpr Millis latest = 1000;
  for (const auto& [id, blocker] : blockers_) {
    const auto [at, whom] = next_escalation(blocker);
    if (at == 0 || at + latest >= log_now) continue;
    breaches_.broke(6, fmt::format("blocker {} should have gone to {}, and did not", id, whom));
  }
  for (const auto& [id, schedule] : schedules_) {
    if (has_open_instance(schedule) || !is_due(schedule, log_now - latest)) continue;
    breaches_.broke(6, id + " should have come again, and did not");
  }
}

}  // namespace evener::sim
