// Evener beside the systems that people would use instead: the same work by the same generator,
// each answering after a flush.
#include <fmt/format.h>

#include <fstream>

#include "bench_case.h"
#include "statistics.h"

namespace evener {
namespace {

struct Point {
  std::size_t clients;
  std::size_t batch;
};

constexpr Point points[] = {{1, 1}, {8, 1}, {64, 1}, {256, 1}, {8, 16}, {64, 16}, {8, 128}};
constexpr std::size_t joined_clients[] = {1, 8, 64};

constexpr double warm_up_seconds = 0.2;

void add_latency(
    std::vector<Metric>& metrics, const std::string& name, const std::vector<double>& us
) {
  metrics.push_back({name + "_p50", "us", false, quantile(us, 0.5)});
  metrics.push_back({name + "_p99", "us", false, quantile(us, 0.99)});
}

std::vector<Metric> cycle_metrics(
    const LoadResult& load, std::size_t batch, bool is_joined, double server_cpu_us
) {
  const double cycles = static_cast<double>(load.rounds * batch);
  std::vector<Metric> metrics{
      {"cycles", "1/s", true, cycles / load.seconds},
      {"server_cpu", "us/cycle", false, server_cpu_us / cycles},
      {"generator_cpu", "us/cycle", false, load.generator_cpu_us / cycles},
  };
  add_latency(metrics, "round", load.round_us);
  if (!is_joined) add_latency(metrics, "claim", load.step_us[claim_step]);
  return metrics;
}

Result<std::vector<Metric>> measure_cycle(
    BenchContext& context, const std::string& name, const Point& point, bool is_joined
) {
  MeasuredSystem& system = *TRY(context.system(name));
  const double cpu_before = cpu_us(system.pid());
  const double seconds = context.is_warm_up ? warm_up_seconds : context.seconds;
  const LoadResult load = TRY(system.run(point.clients, point.batch, is_joined, seconds));
  return cycle_metrics(load, point.batch, is_joined, cpu_us(system.pid()) - cpu_before);
}

// How many flushes a system asks of the kernel for each cycle of one client: what "the same
// durability" means is counted, not believed.
Result<std::vector<Metric>> count_flushes(BenchContext& context, const std::string& name) {
  MeasuredSystem& system = *TRY(context.system(name));
  const ScratchPlace scratch;
  const std::string trace = scratch.path() + "/calls";
  std::vector<std::string> argv{"strace", "-f", "-qq", "-o", trace};
  argv.insert(argv.end(), {"-e", "trace=fsync,fdatasync,sync_file_range,msync"});
  for (const pid_t pid : processes_below(system.pid())) {
    argv.insert(argv.end(), {"-p", std::to_string(pid)});
  }
  ServerProcess tracer = TRY(ServerProcess::start({.argv = std::move(argv)}));
  // Attached once a cycle leaves a trace; no system does without a flush.
  TRY(system.run(1, 1, false, 0.3));
  const auto count = [&] {
    std::ifstream file(trace);
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);) {
      if (line.find("resumed") == std::string::npos) ++lines;
    }
    return lines;
  };
  const std::size_t before = count();
  const LoadResult load = TRY(system.run(1, 1, false, context.seconds));
  const std::size_t flushes = count() - before;
  tracer.stop();
  const double cycles = static_cast<double>(load.rounds);
  return std::vector<Metric>{{"flushes", "1/cycle", false, static_cast<double>(flushes) / cycles}};
}

}  // namespace

void add_peer_cases(std::vector<BenchCase>& cases) {
  const auto add = [&](const SystemKind& kind, const Point& point, bool is_joined) {
    const std::string system = kind.name;
    BenchCase& one = cases.emplace_back();
    one.name = fmt::format("peer/{}{}", system, is_joined ? "-joined" : "");
    one.parameters = {
        {"clients", std::to_string(point.clients)}, {"batch", std::to_string(point.batch)}
    };
    one.tags = {"peer", system};
    one.about = is_joined ? "finish, add and claim in one question" : "add, claim, finish";
    one.measure = [system, point, is_joined](BenchContext& context) {
      return measure_cycle(context, system, point, is_joined);
    };
  };
  // Systems beside each other at each point, so that they are measured at nearly the same time.
  for (const Point& point : points) {
    for (const SystemKind& kind : system_kinds()) {
      if (point.batch == 1 || kind.takes_batches) add(kind, point, false);
    }
  }
  for (const std::size_t clients : joined_clients) {
    for (const SystemKind& kind : system_kinds()) {
      if (kind.takes_joined) add(kind, {clients, 1}, true);
    }
  }
  for (const SystemKind& kind : system_kinds()) {
    const std::string system = kind.name;
    BenchCase& one = cases.emplace_back();
    one.name = "flushes/" + system;
    one.tags = {"flushes", system};
    one.about = "flushes that one client's cycle asks of the kernel (needs strace)";
    one.measure = [system](BenchContext& context) { return count_flushes(context, system); };
    one.needs_warm_up = false;
  }
}

}  // namespace evener
