// A pool's folder that goes away with the test, and a clock that stands until it is moved.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/pool_folder.h"

namespace evener {

class TestPoolFolder {
 public:
  TestPoolFolder() {
    std::string name = testing::TempDir() + "evener-pool-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    name_ = name;
  }

  TestPoolFolder(const TestPoolFolder&) = delete;
  TestPoolFolder& operator=(const TestPoolFolder&) = delete;

  ~TestPoolFolder() { std::filesystem::remove_all(name_); }

  PoolFolder pool() const { return {name_ + "/.evener"}; }

  std::string path(const std::string& name) const { return name_ + "/" + name; }

 private:
  std::string name_;
};

class StandingClock : public Clock {
 public:
  ClockReading read() override { return reading; }

  void pass(Millis time) {
    reading.wall += time;
    reading.monotonic += time;
    reading.boot += time;
  }

  ClockReading reading{
      .wall = 1'763'726'400'000, .monotonic = 5000, .boot = 5000, .boot_id = "boot-1"
  };
};

}  // namespace evener
