#include "cli/held_command.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "base/file.h"

namespace evener {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, number);
  return set;
}

// The next of our signals; nothing if none came in time.
std::optional<siginfo_t> next_signal(Millis timeout) {
  const sigset_t set = our_signals();
  const timespec wait{timeout / 1000, timeout % 1000 * 1'000'000};
  siginfo_t info{};
  return sigtimedwait(&set, &info, &wait) > 0 ? std::optional(info) : std::nullopt;
}

// In the child: becomes the command, or tells by the pipe why it cannot.
[[noreturn]] void become(const std::vector<std::string>& words, pid_t parent, int failure_pipe) {
  const sigset_t set = our_signals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(128 + SIGTERM);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv.front(), argv.data());
  const int problem = errno;
  static_cast<void>(!write(failure_pipe, &problem, sizeof problem));
  _exit(127);
}

Result<pid_t> start(const std::vector<std::string>& argv) {
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) return system_error(errno, "start", argv.front());
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return system_error(errno, "start", argv.front());
  if (child == 0) become(argv, parent, failure[1]);
  close(failure[1]);
  int problem = 0;
  const ssize_t told = read(failure[0], &problem, sizeof problem);
  close(failure[0]);
  if (told != sizeof problem) return child;
  waitpid(child, nullptr, 0);
  return Error{"cannot_start", std::strerror(problem), argv.front()};
}

}  // namespace

void block_signals() {
  const sigset_t set = our_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

bool stop_came(Millis timeout) {
  const std::optional<siginfo_t> info = next_signal(timeout);
  return info && info->si_signo != SIGCHLD;
}

Result<HeldExit> run_held(const HeldCommand& command, const std::function<bool()>& renew) {
  const pid_t child = TRY(start(command.argv));
  SystemClock clock;
  const auto now = [&] { return clock.read().boot; };
  HeldExit exit;
  Millis next = now() + command.every_ms;
  for (;;) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) {
      exit.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      return exit;
    }
    if (const auto info = next_signal(std::max<Millis>(0, next - now()))) {
      // What the terminal sends, it sends to the command too.
      if (info->si_signo != SIGCHLD && info->si_code <= 0) kill(child, info->si_signo);
      continue;
    }
    if (exit.lost) {
      kill(child, SIGKILL);
    } else if (!renew()) {
      exit.lost = true;
      kill(child, SIGTERM);
    }
    next = now() + (exit.lost ? command.grace_ms : command.every_ms);
  }
}

}  // namespace evener
