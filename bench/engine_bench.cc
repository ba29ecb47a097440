// The engine on one core with a journal in memory: decide, apply, write the facts, hash the batch,
// answer. No network, no disk.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "core/snapshot_codec.h"
#include "pool_fixture.h"

namespace evener {
namespace {

// The number behind a key such as `"fence":` in a reply.
std::int64_t number_in(const std::string& reply, std::string_view key) {
  const std::size_t at = reply.rfind(key);  // it stands near the end
  CHECK(at != std::string::npos, reply);
  return std::atoll(reply.c_str() + at + key.size());
}

// The text behind a key such as `"id":"`.
std::string text_in(const std::string& reply, std::string_view key) {
  const std::size_t at = reply.find(key);
  CHECK(at != std::string::npos, reply);
  const std::size_t from = at + key.size();
  return reply.substr(from, reply.find('"', from) - from);
}

std::vector<Request> one(Command command) {
  std::vector<Request> requests(1);
  requests.front().command = std::move(command);
  return requests;
}

// One worker claims the best task and finishes it; each command is a request of its own, `group` of
// each are gathered for one append.
void claim_and_finish(benchmark::State& state) {
  const auto tasks = static_cast<std::size_t>(state.range(0));
  const auto group = static_cast<std::size_t>(state.range(1));
  BenchPool pool;
  pool.add_tasks(tasks);
  WorkerSpec worker;
  worker.name = "bench-worker";
  worker.slots = 1024;
  for (int i = 0; i < 50; ++i) worker.capabilities.push_back(fmt::format("capability-{}", i));
  pool.give({{"", RegisterWorker{worker}}});
  Engine& engine = pool.engine();
  const Author author{"bench", Scope::operate};
  std::size_t cycles = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < group; ++i) {
      engine.submit(i, author, one(Claim{.worker = worker.name}));
    }
    pool.flush();
    const Effects claims = engine.take_effects();
    for (const Reply& reply : claims.replies) {
      Finish finish;
      finish.task = text_in(reply.body, R"("id":")");
      finish.worker = worker.name;
      finish.fence = Fence{number_in(reply.body, R"("fence":)")};
      engine.submit(1000 + reply.tag, author, one(std::move(finish)));
    }
    pool.flush();
    benchmark::DoNotOptimize(engine.take_effects());
    cycles += group;
    if (cycles + group >= tasks * 3 / 4) {
      state.PauseTiming();
      pool.add_tasks(tasks);
      cycles = 0;
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(group));
  state.SetLabel("items are claim + finish cycles");
}

BENCHMARK(claim_and_finish)
    ->Name("engine/claim_and_finish/tasks/group")
    ->Args({1'000, 64})
    ->Args({100'000, 64})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 64})
    ->Unit(benchmark::kMicrosecond);

// A claimer that suits a tenth of a million tasks.
void claim_what_suits_few(benchmark::State& state) {
  BenchPool pool;
  pool.add_tasks(static_cast<std::size_t>(state.range(0)));
  Engine& engine = pool.engine();
  const Author author{"bench", Scope::operate};
  for (auto _ : state) {
    engine.submit(1, author, one(Claim{.worker = "plain-worker"}));
    pool.flush();
    const Effects claimed = engine.take_effects();
    const std::string& reply = claimed.replies.front().body;
    Release release;
    release.task = text_in(reply, R"("id":")");
    release.worker = "plain-worker";
    release.fence = Fence{number_in(reply, R"("fence":)")};
    engine.submit(2, author, one(std::move(release)));
    pool.flush();
    benchmark::DoNotOptimize(engine.take_effects());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("items are claim + release; nine tasks in ten do not suit the claimer");
}

BENCHMARK(claim_what_suits_few)
    ->Name("engine/claim_few_suit/tasks")
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);

// The snapshot of a pool, made by a process of its own: what an allocator keeps of it would seem to
// cost nothing when it is used again.
std::string encoded_pool(std::size_t tasks) {
  const int file = ::memfd_create("snapshot", MFD_CLOEXEC);
  CHECK(file >= 0, "no file in memory");
  const pid_t maker = ::fork();
  CHECK(maker >= 0, "no second process");
  if (maker == 0) {
    BenchPool pool;
    pool.add_tasks(tasks);
    const std::string encoded = encode_state(pool.engine().pool().state());
    for (std::size_t at = 0; at < encoded.size();) {
      const ssize_t written = ::write(file, encoded.data() + at, encoded.size() - at);
      if (written <= 0) ::_exit(1);
      at += static_cast<std::size_t>(written);
    }
    ::_exit(0);
  }
  int status = 0;
  CHECK(::waitpid(maker, &status, 0) == maker && status == 0, "no snapshot was made");
  std::string encoded(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  const ssize_t read = ::pread(file, encoded.data(), encoded.size(), 0);
  CHECK(read == static_cast<ssize_t>(encoded.size()), "a part of the snapshot is missing");
  ::close(file);
  return encoded;
}

// A start from a snapshot that was read, and what a task costs in memory with it.
void start_from_snapshot(benchmark::State& state) {
  const std::string encoded = encoded_pool(static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::size_t before = resident_bytes();
    Pool pool;
    // A copy stands for the file that is read: the pool keeps it, and its texts stand in it.
    const auto snapshot = std::make_shared<const std::string>(encoded);
    CHECK(decode_state(*snapshot, pool.state_to_fill(), snapshot).ok(), "a snapshot was not read");
    pool.adopt();
    const std::size_t now = resident_bytes();
    if (now > before)
      bytes = std::max(bytes, now - before);  // later ones find memory that was used
    benchmark::DoNotOptimize(pool);
  }
  state.counters["bytes_a_task"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
  state.counters["snapshot_bytes_a_task"] =
      static_cast<double>(encoded.size()) / static_cast<double>(state.range(0));
}

BENCHMARK(start_from_snapshot)
    ->Name("engine/start_from_snapshot/tasks")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evener
