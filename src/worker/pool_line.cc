#include "worker/pool_line.h"

namespace evener {

Result<std::vector<Answer>> PoolLine::call(std::vector<Request> requests) {
  const std::size_t expected = requests.size();
  Result<std::vector<Answer>> answers = client_->call(std::move(requests));
  if (answers.ok() && answers->size() != expected) {
    answers = Error{"bad_reply", "the pool did not answer every command"};
  }
  if (answers.ok()) {
    shift_.reached();
  } else {
    note(answers.error());
  }
  return answers;
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
