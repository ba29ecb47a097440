// Running a command: start it, feed it, gather what it prints, learn how it ended, end it. Whoever
// runs commands does so through ProcessRunner, so that tests need no processes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "worker/output.h"
#include "worker/process_table.h"
#include "worker/time_limit.h"

namespace evener {

struct ProcessSpec {
  std::vector<std::string> argv;  // the program is a path, or is searched in its PATH
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours, or instead
  std::string directory = {};                                         // "": ours
  std::string input = {};  // what it reads from stdin, as from a file
  OutputLimits output = {};
  LineListener on_line = nullptr;  // called by poll(), for every line of stdout and stderr
  std::shared_ptr<const Redaction> redaction = nullptr;  // of its output; nothing: none
  std::optional<TimeLimit> limit = {};  // kept also while this process is stopped; nothing: none
};

struct Exit {
  int code = 0;         // -1 if a signal ended it
  int signal = 0;       // 0 if none did
  Millis duration = 0;  // of the command alone, without what it left behind
  bool lapsed = false;  // it was ended because its time limit had come, and nobody had asked before

  bool succeeded() const { return code == 0; }
};

// Why poll() has returned.
enum class Wake {
  exited,     // the command has ended, nothing that must end with it is left, the output is whole
  woken,      // wake_fd is readable; nothing was read from it
  output,     // some more was captured
  timed_out,  // none of these
};

// One command. Belongs to one thread at a time; another wakes it through wake_fd.
class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Ends the command and all its descendants at once if it still runs, and waits for that.
  virtual ~Process() = default;

  // Moves output along until something above is the case. A command whose output is not polled
  // for stands still when its pipe is full. timeout < 0: no limit. wake_fd -1: none.
  virtual Wake poll(Millis timeout, int wake_fd) = 0;

  // stdout and stderr, merged in the order of arrival.
  virtual const OutputCapture& output() const = 0;

  // How it ended, once poll() has answered `exited`.
  virtual std::optional<Exit> exit() const = 0;

  // Asks for the end: SIGTERM to the whole group now, SIGKILL to every descendant when the group
  // has gone or `grace` is over. Returns at once; poll() tells when it has happened. A second call
  // can only shorten the grace. Nothing happens if the command has ended.
  virtual Status kill(Millis grace) = 0;

  // Puts the time limit off, unless it has come: what is being ended goes on ending.
  virtual void set_limit(const TimeLimit& limit) = 0;
};

class ProcessRunner {
 public:
  ProcessRunner() = default;
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;
  virtual ~ProcessRunner() = default;

  // Returns when the program runs. Fails with `cannot_start`, which names the program or directory.
  virtual Result<std::unique_ptr<Process>> start(const ProcessSpec& spec) = 0;
};

// Real processes, each behind a keeper (keeper.h). When a command succeeds, its session is ended,
// and services that made a session of their own live on (their output should go elsewhere: the
// pipe is closed). When it fails, is killed, or this process dies in any way, all its descendants
// end. start() may be called by many threads. SIGCHLD must not be ignored, and nobody else may reap
// our children.
class SystemProcessRunner : public ProcessRunner {
 public:
  // `keeper_argv`: a path and arguments that lead to keeper_main, see keeper_command().
  // `patience`: how long a keeper may take to end its command after the grace, before it is killed
  // itself and its work is done from here; longer than keeper_sweep_limit_ms.
  SystemProcessRunner(
      std::vector<std::string> keeper_argv, ProcessTable table, Millis patience = 15'000
  );

  Result<std::unique_ptr<Process>> start(const ProcessSpec& spec) override;

 private:
  std::vector<std::string> keeper_argv_;
  ProcessTable table_;
  Millis patience_;
};

// This same executable as the keeper; it works also after its file was replaced.
std::vector<std::string> keeper_command();

}  // namespace evener
