// Claims while many locks are held: running tasks hold a folder each, and of those that are ready
// half conflict with them.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "pool_fixture.h"

namespace evener {
namespace {

constexpr std::size_t per_worker = 1000;

TaskSpec task_with_path(std::string id, std::string path) {
  TaskSpec task;
  task.id = std::move(id);
  task.title = "Change a module";
  task.paths = {std::move(path)};
  return task;
}

std::vector<Request> one(Command command) {
  std::vector<Request> requests(1);
  requests.front().command = std::move(command);
  return requests;
}

void join(BenchPool& pool, const std::string& name) {
  WorkerSpec worker;
  worker.name = name;
  worker.slots = limits::slots_per_worker;
  pool.give(one(RegisterWorker{worker}));
}

void add_all(BenchPool& pool, std::size_t count, const auto& make) {
  constexpr std::size_t per_command = 100;
  for (std::size_t done = 0; done < count; done += per_command) {
    AddTasks command;
    for (std::size_t i = done; i < done + per_command; ++i) command.tasks.push_back(make(i));
    pool.give(one(std::move(command)));
  }
}

// `held` tasks run; as many ready ones touch a file of theirs, and as many a folder of their own.
void fill(BenchPool& pool, std::size_t held) {
  add_all(pool, held, [](std::size_t i) {
    return task_with_path(fmt::format("held-{}", i), fmt::format("src/module-{}/**", i));
  });
  for (std::size_t i = 0; i < held; ++i) {
    const std::string worker = fmt::format("holder-{}", i / per_worker);
    if (i % per_worker == 0) join(pool, worker);
    pool.give(one(Claim{.worker = worker}));
  }
  CHECK(pool.engine().pool().locks().holder_count() == held, "not all locks are held");
  add_all(pool, held, [](std::size_t i) {
    return task_with_path(fmt::format("parked-{}", i), fmt::format("src/module-{}/main.cc", i));
  });
  add_all(pool, held, [](std::size_t i) {
    return task_with_path(fmt::format("free-{}", i), fmt::format("lib/module-{}/*.cc", i));
  });
}

std::string text_in(const std::string& reply, std::string_view key, char end) {
  const std::size_t at = reply.find(key);
  CHECK(at != std::string::npos, reply);
  return reply.substr(at + key.size(), reply.find(end, at + key.size()) - at - key.size());
}

void claim_and_release(benchmark::State& state) {
  BenchPool pool;
  fill(pool, static_cast<std::size_t>(state.range(0)));
  join(pool, "claimer");
  for (auto _ : state) {
    const std::string reply = pool.give(one(Claim{.worker = "claimer"}));
    Release release;
    release.task = text_in(reply, R"("id":")", '"');
    release.worker = "claimer";
    release.fence = Fence{std::atoll(text_in(reply, R"("fence":)", ',').c_str())};
    pool.give(one(std::move(release)));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("items are claim + release, each flushed by itself");
}

BENCHMARK(claim_and_release)
    ->Name("locks/claim_and_release/held")
    ->Arg(100)
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);

// The worst: all that is ready wants the same, each with another wish, and parks and unparks with
// every claim.
void claim_what_all_want(benchmark::State& state) {
  BenchPool pool;
  add_all(pool, static_cast<std::size_t>(state.range(0)), [](std::size_t i) {
    TaskSpec task = task_with_path(fmt::format("task-{}", i), "CHANGELOG.md");
    task.paths.push_back(fmt::format("src/module-{}/**", i));
    return task;
  });
  join(pool, "claimer");
  for (auto _ : state) {
    const std::string reply = pool.give(one(Claim{.worker = "claimer"}));
    Release release;
    release.task = text_in(reply, R"("id":")", '"');
    release.worker = "claimer";
    release.fence = Fence{std::atoll(text_in(reply, R"("fence":)", ',').c_str())};
    pool.give(one(std::move(release)));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("items are claim + release; every other task waits for the same file");
}

BENCHMARK(claim_what_all_want)
    ->Name("locks/claim_what_all_want/ready")
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace evener
