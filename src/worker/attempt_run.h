// Runs one attempt for real: does what the AttemptMachine says, with processes, files, the
// heartbeat and a clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "worker/attempt_machine.h"
#include "worker/grant.h"
#include "worker/heartbeat.h"
#include "worker/output_file.h"
#include "worker/progress_reader.h"

namespace evener {

struct AttemptSetting {
  Surroundings surroundings;
  std::string command;          // of /bin/sh -c
  std::vector<Secret> secrets;  // into the environment of both commands, and out of their output
  std::string directory;        // "": ours
  std::string output_folder;    // where the live output stands
  OutputLimits output;
  Millis grace_ms = 5000;
  Millis progress_ms = 0;
  // Asked when a renewal is refused because the attempt is over: whether this attempt itself has
  // closed its task.
  std::function<bool()> is_closed = {};
};

// What one of the two commands left behind. It is empty if the command was never started.
struct CommandTrace {
  std::optional<Exit> exit = {};
  std::string output = {};  // as OutputCapture::text() has it
  std::string last_line = {};
  std::optional<OutputFile> file = {};  // live while the command runs
};

struct AttemptTrace {
  Verdict verdict;
  CommandTrace run;
  CommandTrace verify;
};

// What shows how a command ended, without the reference to its whole output.
Evidence evidence_of(const Exit& exit, std::string_view output);

// Whether the evidence's tail does not hold the whole output.
bool needs_upload(const Evidence& evidence, std::string_view output);

// A file's name for an attempt: its fence, and what a file's name can hold of the task's id.
std::string output_name(const Grant& grant, std::string_view suffix);

class AttemptRun {
 public:
  AttemptRun(
      const Grant& grant,
      const AttemptSetting& setting,
      ProcessRunner& processes,
      Clock& clock,
      Heartbeat& heartbeat,
      std::shared_ptr<Mailbox> mailbox
  );

  // Returns when no process of the attempt is left.
  AttemptTrace finish();

 private:
  void feed(const AttemptInput& input);
  void act(const attempt_effect::Spawn& effect);
  void act(const attempt_effect::SendRenewal& effect);
  void act(const attempt_effect::Kill& effect);
  void act(const attempt_effect::Settle& effect);
  void follow_process();
  void process_exited();
  void read_mail();
  ProcessSpec spec_for(AttemptStage stage);
  CommandTrace& trace_of(AttemptStage stage);
  std::string newest_output() const;
  std::string redacted(const std::string& line) const;

  const Grant& grant_;
  const AttemptSetting& setting_;
  const std::shared_ptr<const Redaction> redaction_;  // nothing if there are no secrets
  ProcessRunner& processes_;
  Clock& clock_;
  Heartbeat& heartbeat_;
  std::shared_ptr<Mailbox> mailbox_;
  AttemptMachine machine_;
  AttemptTrace trace_;
  AttemptStage stage_ = AttemptStage::running;
  ProgressReader progress_;
  std::unique_ptr<Process> process_;
  Stop told_stop_ = Stop::no;
};

}  // namespace evener
