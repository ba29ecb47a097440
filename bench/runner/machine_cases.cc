// What the machine and the generator can do, without which no other figure says anything: a flush
// of its disk, a round trip over its loopback, and the generator against a server that does
// nothing.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>

#include "base/check.h"
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

// Answers each line with a short one, until it is ended.
[[noreturn]] void serve_lines(int listener) {
  const int loop = ::epoll_create1(0);
  const auto watch = [&](int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(loop, EPOLL_CTL_ADD, socket, &event);
  };
  watch(listener);
  std::array<epoll_event, 256> events;
  std::array<char, 4096> bytes;
  for (;;) {
    const int count = ::epoll_wait(loop, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int accepted = ::accept(listener, nullptr, nullptr);
        const int yes = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(accepted);
        continue;
      }
      const ssize_t arrived = ::recv(socket, bytes.data(), bytes.size(), 0);
      if (arrived <= 0) {
        ::close(socket);
      } else if (bytes[static_cast<std::size_t>(arrived) - 1] == '\n') {
        ::send(socket, "ok\n", 3, MSG_NOSIGNAL);
      }
    }
  }
}

// A child of ours that serves lines; ends with it.
class LineServer {
 public:
  LineServer() {
    const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    constexpr int waiting = 512;
    const bool listens = ::bind(listener.number(), generic, size) == 0 &&
                         ::listen(listener.number(), waiting) == 0 &&
                         ::getsockname(listener.number(), generic, &size) == 0;
    CHECK(listens, "cannot listen on the loopback");
    port_ = ntohs(address.sin_port);
    pid_ = ::fork();
    CHECK(pid_ >= 0, "cannot fork");
    if (pid_ == 0) serve_lines(listener.number());
  }

  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  ~LineServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
};

Result<std::vector<Metric>> measure_generator(BenchContext& context, std::size_t clients) {
  const LineServer server;
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
}

}  // namespace evener
