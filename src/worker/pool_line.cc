#include "worker/pool_line.h"

namespace evener {

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
  if (!is_set_back(answers) && !came_back) return;
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
  } else {
    shift_.say_unreachable(error);
  }
}

}  // namespace evener
