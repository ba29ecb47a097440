// What the witness makes of facts.
#include "witness.h"

#include <fmt/format.h>

#include <algorithm>

#include "globs.h"

namespace evener::sim {

namespace {

constexpr std::string_view the_pool_itself = "evener";

}  // namespace

// ---- in ----------------------------------------------------------------------------------------

void Witness::ticked(Instant log_now, Millis true_now, bool serves, bool has_leases) {
  constexpr Millis longest_step = 1000;
  breaches_.require(log_now >= newest_at_, 11, "log time went backward");
  const bool leapt = serves && has_leases && server_tick_ && log_now > *server_tick_ + longest_step;
  breaches_.require(!leapt, 11, "log time leapt in a server, as if it had served meanwhile");
  if (serves) server_tick_ = log_now;
  ticks_.emplace(log_now, true_now);
}

void Witness::asked(std::uint64_t tag, Asked asked) {
  authors_.insert(asked.author.name);
  asked_.insert_or_assign(tag, std::move(asked));
}

void Witness::hung_up(std::uint64_t tag) {
  const auto found = asked_.find(tag);
  if (found != asked_.end()) found->second.is_gone = true;
}

void Witness::command_began(Fence fence, Millis true_now) {
  if (lapsed_.contains(fence)) {
    breaches_.broke(11, fmt::format("a command began under fence {}, which lapsed", fence.value));
  }
  commands_[fence].emplace_back(true_now, INT64_MAX);
}

void Witness::command_ended(Fence fence, Millis true_now) {
  Millis& ended = commands_[fence].back().second;
  if (ended == INT64_MAX) ended = true_now;
}

void Witness::published(Seq first, const std::vector<std::string_view>& facts) {
  const auto expected = static_cast<std::int64_t>(facts_.size()) + 1;
  if (first.value != expected) {
    breaches_.broke(
        10, fmt::format("fact {} was published, and {} is next", first.value, expected)
    );
    return;
  }
  for (const std::string_view fact : facts) {
    facts_.emplace_back(fact);
    untaken_.emplace_back(fact);
  }
  breaches_.require(
      facts_.size() <= static_cast<std::size_t>(durable_.value),
      1,
      "a fact was published that is not durable"
  );
}

void Witness::process_ended() {
  take_all();
  asked_.clear();
  ticks_.clear();
  server_tick_.reset();
}

void Witness::recovered(const std::vector<std::string>& facts) {
  take_all();
  if (facts.size() < facts_.size()) {
    breaches_.broke(
        1, fmt::format("{} facts were told of, {} are left", facts_.size(), facts.size())
    );
    return;
  }
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    if (facts[i] == facts_[i]) continue;
    breaches_.broke(
        1, fmt::format("fact {} was told as {}, and is now {}", i + 1, facts_[i], facts[i])
    );
    return;
  }
  for (std::size_t i = facts_.size(); i < facts.size(); ++i) {
    facts_.push_back(facts[i]);
    take(facts[i]);
  }
  durable_ = Seq{static_cast<std::int64_t>(facts_.size())};
}

void Witness::take_until(Seq last) {
  while (!untaken_.empty() && taken_ < last) {
    const std::string text = std::move(untaken_.front());
    untaken_.pop_front();
    take(text);
  }
}

void Witness::take(const std::string& text) {
  const Result<Json> json = parse_json(text);
  const Result<Fact> fact = json.ok() ? read_fact(*json) : json.error();
  if (!fact.ok()) {
    breaches_.broke(9, fmt::format("a fact cannot be read: {}: {}", fact.error().text(), text));
    return;
  }
  breaches_.require(fact->seq == taken_.next(), 10, "a fact is not numbered as it stands");
  taken_ = fact->seq;
  breaches_.require(fact->at >= newest_at_, 11, "a fact is older than the one before it");
  newest_at_ = std::max(newest_at_, fact->at);
  if (fact->by != the_pool_itself && !authors_.contains(fact->by)) {
    breaches_.broke(12, fmt::format("nobody called '{}' asked for: {}", fact->by, text));
  }
  if (fact->request) {
    const auto [mark, is_new] =
        marks_.emplace(std::pair(fact->by, fact->request->id), *fact->request);
    if (!is_new) breaches_.broke(8, fmt::format("a second effect of one request: {}", text));
  }
  std::visit([&](const auto& body) { on(body, *fact); }, fact->body);
  if (!breaches_.first()) team_.take(*fact);
  if (keeps_order_) note_offers(*fact);
}

