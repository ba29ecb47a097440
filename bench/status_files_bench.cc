// What keeping Markdown files true costs: their text from a pool in memory, and the short lists
// behind it. No disk.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/pool.h"
#include "views/status_files.h"

namespace evener {
namespace {

// Facts as a log would hold them: of ten tasks, eight have a parent, some are meant for a machine,
// a third are done; twenty machines, a hundred workers.
class StatusPool {
 public:
  explicit StatusPool(std::int64_t tasks) {
    write(PoolCreated{"bench", {}});
    for (int i = 0; i < 100; ++i) {
      WorkerSpec worker;
      worker.name = fmt::format("worker-{}", i);
      worker.machine = fmt::format("machine-{}", i % 20);
      worker.role = "builder";
      write(WorkerRegistered{worker});
    }
    for (std::int64_t i = 0; i < tasks; ++i) add(i);
    while (!pool.paths().up_to_date()) pool.repair(SIZE_MAX);
    for (std::int64_t i = 0; i < tasks / 3; ++i) finish(fmt::format("task-{}", 3 * i + 1), i);
    const Status followed = recent.follow(source(), pool.state().last);
    CHECK(followed.ok(), "facts in memory can be read");
  }

  FactSource source() const {
    return [this](Seq from, Seq to, const std::function<bool(const Fact&)>& visit) -> Status {
      for (std::int64_t seq = from.value; seq <= to.value; ++seq) {
        if (!visit(facts_[static_cast<std::size_t>(seq - 1)])) break;
      }
      return Done{};
    };
  }

  Pool pool;
  RecentFacts recent;

 private:
  void write(FactBody body) {
    const Fact fact{
        .seq = pool.state().last.next(), .at = ++now_, .by = "bench", .body = std::move(body)
    };
    pool.apply(fact);
    facts_.push_back(fact);
  }

  void add(std::int64_t i) {
    TaskSpec task;
    task.id = fmt::format("task-{}", i);
    task.title = fmt::format("Restore the service number {} and check that it answers", i);
    task.description = std::string(200, 'x');
    task.priority = static_cast<Priority>(i % 4);
    if (i % 10 > 1) task.parent = fmt::format("task-{}", i - i % 10);
    if (i % 5 == 0) task.assignee = fmt::format("machine:machine-{}", i % 20);
    if (i % 7 == 0) task.criteria = {"it answers", "it survives a restart"};
    if (i % 11 == 0) task.deadline_ms = 5;
    write(TaskAdded{task});
  }

  void finish(const std::string& task, std::int64_t i) {
    const std::string worker = fmt::format("worker-{}", i % 100);
    const Fence fence = pool.state().last_fence.next();
    write(TaskClaimed{task, worker, fence, 1, 30'000, now_ + 30'000});
    write(AttemptFinished{task, worker, fence, "fine", {}, {}});
  }

  std::vector<Fact> facts_;
  Instant now_ = 1'763'726'400'000;
};

void refresh(benchmark::State& state) {
  const StatusPool pool(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const StatusFile& file : status_files(pool.pool, pool.recent)) bytes += file.text.size();
    benchmark::DoNotOptimize(bytes);
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK(refresh)
    ->Name("views/status_files/tasks")
    ->Arg(100)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evener
