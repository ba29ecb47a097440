#include "worker/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "model/blocker.h"
#include "model/capability.h"

namespace evener {
namespace {

constexpr Millis longest_error_pause_ms = 5000;
constexpr Millis first_idle_wait_ms = 10;
constexpr std::int64_t listed_at_once = 1000;
constexpr std::int64_t tried_at_once = 20;  // by name, before a pause
constexpr Millis pauses_in_poll = 20;       // between those
constexpr Millis listing_pauses = 5;  // in polls: to list what is ready, a pool looks at every task

bool means_wait(std::string_view code) {
  return code == "nothing_to_claim" || code == "slots_full" || code == "worker_draining" ||
         code == "worker_set_aside";
}

// Another slot or worker was faster since the list was read: that is nothing to wait for.
bool means_taken(std::string_view code) {
  return code == "already_claimed" || code == "wrong_state";
}

std::string text_of(const Refusal& refusal) {
  if (refusal.remedy.empty()) return refusal.message;
  return fmt::format("{} ({})", refusal.message, refusal.remedy);
}

Result<std::int64_t> count_in(const JsonObject& counts, std::string_view name) {
  const Json* member = counts.if_contains(name);
  if (member == nullptr || !member->is_int64()) {
    return Error{"bad_reply", fmt::format("the status counts no '{}' tasks", name)};
  }
  return member->get_int64();
}

// The tasks on which there is a blocker that stops their finish, from the list of all blockers.
Result<std::set<std::string>> kept_from_finish(const Json& view) {
  const Json* list = view.is_object() ? view.get_object().if_contains("blockers") : nullptr;
  if (list == nullptr || !list->is_array()) return Error{"bad_reply", "it lists no blockers"};
  const auto text_in = [](const Json& row, std::string_view name) {
    const Json* member = row.is_object() ? row.get_object().if_contains(name) : nullptr;
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
  };
  std::set<std::string> tasks;
  for (const Json& row : list->get_array()) {
    if (text_in(row, "stops") == name_of(Stops::finish)) tasks.insert(text_in(row, "task"));
  }
  return tasks;
}

}  // namespace

std::optional<Grant> Claims::next() {
  while (!shift_.stopping()) {
    const Millis since = shift_.now();
    if (shift_.is_overloaded()) {
      if (!awaits_lighter_load()) return std::nullopt;
      continue;
    }
    if (!shift_.take_turn()) break;
    const bool by_name = shift_.passed_over().any(since);
    // The walk over the list may be long: what becomes ready behind it was under way before.
    const bool asks_before = by_name && shift_.options().until_idle;
    const Result<bool> was_idle = asks_before ? is_idle() : true;
    Result<std::optional<Grant>> granted = by_name ? claim_listed() : claim_best();
    if (granted.ok() && *granted) {
      error_pause_ = 0;
      heard_nothing_ = false;
      return std::move(*granted);
    }
    shift_.give_turn_back();
    if (!granted.ok()) {
      if (!goes_on_after(granted.error())) return std::nullopt;
      continue;
    }
    error_pause_ = 0;
    const bool knew_nothing = std::exchange(heard_nothing_, true);
    if (shift_.options().until_idle) {
      const Result<bool> idle = is_idle();
      if (idle.ok() && *idle && was_idle.ok() && *was_idle) return std::nullopt;
      if (!knew_nothing) {
        idle_wait_ms_ = first_idle_wait_ms;
        continue;  // the next claim waits
      }
    }
    wait_for_change(since);
    idle_wait_ms_ = std::min(2 * idle_wait_ms_, shift_.options().poll_ms);
  }
  return std::nullopt;
}

// It waits, but for no work that is not there or that it may not do any more.
bool Claims::awaits_lighter_load() {
  if (!shift_.has_turn()) return false;
  const Result<bool> done = shift_.options().until_idle ? nothing_is_left() : false;
  if (!done.ok()) return goes_on_after(done.error());
  error_pause_ = 0;
  if (*done) return false;
  if (shift_.options().until_idle) line_.note_reached();
  line_.pause(shift_.options().poll_ms);
  return true;
}

std::optional<SentClaim> Claims::companion() {
  const bool passes_over = shift_.passed_over().any(shift_.now());
  if (shift_.stopping() || unanswered_ || passes_over || shift_.is_overloaded()) {
    return std::nullopt;
  }
  if (!shift_.take_turn()) return std::nullopt;
  return new_claim("", 0);
}

std::optional<Grant> Claims::take(const SentClaim& claim, const Answer& answer) {
  heard_nothing_ = false;
  Result<std::optional<Grant>> granted = read(claim, answer);
  if (granted.ok() && *granted) return std::move(*granted);
  shift_.give_turn_back();
  if (!granted.ok()) goes_on_after(granted.error());
  return std::nullopt;
}

void Claims::drop() {
  shift_.give_turn_back();
}

SentClaim Claims::new_claim(std::string task, Millis wait_ms) {
  const ClockReading reading = shift_.clock().read();
  Claim claim{
      .worker = shift_.options().worker.name,
      .task = std::move(task),
      .lease_ms = shift_.options().lease_ms,
      .wait_ms = wait_ms,
      .context_bytes = shift_.options().context_bytes,
      .load = shift_.load()
  };
  return {{new_request_id(reading.wall), std::move(claim)}, reading.boot};
}

Result<std::optional<Grant>> Claims::claim_best() {
  // After a lease's length a lost grant has lapsed, and a late one could not be used.
  const bool too_old =
      unanswered_ && shift_.now() - unanswered_->sent_at > shift_.options().lease_ms;
  if (!unanswered_ || too_old) unanswered_ = new_claim("", wait_ms());
  const std::vector<Answer> answers = TRY(line_.call({unanswered_->request}));
  const SentClaim claim = *std::exchange(unanswered_, std::nullopt);
  return read(claim, answers.front());
}

// A further page is read only once all is refused that suits this worker on those before it; what
// is likely to be for others comes last of all.
Result<std::optional<Grant>> Claims::claim_listed() {
  Walk walk;
  std::vector<std::string> for_others;
  std::string after;
  do {
    Page page = TRY(ready_page(after));
    if (TRY(walks(walk, page.suitable))) return std::move(walk.granted);
    std::ranges::move(page.for_others, std::back_inserter(for_others));
    after = page.next;
  } while (!after.empty());
  if (TRY(walks(walk, for_others))) return std::move(walk.granted);
  shift_.say_waiting(walk.why);
  const bool was_long = walk.tried > tried_at_once;
  if (was_long || !shift_.options().until_idle) {
    line_.pause(listing_pauses * shift_.options().poll_ms);
  }
  return std::optional<Grant>();
}

// Whether that ends the walk: with a grant, or because no other task would be granted either.
Result<bool> Claims::walks(Walk& walk, const std::vector<std::string>& tasks) {
  for (const std::string& task : tasks) {
    if (walk.tried > 0 && walk.tried % tried_at_once == 0) {
      line_.pause(std::max<Millis>(1, shift_.options().poll_ms / pauses_in_poll));
    }
    ++walk.tried;
    if (shift_.stopping()) return true;
    const SentClaim claim = new_claim(task, 0);
    const std::vector<Answer> answers = TRY(line_.call({claim.request}));
    const Answer& answer = answers.front();
    const bool only_not_this = answer.refusal && !means_wait(answer.refusal->code);
    if (!only_not_this) {
      walk.granted = TRY(read(claim, answer));
      return true;
    }
    if (!means_taken(answer.refusal->code)) walk.why = text_of(*answer.refusal);
  }
  return false;
}

// Of the ready tasks that this worker has not given back; the most urgent of the page first.
Result<Claims::Page> Claims::ready_page(const std::string& after) {
  Query query;
  query.kind = QueryKind::tasks;
  query.filter.states = {TaskState::ready};
  query.filter.limit = listed_at_once;
  query.filter.after = after;
  const Json json = TRY(line_.ask(query));
  auto view = TRY(from_json<TaskListView>(json, "tasks"));
  std::erase_if(view.tasks, [this](const TaskRow& row) { return !is_open_to_us(row); });
  std::ranges::stable_sort(view.tasks, {}, &TaskRow::priority);
  Page page;
  page.next = view.next;
  for (const TaskRow& row : view.tasks) {
    (suits(row) ? page.suitable : page.for_others).push_back(row.id);
  }
  return page;
}

bool Claims::is_open_to_us(const TaskRow& row) const {
  return row.kind != lock_kind && !shift_.passed_over().holds(row.id, shift_.now());
}

// As far as it can be known here: the pool knows what our machine has, and when a task that is
// meant for another is anybody's.
bool Claims::suits(const TaskRow& row) const {
  const WorkerSpec& self = shift_.options().worker;
  const bool is_for_a_group = row.assignee.find(':') != std::string::npos;
  const bool is_for_us = row.assignee.empty() || is_for_a_group || row.assignee == self.name;
  return is_for_us && lacking_capabilities(self.capabilities, row.capabilities).empty();
}

Result<std::optional<Grant>> Claims::read(const SentClaim& claim, const Answer& answer) {
  if (answer.ok) return std::optional(TRY(read_grant(answer.result.text, claim.sent_at)));
  const Refusal refusal = answer.refusal.value_or(Refusal{"bad_reply", "refused without a reason"});
  draining_ = refusal.code == "worker_draining" || refusal.code == "worker_set_aside";
  if (means_wait(refusal.code)) {
    shift_.say_waiting(text_of(refusal));
  } else {
    shift_.fail({refusal.code, text_of(refusal)});
  }
  return std::optional<Grant>();
}

// Out of reach is no reason to end, unless somebody waits for the end. To be sent away is one.
bool Claims::goes_on_after(const Error& error) {
  if (error.code == "interrupted") return true;
  if (error.code == "unauthorized" || error.code == "wrong_certificate") {
    shift_.fail(error);
    return false;
  }
  shift_.say_unreachable(error);
  const Millis since = shift_.unreachable_since().value_or(shift_.now());
  if (shift_.options().until_idle && shift_.now() - since >= shift_.options().patience_ms) {
    shift_.fail(error);
    return false;
  }
  error_pause_ = std::min(
      longest_error_pause_ms, error_pause_ == 0 ? shift_.options().poll_ms : 2 * error_pause_
  );
  line_.pause(error_pause_);
  return true;
}

// A pool that refuses at once, instead of letting the claim wait, is not asked again at once.
void Claims::wait_for_change(Millis since) {
  const Millis poll = shift_.options().poll_ms;
  const Millis waited = shift_.now() - since;
  if (2 * waited < std::min(poll, wait_ms())) line_.pause(poll - waited);
}

// Nothing to claim, nothing running but what waits to be finished, and nothing that becomes ready
// by itself.
Result<bool> Claims::is_idle() {
  if (draining_) return true;
  const Json json = TRY(line_.ask(Query()));  // the status
  const Json* tasks = json.is_object() ? json.get_object().if_contains("tasks") : nullptr;
  if (tasks == nullptr || !tasks->is_object()) {
    return Error{"bad_reply", "the status counts no tasks"};
  }
  const JsonObject& counts = tasks->get_object();
  const bool others_run = TRY(count_in(counts, "running")) > shift_.holding();
  if (others_run && TRY(some_may_be_finished())) return false;
  if (TRY(count_in(counts, "waiting")) == 0) return true;
  return !TRY(some_are_tried_again());
}

// While the machine is too loaded to claim anything, the pool has not said whether it would grant
// what is ready.
Result<bool> Claims::nothing_is_left() {
  if (!TRY(is_idle())) return false;
  if (draining_) return true;
  return !TRY(has_task(TaskState::ready, [this](const TaskRow& row) { return is_open_to_us(row); })
  );
}

Result<bool> Claims::is_all_else_idle() {
  if (!shift_.only_holds() || TRY(some_may_be_finished())) return false;
  return !TRY(some_are_tried_again());
}

// Workers that hold a task each must not wait for one another.
Result<bool> Claims::some_may_be_finished() {
  Query query;
  query.kind = QueryKind::blockers;
  const Json json = TRY(line_.ask(query));
  const std::set<std::string> kept = TRY(kept_from_finish(json));
  return has_task(TaskState::running, [&](const TaskRow& row) { return !kept.contains(row.id); });
}

// What else waits, for people, blockers or other tasks, does not become ready by itself.
Result<bool> Claims::some_are_tried_again() {
  return has_task(TaskState::waiting, [](const TaskRow& row) { return row.retry_at.has_value(); });
}

Result<bool> Claims::has_task(TaskState state, const std::function<bool(const TaskRow&)>& wanted) {
  Query query;
  query.kind = QueryKind::tasks;
  query.filter.states = {state};
  query.filter.limit = listed_at_once;
  do {
    const Json json = TRY(line_.ask(query));
    const auto view = TRY(from_json<TaskListView>(json, "tasks"));
    if (std::ranges::any_of(view.tasks, wanted)) return true;
    query.filter.after = view.next;
  } while (!query.filter.after.empty());
  return false;
}

Millis Claims::wait_ms() const {
  const RunnerOptions& options = shift_.options();
  const Millis longest =
      std::min({options.wait_ms, options.lease_ms / 2, Millis{limits::longest_wait}});
  if (!options.until_idle) return longest;
  return heard_nothing_ ? std::min({longest, options.poll_ms, idle_wait_ms_}) : 0;
}

}  // namespace evener