void Witness::note_offers(const Fact& fact) {
  for (auto& [id, task] : tasks_) {
    const bool offered = is_offered(task);
    if (offered && !task.was_offered) task.since = fact.at;
    task.was_offered = offered;
  }
}

// ---- facts -------------------------------------------------------------------------------------

TaskAccount* Witness::known(const std::string& task, std::string_view fact) {
  const auto found = tasks_.find(task);
  if (found != tasks_.end()) return &found->second;
  breaches_.broke(7, fmt::format("{} of '{}', which was never added", fact, task));
  return nullptr;
}

void Witness::set_stage(TaskAccount& task, std::string_view stage, Instant at) {
  task.stage = stage;
  task.since = at;
  task.may_be_revived = false;
}

// An attempt may end only while it runs, by its own fence and holder.
TaskAccount* Witness::end(
    const std::string& id, const std::string& worker, Fence fence, std::string_view fact
) {
  TaskAccount* task = known(id, fact);
  if (task == nullptr) return nullptr;
  if (task->stage != "running" || task->fence != fence || task->holder != worker) {
    breaches_.broke(
        3,
        fmt::format(
            "{} of {} by {} with fence {}: it is {}, fence {} of {}",
            fact,
            id,
            worker,
            fence.value,
            task->stage,
            task->fence.value,
            task->holder
        )
    );
  }
  return task;
}

// Whether the task waits for itself, by needs, parents and children.
bool Witness::is_cyclic(const std::string& start) const {
  std::set<std::string> seen;
  std::vector<std::string> open{start};
  while (!open.empty()) {
    const TaskAccount& at = tasks_.at(open.back());
    open.pop_back();
    std::vector<std::string> next = at.children;
    for (const TaskAccount* up = &at;; up = &tasks_.at(up->spec.parent)) {
      for (const Need& need : up->spec.needs) next.push_back(need.task);
      if (up->spec.parent.empty()) break;
    }
    for (const std::string& id : next) {
      if (id == start) return true;
      if (seen.insert(id).second) open.push_back(id);
    }
  }
  return false;
}

void Witness::on(const TaskAdded& fact, const Fact& whole) {
  const auto [at, is_new] = tasks_.emplace(fact.spec.id, TaskAccount{.spec = fact.spec});
  if (!is_new) breaches_.broke(7, fmt::format("{} was added twice", fact.spec.id));
  at->second.since = whole.at;
  breaches_.require(may_be_paths(fact.spec.paths), 7, fact.spec.id + " has paths that are none");
  if (!fact.spec.parent.empty()) tasks_.at(fact.spec.parent).children.push_back(fact.spec.id);
}

void Witness::on(const TaskEdited& fact, const Fact&) {
  TaskAccount* task = known(fact.spec.id, "an edit");
  if (task == nullptr) return;
  if (!task->spec.parent.empty()) std::erase(tasks_.at(task->spec.parent).children, fact.spec.id);
  task->spec = fact.spec;
  breaches_.require(may_be_paths(fact.spec.paths), 7, fact.spec.id + " has paths that are none");
  if (!fact.spec.parent.empty()) tasks_.at(fact.spec.parent).children.push_back(fact.spec.id);
  if (is_cyclic(fact.spec.id)) breaches_.broke(4, fact.spec.id + " waits for itself");
}

void Witness::on(const TaskHeld& fact, const Fact&) {
  if (TaskAccount* task = known(fact.task, "a hold")) task->held = true;
}

void Witness::on(const TaskResumed& fact, const Fact&) {
  if (TaskAccount* task = known(fact.task, "a resumption")) task->held = false;
}

void Witness::on(const TaskCancelled& fact, const Fact& whole) {
  TaskAccount* task = known(fact.task, "a cancellation");
  if (task == nullptr) return;
  breaches_.require(task->stage != "done", 7, fact.task + " was done, and was cancelled");
  if (whole.by == the_pool_itself) {
    const bool may_lapse = task->is_lock() && task->stage == "running";
    breaches_.require(may_lapse, 12, fact.task + " was cancelled, and nobody asked for it");
    check_lapse(*task, whole.at);
  }
  set_stage(*task, "cancelled", whole.at);
}

