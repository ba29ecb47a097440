// What the machine and the generator can do, without which no other figure says anything: a flush
// of its disk, a round trip over its loopback, and the generator against servers that do nothing.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "bare_server.h"
#include "base/file.h"
#include "bench_case.h"
#include "http_talk.h"
#include "statistics.h"

namespace evener {
namespace {

using FlushClock = std::chrono::steady_clock;

constexpr std::size_t appended_bytes = 4096;

// Appends a page and flushes it, again and again, as a log does.
Result<std::vector<Metric>> measure_flush(BenchContext& context) {
  const ScratchPlace scratch;
  const std::string path = scratch.path() + "/log";
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  const std::string page(appended_bytes, 'x');
  std::vector<double> took_us;
  const auto until = FlushClock::now() + std::chrono::duration<double>(context.seconds);
  while (FlushClock::now() < until) {
    const auto began = FlushClock::now();
    if (::write(file.number(), page.data(), page.size()) < 0 || ::fdatasync(file.number()) != 0) {
      return system_error(errno, "append to", path);
    }
    took_us.push_back(std::chrono::duration<double, std::micro>(FlushClock::now() - began).count());
  }
  return std::vector<Metric>{
      {"flush_p50", "us", false, quantile(took_us, 0.5)},
      {"flush_p99", "us", false, quantile(took_us, 0.99)},
  };
}

Result<std::vector<Metric>> measure_generator(BenchContext& context, std::size_t clients) {
  const BareServer server(answer_lines);
  LoadSpec load{.port = server.port(), .clients = clients, .seconds = context.seconds};
  load.converse = [](std::size_t client) { return line_cycle({.client = client}); };
  const LoadResult result = TRY(run_load(load));
  const double cycles = static_cast<double>(result.rounds);
  return std::vector<Metric>{
      {"cycles", "1/s", true, cycles / result.seconds},
      {"generator_cpu", "us/cycle", false, result.generator_cpu_us / cycles},
      {"exchange_p50", "us", false, quantile(result.step_us.front(), 0.5)},
  };
}

// The same commands and answers over HTTP, and a flush before each answer, with nothing between: no
// queue that is asked so, one command a request, can be faster.
Result<std::vector<Metric>> measure_floor(
    BenchContext& context, std::size_t clients, std::size_t batch
) {
  const ScratchPlace scratch;
  const BareServer server(answer_commands, scratch.path() + "/log");
  const CycleSpec work{
      .batch = batch,
      .series = 1,
      .token = std::string(64, '0'),
      .host = fmt::format("127.0.0.1:{}", server.port())
  };
  LoadSpec load{.port = server.port(), .clients = clients, .seconds = context.seconds};
  load.converse = [&](std::size_t client) {
    CycleSpec spec = work;
    spec.client = client;
    return evener_cycle(spec);
  };
  const LoadResult result = TRY(run_load(load));
  const double cycles = static_cast<double>(result.rounds * batch);
  return std::vector<Metric>{
      {"cycles", "1/s", true, cycles / result.seconds},
      {"generator_cpu", "us/cycle", false, result.generator_cpu_us / cycles},
  };
}

// A question that nothing has to be looked up or written down for.
class HealthQuestion : public Conversation {
 public:
  explicit HealthQuestion(std::string host) : http_{std::move(host), ""} {}

  int steps() const override { return 1; }

  void ask(int /*step*/, std::string& out) override { http_.get(out, "/healthz"); }

  Heard hear(int /*step*/, std::string_view in) override {
    const HttpAnswer answer = read_http_answer(in);
    return {.bytes = answer.bytes, .is_whole = answer.bytes > 0};
  }

 private:
  HttpTalk http_;
};

Result<std::vector<Metric>> measure_round_trip(BenchContext& context, std::size_t clients) {
  MeasuredSystem& evener = *TRY(context.system("evener"));
  LoadSpec load{.port = evener.port(), .clients = clients, .seconds = context.seconds};
  load.converse = [&](std::size_t) {
    return std::make_unique<HealthQuestion>(fmt::format("127.0.0.1:{}", evener.port()));
  };
  const double cpu_before = cpu_us(evener.pid());
  const LoadResult result = TRY(run_load(load));
  const double questions = static_cast<double>(result.rounds);
  return std::vector<Metric>{
      {"questions", "1/s", true, questions / result.seconds},
      {"server_cpu", "us/question", false, (cpu_us(evener.pid()) - cpu_before) / questions},
      {"question_p50", "us", false, quantile(result.round_us, 0.5)},
  };
}

}  // namespace

void add_machine_cases(std::vector<BenchCase>& cases) {
  cases.push_back(
      {.name = "machine/flush",
       .tags = {"machine", "peer"},
       .about = "a page appended to a file and flushed (fdatasync)",
       .measure = measure_flush,
       .needs_warm_up = false}
  );
  for (const std::size_t clients : {1UL, 64UL}) {
    const Parameters parameters{{"clients", std::to_string(clients)}};
    cases.push_back(
        {.name = "machine/generator",
         .parameters = parameters,
         .tags = {"machine", "peer"},
         .about = "the load generator's ceiling: three lines of 200 bytes, each answered at once",
         .measure = [clients](BenchContext& context) { return measure_generator(context, clients); }
        }
    );
    cases.push_back(
        {.name = "machine/http",
         .parameters = parameters,
         .tags = {"machine", "peer"},
         .about = "GET /healthz of Evener's server: an HTTP round trip",
         .measure = [clients](BenchContext& context
                    ) { return measure_round_trip(context, clients); }}
    );
  }
  for (const auto& [clients, batch] :
       {std::pair{1UL, 1UL}, {8UL, 1UL}, {64UL, 1UL}, {64UL, 16UL}}) {
    cases.push_back(
        {.name = "machine/floor",
         .parameters = {{"clients", std::to_string(clients)}, {"batch", std::to_string(batch)}},
         .tags = {"machine", "peer"},
         .about = "the cycle over HTTP with a flush before each answer, and no queue at all",
         .measure = [clients, batch](BenchContext& context
                    ) { return measure_floor(context, clients, batch); }}
    );
  }
}

}  // namespace evener
