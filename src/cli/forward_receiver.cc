#include "cli/forward_receiver.h"

#include <fmt/format.h>

#include "base/hmac.h"

namespace evener {
namespace {

using Outcome = Delivery::Outcome;

constexpr int gone_status = 410;
constexpr Millis grace_ms = 2000;  // from SIGTERM to SIGKILL
constexpr OutputLimits output_limits{.head = 16 << 10, .tail = 16 << 10, .line = 4 << 10};

std::string problem_of(const Exit& exit, const OutputCapture& output) {
  std::string problem = exit.signal != 0 ? fmt::format("ended by signal {}", exit.signal)
                                         : fmt::format("exit {}", exit.code);
  const std::vector<std::string> lines = output.last_lines(1);
  if (!lines.empty()) problem += ": " + lines.back().substr(0, 200);
  return problem;
}

// Waits for the command's end, and sees to it when time is over or a stop came.
Delivery wait_for(Process& process, Millis timeout_ms, int stop_descriptor) {
  SystemClock clock;
  const Millis deadline = clock.read().monotonic + timeout_ms;
  Outcome ended = Outcome::failed;
  bool is_told = false;
  for (;;) {
    const Millis left = std::max<Millis>(0, deadline - clock.read().monotonic);
    const Wake wake = process.poll(is_told ? -1 : left, is_told ? -1 : stop_descriptor);
    if (wake == Wake::exited) break;
    if (wake == Wake::output || is_told) continue;
    is_told = true;
    if (wake == Wake::woken) ended = Outcome::stopped;
    static_cast<void>(process.kill(grace_ms));
  }
  const Exit exit = process.exit().value_or(Exit{.code = -1});
  if (exit.succeeded()) return {Outcome::delivered};
  if (!is_told) return {Outcome::failed, problem_of(exit, process.output())};
  return {ended, fmt::format("it took longer than {}", format_duration(timeout_ms))};
}

}  // namespace

std::string ForwardedFact::id() const {
  return fmt::format("{}:{}", pool, fact.seq.value);
}

std::string signature_of(
    std::string_view secret, std::string_view timestamp, std::string_view body
) {
  return "sha256=" + hmac_sha256_hex(secret, fmt::format("{}.{}", timestamp, body));
}

Delivery PostReceiver::deliver(const ForwardedFact& fact) {
  const Instant now = clock_.read().wall;
  const std::string timestamp = std::to_string(now / 1000);
  HttpCall call{
      .headers =
          {{"Content-Type", "application/json"},
           {"User-Agent", "evener"},
           {"Evener-Pool", fact.pool},
           {"Evener-Event", fact.id()},
           {"Evener-Timestamp", timestamp}},
      .body = fact.json
  };
  if (!options_.secret.empty()) {
    call.headers.emplace_back(
        "Evener-Signature", signature_of(options_.secret, timestamp, fact.json)
    );
  }
  const Result<HttpAnswer> answer =
      post_to(options_.url, std::move(call), options_.timeout_ms, options_.stop_descriptor);
  if (!answer.ok()) {
    const Error& error = answer.error();
    if (error.code == "interrupted") return {Outcome::stopped};
    return {Outcome::failed, error.text()};
  }
  if (answer->status / 100 == 2) return {Outcome::delivered};
  Delivery delivery{answer->status == gone_status ? Outcome::gone : Outcome::failed};
  delivery.problem = answer_line(*answer);
  const std::string_view retry_after = answer->header("retry-after");
  if (!retry_after.empty()) delivery.wait_ms = retry_after_of(retry_after, now);
  return delivery;
}

Delivery CommandReceiver::deliver(const ForwardedFact& fact) {
  ProcessSpec spec{
      .argv = {"/bin/sh", "-c", options_.command},
      .environment =
          {{"EVENER_FACT_TYPE", std::string(type_of(fact.fact.body))},
           {"EVENER_FACT_SEQ", std::to_string(fact.fact.seq.value)},
           {"EVENER_FACT_ID", fact.id()},
           {"EVENER_TASK", std::string(task_of(fact.fact.body))},
           {"EVENER_WORKER", std::string(worker_of(fact.fact.body))},
           {"EVENER_SERVER", options_.server}},
      .input = fact.json,
      .output = output_limits
  };
  if (!options_.pool_folder.empty()) {
    spec.environment.emplace_back("EVENER_POOL", options_.pool_folder);
  }
  const Result<std::unique_ptr<Process>> process = processes_.start(spec);
  if (!process.ok()) return {Outcome::failed, process.error().text()};
  Delivery delivery = wait_for(**process, options_.timeout_ms, options_.stop_descriptor);
  if (delivery.outcome == Outcome::delivered && options_.show && (*process)->output().total() > 0) {
    options_.show((*process)->output().text());
  }
  return delivery;
}

}  // namespace evener
