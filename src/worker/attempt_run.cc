#include "worker/attempt_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "worker/progress_reader.h"

namespace evener {
namespace {

constexpr int signal_exit_base = 128;

AttemptTerms terms_of(const Grant& grant, const AttemptSetting& setting) {
  return {
      .has_verify = !grant.task.verify.empty(),
      .claimed_at = grant.claimed_at,
      .lease_ms = grant.lease_ms,
      .grace_ms = setting.grace_ms,
      .progress_ms = setting.progress_ms
  };
}

}  // namespace

Evidence evidence_of(const Exit& exit, std::string_view output) {
  return {
      .exit_code = exit.signal != 0 ? signal_exit_base + exit.signal : exit.code,
      .duration_ms = exit.duration,
      .tail = tail_of(output, limits::tail_bytes)
  };
}

bool needs_upload(const Evidence& evidence, std::string_view output) {
  return evidence.tail.size() < output.size();
}

std::string output_name(const Grant& grant, std::string_view suffix) {
  std::string name = fmt::format("{}-", grant.fence.value);
  for (const char c : grant.task.id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    name += plain ? c : '_';
  }
  return name.append(suffix);
}

AttemptRun::AttemptRun(
    const Grant& grant,
    const AttemptSetting& setting,
    ProcessRunner& processes,
    Clock& clock,
    Heartbeat& heartbeat,
    std::shared_ptr<Mailbox> mailbox
)
    : grant_(grant),
      setting_(setting),
      redaction_(
          setting.secrets.empty() ? nullptr : std::make_shared<const Redaction>(setting.secrets)
      ),
      processes_(processes),
      clock_(clock),
      heartbeat_(heartbeat),
      mailbox_(std::move(mailbox)),
      machine_(terms_of(grant, setting)) {}

AttemptTrace AttemptRun::finish() {
  feed(attempt_input::Begun{});
  while (!machine_.over()) follow_process();
  return std::move(trace_);
}

void AttemptRun::feed(const AttemptInput& input) {
  for (const AttemptEffect& effect : machine_.step(clock_.read().boot, input)) {
    std::visit([this](const auto& wanted) { act(wanted); }, effect);
  }
}

void AttemptRun::act(const attempt_effect::Spawn& effect) {
  stage_ = effect.stage;
  progress_ = {};
  Result<std::unique_ptr<Process>> started = processes_.start(spec_for(stage_));
  if (!started.ok()) {
    feed(attempt_input::CannotStart{started.error().message});
    return;
  }
  process_ = std::move(*started);
}

// What people watch it by, while a server shows them: secrets were taken out when it was captured.
std::string AttemptRun::newest_output() const {
  constexpr std::size_t most_lines = 60;
  if (setting_.progress_ms == 0 || process_ == nullptr) return {};
  const std::vector<std::string> lines = process_->output().last_lines(most_lines);
  return tail_of(fmt::format("{}", fmt::join(lines, "\n")), limits::tail_bytes);
}

// A line that lost its colours may show what they had parted.
std::string AttemptRun::redacted(const std::string& line) const {
  return redaction_ == nullptr ? line : tail_of(redaction_->text(line), limits::line_bytes);
}

void AttemptRun::act(const attempt_effect::SendRenewal& effect) {
  Progress progress = effect.progress;
  progress.line = redacted(progress.line);
  heartbeat_.send(
      {.worker = setting_.surroundings.worker,
       .task = grant_.task.id,
       .fence = grant_.fence,
       .progress = std::move(progress),
       .output = newest_output()},
      mailbox_
  );
}

// A signal that cannot be sent is no reason to wait less for the end: the process keeps its keeper.
void AttemptRun::act(const attempt_effect::Kill& effect) {
  if (process_ != nullptr) static_cast<void>(process_->kill(effect.grace));
}

void AttemptRun::act(const attempt_effect::Settle& effect) {
  trace_.verdict = effect.verdict;
}

void AttemptRun::follow_process() {
  CHECK(process_ != nullptr, "an attempt that is not over runs a command");
  const Millis left = machine_.next_tick() - clock_.read().boot;
  const Wake wake = process_->poll(std::clamp<Millis>(left, 0, longest_nap_ms), mailbox_->fd());
  trace_of(stage_).file->flush();
  switch (wake) {
    case Wake::exited:
      return process_exited();
    case Wake::woken:
      return read_mail();
    case Wake::output:
      return feed(attempt_input::Printed{progress_.progress()});
    case Wake::timed_out:
      return feed(attempt_input::Tick{});
  }
}

void AttemptRun::process_exited() {
  CommandTrace& trace = trace_of(stage_);
  trace.exit = process_->exit();
  CHECK(trace.exit, "an exited process says how");
  trace.output = process_->output().text();
  trace.last_line = redacted(progress_.progress().line);
  process_.reset();
  feed(attempt_input::Exited{*trace.exit});
}

void AttemptRun::read_mail() {
  for (const RenewalAnswer& answer : mailbox_->take()) {
    if (machine_.over()) return;
    if (answer.fence != grant_.fence) continue;  // of an attempt before this one
    switch (answer.kind) {
      case RenewalAnswer::Kind::renewed:
        feed(attempt_input::Renewed{});
        if (process_ != nullptr) process_->set_limit(machine_.time_limit());
        break;
      case RenewalAnswer::Kind::refused:
        feed(attempt_input::RenewalRefused{
            .reason = answer.reason,
            .closed = answer.is_over && setting_.is_closed && setting_.is_closed()
        });
        break;
      case RenewalAnswer::Kind::unreachable:
        feed(attempt_input::Unreachable{});
        break;
    }
  }
  const Stop stop = mailbox_->stopping();
  if (stop > told_stop_ && !machine_.over()) {
    told_stop_ = stop;
    feed(attempt_input::StopRequested{.at_once = stop == Stop::at_once});
  }
}

ProcessSpec AttemptRun::spec_for(AttemptStage stage) {
  const bool verifies = stage == AttemptStage::verifying;
  CommandTrace& trace = trace_of(stage);
  trace.file.emplace(
      setting_.output_folder + "/" + output_name(grant_, verifies ? ".verify.log" : ".log"),
      setting_.output.head + setting_.output.tail
  );
  std::optional<int> run_exit;
  if (verifies) run_exit = trace_.run.exit->code;
  Variables environment = environment_of(grant_, setting_.surroundings, run_exit);
  for (const Secret& secret : setting_.secrets) environment.emplace_back(secret.name, secret.value);
  return {
      .argv = shell_command(verifies ? grant_.task.verify : setting_.command),
      .environment = std::move(environment),
      .directory = setting_.directory,
      .input = grant_.json,
      .output = setting_.output,
      .on_line =
          [this, &trace](std::string_view line) {
            trace.file->append(line);
            progress_.read(line);
          },
      .redaction = redaction_,
      .limit = machine_.time_limit()
  };
}

CommandTrace& AttemptRun::trace_of(AttemptStage stage) {
  return stage == AttemptStage::running ? trace_.run : trace_.verify;
}

}  // namespace evener
