#include "cli/lock_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace evener {
namespace {

constexpr char dismissal = 'd';

// Nobody who reads our output, or signals our group, meets the guard.
void leave_terminal() {
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(nothing, standard);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Whether somebody dismissed it before the last holder of the line was gone.
bool is_dismissed(int line) {
  char word = 0;
  ssize_t got = 0;
  do got = ::read(line, &word, 1);
  while (got < 0 && errno == EINTR);
  return got == 1 && word == dismissal;
}

}  // namespace

Result<LockGuard> LockGuard::start(const std::function<void()>& clean_up) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "guard the lock", "pipe");
  auto ours = std::make_unique<FileDescriptor>(ends[1]);
  const FileDescriptor theirs(ends[0]);
  const pid_t child = ::fork();
  if (child < 0) return system_error(errno, "guard the lock", "fork");
  if (child == 0) {
    ours->close();
    leave_terminal();
    if (!is_dismissed(theirs.number())) clean_up();
    ::_exit(0);
  }
  if (::fcntl(ours->number(), F_SETFD, 0) != 0)
    return system_error(errno, "guard the lock", "pipe");
  return LockGuard(std::move(ours));
}

void LockGuard::dismiss() {
  static_cast<void>(!::write(line_->number(), &dismissal, 1));
  line_->close();
}

}  // namespace evener
