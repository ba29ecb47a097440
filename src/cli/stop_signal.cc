#include "cli/stop_signal.h"

#include <sys/signalfd.h>

#include <csignal>

#include "base/file.h"

namespace evener {

Result<int> stop_descriptor() {
  static const int descriptor = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  }();
  if (descriptor < 0) return system_error(errno, "wait for signals", "signalfd");
  return descriptor;
}

}  // namespace evener
