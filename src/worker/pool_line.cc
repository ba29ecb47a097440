#include "worker/pool_line.h"

#include "base/fields.h"

namespace evener {
namespace {

template <typename Enum>
std::optional<Enum> value_in(const JsonObject& object, std::string_view name) {
  const Json* member = object.if_contains(name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return enum_of<Enum>(std::string_view(member->get_string()));
}

// What else a newer pool says is passed over.
std::optional<AttemptOutcome> outcome_in(const JsonObject& view, Fence fence) {
  const Json* attempts = view.if_contains("attempts");
  if (attempts == nullptr || !attempts->is_array()) return std::nullopt;
  for (const Json& attempt : attempts->get_array()) {
    const Json* of = attempt.is_object() ? attempt.get_object().if_contains("fence") : nullptr;
    if (of == nullptr || !of->is_int64() || of->get_int64() != fence.value) continue;
    return value_in<AttemptOutcome>(attempt.get_object(), "outcome");
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Answer>> PoolLine::call(std::vector<Request> requests) {
  const std::size_t expected = requests.size();
  Result<std::vector<Answer>> answers = client_->call(std::move(requests));
  if (answers.ok() && answers->size() != expected) {
    answers = Error{"bad_reply", "the pool did not answer every command"};
  }
  if (answers.ok()) {
    note_answers(*answers);
  } else {
    note(answers.error());
  }
  return answers;
}

// A pool that came back, or whose log has become shorter, may be a copy from before the worker
// came. Its claim would register it there, but with one slot and nothing that it can do.
void PoolLine::note_answers(const std::vector<Answer>& answers) {
  const bool came_back = shift_.reached();
  if (is_set_back(answers) || came_back) register_again();
}

void PoolLine::note_reached() {
  if (shift_.reached()) register_again();
}

void PoolLine::register_again() {
  const RegisterWorker registration{shift_.options().worker};
  const Result<Answer> answer = call_one(*client_, registration);
  // A stop is noticed by whoever called us; it is not to be taken from them.
  if (!answer.ok() && answer.error().code != "interrupted") shift_.say_unreachable(answer.error());
  if (answer.ok() && answer->refusal)
    shift_.say("the pool does not register it again: " + answer->refusal->message);
}

bool PoolLine::is_set_back(const std::vector<Answer>& answers) {
  bool set_back = false;
  for (const Answer& answer : answers) {
    set_back = set_back || answer.seq < newest_;
    newest_ = answer.seq;
  }
  return set_back;
}

Result<Json> PoolLine::ask(const Query& query) {
  const Result<std::string> view = client_->ask(query);
  if (!view.ok()) {
    note(view.error());
    return view.error();
  }
  return parse_json(*view, name_of(query.kind));
}

Result<AttemptEnd> PoolLine::end_of(const Grant& grant) {
  Query query;
  query.kind = QueryKind::task;
  query.task = grant.task.id;
  Result<Json> asked = ask(query);
  // A stop is not to keep what was done from being counted as what it is.
  if (!asked.ok() && asked.error().code == "interrupted") asked = ask(query);
  const Json json = TRY(std::move(asked));
  const auto outcome = json.is_object() ? outcome_in(json.get_object(), grant.fence) : std::nullopt;
  if (!outcome) return Error{"bad_reply", "the pool does not say how the attempt ended"};
  const auto state = value_in<TaskState>(json.get_object(), "state");
  const bool ended = outcome == AttemptOutcome::done || outcome == AttemptOutcome::failed;
  const bool over = state == TaskState::done || state == TaskState::failed;
  return AttemptEnd{.outcome = *outcome, .closed = ended && over};
}

Result<BlobRef> PoolLine::put_blob(std::string_view bytes) {
  Result<BlobRef> blob = client_->put_blob(bytes);
  if (blob.ok() || blob.error().code != "interrupted") return blob;
  interrupt_->lower();
  return client_->put_blob(bytes);
}

void PoolLine::pause(Millis duration) {
  if (wait_readable(interrupt_->fd(), -1, duration)) interrupt_->lower();
}

void PoolLine::note(const Error& error) {
  if (error.code == "interrupted") {
    interrupt_->lower();
  } else if (error.code != "unknown_task") {  // which is what a pool says
    shift_.say_unreachable(error);
  }
}

}  // namespace evener
