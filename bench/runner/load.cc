#include "load.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/file.h"

namespace evener {
namespace {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

constexpr std::chrono::seconds silence_limit{10};
constexpr std::chrono::seconds drain_limit{1};
constexpr std::size_t read_bytes = 64UL * 1024;

double us_between(TimePoint from, TimePoint to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

double own_cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

Error load_failure(std::string message) {
  return {"load_failed", std::move(message)};
}

Result<int> connected_socket(const LoadSpec& spec) {
  const bool is_unix = !spec.unix_path.empty();
  const int number = ::socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (number < 0) return system_error(errno, "open a socket for", spec.host);
  sockaddr_un local{};
  sockaddr_in remote{};
  int failed = 0;
  if (is_unix) {
    local.sun_family = AF_UNIX;
    std::strncpy(local.sun_path, spec.unix_path.c_str(), sizeof local.sun_path - 1);
    failed = ::connect(number, reinterpret_cast<sockaddr*>(&local), sizeof local);
  } else {
    remote.sin_family = AF_INET;
    remote.sin_port = htons(spec.port);
    ::inet_pton(AF_INET, spec.host.c_str(), &remote.sin_addr);
    failed = ::connect(number, reinterpret_cast<sockaddr*>(&remote), sizeof remote);
    const int yes = 1;
    ::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  if (failed == 0) return number;
  const int error_number = errno;
  ::close(number);
  return system_error(error_number, "connect to", fmt::format("{}:{}", spec.host, spec.port));
}

// A connection and how far its conversation is. The socket blocks; reads ask not to wait.
struct Client {
  Client(int number, std::unique_ptr<Conversation> speaks)
      : socket(number), conversation(std::move(speaks)) {}

  FileDescriptor socket;
  std::unique_ptr<Conversation> conversation;
  std::string in = {};
  std::string out = {};
  int step = -1;  // -1: greeting, or between rounds
  bool is_ready = false;
  TimePoint round_began = {};
  TimePoint step_began = {};
};

class Load {
 public:
  explicit Load(const LoadSpec& spec) : spec_(spec), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  Result<LoadResult> run();

 private:
  Status connect_all();
  Status measure();
  Status wait(TimePoint until);
  Status read_from(Client& client);
  Status move_on(Client& client);
  Status begin_round(Client& client);
  Status begin_due_rounds(TimePoint now);
  void end_step(Client& client);
  Status ask(Client& client);
  Status say(Client& client);

  const LoadSpec& spec_;
  FileDescriptor epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::size_t ready_ = 0;
  std::size_t busy_ = 0;  // in a round
  bool is_measuring_ = false;
  TimePoint began_ = {};
  TimePoint end_ = {};
  std::vector<Client*> resting_ = {};  // whose next round is not due yet
  std::size_t begun_ = 0;
  LoadResult result_ = {};
  std::vector<char> buffer_ = std::vector<char>(read_bytes);
};

Status Load::say(Client& client) {
  std::size_t sent = 0;
  while (sent < client.out.size()) {
    const ssize_t now = ::send(
        client.socket.number(), client.out.data() + sent, client.out.size() - sent, MSG_NOSIGNAL
    );
    if (now < 0) return load_failure(fmt::format("sending: {}", std::strerror(errno)));
    sent += static_cast<std::size_t>(now);
  }
  client.out.clear();
  return Done{};
}

Status Load::connect_all() {
  for (std::size_t i = 0; i < spec_.clients; ++i) {
    const int number = TRY(connected_socket(spec_));
    clients_.push_back(std::make_unique<Client>(number, spec_.converse(i)));
  }
  for (const std::unique_ptr<Client>& client : clients_) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = client.get();
    ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, client->socket.number(), &event);
    client->conversation->greet(client->out);
    const bool must_wait = !client->out.empty();
    TRY(say(*client));
    if (!must_wait) TRY(move_on(*client));
  }
  while (ready_ < clients_.size()) TRY(wait(SteadyClock::now() + silence_limit));
  return Done{};
}

// Waits for answers until then at the latest, and moves on with those that came.
Status Load::wait(TimePoint until) {
  std::array<epoll_event, 256> events;
  const TimePoint began = SteadyClock::now();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - began).count();
  const int count = ::epoll_wait(
      epoll_.number(), events.data(), int(events.size()), left < 0 ? 0 : static_cast<int>(left)
  );
  if (count < 0 && errno != EINTR) return load_failure("epoll failed");
  if (count == 0 && SteadyClock::now() - began >= silence_limit) {
    return load_failure("no answer for ten seconds");
  }
  for (int i = 0; i < count; ++i) {
    TRY(read_from(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr)));
  }
  return Done{};
}

