#include "worker/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A machine made of files.
class InventoryTest : public testing::Test {
 protected:
  InventoryTest() {
    std::string folder = std::filesystem::temp_directory_path() / "evener-machine-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    sources_.root = folder;
    put("proc/sys/kernel/hostname", "walnut.example.org\n");
    put("sys/devices/system/cpu/online", "0-15\n");
    put("proc/meminfo", "MemTotal:       65536000 kB\nMemFree:         1000 kB\n");
  }

  ~InventoryTest() override { std::filesystem::remove_all(sources_.root); }

  void put(const std::string& path, std::string_view text) const {
    const std::filesystem::path whole = std::filesystem::path(sources_.root) / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }

  void put_card(int number, std::string_view vendor) const {
    put("sys/class/drm/card" + std::to_string(number) + "/device/vendor", vendor);
  }

  Inventory take() const { return take_inventory(sources_); }

  InventorySources sources_;
};

TEST_F(InventoryTest, KnowsNameCoresAndMemory) {
  const Inventory inventory = take();
  EXPECT_EQ(inventory.hostname, "walnut");
  EXPECT_EQ(inventory.cores, 16);
  EXPECT_EQ(inventory.memory_mb, 64'000);
  EXPECT_THAT(inventory.gpus, IsEmpty());
  EXPECT_THAT(inventory.models, IsEmpty());
}

TEST_F(InventoryTest, CountsOnlyCoresThatAreThere) {
  put("sys/devices/system/cpu/online", "0-3,8,10-11\n");
  EXPECT_EQ(take().cores, 7);
}

TEST_F(InventoryTest, KeepsToAContainersShare) {
  put("sys/fs/cgroup/cpu.max", "350000 100000\n");
  put("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(take().cores, 3);
  EXPECT_EQ(take().memory_mb, 1024);
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(take().cores, 1) << "half a core is one to work with";
  put("sys/fs/cgroup/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(take().cores, 16);
  EXPECT_EQ(take().memory_mb, 64'000);
}

TEST_F(InventoryTest, NamesGpusAsTheirDriversDo) {
  put("proc/driver/nvidia/gpus/0000:01:00.0/information",
      "Model: \t\t NVIDIA GeForce RTX 3090\nIRQ:   \t\t 74\n");
  put("proc/driver/nvidia/gpus/0000:02:00.0/information",
      "Model: \t\t NVIDIA GeForce RTX 3090\nIRQ:   \t\t 75\n");
  put_card(0, "0x10de\n");
  put_card(1, "0x10de\n");
  EXPECT_THAT(take().gpus, ElementsAre("NVIDIA GeForce RTX 3090", "NVIDIA GeForce RTX 3090"));
}

TEST_F(InventoryTest, KnowsGpusByTheirMakersWithoutADriverThatTells) {
  put_card(0, "0x1002\n");
  put("sys/class/drm/card0/device/product_name", "Radeon RX 7900 XTX\n");
  put_card(1, "0x8086\n");
  put_card(2, "0x10de\n");
  put("sys/class/drm/card0-HDMI-A-1/status", "connected\n");
  put("sys/class/drm/renderD128/device/vendor", "0x1002\n");
  EXPECT_THAT(take().gpus, ElementsAre("Radeon RX 7900 XTX", "Intel GPU", "NVIDIA GPU"));
}

TEST_F(InventoryTest, TakesTheScreenOfAVirtualMachineForNoGpu) {
  put_card(0, "0x1af4\n");
  put_card(1, "0x1a03\n");
  EXPECT_THAT(take().gpus, IsEmpty());
}

TEST_F(InventoryTest, AsksForModels) {
  std::string asked;
  sources_.ask_models = [&](const std::string& target) -> Result<std::string> {
    asked = target;
    return std::string(
        R"({"models":[{"name":"qwen2.5-coder:7b","size":1},{"name":"llama3:8b"},{"size":2}]})"
    );
  };
  EXPECT_THAT(take().models, ElementsAre("llama3:8b", "qwen2.5-coder:7b"));
  EXPECT_EQ(asked, "/api/tags");
}

TEST_F(InventoryTest, DoesWithoutModelsThatCannotBeAskedFor) {
  for (const std::string_view answer : {"", "{", "[]", R"({"models":7})", R"({"models":[1]})"}) {
    sources_.ask_models = [&](const std::string&) {
      return Result<std::string>(std::string(answer));
    };
    EXPECT_THAT(take().models, IsEmpty()) << answer;
  }
  sources_.ask_models = [](const std::string&) -> Result<std::string> {
    return Error{"unreachable", "nobody answers"};
  };
  EXPECT_THAT(take().models, IsEmpty());
}

TEST_F(InventoryTest, IsEmptyWhereNothingCanBeRead) {
  sources_.root += "/nothing";
  EXPECT_EQ(take(), Inventory());
}

TEST(SystemInventory, KnowsThisMachine) {
  const Inventory inventory = take_inventory(system_sources());
  EXPECT_FALSE(inventory.hostname.empty());
  EXPECT_GE(inventory.cores, 1);
  EXPECT_GE(inventory.memory_mb, 64);
}

}  // namespace
}  // namespace evener
