#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

#include "http_talk.h"
#include "task_cycle.h"

namespace evener {
namespace {

constexpr std::string_view commands_path = "/v1/pools/default/commands";

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

// Commands of one worker, whose tasks ask for a capability that it has. Its claims have leases and
// fences as all have.
class EvenerCycle : public Conversation {
 public:
  explicit EvenerCycle(CycleSpec spec)
      : spec_(std::move(spec)),
        http_{spec_.host, spec_.token},
        worker_(fmt::format("w{}-{}", spec_.series, spec_.client)) {}

  int steps() const override { return spec_.is_joined ? 1 : static_cast<int>(cycle_steps); }

  void greet(std::string& out) override {
    const std::string body = fmt::format(
        R"({{"commands":[{{"type":"register","worker":{{"name":"{}","slots":{},)"
        R"("capabilities":["bench"]}}}}]}})",
        worker_,
        spec_.batch
    );
    http_.post(out, commands_path, body);
  }

  Heard hear_greeting(std::string_view in, std::string& /*out*/) override { return heard(in, 1); }

  void ask(int step, std::string& out) override {
    body_ = R"({"commands":[)";
    if (spec_.is_joined) {
      if (!claimed_.empty()) append_finishes();
      append_add();
      append_claims();
    } else if (step == add_step) {
      append_add();
    } else if (step == claim_step) {
      append_claims();
    } else {
      append_finishes();
    }
    body_.back() = ']';
    body_ += '}';
    http_.post(out, commands_path, body_);
  }

  Heard hear(int step, std::string_view in) override {
    const std::size_t each = step == add_step ? 1 : spec_.batch;
    const std::size_t joined = 1 + spec_.batch + claimed_.size();
    const Heard answer = heard(in, spec_.is_joined ? joined : each);
    if (!answer.is_whole || !answer.problem.empty()) return answer;
    claimed_.clear();
    if (spec_.is_joined || step == claim_step) remember_claims(in);
    return answer;
  }

 private:
  struct Claimed {
    std::string task;
    std::string fence;
  };

  Heard heard(std::string_view in, std::size_t accepted) const {
    const HttpAnswer answer = read_http_answer(in);
    if (answer.bytes == 0) return {};
    if (answer.status != 200 || count_of(answer.body(), R"({"ok":true)") != accepted) {
      return {.problem = fmt::format("evener answered: {}", in.substr(0, 2000))};
    }
    return {.bytes = answer.bytes, .is_whole = true};
  }

  void append_add() {
    body_ += R"({"type":"add","tasks":[)";
    for (std::size_t i = 0; i < spec_.batch; ++i) {
      fmt::format_to(
          std::back_inserter(body_),
          R"({{"id":"{}-{}","title":"Task","requires":["bench"],"description":"{}"}},)",
          worker_,
          added_,
          cycle_payload(spec_, added_)
      );
      ++added_;
    }
    body_.back() = ']';
    body_ += "},";
  }

  void append_claims() {
    for (std::size_t i = 0; i < spec_.batch; ++i) {
      fmt::format_to(std::back_inserter(body_), R"({{"type":"claim","worker":"{}"}},)", worker_);
    }
  }

  void append_finishes() {
    for (const Claimed& one : claimed_) {
      fmt::format_to(
          std::back_inserter(body_),
          R"({{"type":"finish","task":"{}","worker":"{}","fence":{}}},)",
          one.task,
          worker_,
          one.fence
      );
    }
  }

  // Each claim's answer: {"task":{"id":"..." ...},"worker":"...","fence":N, ...}
  void remember_claims(std::string_view in) {
    constexpr std::string_view task_key = R"("task":{"id":")";
    constexpr std::string_view fence_key = R"(,"fence":)";
    std::size_t at = in.find(task_key);
    while (at != std::string_view::npos) {
      const std::size_t id = at + task_key.size();
      const std::size_t fence = in.find(fence_key, id) + fence_key.size();
      claimed_.push_back(
          {std::string(in.substr(id, in.find('"', id) - id)),
           std::string(in.substr(fence, in.find_first_not_of("0123456789", fence) - fence))}
      );
      at = in.find(task_key, fence);
    }
  }

  CycleSpec spec_;
  HttpTalk http_;
  std::string worker_;
  std::string body_;
  std::vector<Claimed> claimed_;
  std::uint64_t added_ = 0;
};

}  // namespace

std::string cycle_payload(const CycleSpec& spec, std::uint64_t number) {
  std::string text = fmt::format("{}.{}.{} ", spec.series, spec.client, number);
  text.resize(payload_bytes, 'x');
  return text;
}

std::unique_ptr<Conversation> evener_cycle(const CycleSpec& spec) {
  return std::make_unique<EvenerCycle>(spec);
}

}  // namespace evener
