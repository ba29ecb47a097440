#include "cli/import_order.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

TEST(ImportOrder, LeavesRoomForTheTicksOfTasksThatExist) {
  constexpr std::size_t tick_bytes = 120;
  Plan plan;
  for (int i = 0; i < 300; ++i) {
    TaskSpec& task = plan.tasks.emplace_back();
    task.id = "t" + std::to_string(i);
    task.criteria = {"it builds", "it runs", "it is told"};
  }
  const HeldPool held = held_pool(plan, {});
  for (TaskSpec& task : plan.tasks) task.criteria.insert(task.criteria.begin(), "it is new");
  const auto commands = import_commands(plan.tasks, held);
  ASSERT_TRUE(commands.ok());
  std::size_t tasks = 0;
  for (const AddTasks& command : *commands) {
    std::size_t bytes = 0;
    for (const TaskSpec& task : command.tasks) {
      bytes += to_json_text(task).size() + task.criteria.size() * tick_bytes;
    }
    EXPECT_LE(bytes, limits::facts_bytes_per_command);
    tasks += command.tasks.size();
  }
  EXPECT_EQ(tasks, 300U);
}

}  // namespace
}  // namespace evener