void Witness::on(const TaskReopened& fact, const Fact& whole) {
  TaskAccount* task = known(fact.task, "a reopening");
  if (task == nullptr) return;
  breaches_.require(task->is_closed(), 7, fact.task + " was open, and was reopened");
  set_stage(*task, "open", whole.at);
  task->not_before = 0;
  task->failures = 0;
}

void Witness::on(const TaskClaimed& fact, const Fact& whole) {
  TaskAccount* task = known(fact.task, "a claim");
  if (task == nullptr) return;
  const WorkerSpec worker = worker_of(fact.worker);
  if (task->stage != "open") {
    breaches_.broke(2, fmt::format("{} is {}, and was claimed", fact.task, task->stage));
  }
  if (fact.fence <= last_fence_) {
    breaches_.broke(2, fmt::format("fence {} came after {}", fact.fence.value, last_fence_.value));
  }
  const std::string at = fmt::format("{} was claimed by {}", fact.task, fact.worker);
  breaches_.require(needs_hold(*task), 4, at + " before what it needs was done");
  breaches_.require(!is_held(*task), 4, at + " while it was held");
  breaches_.require(task->not_before <= whole.at, 4, at + " in its backoff");
  const std::string stopped = team_.start_stopped_by(*task);
  breaches_.require(stopped.empty(), 4, at + ", which " + stopped + " stops");
  breaches_.require(suits(*task, worker, whole.at), 4, at + ", whom it does not suit");
  breaches_.require(!is_locked(*task), 4, at + " while others had its locks");
  const std::string older = keeps_order_ ? kept_for(*task, whole) : "";
  breaches_.require(older.empty(), 6, at + ", and waits for less long than " + older);
  breaches_.require(fact.expires == whole.at + fact.lease_ms, 11, at + " for another time");
  breaches_.require(fact.attempt == ++task->attempts, 7, at + ": attempts are miscounted");
  const auto known_worker = workers_.find(fact.worker);
  if (known_worker != workers_.end() && !task->is_lock()) {
    breaches_.require(!known_worker->second.draining, 4, at + ", who drains");
  }
  if (keeps_order_) passed_over_[fact.fence] = better(worker, whole.at, task);
  last_fence_ = std::max(last_fence_, fact.fence);
  set_stage(*task, "running", whole.at);
  task->holder = fact.worker;
  task->fence = fact.fence;
  task->lease_ms = fact.lease_ms;
  task->expires = fact.expires;
  if (keeps_order_ && !task->is_lock() &&
      holding(fact.worker) > static_cast<std::size_t>(worker.slots)) {
    breaches_.broke(4, at + ", who has no slot left");
  }
}

void Witness::on(const LeaseRenewed& fact, const Fact&) {
  TaskAccount* task = end(fact.task, fact.worker, fact.fence, "a renewal");
  if (task != nullptr) task->expires = fact.expires;
}

void Witness::on(const AttemptRevived& fact, const Fact& whole) {
  TaskAccount* task = known(fact.task, "a revival");
  if (task == nullptr) return;
  if (!is_current(fact.task, fact.worker, fact.fence) || task->stage != "open") {
    breaches_.broke(
        3, fmt::format("fence {} of {} came back to life", fact.fence.value, fact.task)
    );
  }
  set_stage(*task, "running", whole.at);
  task->expires = fact.expires;
  lapsed_.erase(fact.fence);
}

void Witness::on(const AttemptFinished& fact, const Fact& whole) {
  TaskAccount* task = end(fact.task, fact.worker, fact.fence, "a finish");
  if (task != nullptr) set_stage(*task, "done", whole.at);
}

void Witness::on(const AttemptFailed& fact, const Fact& whole) {
  TaskAccount* task = end(fact.task, fact.worker, fact.fence, "a failure");
  if (task == nullptr) return;
  check_retry(*task, fact, whole.at);
  set_stage(*task, fact.retry_at ? "open" : "failed", whole.at);
  task->not_before = fact.retry_at.value_or(0);
}

