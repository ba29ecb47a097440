#include "cli/stop_signal.h"

#include <sys/signalfd.h>

#include <csignal>

#include "base/file.h"

namespace evener {

sigset_t stop_signal_set() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now = {};
    const bool is_ignored = sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
    // As nohup wants it. What is blocked would be told all the same.
    if (signal != SIGHUP || !is_ignored) sigaddset(&signals, signal);
  }
  return signals;
}

Result<int> stop_descriptor() {
  static const int descriptor = [] {
    const sigset_t signals = stop_signal_set();
    if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  }();
  if (descriptor < 0) return system_error(errno, "wait for signals", "signalfd");
  return descriptor;
}

void outlive_readers() {
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace evener
