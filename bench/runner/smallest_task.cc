// The smallest task worth handing out, for clients that ask Evener's server over HTTP in a loop:
// four threads, each of which sleeps for a task's length, and then finishes it and claims the next
// in one request. bench/smallest-task measures programs alike, and says what the figure means.
#include <chrono>
#include <cmath>
#include <thread>

#include "bench_case.h"

namespace evener {
namespace {

constexpr std::size_t workers = 4;
constexpr double lengths_ms[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100};

// Works before it asks.
class Working : public Conversation {
 public:
  Working(std::unique_ptr<Conversation> cycle, std::chrono::duration<double, std::milli> length)
      : cycle_(std::move(cycle)), length_(length) {}

  int steps() const override { return cycle_->steps(); }

  void greet(std::string& out) override { cycle_->greet(out); }

  Heard hear_greeting(std::string_view in, std::string& out) override {
    return cycle_->hear_greeting(in, out);
  }

  void ask(int step, std::string& out) override {
    std::this_thread::sleep_for(length_);
    cycle_->ask(step, out);
  }

  Heard hear(int step, std::string_view in) override { return cycle_->hear(step, in); }

 private:
  std::unique_ptr<Conversation> cycle_;
  std::chrono::duration<double, std::milli> length_;
};

// The share of the time in which the workers are at work.
Result<double> busy_share(MeasuredSystem& evener, double length_ms, double seconds) {
  std::vector<LoadSpec> loads;
  for (std::size_t i = 0; i < workers; ++i) {
    CycleSpec cycle = evener.cycle_spec();
    cycle.is_joined = true;
    LoadSpec& load = loads.emplace_back();
    load.port = evener.port();
    load.seconds = seconds;
    load.converse = [cycle, length_ms](std::size_t) {
      return std::make_unique<Working>(
          evener_cycle(cycle), std::chrono::duration<double, std::milli>(length_ms)
      );
    };
  }
  std::vector<Result<LoadResult>> results(workers, Error{"load_failed", "not begun"});
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      threads.emplace_back([&, i] { results[i] = run_load(loads[i]); });
    }
  }
  double worked_s = 0;
  double all_s = 0;
  for (const Result<LoadResult>& result : results) {
    if (!result.ok()) return result.error();
    worked_s += static_cast<double>(result->rounds) * length_ms * 1e-3;
    all_s += result->seconds;
  }
  return worked_s / all_s;
}

Result<std::vector<Metric>> measure_smallest(BenchContext& context) {
  MeasuredSystem& evener = *TRY(context.system("evener"));
  std::vector<Metric> metrics;
  const double wanted[] = {0.5, 0.9};
  double share_before = 0;
  double length_before = lengths_ms[0];
  for (const double length : lengths_ms) {
    const double share = TRY(busy_share(evener, length, context.seconds));
    for (const double want : wanted) {
      if (share < want || share_before >= want) continue;
      const double between = (want - share_before) / (share - share_before);
      Metric& metric = metrics.emplace_back();
      metric.name = "length";
      metric.unit = "ms";
      metric.value = length_before * std::pow(length / length_before, between);
      metric.also = {{"busy_percent", want < 0.6 ? "50" : "90"}};
    }
    share_before = share;
    length_before = length;
  }
  return metrics;
}

}  // namespace

void add_smallest_task_case(std::vector<BenchCase>& cases) {
  cases.push_back(
      {.name = "smallest_task",
       .parameters = {{"tool", "evener-http"}},
       .tags = {"smallest"},
       .about = "how long tasks must be for four HTTP clients in a loop to be busy",
       .measure = measure_smallest,
       .needs_warm_up = false}
  );
}

}  // namespace evener
