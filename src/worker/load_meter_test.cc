#include "worker/load_meter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace evener {
namespace {

class LoadMeters : public testing::Test {
 protected:
  LoadMeters() : meter_(new_folder()) {}

  ~LoadMeters() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(folder_ + "/proc");
    std::ofstream(folder_ + "/proc/" + name) << text;
  }

  void put_all(const std::string& cpu) {
    put("stat", cpu + "\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5\n");
    put("loadavg", "0.50 0.40 0.30 1/200 3000\n");
    put("meminfo", "MemTotal: 8000 kB\nMemFree: 100 kB\nMemAvailable: 6000 kB\n");
  }

  std::string new_folder() {
    folder_ = std::filesystem::temp_directory_path() / "evener-load-XXXXXX";
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
    return folder_;
  }

  std::string folder_;
  LoadMeter meter_;
};

TEST_F(LoadMeters, ShowTheAverageFirstAndThenWhatWasDoneSince) {
  put_all("cpu  100 0 100 800 0 0 0 0 50 0");
  EXPECT_EQ(meter_.read(5000), (MachineLoad{.cpu = 25, .memory = 25}));
  put_all("cpu  160 0 110 820 10 0 0 0 90 0");
  EXPECT_EQ(meter_.read(6000), (MachineLoad{.cpu = 70, .memory = 25}));
}

TEST_F(LoadMeters, ReadOnceASecond) {
  put_all("cpu  100 0 100 800");
  ASSERT_TRUE(meter_.read(0));
  put_all("cpu  900 0 100 800");
  EXPECT_EQ(meter_.read(999)->cpu, 25);
  EXPECT_EQ(meter_.read(1000)->cpu, 100);
}

TEST_F(LoadMeters, SayNothingWhereTheSystemDoesNot) {
  EXPECT_EQ(meter_.read(0), std::nullopt);
  put("stat", "cpu\n");
  put("meminfo", "MemTotal: none\n");
  EXPECT_EQ(meter_.read(2000), std::nullopt);
}

}  // namespace
}  // namespace evener
