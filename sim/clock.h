// The clocks of the machine that runs the pool, as far from the true time as the run wants them.
#pragma once

#include <fmt/format.h>

#include "base/time.h"

namespace evener::sim {

inline constexpr Instant beginning = 1'763'726'400'000;

class MachineClock : public Clock {  // Invariant: the monotonic clock never goes back in one boot.
 public:
  ClockReading read() override {
    return {
        .wall = beginning + true_ms_ + wall_off_ms_,
        .monotonic = monotonic_us_ / 1000,
        .boot = booted_us_ / 1000,
        .boot_id = fmt::format("boot-{}", boots_),
        .is_synchronised = is_synchronised_
    };
  }

  // Milliseconds since the run began, as nobody in it knows them.
  Millis true_ms() const { return true_ms_; }

  void pass(Millis time) {
    true_ms_ += time;
    const std::int64_t drifted_us = time * (1'000'000 + drift_ppm_) / 1000;
    booted_us_ += drifted_us;
    if (!suspended_) monotonic_us_ += drifted_us;
  }

  // People and time servers set the wall clock.
  void set_wall(Millis change) { wall_off_ms_ += change; }

  // Suspended machines stop their monotonic clock.
  void suspend(bool is_suspended) { suspended_ = is_suspended; }

  // What the kernel says of the wall clock, rightly or not.
  void say_synchronised(bool is_synchronised) { is_synchronised_ = is_synchronised; }

  void drift(std::int64_t ppm) { drift_ppm_ = ppm; }

  std::int64_t drift_ppm() const { return drift_ppm_; }

  void reboot() {
    ++boots_;
    booted_us_ = first_reading_ms * 1000;
    monotonic_us_ = first_reading_ms * 1000;
    suspended_ = false;
  }

 private:
  static constexpr Millis first_reading_ms = 5000;

  Millis true_ms_ = 0;
  Millis wall_off_ms_ = 0;
  std::int64_t booted_us_ = first_reading_ms * 1000;
  std::int64_t monotonic_us_ = first_reading_ms * 1000;
  std::int64_t drift_ppm_ = 0;
  int boots_ = 1;
  bool suspended_ = false;
  bool is_synchronised_ = false;
};

}  // namespace evener::sim
