#include "core/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"

namespace evener {
namespace {

// The least scope that may give each command.
template <typename C>
constexpr Scope scope_for() {
  constexpr bool for_workers =
      std::is_same_v<C, AddTasks> || std::is_same_v<C, Claim> || std::is_same_v<C, Renew> ||
      std::is_same_v<C, AddNote> || std::is_same_v<C, TickCriterion> || std::is_same_v<C, Finish> ||
      std::is_same_v<C, Fail> || std::is_same_v<C, Release> || std::is_same_v<C, RegisterWorker> ||
      std::is_same_v<C, Approve> || std::is_same_v<C, RaiseBlocker> ||
      std::is_same_v<C, ResolveBlocker> || std::is_same_v<C, SendMessage> ||
      std::is_same_v<C, Acknowledge> || std::is_same_v<C, FollowTask> ||
      std::is_same_v<C, SetMachine> || std::is_same_v<C, RecordMeasure> ||
      std::is_same_v<C, OpenChapter>;
  return for_workers ? Scope::worker : Scope::operate;
}

// What was said under this request id before, if anything.
std::optional<Decision> said_before(
    const Pool& pool,
    const Author& author,
    const Request& request,
    const std::string& body,
    const Moment& moment
) {
  const State& state = pool.state();
  const Result<Instant> time = request_time(request.request_id);
  if (!time.ok()) {
    return refuse({time.error().code, time.error().message, "send one like 1763726430000-8f3a2c"});
  }
  const auto known = state.requests.find(author.name);
  if (known != state.requests.end()) {
    const auto& recent = known->second.recent;
    const auto found = recent.find({*time, request.request_id});
    if (found != recent.end()) {
      const RequestRecord& record = found->second;
      if (record.body != body) {
        return refuse(
            {"request_id_reused",
             fmt::format("request id {} was used for another command", request.request_id),
             "send each command under an id of its own"}
        );
      }
      return Decision{.repeat = Repeat{record.last, record.facts}};
    }
  }
  const AuthorRequests none;
  const AuthorRequests& gone = known == state.requests.end() ? none : known->second;
  // Log time may stand far ahead of the wall: it leaps with a wall clock that is set forward
  // between two boots, and does not come back with it.
  const Instant today = std::min(state.log_time, moment.wall);
  // A clock that was ahead for days leaves a horizon that no id would come up to until then. What
  // was used before it went ahead is older than the window by now.
  constexpr Millis far_ahead = 3'600'000;
  const Instant horizon = gone.horizon > moment.wall + far_ahead ? 0 : gone.horizon;
  if (*time <= std::max(horizon, gone.crowded_out) || *time < today - limits::request_window) {
    return refuse(
        {"request_id_expired",
         fmt::format(
             "request id {} is older than what is remembered (24 hours)", request.request_id
         ),
         "look at the task, then send the command under a new id if it is still wanted; if the id "
         "is new, set the clock of the machine that sent it"}
    );
  }
  if (*time > std::max(moment.wall, moment.now) + limits::request_window) {
    return refuse(
        {"bad_request_id",
         fmt::format("request id {} lies more than a day ahead", request.request_id),
         "set the clock of the machine that sent it"}
    );
  }
  return std::nullopt;
}

// Whether the text in a fact may come near a batch's size. Tasks are held to less by themselves;
// in JSON a byte may take six.
struct MayBeLarge {
  static std::size_t bytes(const Evidence& evidence) { return evidence.tail.size(); }

  template <typename Body>
  bool operator()(const Body& body) const {
    constexpr std::size_t near = limits::facts_bytes_per_command / 6 - 1024;
    if constexpr (requires { body.result; }) {
      return body.result.size() + bytes(body.run) + bytes(body.verify) > near;
    }
    if constexpr (std::is_same_v<Body, AttemptFailed>) {
      return body.reason.size() + bytes(body.run) + bytes(body.verify) > near;
    }
    return std::is_same_v<Body, WorkerRegistered> || std::is_same_v<Body, PoolConfigured> ||
           std::is_same_v<Body, PhaseSet> || std::is_same_v<Body, GateSet> ||
           std::is_same_v<Body, MachineSet> || std::is_same_v<Body, MessageSent> ||
           std::is_same_v<Body, ScheduleSet>;
  }
};

// All facts of a command stand in one batch, so that a crash keeps all of them or none.
std::optional<Refusal> too_much(const std::vector<FactBody>& facts, const Author& author) {
  if (facts.empty() || (facts.size() == 1 && !std::visit(MayBeLarge{}, facts.front()))) {
    return std::nullopt;
  }
  std::string text;
  append_json_string(text, author.name);
  const std::size_t overhead = 128 + text.size();  // of a fact, around its body
  std::size_t bytes = 0;
  for (const FactBody& fact : facts) {
    text.clear();
    std::visit([&](const auto& body) { append_members(text, body); }, fact);
    bytes += text.size() + overhead;
  }
  if (bytes <= limits::facts_bytes_per_command) return std::nullopt;
  return Refusal{
      "too_large",
      fmt::format(
          "{} changes of {} bytes in one command; at most {} bytes fit",
          facts.size(),
          bytes,
          limits::facts_bytes_per_command
      ),
      "split it into several commands"
  };
}

}  // namespace

Decision refuse(Refusal refusal) {
  return {.refusal = std::move(refusal)};
}

Refusal unknown_task(const State& state, const std::string& id) {
  Refusal refusal{"unknown_task", fmt::format("there is no task '{}'", id), "see: evener list"};
  constexpr std::size_t most_looked_at = 10'000;
  const std::size_t count = std::min(state.tasks.size(), most_looked_at);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string& other = state.task(TaskIndex{i}).id;
    if (id.size() >= 3 && (other.starts_with(id) || id.starts_with(other))) {
      refusal.remedy = fmt::format("did you mean {}?", other);
      break;
    }
  }
  return refusal;
}

Refusal unknown_worker(const std::string& name) {
  return {"unknown_worker", fmt::format("there is no worker '{}'", name), "see: evener workers"};
}

std::string body_digest(const Command& command) {
  constexpr std::size_t digits = 16;
  std::string text(type_of(command));
  std::visit([&](const auto& body) { append_members(text, body); }, command);
  return sha256_hex(text).substr(0, digits);
}

Decision decide(
    const Pool& pool, const Author& author, const Request& request, const Moment& moment
) {
  const Scope needed =
      std::visit([]<typename C>(const C&) { return scope_for<C>(); }, request.command);
  if (author.scope < needed) {
    return refuse(
        {"scope",
         fmt::format(
             "{} may not {}: that takes the scope {}",
             author.name,
             type_of(request.command),
             name_of(needed)
         ),
         "use a token of that scope"}
    );
  }
  std::string body;
  if (!request.request_id.empty()) {
    body = body_digest(request.command);
    if (auto before = said_before(pool, author, request, body, moment)) return std::move(*before);
  }
  Decision decision = std::visit(
      [&](const auto& command) { return decide_command(pool, author, command, moment); },
      request.command
  );
  if (auto refusal = too_much(decision.facts, author)) return refuse(std::move(*refusal));
  const bool is_renewal = std::holds_alternative<Renew>(request.command);
  if (!request.request_id.empty() && !decision.facts.empty() && !decision.refusal && !is_renewal) {
    const auto facts = static_cast<std::int64_t>(decision.facts.size());
    decision.mark = RequestMark{request.request_id, facts, std::move(body)};
  }
  return decision;
}

}  // namespace evener
