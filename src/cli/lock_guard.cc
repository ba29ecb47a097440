#include "cli/lock_guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/offspring.h"
#include "worker/keeper.h"

namespace evener {
namespace {

// As it is in memory: both ends are the same process, forked.
struct GuardWord {
  enum class Kind : std::int32_t { ready, limit, dismissal };
  Kind kind = Kind::dismissal;
  std::optional<TimeLimit> limit = {};
};

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

// So that no lock is taken before the guard is one that outlives the attempt in which it was begun.
void say_ready(int line) {
  const GuardWord word{.kind = GuardWord::Kind::ready};
  static_cast<void>(::send(line, &word, sizeof word, MSG_NOSIGNAL));
}

bool is_ready(int line) {
  GuardWord word;
  ssize_t count = 0;
  do {
    count = ::recv(line, &word, sizeof word, 0);
  } while (count < 0 && errno == EINTR);
  return count == sizeof word && word.kind == GuardWord::Kind::ready;
}

// In the guard: what it hears, and what it does to the offspring of the process that it guards.
class GuardDuty {
 public:
  GuardDuty(int line, pid_t guarded, Offspring offspring)
      : line_(line), guarded_(guarded), offspring_(std::move(offspring)) {}

  // Whether somebody dismissed it before the last holder of the line was gone.
  bool is_dismissed() {
    for (;;) {
      wait();
      if (const std::optional<bool> end = heard()) return *end;
      keep_limit();
    }
  }

 private:
  void wait() const {
    pollfd ready = {line_, POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(longest_wait()));
  }

  // For poll(2): -1 is for ever.
  Millis longest_wait() const {
    if (!limit_) return -1;
    const Millis now = boot_ms();
    if (now >= limit_->kill_at) return kill_again_ms;
    const Millis next = is_asked_ ? limit_->kill_at : limit_->ask_at;
    return std::clamp<Millis>(next - now, 0, longest_nap_ms);
  }

  // Whether it was dismissed; nothing while there is more to come.
  std::optional<bool> heard() {
    for (;;) {
      GuardWord word;
      const ssize_t count = ::recv(line_, &word, sizeof word, MSG_DONTWAIT);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
      if (count != sizeof word) return false;
      if (word.kind == GuardWord::Kind::dismissal) return true;
      limit_ = word.limit;
      is_asked_ = false;
    }
  }

  void keep_limit() {
    if (!limit_) return;
    if (::getppid() != guarded_) return limit_.reset();  // its command has died with it
    const Millis now = boot_ms();
    if (now >= limit_->kill_at) {
      const bool is_over = now >= limit_->kill_at + keeper_sweep_limit_ms;
      if (!signal_all(SIGKILL) || is_over) limit_.reset();
    } else if (now >= limit_->ask_at && !is_asked_) {
      is_asked_ = true;
      signal_all(SIGTERM);
      signal_all(SIGCONT);  // a stopped process would sleep through its grace
    }
  }

  // False if there was nobody but us.
  bool signal_all(int signal) const {
    std::vector<ProcessInfo> living = offspring_.living();
    std::erase_if(living, [](const auto& process) { return process.identity.pid == ::getpid(); });
    for (const ProcessInfo& process : living) signal_exactly(process.identity, signal);
    return !living.empty();
  }

  int line_;
  pid_t guarded_;
  Offspring offspring_;
  std::optional<TimeLimit> limit_;
  bool is_asked_ = false;
};

}  // namespace

Result<LockGuard> LockGuard::start(const std::function<void()>& clean_up) {
  std::array<int, 2> ends = {};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return system_error(errno, "guard the lock", "socketpair");
  Descriptor ours(ends[1]);
  Descriptor theirs(ends[0]);
  const pid_t guarded = ::getpid();
  const Offspring offspring(guarded);
  const pid_t child = ::fork();
  if (child < 0) return system_error(errno, "guard the lock", "fork");
  if (child == 0) {
    ours.close();
    leave_terminal();
    become_guard();
    say_ready(theirs.get());
    if (!GuardDuty(theirs.get(), guarded, offspring).is_dismissed()) clean_up();
    ::_exit(0);
  }
  theirs.close();
  if (!is_ready(ours.get())) return Error{"cannot_start", "the guard of the lock has ended"};
  if (::fcntl(ours.get(), F_SETFD, 0) != 0)
    return system_error(errno, "guard the lock", "socketpair");
  return LockGuard(std::move(ours));
}

// A guard that is gone, or hears nothing, is no reason to stop.
void LockGuard::set_limit(const std::optional<TimeLimit>& limit) const {
  const GuardWord word{.kind = GuardWord::Kind::limit, .limit = limit};
  static_cast<void>(::send(line_.get(), &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT));
}

void LockGuard::dismiss() {
  const GuardWord word{.kind = GuardWord::Kind::dismissal};
  static_cast<void>(::send(line_.get(), &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT));
  line_.close();
}

}  // namespace evener
