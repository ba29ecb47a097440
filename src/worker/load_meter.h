// How loaded this machine is, as its workers tell the pool: read in /proc, at most once a second.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.h"
#include "model/worker.h"

namespace evener {

// How loaded the machine is; nothing if nobody knows.
using LoadOfMachine = std::function<std::optional<MachineLoad>()>;

class LoadMeter {
 public:
  // `root` stands before /proc.
  explicit LoadMeter(std::string root = "") : root_(std::move(root)) {}

  // Cores: how busy they were since the call before; before that, the load average of a minute.
  // Memory: what is not available. Nothing where /proc does not say. `now` is any clock that runs
  // on. May be called by several threads.
  std::optional<MachineLoad> read(Millis now);

 private:
  struct Ticks {
    std::int64_t all = 0;
    std::int64_t idle = 0;
  };

  std::optional<Ticks> ticks() const;
  std::optional<std::int64_t> load_average() const;
  std::optional<std::int64_t> memory() const;

  std::string root_;
  std::mutex mutex_;
  std::optional<Millis> read_at_;
  std::optional<Ticks> before_;
  std::optional<MachineLoad> last_;
};

}  // namespace evener
