// Tells a witness what a pool would.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "witness.h"

namespace evener::sim {

// Facts and answers, as a pool gives them.
class Teller {
 public:
  // Facts of one command, all durable.
  void happens(std::vector<FactBody> bodies, const std::string& request_id = "") {
    std::vector<std::string> texts;
    const Seq first = last_.next();
    for (FactBody& body : bodies) {
      last_ = last_.next();
      Fact fact{.seq = last_, .at = now, .by = by, .body = std::move(body)};
      const bool is_last = &body == &bodies.back();
      if (is_last && !request_id.empty()) {
        fact.request = RequestMark{.id = request_id, .facts = std::ssize(bodies)};
      }
      append_fact(texts.emplace_back(), fact);
    }
    witness.made_durable(last_);
    witness.published(first, {texts.begin(), texts.end()});
    witness.take_all();
  }

  void asks(Command command, const std::string& request_id = "", Scope scope = Scope::operate) {
    std::vector<Request> requests;
    requests.push_back({request_id, std::move(command)});
    witness.asked(1, {.author = {"rod", scope}, .requests = std::move(requests), .log_now = now});
  }

  void hears(const std::string& answer) {
    witness.replied(1, fmt::format(R"({{"answers":[{{{},"seq":{}}}]}})", answer, last_.value));
  }

  void hears_no(const std::string& code) {
    hears(fmt::format(R"("ok":false,"refusal":{{"code":"{}","message":"no"}})", code));
  }

  void hears_yes(const std::string& result = "{}") { hears(R"("ok":true,"result":)" + result); }

  // The statement that broke; -1 if none did.
  int broken() const { return breaches.first() ? breaches.first()->statement : -1; }

  // t0 and t1, of which w1 holds t0 under fence 1.
  Teller& with_a_claim() {
    asks(Hold{.task = "none"});
    happens({TaskAdded{.spec = {.id = "t0"}}, TaskAdded{.spec = {.id = "t1"}}});
    happens({WorkerRegistered{{.name = "w1"}}, WorkerRegistered{{.name = "w2"}}, claim_of("t0", 1)}
    );
    return *this;
  }

  TaskClaimed claim_of(
      const std::string& task, std::int64_t fence, const std::string& worker = "w1"
  ) {
    return {
        .task = task,
        .worker = worker,
        .fence = Fence{fence},
        .attempt = 1,
        .lease_ms = 1000,
        .expires = now + 1000
    };
  }

  Breaches breaches;
  Witness witness{breaches};
  Instant now = 5000;
  std::string by = "rod";

 private:
  Seq last_;
};

}  // namespace evener::sim
