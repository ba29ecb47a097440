// What the order of claims costs where workers differ: 1,000 workers of 50 kinds, each of which may
// do what ten of 50 capabilities ask for, before 100,000 ready tasks.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/decide.h"
#include "pool_fixture.h"

namespace evener {
namespace {

constexpr int kinds = 50;
constexpr int breadth = 10;
constexpr int workers = 1000;

// One task in five waits for others, so that of 125,000 tasks 100,000 are ready.
void fill_with_many_kinds(BenchPool& pool, std::size_t ready) {
  pool.add_tasks(ready * 5 / 4);
  for (int i = 0; i < workers; ++i) {
    WorkerSpec worker{.name = fmt::format("worker-{}", i)};
    for (int at = 0; at < breadth; ++at) {
      worker.capabilities.push_back(fmt::format("capability-{}", (i + at) % kinds));
    }
    pool.give({{"", RegisterWorker{std::move(worker)}}});
  }
  CHECK(pool.engine().pool().ready().shares().differ(), "the workers were to differ");
}

void pick_for_many_kinds(benchmark::State& state) {
  BenchPool pool;
  fill_with_many_kinds(pool, static_cast<std::size_t>(state.range(0)));
  const Pool& of = pool.engine().pool();
  std::size_t asks = 0;
  for (auto _ : state) {
    const Worker& worker = of.state().workers[++asks % workers];
    benchmark::DoNotOptimize(of.ready().best_for(worker, pool.engine().now()));
  }
  state.counters["ready"] = static_cast<double>(of.ready().ready_count());
  state.SetLabel("the pick alone");
}

BENCHMARK(pick_for_many_kinds)->Name("order/pick/tasks")->Arg(1'000)->Arg(100'000);

// A claim as it is decided and applied, with what moves in the order; each worker gives its task
// back, so that there are as many ready ones for the next.
void claim_for_many_kinds(benchmark::State& state) {
  BenchPool bench;
  fill_with_many_kinds(bench, static_cast<std::size_t>(state.range(0)));
  const auto pool = std::move(bench.engine()).release_pool();
  const Author author{"bench", Scope::operate};
  const Instant now = pool->state().log_time;
  const auto give = [&](Command command) {
    Decision decision = decide(*pool, author, {{}, std::move(command)}, {.now = now, .wall = now});
    CHECK(!decision.refusal, decision.refusal->message);
    for (FactBody& body : decision.facts) {
      pool->apply(
          {.seq = pool->state().last.next(),
           .prev = {},
           .at = now,
           .by = author.name,
           .body = std::move(body)}
      );
    }
    pool->forget_arrivals();
  };
  std::size_t asks = 0;
  for (auto _ : state) {
    const Worker& worker = pool->state().workers[++asks % workers];
    give(Claim{.worker = worker.spec.name});
    const Task& task = pool->state().task(worker.holding.front());
    give(Release{.task = task.id, .worker = worker.spec.name, .fence = task.fence});
  }
  state.SetLabel("a claim and its release, decided and applied");
}

BENCHMARK(claim_for_many_kinds)->Name("order/claim_and_release/tasks")->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace evener
