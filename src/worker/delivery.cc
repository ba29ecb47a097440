#include "worker/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "worker/heartbeat.h"
#include "worker/output_file.h"

namespace evener {
namespace {

constexpr Millis longest_pause = 25;         // in first pauses
constexpr Millis stop_patience_ms = 10'000;  // whoever stops a worker does not wait for ever

// The pool does not take the work as done; that is how this attempt failed.
bool means_not_done(std::string_view code) {
  constexpr std::array<std::string_view, 4> codes = {
      "evidence_missing", "verify_failed", "criteria_open", "children_open"
  };
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool means_blocked(const Answer& answer) {
  return answer.refusal && answer.refusal->code == "blocked";
}

// A refusal begins with the task that it is about.
std::string without_subject(std::string_view message, const std::string& task) {
  if (const std::string subject = task + ": "; message.starts_with(subject)) {
    message.remove_prefix(subject.size());
  }
  return std::string(message);
}

class Holding {  // Invariant: the shift counts it as long as it lives.
 public:
  explicit Holding(Shift& shift) : shift_(shift) { shift_.hold_begins(); }

  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  ~Holding() { shift_.hold_ends(); }

 private:
  Shift& shift_;
};

Command command_of(
    const Grant& grant,
    const std::string& worker,
    const AttemptTrace& trace,
    Evidence run,
    Evidence verify
) {
  const std::string& task = grant.task.id;
  const std::string reason = plain_line(trace.verdict.reason);
  switch (trace.verdict.kind) {
    case Verdict::Kind::finished:
      return Finish{
          .task = task,
          .worker = worker,
          .fence = grant.fence,
          .result = trace.run.last_line,
          .run = std::move(run),
          .verify = std::move(verify)
      };
    case Verdict::Kind::failed:
      return Fail{
          .task = task,
          .worker = worker,
          .fence = grant.fence,
          .reason = reason,
          .run = std::move(run),
          .verify = std::move(verify)
      };
    case Verdict::Kind::released:
    case Verdict::Kind::abandoned:
      break;
  }
  CHECK(trace.verdict.kind == Verdict::Kind::released, "an abandoned attempt was reported");
  return Release{.task = task, .worker = worker, .fence = grant.fence, .reason = reason};
}

std::string state_in(const Answer& answer) {
  const Result<Json> json = parse_json(answer.result.text);
  if (!json.ok() || !json->is_object()) return {};
  const Json* state = json->get_object().if_contains("state");
  return state != nullptr && state->is_string() ? std::string(state->get_string()) : "";
}

Millis duration_of(const AttemptTrace& trace) {
  Millis total = 0;
  for (const CommandTrace* command : {&trace.run, &trace.verify}) {
    if (command->exit) total += command->exit->duration;
  }
  return total;
}

}  // namespace

std::optional<Grant> Delivery::tell(const Grant& grant, AttemptTrace trace) {
  const Millis took = duration_of(trace);
  Evidence run;
  Evidence verify;
  if (trace.verdict.kind == Verdict::Kind::released) {
    clear_away(trace);
  } else {
    run = uploaded(trace.run);
    verify = uploaded(trace.verify);
  }
  Request report = request_of(
      command_of(grant, shift_.options().worker.name, trace, std::move(run), std::move(verify))
  );
  Heard heard = say_until_heard(grant, report, claims_.companion());
  if (!heard.answer) return std::move(heard.next);
  if (means_blocked(*heard.answer)) {
    if (heard.next) hand_back(*std::exchange(heard.next, std::nullopt), grant.task.id);
    heard.answer = hold(grant, report, std::move(*heard.answer));
    report = request_of(report.command);  // it may have been held for as long as an id is good
  }
  if (heard.answer) settle(grant, report, *heard.answer, took);
  return std::move(heard.next);
}

void Delivery::settle(
    const Grant& grant, const Request& report, const Answer& answer, Millis took
) {
  const auto* finish = std::get_if<Finish>(&report.command);
  if (!answer.refusal) {
    conclude(grant, report.command, answer, took);
  } else if (finish == nullptr || !means_not_done(answer.refusal->code)) {
    refused(grant, report, *answer.refusal);
  } else {
    const Request failure = request_of(Fail{
        .task = finish->task,
        .worker = finish->worker,
        .fence = finish->fence,
        .reason = plain_line(answer.refusal->message),
        .run = finish->run,
        .verify = finish->verify
    });
    const Heard second = say_until_heard(grant, failure, std::nullopt);
    if (second.answer) settle(grant, failure, *second.answer, took);
  }
}

// Nothing if the pool went out of reach for too long; the result is kept in a file then.
std::optional<Answer> Delivery::hold(const Grant& grant, const Request& report, Answer answer) {
  constexpr Millis part_of_lease = 3;
  const Holding holding(shift_);
  const auto why = [&] { return without_subject(answer.refusal->message, grant.task.id); };
  shift_.say(fmt::format(
      "{} is done, but cannot be finished yet: {}; it is told once that is resolved",
      grant.task.id,
      why()
  ));
  const Millis between = grant.lease_ms / part_of_lease;
  for (Millis renewed_at = shift_.now() - between; means_blocked(answer);) {
    if (gives_up_holding()) break;
    if (shift_.now() >= renewed_at + between) {
      renewed_at = shift_.now();
      keep_lease(grant, why());
    }
    line_.pause(std::min(shift_.options().poll_ms, between));
    // Under an id of its own, since one that is a day old is not taken any more.
    Heard heard = say_until_heard(grant, request_of(report.command), std::nullopt);
    if (!heard.answer) return std::nullopt;
    answer = std::move(*heard.answer);
  }
  return answer;
}

// What is held would else keep a worker for ever that shall end when all is done.
bool Delivery::gives_up_holding() {
  if (shift_.stopping()) return true;
  if (!shift_.options().until_idle) return false;
  const Result<bool> idle = claims_.is_all_else_idle();
  return idle.ok() && *idle;
}

// What comes of it, the next report shows.
void Delivery::keep_lease(const Grant& grant, const std::string& why) {
  Renew renewal{
      .worker = shift_.options().worker.name,
      .task = grant.task.id,
      .fence = grant.fence,
      .progress = {.line = plain_line("done, but " + why)}
  };
  renewal.load = shift_.load();
  static_cast<void>(line_.call({{"", std::move(renewal)}}));
}

// A task that came with the answer, for a slot that is not free yet.
void Delivery::hand_back(const Grant& grant, const std::string& holder) {
  shift_.count(&RunnerSummary::claimed);
  give_back(grant, holder + " keeps this worker's slot");
  shift_.give_turn_back();
}

void Delivery::give_back(const Grant& grant, const std::string& reason) {
  const Request report = request_of(Release{
      .task = grant.task.id,
      .worker = shift_.options().worker.name,
      .fence = grant.fence,
      .reason = plain_line(reason)
  });
  const Heard heard = say_until_heard(grant, report, std::nullopt);
  if (!heard.answer) return;
  if (heard.answer->refusal) {
    refused(grant, report, *heard.answer->refusal);
  } else {
    conclude(grant, report.command, *heard.answer, 0);
  }
}

void Delivery::clear_away(AttemptTrace& trace) {
  put_away(trace.run, shift_.options().keep_output);
  put_away(trace.verify, shift_.options().keep_output);
}

// An output that cannot be uploaded is left in its file, and the result is told without it.
Evidence Delivery::uploaded(CommandTrace& trace) {
  Evidence evidence;
  if (trace.exit) evidence = evidence_of(*trace.exit, trace.output);
  if (needs_upload(evidence, trace.output)) {
    Result<BlobRef> blob = line_.put_blob(trace.output);
    if (!blob.ok()) {
      const Status kept = trace.file->replace(trace.output);
      shift_.say(fmt::format(
          "an output could not be uploaded ({}); {}",
          blob.error().message,
          kept.ok() ? "it stays in " + trace.file->path() : "nor kept whole: " + kept.error().text()
      ));
      return evidence;
    }
    evidence.output = std::move(*blob);
  }
  put_away(trace, shift_.options().keep_output);
  return evidence;
}

void Delivery::put_away(CommandTrace& trace, bool keep) {
  if (!trace.file) return;
  if (!keep || !trace.exit) return trace.file->remove();
  const Status kept = trace.file->replace(trace.output);
  if (!kept.ok()) shift_.say("an output could not be kept: " + kept.error().text());
}

Delivery::Heard Delivery::say_until_heard(
    const Grant& grant, const Request& report, std::optional<SentClaim> claim
) {
  const Millis begun = shift_.now();
  Millis pause = shift_.options().retry_ms;
  for (;;) {
    std::vector<Request> requests = {report};
    if (claim) requests.push_back(claim->request);
    const Result<std::vector<Answer>> answers = line_.call(std::move(requests));
    if (answers.ok()) {
      Heard heard{answers->front(), std::nullopt};
      if (!claim) return heard;
      // A report that was refused may leave its slot taken; that is no news about other tasks.
      if (!heard.answer->ok && !answers->back().ok) {
        claims_.drop();
      } else {
        heard.next = claims_.take(*claim, answers->back());
      }
      return heard;
    }
    if (shift_.now() >= give_up_at(begun, grant.lease_ms)) {
      if (claim) claims_.drop();
      keep_in_file(grant, report, answers.error().text());
      return {};
    }
    if (answers.error().code == "interrupted") continue;
    line_.pause(pause);
    pause = std::min(longest_pause * shift_.options().retry_ms, 2 * pause);
  }
}

// The lease ends at the latest one length from now; the pool may take a late report, too.
Millis Delivery::give_up_at(Millis begun, Millis lease_ms) {
  const Millis patience = shift_.options().patience_ms;
  const Millis limit = begun + lease_ms + patience;
  if (!shift_.stopping()) return limit;
  const Millis stopped = std::max(begun, shift_.stopped_at());
  return std::min(limit, stopped + std::min(patience, stop_patience_ms));
}

Request Delivery::request_of(Command command) {
  return {new_request_id(shift_.clock().read().wall), std::move(command)};
}

void Delivery::conclude(
    const Grant& grant, const Command& said, const Answer& answer, Millis took
) {
  const std::string& task = grant.task.id;
  if (std::holds_alternative<Finish>(said)) {
    shift_.count(&RunnerSummary::done);
    shift_.say(fmt::format("done {} in {}", task, format_duration(took)));
  } else if (const auto* fail = std::get_if<Fail>(&said)) {
    shift_.count(&RunnerSummary::failed);
    const bool for_good = state_in(answer) == "failed";
    shift_.say(fmt::format(
        "failed {} after {}: {}; {}",
        task,
        format_duration(took),
        fail->reason,
        for_good ? "it is not tried again" : "it will be tried again"
    ));
  } else if (const auto* release = std::get_if<Release>(&said)) {
    shift_.count(&RunnerSummary::released);
    shift_.say(fmt::format("released {}: {}", task, release->reason));
  }
}

void Delivery::refused(const Grant& grant, const Request& said, const Refusal& refusal) {
  if (!means_lost(refusal.code)) {
    shift_.passed_over().add_for_good(grant.task.id);
    keep_in_file(grant, said, refusal.message);
    return;
  }
  ended_without_us(grant, refusal.message + "; " + refusal.remedy);
}

// What its command has released would else be claimed, and run, again and again.
void Delivery::ended_without_us(const Grant& grant, std::string_view why) {
  const std::string& task = grant.task.id;
  const Result<AttemptEnd> end = line_.end_of(grant);
  const AttemptOutcome outcome = end.ok() ? end->outcome : AttemptOutcome::running;
  if (outcome == AttemptOutcome::done) {
    shift_.count(&RunnerSummary::done);
    shift_.say(fmt::format("done {}: it was finished while its command ran", task));
  } else if (outcome == AttemptOutcome::failed) {
    shift_.count(&RunnerSummary::failed);
    shift_.say(fmt::format("failed {}: it was failed while its command ran", task));
  } else if (outcome == AttemptOutcome::released) {
    shift_.passed_over().add(task, shift_.now());
    shift_.count(&RunnerSummary::released);
    shift_.say(fmt::format("released {}: it was released while its command ran", task));
  } else {
    shift_.say_lost(task, why);
  }
}

// In the form in which POST /v1/pools/NAME/commands takes it.
void Delivery::keep_in_file(const Grant& grant, const Request& report, const std::string& why) {
  shift_.count(&RunnerSummary::kept);
  const std::string path =
      shift_.options().output_folder + "/" + output_name(grant, ".result.json");
  const std::string text = fmt::format("{{\"commands\":[{}]}}\n", to_json_text(report));
  const Status written = write_file_atomic(path, text, private_file);
  shift_.say(fmt::format(
      "the result of {} could not be told ({}); {}",
      grant.task.id,
      why,
      written.ok() ? "it is kept in " + path : "nor kept: " + written.error().text()
  ));
}

}  // namespace evener
