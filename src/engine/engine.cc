#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/due.h"
#include "core/outcome.h"
#include "engine/recovery.h"
#include "model/answer.h"

namespace evener {
namespace {

constexpr Millis longest_server_step = 1000;
constexpr Millis worth_making_up = 1000;
constexpr std::size_t edges_per_command = 256;  // of path repair, so that no call pays for all
constexpr std::size_t edges_per_tick = 20'000;
constexpr std::size_t batch_room = max_batch_bytes - 512;  // the clocks stand there too
constexpr std::string_view ourselves = "evener";

constexpr std::string_view answers_open = "{\"answers\":[";
constexpr std::string_view answers_close = "]}";

void append_refused(std::string& out, Seq seq, const Refusal& refusal) {
  out += "{\"ok\":false,\"seq\":";
  append_json_int(out, seq.value);
  out += ",\"refusal\":";
  append_object(out, refusal);
  out += '}';
}

// A command that came over no wire has met no bounds yet, and its text need not be UTF-8: it is
// read once as if it had. What cannot be read back must never reach the journal.
std::optional<Refusal> unreadable(const Author& author, const Request& request) {
  std::string text;
  append_json_string(text, author.name);
  const Result<Json> name = parse_json(text);
  const Result<Json> json = parse_json(to_json_text(request));
  if (!name.ok() || !json.ok()) {
    return Refusal{"bad_value", "the command holds text that is not UTF-8", "send UTF-8"};
  }
  const Result<Request> read = read_request(*json, Path{});
  if (read.ok()) return std::nullopt;
  const Error& error = read.error();
  return Refusal{
      error.code, error.where.empty() ? error.message : error.where + ": " + error.message
  };
}

}  // namespace

Engine::Engine(std::unique_ptr<Pool> pool, const Stamp& last, EngineOptions options, ReadFacts read)
    : pool_(std::move(pool)),
      clock_(last),
      options_(options),
      read_facts_(std::move(read)),
      durable_(pool_->state().last),
      open_(std::make_shared<OpenBatch>()) {}

Moment Engine::moment() const {
  return {.now = now(), .wall = stamp().wall, .vital_renewals = options_.serves};
}

// ---- in ----------------------------------------------------------------------------------------

void Engine::begin(const ClockReading& reading) {
  clock_.advance(reading);
  make_up_time();
  std::vector<FactBody> facts = facts_on_opening(*pool_, now(), options_.serves);
  write(std::string(ourselves), facts, std::nullopt);
  write_due();
}

void Engine::tick(const ClockReading& reading) {
  clock_.advance(reading, options_.serves ? longest_server_step : INT64_MAX);
  make_up_time();
  pool_->advance(now());
  lapse_due();
  write_due();
  pool_->repair(edges_per_tick);
  pool_->look_ahead();
  serve_parked();
  while (!parked_until_.empty() && parked_until_.begin()->first <= now()) {
    try_parked(parked_by_tag_.at(parked_until_.begin()->second), true);
  }
  release_replies();
}

// Log time that a machine slept through, say, is made up for while there is no lease to lapse: what
// people see of times, and deadlines, go by it.
void Engine::make_up_time() {
  if (clock_.missed() >= worth_making_up && pool_->vitals().leases().empty()) clock_.make_up();
}

void Engine::lapse_due() {
  while (auto lapsed = decide_lapse(*pool_, moment())) {
    std::vector<FactBody> facts{std::move(*lapsed)};
    write(std::string(ourselves), facts, std::nullopt);
  }
}

void Engine::write_due() {
  for (;;) {
    std::vector<FactBody> facts = decide_due(*pool_, now());
    if (facts.empty()) return;
    write(std::string(ourselves), facts, std::nullopt);
  }
}

void Engine::submit(RequestTag tag, const Author& author, std::vector<Request> requests) {
  Outgoing out{.tag = tag, .body = std::move(answers_)};
  out.body = answers_open;
  bool is_first = true;  // a repeated answer is filled in later, and takes no room yet
  for (const Request& request : requests) {
    if (!std::exchange(is_first, false)) out.body += ',';
    const bool found_nothing = perform(author, request, out);
    if (found_nothing && requests.size() == 1 && std::get<Claim>(request.command).wait_ms > 0 &&
        parked_.size() < options_.most_parked) {
      park(tag, author, std::move(requests.front()));
      return;
    }
  }
  out.body += answers_close;
  // The reply leaves in a text of its own size: many wait for one flush.
  answers_ = std::exchange(out.body, std::string(out.body));
  send(std::move(out));
  serve_parked();
  release_replies();
}

// Appends the answer. Whether it is a claim that found nothing and could wait.
bool Engine::perform(const Author& author, const Request& request, Outgoing& out) {
  if (!options_.serves) {
    if (const auto refusal = unreadable(author, request)) {
      append_refused(out.body, pool_->state().last, *refusal);
      return false;
    }
  }
  Decision decision = decide(*pool_, author, request, moment());
  note_load(request, decision);
  write(author.name, decision.facts, std::move(decision.mark));
  pool_->repair(edges_per_command);
  pool_->look_ahead();
  if (decision.repeat) {
    out.repeats.push_back({out.body.size(), *decision.repeat});
  } else if (decision.refusal) {
    append_refused(out.body, pool_->state().last, *decision.refusal);
    return decision.refusal->code == "nothing_to_claim";
  } else {
    append_accepted(out.body, decision);
  }
  write_due();
  return false;
}

// How a worker's machine is loaded, as it said with a command that was let through.
void Engine::note_load(const Request& request, const Decision& decision) {
  const auto note = [&](const auto& command) {
    if (!command.load) return;
    if (decision.refusal && decision.refusal->code != "nothing_to_claim") return;
    const WorkerIndex worker = pool_->state().find_worker(command.worker);
    if (worker != no_worker) pool_->told_load(worker, *command.load, now());
  };
  if (const auto* const claim = std::get_if<Claim>(&request.command)) note(*claim);
  if (const auto* const renew = std::get_if<Renew>(&request.command)) note(*renew);
}

void Engine::append_accepted(std::string& text, Decision& decision) {
  append_json_member(text, R"({"ok":true,"seq":)", pool_->state().last.value);
  text += R"(,"result":)";
  if (!decision.vital) {
    append_outcome(text, *pool_, decision.facts);
  } else if (const VitalSign& sign = *decision.vital; sign.task == no_task) {
    pool_->saw(sign.worker, now());
    append_renewal(text, *pool_, sign.worker, no_task);
  } else {
    pool_->renew(sign.task, now(), sign.progress, sign.output);
    const State& state = pool_->state();
    effects_.vitals.push_back(
        {state.task(sign.task).id, state.worker(sign.worker).spec.name, sign.progress}
    );
    append_renewal(text, *pool_, sign.worker, sign.task);
  }
  text += '}';
}

void Engine::record(const std::string& by, std::vector<FactBody> facts) {
  write(by, facts, std::nullopt);
}

// Numbers the facts, applies and gathers them, all in one batch. The bodies are left as they were.
void Engine::write(
    const std::string& by, std::vector<FactBody>& bodies, std::optional<RequestMark> mark
) {
  const std::size_t before = open_->count();
  const std::size_t bytes_before = open_->bytes();
  for (FactBody& body : bodies) {
    Fact fact;
    fact.seq = pool_->state().last.next();
    fact.at = now();
    fact.by = by;
    if (const std::string_view id = task_of(body); !id.empty()) {
      const TaskIndex task = pool_->state().find_task(id);
      if (task != no_task) fact.prev = pool_->state().task(task).last_fact;
    }
    fact.body = std::move(body);
    if (&body == &bodies.back()) fact.request = std::move(mark);
    pool_->apply(fact);
    open_->add(fact);
    body = std::move(fact.body);
    if (!parked_.empty() && changes_worker(body)) described_.emplace_back(worker_of(body));
    if (const auto* const set = std::get_if<MachineSet>(&body);
        !parked_.empty() && set != nullptr) {
      for (const Worker& worker : pool_->state().workers) {
        if (worker.spec.machine == set->spec.name) described_.push_back(worker.spec.name);
      }
    }
  }
  undurable_ += open_->bytes() - bytes_before;
  if (open_->bytes() <= batch_room) return;
  CHECK(before > 0, "the facts of one command do not fit a batch");
  auto rest = std::make_shared<OpenBatch>(open_->split_off(before));
  seal();
  open_ = std::move(rest);
}

void Engine::read(RequestTag tag, const Read& read) {
  send({.tag = tag, .body = read(*pool_, now())});
  release_replies();
}

// ---- claims that wait --------------------------------------------------------------------------

void Engine::park(RequestTag tag, const Author& author, Request request) {
  const auto& claim = std::get<Claim>(request.command);
  const WorkerIndex worker = pool_->state().find_worker(claim.worker);
  const CapabilitySet set =
      worker == no_worker ? CapabilitySet{} : pool_->state().worker(worker).capabilities;
  const Instant until = now() + claim.wait_ms;
  parked_.push_back({tag, author, std::move(request), until, set, ++parked_ever_});
  const auto parked = std::prev(parked_.end());
  parked_by_set_[set].emplace(parked->order, parked);
  parked_by_tag_[tag] = parked;
  parked_until_.insert({until, tag});
}

void Engine::unpark(ParkedList::iterator parked) {
  leave_set(parked);
  parked_by_tag_.erase(parked->tag);
  parked_until_.erase({parked->until, parked->tag});
  parked_.erase(parked);
}

void Engine::leave_set(ParkedList::iterator parked) {
  const auto group = parked_by_set_.find(parked->set);
  group->second.erase(parked->order);
  if (group->second.empty()) parked_by_set_.erase(group);
}

// Whether the worker that the fact speaks of may now be offered what it was not: it was described,
// or has come to lead a role.
bool Engine::changes_worker(const FactBody& fact) const {
  if (std::holds_alternative<WorkerRegistered>(fact)) return true;
  const auto* const claimed = std::get_if<TaskClaimed>(&fact);
  if (claimed == nullptr) return false;
  const State& state = pool_->state();
  const WorkerIndex worker = state.find_worker(claimed->worker);
  return worker != no_worker && !state.worker(worker).leads.empty();
}

// A worker that waits has other capabilities now, or another role.
void Engine::regroup(const std::string& worker) {
  const WorkerIndex index = pool_->state().find_worker(worker);
  for (auto parked = parked_.begin(); parked != parked_.end();) {
    const auto at = parked++;
    if (std::get<Claim>(at->request.command).worker != worker) continue;
    leave_set(at);
    at->set = pool_->state().worker(index).capabilities;
    parked_by_set_[at->set].emplace(at->order, at);
    try_parked(at, false);
  }
}

bool Engine::forget(RequestTag tag) {
  const auto found = parked_by_tag_.find(tag);
  if (found == parked_by_tag_.end()) return false;
  unpark(found->second);
  return true;
}

// Answers the claim unless there is still nothing for it, or, giving up, in any case.
bool Engine::try_parked(ParkedList::iterator parked, bool give_up) {
  const auto& claim = std::get<Claim>(parked->request.command);
  if (!give_up && !is_worth_deciding(*pool_, claim, now())) return false;
  Outgoing out{.tag = parked->tag, .body = std::string(answers_open)};
  const bool found_nothing = perform(parked->author, parked->request, out);
  if (found_nothing && !give_up) return false;
  out.body += answers_close;
  send(std::move(out));
  unpark(parked);
  return true;
}

// Tasks became ready, and claims that wait get them (answer_order.h). Workers with the same
// capabilities are asked in turn until one finds nothing; tasks kept for somebody are offered to
// everybody who waits, for only that somebody can take them.
void Engine::serve_parked() {
  for (const std::string& worker : std::exchange(described_, {})) regroup(worker);
  if (parked_.empty()) return pool_->forget_arrivals();
  const std::vector<TaskIndex> arrived = pool_->take_arrivals();
  if (arrived.empty()) return;
  const bool any_reserved = std::any_of(arrived.begin(), arrived.end(), [&](TaskIndex task) {
    return pool_->state().task(task).assignee != anyone;
  });
  any_reserved ? serve_each() : serve_by_sets();
}

void Engine::serve_each() {
  WaitingBySet<ParkedList::iterator> left = parked_by_set_;
  const auto who = [&](ParkedList::iterator parked) { return waiting_worker(*parked); };
  for (;;) {
    const AnswerOrder order(*pool_, left, who, now());
    const auto next = order.next_set({});
    if (next == left.end()) return;
    std::map<std::uint64_t, ParkedList::iterator>& alike = left.at(next->first);
    const auto chosen = order.next_of(alike);
    const ParkedList::iterator parked = chosen->second;
    alike.erase(chosen);
    if (alike.empty()) left.erase(next);
    try_parked(parked, false);
  }
}

void Engine::serve_by_sets() {
  std::set<CapabilitySet> served;  // one of them found nothing
  const auto who = [&](ParkedList::iterator parked) { return waiting_worker(*parked); };
  for (;;) {
    const AnswerOrder order(*pool_, parked_by_set_, who, now());
    const auto next = order.next_set(served);
    if (next == parked_by_set_.end()) return;
    const CapabilitySet set = next->first;
    if (!try_parked(order.next_of(next->second)->second, false)) served.insert(set);
  }
}

const Worker* Engine::waiting_worker(const Parked& parked) const {
  const State& state = pool_->state();
  const WorkerIndex worker = state.find_worker(std::get<Claim>(parked.request.command).worker);
  return worker == no_worker ? nullptr : &state.worker(worker);
}

// ---- out ---------------------------------------------------------------------------------------

void Engine::seal() {
  if (open_->count() == 0) return;
  sealed_.push_back(std::move(open_));
  open_ = std::make_shared<OpenBatch>();
}

std::optional<Batch> Engine::next_batch() {
  if (in_flight_ != nullptr) return std::nullopt;
  if (sealed_.empty()) seal();
  if (sealed_.empty()) return std::nullopt;
  in_flight_ = std::move(sealed_.front());
  sealed_.pop_front();
  const Seq first = in_flight_->first();
  return Batch{
      .epoch = options_.epoch,
      .first = first,
      .last = in_flight_->last(),
      .id = fmt::format("{}-{}", options_.epoch, first.value),
      .bytes = in_flight_->sealed(stamp())
  };
}

void Engine::appended() {
  CHECK(in_flight_ != nullptr, "an append ended that was not under way");
  durable_ = in_flight_->last();
  undurable_ -= std::min(undurable_, in_flight_->bytes());
  effects_.published.push_back({in_flight_->first(), in_flight_->facts(), in_flight_});
  in_flight_.reset();
  release_replies();
}

Effects Engine::take_effects() {
  Effects effects;
  std::swap(effects, effects_);
  return effects;
}

void Engine::send(Outgoing out) {
  out.needs = pool_->state().last;
  outgoing_.push_back(std::move(out));
}

// What a repeated answer shows is the pool as it is, so that must be durable too.
void Engine::release_replies() {
  while (!outgoing_.empty() && outgoing_.front().needs <= durable_) {
    Outgoing next = std::move(outgoing_.front());
    outgoing_.pop_front();
    const bool repeats = !next.repeats.empty();
    if (repeats) fill_in_repeats(next);
    if (repeats && durable_ < pool_->state().last) {
      send(std::move(next));
    } else {
      effects_.replies.push_back({next.tag, std::move(next.body)});
    }
  }
}

void Engine::fill_in_repeats(Outgoing& outgoing) const {
  std::string body;
  std::size_t from = 0;
  for (const auto& [at, repeat] : outgoing.repeats) {
    body.append(outgoing.body, from, at - from);
    append_repeat(body, repeat);
    from = at;
  }
  body.append(outgoing.body, from);
  outgoing.body = std::move(body);
  outgoing.repeats.clear();
}

// The answer to a command that was done before, from the facts that it wrote then.
void Engine::append_repeat(std::string& out, const Repeat& repeat) const {
  const Seq now = pool_->state().last;
  const Seq first{repeat.last.value - repeat.facts + 1};
  std::vector<FactBody> facts;
  const Status read = read_facts_(first, repeat.last, [&](const Fact& fact) {
    facts.push_back(fact.body);
    return true;
  });
  if (!read.ok()) {
    append_refused(out, now, {read.error().code, read.error().text()});
    return;
  }
  out += "{\"ok\":true,\"seq\":";
  append_json_int(out, now.value);
  out += ",\"repeated\":true,\"result\":";
  append_outcome(out, *pool_, facts);
  out += '}';
}

Instant Engine::next_deadline() const {
  Instant next = 0;
  const auto consider = [&](Instant at) {
    if (at > 0 && (next == 0 || at < next)) next = at;
  };
  consider(pool_->vitals().next_end());
  consider(pool_->ready().next_change());
  consider(next_due(*pool_));
  if (!parked_until_.empty()) consider(parked_until_.begin()->first);
  return next;
}

}  // namespace evener
