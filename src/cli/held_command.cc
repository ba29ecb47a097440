#include "cli/held_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/file.h"
#include "cli/offspring.h"
#include "cli/stop_signal.h"
#include "worker/attempt_machine.h"
#include "worker/keeper.h"

namespace evener {
namespace {

sigset_t our_signals() {
  sigset_t set = stop_signal_set();
  sigaddset(&set, SIGCHLD);
  return set;
}

Descriptor descriptor_of(const sigset_t& signals) {
  Descriptor descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  CHECK(descriptor.open(), "the system gives no signalfd");
  return descriptor;
}

// The next of our signals; nothing if none came in time.
std::optional<siginfo_t> next_signal(Millis timeout) {
  const sigset_t set = our_signals();
  const timespec wait{timeout / 1000, timeout % 1000 * 1'000'000};
  siginfo_t info{};
  return sigtimedwait(&set, &info, &wait) > 0 ? std::optional(info) : std::nullopt;
}

// In the child: becomes the command, or tells by the pipe why it cannot.
[[noreturn]] void become(char** argv, pid_t parent, int failure_pipe) {
  const sigset_t set = our_signals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(128 + SIGTERM);
  execvp(argv[0], argv);
  const int problem = errno;
  static_cast<void>(!write(failure_pipe, &problem, sizeof problem));
  _exit(127);
}

// There may be other threads: between fork and exec nothing is allocated.
Result<pid_t> start(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) return system_error(errno, "start", words.front());
  const Descriptor failure_in(failure[0]);
  Descriptor failure_out(failure[1]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return system_error(errno, "start", words.front());
  if (child == 0) become(argv.data(), parent, failure_out.get());
  failure_out.close();
  int problem = 0;
  if (read(failure_in.get(), &problem, sizeof problem) != sizeof problem) return child;
  waitpid(child, nullptr, 0);
  return Error{"cannot_start", std::strerror(problem), words.front()};
}

class HeldRun {
 public:
  HeldRun(const HeldCommand& command, Clock& clock, Heartbeat& heartbeat)
      : command_(command),
        clock_(clock),
        heartbeat_(heartbeat),
        machine_({.claimed_at = command.claimed_at, .lease_ms = command.lease_ms}) {}

  Result<HeldExit> finish() {
    feed(attempt_input::Begun{});
    while (!machine_.over()) {
      wait();
      pass_signals_on();
      reap();
      read_mail();
      if (machine_.over()) break;
      feed(attempt_input::Tick{});
      if (ending_ && now() >= kill_at_) signal_all(SIGKILL);
      if (is_gone()) feed(attempt_input::Exited{{.code = code_.value_or(0)}});
    }
    pass_signals_on();  // that of a terminal, which has ended the command, is done with
    if (failure_) return *failure_;
    HeldExit exit{.code = code_};
    if (ending_ || !child_) exit.lost = reason_;
    return exit;
  }

 private:
  Millis now() const { return clock_.read().boot; }

  void feed(const AttemptInput& input) {
    for (const AttemptEffect& effect : machine_.step(now(), input)) {
      std::visit([this](const auto& wanted) { act(wanted); }, effect);
    }
  }

  void act(const attempt_effect::Spawn&) {
    tell_limit();
    const Result<pid_t> started = start(command_.argv);
    if (started.ok()) {
      child_ = *started;
    } else {
      failure_ = started.error();
      feed(attempt_input::CannotStart{failure_->message});
    }
  }

  void tell_limit() const {
    if (command_.limit_told) command_.limit_told(machine_.time_limit());
  }

  void act(const attempt_effect::SendRenewal&) { heartbeat_.send(command_.lease, mailbox_); }

  void act(const attempt_effect::Kill& effect) {
    const bool is_asked_first = !ending_ && effect.grace > 0;
    ending_ = true;
    kill_at_ = std::min(kill_at_, now() + effect.grace);
    if (!is_asked_first) return;
    signal_all(SIGTERM);
    signal_all(SIGCONT);  // a stopped process would sleep through its grace
  }

  void act(const attempt_effect::Settle& effect) { reason_ = effect.verdict.reason; }

  // The end of any of the offspring wakes us: its parent is us, or is one that ends too.
  void wait() const {
    Millis left = machine_.next_tick() - now();
    if (ending_) left = std::min(left, std::max(kill_at_ - now(), kill_pause()));
    std::array<pollfd, 2> ready = {{{signals_.get(), POLLIN, 0}, {mailbox_->fd(), POLLIN, 0}}};
    const Millis nap = std::clamp<Millis>(left, 0, longest_nap_ms);
    ::poll(ready.data(), ready.size(), static_cast<int>(nap));
  }

  // What the terminal sends, it sends to the command too.
  void pass_signals_on() const {
    signalfd_siginfo info = {};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      const bool is_for_us = info.ssi_signo != SIGCHLD && info.ssi_code <= 0;
      if (is_for_us && runs()) ::kill(*child_, static_cast<int>(info.ssi_signo));
    }
  }

  void reap() {
    int status = 0;
    for (pid_t gone = 0; (gone = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (gone != child_) continue;
      code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }

  void read_mail() {
    for (const RenewalAnswer& answer : mailbox_->take()) {
      if (answer.kind == RenewalAnswer::Kind::renewed) {
        feed(attempt_input::Renewed{});
        tell_limit();
      }
      if (answer.kind == RenewalAnswer::Kind::unreachable) feed(attempt_input::Unreachable{});
      if (answer.kind == RenewalAnswer::Kind::refused) {
        feed(attempt_input::RenewalRefused{answer.reason});
      }
    }
  }

  bool runs() const { return child_ && !code_; }

  Millis kill_pause() const {
    return now() < kill_at_ + keeper_sweep_limit_ms ? kill_again_ms : longest_nap_ms;
  }

  // The command first, at once and even where /proc shows nothing.
  void signal_all(int signal) const {
    if (runs()) ::kill(*child_, signal);
    for (const ProcessInfo& process : offspring_.living()) {
      if (process.identity.pid != child_) signal_exactly(process.identity, signal);
    }
  }

  // What it leaves behind when it ends by itself may live on; without a lease nothing may. (What
  // cannot be killed, another user's say, is left in the end.)
  bool is_gone() const {
    if (!child_ || runs()) return false;
    return !ending_ || offspring_.living().empty() || now() >= kill_at_ + keeper_sweep_limit_ms;
  }

  const HeldCommand& command_;
  Clock& clock_;
  Heartbeat& heartbeat_;
  AttemptMachine machine_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  Descriptor signals_ = descriptor_of(our_signals());
  Offspring offspring_{::getpid()};
  std::optional<pid_t> child_;
  std::optional<int> code_;  // once it has ended
  std::optional<Error> failure_;
  bool ending_ = false;
  Millis kill_at_ = std::numeric_limits<Millis>::max();
  std::string reason_;
};

}  // namespace

void block_signals() {
  const sigset_t set = our_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

bool stop_came(Millis timeout) {
  const std::optional<siginfo_t> info = next_signal(timeout);
  return info && info->si_signo != SIGCHLD;
}

Descriptor stop_signals() {
  return descriptor_of(stop_signal_set());
}

Result<HeldExit> run_held(const HeldCommand& command, Clock& clock, Heartbeat& heartbeat) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  return HeldRun(command, clock, heartbeat).finish();
}

}  // namespace evener
