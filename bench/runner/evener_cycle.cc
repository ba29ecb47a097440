#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "evener_talk.h"
#include "task_cycle.h"

namespace evener {
namespace {

// Commands of one worker, whose tasks ask for a capability that it has. Its claims have leases and
// fences as all have.
class EvenerCycle : public Conversation {
 public:
  explicit EvenerCycle(CycleSpec spec)
      : spec_(std::move(spec)),
        talk_(spec_.host, spec_.token),
        worker_(fmt::format("w{}-{}", spec_.series, spec_.client)) {}

  int steps() const override { return spec_.is_joined ? 1 : static_cast<int>(cycle_steps); }

  void greet(std::string& out) override {
    const std::string body = fmt::format(
        R"({{"commands":[{{"type":"register","worker":{{"name":"{}","slots":{},)"
        R"("capabilities":["bench"]}}}}]}})",
        worker_,
        spec_.batch
    );
    talk_.post(out, body);
  }

  Heard hear_greeting(std::string_view in, std::string& /*out*/) override {
    return EvenerTalk::hear(in, 1);
  }

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
    talk_.post(out, body_);
  }

  Heard hear(int step, std::string_view in) override {
    const std::size_t each = step == add_step ? 1 : spec_.batch;
    const std::size_t joined = 1 + spec_.batch + claimed_.size();
    const Heard answer = EvenerTalk::hear(in, spec_.is_joined ? joined : each);
    if (!answer.is_whole || !answer.problem.empty()) return answer;
    claimed_.clear();
    if (spec_.is_joined || step == claim_step) claimed_ = claims_in(in.substr(0, answer.bytes));
    return answer;
  }

 private:
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
    for (const GrantedClaim& one : claimed_) {
      fmt::format_to(
          std::back_inserter(body_),
          R"({{"type":"finish","task":"{}","worker":"{}","fence":{}}},)",
          one.task,
          worker_,
          one.fence
      );
    }
  }

  CycleSpec spec_;
  EvenerTalk talk_;
  std::string worker_;
  std::string body_;
  std::vector<GrantedClaim> claimed_;
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
