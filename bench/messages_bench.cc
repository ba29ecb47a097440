// What messages cost where nobody asks for them: claims in a pool of 100,000 workers that keeps as
// many messages as it may.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "pool_fixture.h"

namespace evener {
namespace {

constexpr std::size_t workers = 100'000;
constexpr std::size_t roles = 20;

std::vector<Request> one(Command command) {
  std::vector<Request> requests(1);
  requests.front().command = std::move(command);
  return requests;
}

std::string worker_name(std::size_t i) {
  return fmt::format("worker-{}", i);
}

void join_all(BenchPool& pool) {
  for (std::size_t i = 0; i < workers; ++i) {
    WorkerSpec worker;
    worker.name = worker_name(i);
    worker.role = fmt::format("role-{}", i % roles);
    worker.machine = fmt::format("machine-{}", i % 100);
    pool.give(one(RegisterWorker{worker}));
  }
}

// A tenth to everyone, half to roles, the rest to single workers.
void send_all(BenchPool& pool, std::size_t messages) {
  for (std::size_t i = 0; i < messages; ++i) {
    SendMessage message{.text = "what everybody has to know", .urgent = i % 7 == 0};
    message.to = worker_name(i * 7 % workers);
    if (i % 2 == 0) message.to = fmt::format("role:role-{}", i / 2 % roles);
    if (i % 10 == 9) message.to = "everyone";
    pool.give(one(std::move(message)));
  }
}

void claim_and_release(benchmark::State& state) {
  BenchPool pool;
  AddTasks add;
  add.tasks.push_back({.id = "task"});
  pool.give(one(std::move(add)));
  join_all(pool);
  const auto messages = static_cast<std::size_t>(state.range(0));
  send_all(pool, messages);
  CHECK(pool.engine().pool().state().messages.live.size() == messages, "not all were sent");
  std::size_t next = 0;
  for (auto _ : state) {
    const std::string worker = worker_name(next++ * 31 % workers);
    pool.give(one(Claim{.worker = worker}));
    const Fence fence = pool.engine().pool().state().last_fence;
    pool.give(one(Release{.task = "task", .worker = worker, .fence = fence}));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("items are claim + release, each by another worker that has messages to read");
}

BENCHMARK(claim_and_release)
    ->Name("messages/claim_and_release/messages")
    ->Arg(0)
    ->Arg(100)
    ->Arg(9'990)
    ->Unit(benchmark::kMicrosecond);

// One worker after the other has read everything that was sent to all.
void acknowledge_all(benchmark::State& state) {
  BenchPool pool;
  join_all(pool);
  send_all(pool, static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    pool.give(one(Acknowledge{.worker = worker_name(next++ % workers), .all = true}));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(acknowledge_all)
    ->Name("messages/acknowledge_all/messages")
    ->Arg(9'990)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace evener
