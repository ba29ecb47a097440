#include "bare_server.h"

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
#include <charconv>
#include <csignal>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "task_cycle.h"

namespace evener {
namespace {

class Loop {
 public:
  Loop(int listener, const BareServer::Answer& answer, const std::string& log)
      : listener_(listener), answer_(answer), epoll_(::epoll_create1(0)), flushes_(!log.empty()) {
    if (flushes_) log_ = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    CHECK(!flushes_ || log_ >= 0, "cannot write the log");
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        socket == listener_ ? accept_one() : read_from(socket);
      }
      flush();
      for (const auto& [socket, text] : std::exchange(answers_, {})) {
        ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
      }
    }
  }

 private:
  void watch(int socket) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  void accept_one() const {
    const int accepted = ::accept(listener_, nullptr, nullptr);
    const int yes = 1;
    ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(accepted);
  }

  void read_from(int socket) {
    const ssize_t arrived = ::recv(socket, bytes_.data(), bytes_.size(), 0);
    std::string& in = arrived_[socket];
    if (arrived <= 0) {
      in.clear();
      ::close(socket);
      return;
    }
    in.append(bytes_.data(), static_cast<std::size_t>(arrived));
    std::string out;
    const std::size_t done = answer_(in, out);
    if (out.empty()) return;
    if (flushes_) asked_.append(in, 0, done);
    in.erase(0, done);
    answers_.emplace_back(socket, std::move(out));
  }

  void flush() {
    if (asked_.empty()) return;
    const bool is_kept =
        ::write(log_, asked_.data(), asked_.size()) == std::ssize(asked_) && ::fdatasync(log_) == 0;
    CHECK(is_kept, "the log cannot be flushed");
    asked_.clear();
  }

  int listener_;
  const BareServer::Answer& answer_;
  int epoll_;
  bool flushes_;
  int log_ = -1;
  std::vector<char> bytes_ = std::vector<char>(65536);
  std::map<int, std::string> arrived_;
  std::string asked_;
  std::vector<std::pair<int, std::string>> answers_;
};

// How long the request's head and body are; 0 while they are not all there.
std::pair<std::size_t, std::size_t> parts_of_request(std::string_view in) {
  constexpr std::string_view length_field = "Content-Length: ";
  constexpr std::string_view head_end = "\r\n\r\n";
  const std::size_t head = in.find(head_end);
  if (head == std::string_view::npos) return {0, 0};
  std::size_t length = 0;
  const std::size_t field = in.find(length_field);
  if (field < head) {
    std::from_chars(in.data() + field + length_field.size(), in.data() + head, length);
  }
  const std::size_t from = head + head_end.size();
  if (in.size() < from + length) return {0, 0};
  return {from, length};
}

}  // namespace

std::size_t answer_lines(std::string_view in, std::string& out) {
  if (!in.ends_with('\n')) return 0;
  out = "ok\n";
  return in.size();
}

std::size_t answer_commands(std::string_view in, std::string& out) {
  constexpr std::string_view command = R"({"type":")";
  static std::int64_t seq = 0;
  static const std::string described(payload_bytes, 'x');
  const auto [head, length] = parts_of_request(in);
  if (head == 0) return 0;
  const std::string_view body = in.substr(head, length);
  std::string answers;
  for (std::size_t at = body.find(command); at != std::string_view::npos;
       at = body.find(command, at + 1)) {
    ++seq;
    fmt::format_to(std::back_inserter(answers), R"({{"ok":true,"seq":{},"result":)", seq);
    if (body.substr(at + command.size()).starts_with("claim")) {
      fmt::format_to(
          std::back_inserter(answers),
          R"({{"task":{{"id":"w1-0-{0}","title":"Task","description":"{1}","requires":["bench"]}},)"
          R"("worker":"w1-0","fence":{0},"attempt":1,"lease_ms":30000,"expires":{0}}}}},)",
          seq,
          described
      );
    } else {
      answers += R"({"task":"w1-0-1","state":"ready"}},)";
    }
  }
  if (!answers.empty()) answers.pop_back();
  out = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
      "{{\"answers\":[{}]}}",
      answers.size() + std::string_view(R"({"answers":[]})").size(),
      answers
  );
  return head + length;
}

BareServer::BareServer(const Answer& answer, const std::string& log) {
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
  if (pid_ == 0) Loop(listener.number(), answer, log).run();
}

BareServer::~BareServer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace evener
