// Tasks that this worker has claimed and given back because it cannot do them: there is nothing to
// run, or the command said that it should be tried elsewhere. Others may take them; this worker
// leaves each alone for a while, longer with every time.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/time.h"

namespace evener {

// May be used by many threads. Times are of one clock that never goes back.
class PassedOver {
 public:
  static constexpr Millis first_ms = 30'000;
  static constexpr Millis longest_ms = 600'000;
  static constexpr std::size_t most = 10'000;  // tasks remembered; beyond, the next one due goes

  // One that is left alone already, since several slots may come upon it at once, stays so for no
  // longer.
  void add(const std::string& task, Millis now);

  // One to which this worker shall not come back at all.
  void add_for_good(const std::string& task);

  // Whether it is still to be left alone.
  bool holds(const std::string& task, Millis now) const;

  // Whether any is.
  bool any(Millis now) const;

 private:
  struct Entry {
    Millis until = 0;
    Millis pause = 0;
  };

  Entry& entry_of(const std::string& task);

  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  Millis latest_ = 0;
};

}  // namespace evener