Status Load::read_from(Client& client) {
  const ssize_t count =
      ::recv(client.socket.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (count == 0) return load_failure(fmt::format("the server hung up: {}", client.in));
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return Done{};
    return load_failure(fmt::format("reading: {}", std::strerror(errno)));
  }
  client.in.append(buffer_.data(), static_cast<std::size_t>(count));
  return move_on(client);
}

// Lets the conversation hear what has arrived, until it needs more.
Status Load::move_on(Client& client) {
  for (;;) {
    const bool is_greeting = !client.is_ready;
    if (!is_greeting && client.step < 0) return Done{};
    Heard heard = is_greeting ? client.conversation->hear_greeting(client.in, client.out)
                              : client.conversation->hear(client.step, client.in);
    if (!heard.problem.empty()) return load_failure(std::move(heard.problem));
    client.in.erase(0, heard.bytes);
    if (is_greeting) {
      TRY(say(client));
      if (heard.is_whole) {
        client.is_ready = true;
        ++ready_;
      } else if (heard.bytes == 0) {
        return Done{};
      }
      continue;
    }
    if (!heard.is_whole) {
      if (heard.bytes == 0 || client.in.empty()) return Done{};
      continue;
    }
    if (!heard.must_ask_again) end_step(client);
    if (client.step < 0) {
      if (spec_.rounds_per_second == 0) return begin_round(client);
      resting_.push_back(&client);
      return Done{};
    }
    TRY(ask(client));
  }
}

void Load::end_step(Client& client) {
  const TimePoint now = SteadyClock::now();
  const bool counts = now <= end_;
  if (counts) {
    result_.step_us[static_cast<std::size_t>(client.step)].push_back(
        us_between(client.step_began, now)
    );
  }
  client.step_began = now;
  if (++client.step < client.conversation->steps()) return;
  client.step = -1;
  --busy_;
  if (!counts) return;
  ++result_.rounds;
  result_.round_us.push_back(us_between(client.round_began, now));
}

Status Load::ask(Client& client) {
  client.conversation->ask(client.step, client.out);
  return say(client);
}

Status Load::begin_round(Client& client) {
  const TimePoint now = SteadyClock::now();
  if (now >= end_) return Done{};
  client.step = 0;
  client.round_began = now;
  client.step_began = now;
  ++begun_;
  ++busy_;
  TRY(ask(client));
  return client.in.empty() ? Status(Done{}) : move_on(client);
}

Status Load::begin_due_rounds(TimePoint now) {
  const double due = us_between(began_, now) * 1e-6 * spec_.rounds_per_second;
  while (!resting_.empty() && static_cast<double>(begun_) < due) {
    Client& client = *resting_.front();
    resting_.erase(resting_.begin());
    TRY(begin_round(client));
  }
  return Done{};
}

Status Load::measure() {
  result_.step_us.resize(static_cast<std::size_t>(clients_.front()->conversation->steps()));
  const double cpu_before = own_cpu_us();
  began_ = SteadyClock::now();
  end_ = began_ + std::chrono::duration_cast<SteadyClock::duration>(
                      std::chrono::duration<double>(spec_.seconds)
                  );
  for (const std::unique_ptr<Client>& client : clients_) {
    if (spec_.rounds_per_second == 0) {
      TRY(begin_round(*client));
    } else {
      resting_.push_back(client.get());
    }
  }
  constexpr std::chrono::milliseconds pace{1};
  for (;;) {
    const TimePoint now = SteadyClock::now();
    const bool is_done = spec_.rounds > 0 && result_.rounds >= spec_.rounds;
    if (now >= end_ || is_done) break;
    if (spec_.rounds_per_second > 0) TRY(begin_due_rounds(now));
    TRY(wait(spec_.rounds_per_second > 0 ? now + pace : end_));
  }
  result_.seconds = us_between(began_, std::min(SteadyClock::now(), end_)) * 1e-6;
  result_.generator_cpu_us = own_cpu_us() - cpu_before;
  // Rounds that are under way come to their end, so that nothing is left half done.
  const TimePoint last = SteadyClock::now() + drain_limit;
  const bool may_rest = spec_.rounds == 0;
  while (may_rest && busy_ > 0 && SteadyClock::now() < last) TRY(wait(last));
  return Done{};
}

Result<LoadResult> Load::run() {
  TRY(connect_all());
  TRY(measure());
  if (result_.rounds == 0) return load_failure("not one round came to its end in time");
  return std::move(result_);
}

}  // namespace

Result<LoadResult> run_load(const LoadSpec& spec) {
  return Load(spec).run();
}

}  // namespace evener