// As often as the task says, or the pool; the pause doubles each time, up to its longest.
void Witness::check_retry(TaskAccount& task, const AttemptFailed& fact, Instant at) {
  const std::int64_t retries = task.spec.retries.value_or(settings_.retries);
  const Millis longest = task.spec.backoff_cap_ms.value_or(settings_.backoff_cap_ms);
  Millis pause = std::min(longest, task.spec.backoff_ms.value_or(settings_.backoff_ms));
  for (std::int64_t i = 0; i < task.failures; ++i) pause = std::min(longest, 2 * pause);
  const bool may = task.failures < retries;
  ++task.failures;
  task.was_given_up = !fact.retry_at && may;
  if (!fact.retry_at) return;
  breaches_.require(may, 4, fact.task + " is tried more often than it may");
  breaches_.require(*fact.retry_at == at + pause, 4, fact.task + ": its pause is another");
}

void Witness::on(const AttemptReleased& fact, const Fact& whole) {
  TaskAccount* task = end(fact.task, fact.worker, fact.fence, "a release");
  if (task != nullptr) set_stage(*task, "open", whole.at);
}

void Witness::on(const AttemptLapsed& fact, const Fact& whole) {
  TaskAccount* task = end(fact.task, fact.worker, fact.fence, "a lapse");
  if (task == nullptr) return;
  breaches_.require(!task->is_lock(), 7, fact.task + " holds locks by hand, and lapsed as work");
  check_lapse(*task, whole.at);
  set_stage(*task, "open", whole.at);
  task->may_be_revived = true;
}

void Witness::check_lapse(const TaskAccount& task, Instant at) {
  lapsed_.insert(task.fence);
  const auto promised = promised_.find(task.fence);
  const auto tick = ticks_.find(at);
  if (tick == ticks_.end()) return;
  const Millis tolerated = 2 + task.lease_ms * drift_ppm_ / 1'000'000;
  check_commands(task, tick->second, tolerated);
  if (promised == promised_.end()) return;
  if (tick->second + tolerated >= promised->second) return;
  breaches_.broke(
      11,
      fmt::format(
          "{} lapsed at {} ms, and {} counted on it until {} ms",
          task.spec.id,
          tick->second,
          task.holder,
          promised->second
      )
  );
}

// A runner's command is gone before its lease lapses.
void Witness::check_commands(const TaskAccount& task, Millis lapsed_at, Millis tolerated) {
  const auto found = commands_.find(task.fence);
  if (found == commands_.end()) return;
  for (const auto& [began, ended] : found->second) {
    if (began > lapsed_at || ended <= lapsed_at + tolerated) continue;
    breaches_.broke(
        11,
        fmt::format(
            "{} lapsed at {} ms, while {}'s command ran", task.spec.id, lapsed_at, task.holder
        )
    );
  }
}

void Witness::on(const SalvageKept& fact, const Fact&) {
  salvage_.insert({fact.task, fact.worker, fact.fence.value, fact.outcome, fact.result});
}

void Witness::on(const LeasesNoted& fact, const Fact&) {
  for (const LeaseEnd& lease : fact.leases) {
    for (auto& [id, task] : tasks_) {
      if (task.stage == "running" && task.fence == lease.fence) task.expires = lease.expires;
    }
  }
}

void Witness::on(const LeasesExtended& fact, const Fact&) {
  for (auto& [id, task] : tasks_) task.expires = std::max(task.expires, fact.from + task.lease_ms);
}

void Witness::on(const WorkerRegistered& fact, const Fact& whole) {
  const auto [worker, is_new] = workers_.try_emplace(fact.spec.name);
  worker->second.spec = fact.spec;
  if (is_new) worker->second.since = whole.seq;
}

void Witness::on(const WorkerDrained& fact, const Fact&) {
  workers_[fact.worker].draining = fact.draining;
}

void Witness::on(const WorkerSetAside& fact, const Fact&) {
  workers_[fact.worker].set_aside = true;
}

void Witness::on(const WorkerReturned& fact, const Fact&) {
  workers_[fact.worker].set_aside = false;
}

void Witness::on(const PoolConfigured& fact, const Fact&) {
  settings_ = fact.settings;
}

}  // namespace evener::sim
