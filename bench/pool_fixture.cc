#include "pool_fixture.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace evener {
namespace {

const ClockReading stopped_clock{
    .wall = 1'763'726'430'000, .monotonic = 1, .boot = 1, .boot_id = "bench"
};

}  // namespace

BenchPool::BenchPool() {
  engine_ = std::make_unique<Engine>(
      std::make_unique<Pool>(),
      Stamp{},
      EngineOptions{.serves = true},
      [](Seq, Seq, const FactVisitor&) { return Status(Done{}); }
  );
  engine_->tick(stopped_clock);
  engine_->record("bench", {PoolCreated{.pool = "bench", .card = {}}});
  flush();
}

void BenchPool::flush() {
  while (const std::optional<Batch> batch = engine_->next_batch()) {
    CHECK(journal_.append(*batch) == Append::durable, "memory failed");
    engine_->appended();
  }
}

std::string BenchPool::give(std::vector<Request> requests) {
  engine_->submit(1, {"bench", Scope::operate}, std::move(requests));
  flush();
  Effects effects = engine_->take_effects();
  return std::move(effects.replies.back().body);
}

void BenchPool::add_tasks(std::size_t count) {
  constexpr std::size_t per_command = 100;
  for (std::size_t done = 0; done < count; done += per_command) {
    AddTasks command;
    for (std::size_t i = 0; i < per_command; ++i, ++added_) {
      TaskSpec& task = command.tasks.emplace_back();
      task.id = fmt::format("task-{}", added_);
      task.title = fmt::format("Restore service {} of the cluster", added_);
      task.description = "Start it, wait until it answers on its port, and note what was found.";
      task.kind = "restore";
      task.labels = {"backend"};
      task.estimate_ms = static_cast<Millis>(1000 + added_ % 97 * 100);
      if (added_ % 10 != 0) task.capabilities = {fmt::format("capability-{}", added_ % 50)};
      if (added_ >= 1000 && added_ % 5 == 1) {
        task.needs = {
            {fmt::format("task-{}", added_ - 500)}, {fmt::format("task-{}", added_ - 900)}
        };
      }
    }
    give({{"", std::move(command)}});
  }
  // What a server does between requests: the longest paths are brought up to date.
  while (!engine_->pool().paths().up_to_date()) engine_->tick(stopped_clock);
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace evener
