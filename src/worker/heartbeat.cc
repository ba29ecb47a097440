#include "worker/heartbeat.h"

#include <algorithm>
#include <array>

namespace evener {
namespace {

RenewalAnswer read_answer(Fence fence, const Answer& answer) {
  if (answer.ok) return {fence, RenewalAnswer::Kind::renewed};
  const Refusal refusal = answer.refusal.value_or(Refusal{});
  return {
      fence,
      means_lost(refusal.code) ? RenewalAnswer::Kind::refused : RenewalAnswer::Kind::unreachable,
      refusal.message,
      refusal.code == "attempt_over"
  };
}

}  // namespace

bool means_lost(std::string_view code) {
  constexpr std::array<std::string_view, 4> codes = {
      "stale_fence", "not_holder", "attempt_over", "unknown_task"
  };
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

void Mailbox::put(RenewalAnswer answer) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(answer));
  news_.raise();
}

void Mailbox::stop(Stop how) {
  const std::lock_guard lock(mutex_);
  stopping_ = std::max(stopping_, how);
  news_.raise();
}

std::vector<RenewalAnswer> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  news_.lower();
  return std::exchange(answers_, {});
}

Stop Mailbox::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Heartbeat::Heartbeat(
    std::unique_ptr<Client> client,
    std::shared_ptr<SignalFd> interrupt,
    UnreadTold told,
    LoadOfMachine load
)
    : client_(std::move(client)),
      interrupt_(std::move(interrupt)),
      told_(std::move(told)),
      load_(std::move(load)),
      thread_([this] { run(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  interrupt_->raise();
  arrived_.notify_one();
  thread_.join();
}

void Heartbeat::send(Renew renewal, std::shared_ptr<Mailbox> mailbox) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(renewal), std::move(mailbox)});
  }
  arrived_.notify_one();
}

void Heartbeat::run() {
  for (;;) {
    std::vector<Letter> letters;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      letters = std::exchange(waiting_, {});
    }
    deliver(std::move(letters));
  }
}

// An answer that does not say it comes from an older pool, which has no messages.
void Heartbeat::tell_unread(const Answer& answer) const {
  if (!told_ || !answer.ok) return;
  const Result<Json> result = parse_json(answer.result.text);
  if (!result.ok() || !result->is_object()) return;
  const auto count = [&](std::string_view name) {
    const Json* member = result->get_object().if_contains(name);
    return member != nullptr && member->is_int64() ? member->get_int64() : 0;
  };
  told_(count("unread"), count("urgent"));
}

void Heartbeat::deliver(std::vector<Letter> letters) {
  std::vector<Request> requests;
  const std::optional<MachineLoad> load = load_ ? load_() : std::nullopt;
  for (const Letter& letter : letters) {
    Renew renewal = letter.renewal;
    renewal.load = load;
    requests.push_back({"", std::move(renewal)});
  }
  const Result<std::vector<Answer>> answers = client_->call(std::move(requests));
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const Fence fence = letters[i].renewal.fence;
    if (answers.ok() && i < answers->size()) {
      letters[i].mailbox->put(read_answer(fence, (*answers)[i]));
      tell_unread((*answers)[i]);
    } else {
      const std::string reason = answers.ok() ? "no answer" : answers.error().text();
      letters[i].mailbox->put({fence, RenewalAnswer::Kind::unreachable, reason});
    }
  }
}

}  // namespace evener
