#include "worker/process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <limits>
#include <string_view>
#include <system_error>

#include "base/check.h"
#include "base/time.h"
#include "worker/keeper.h"
#include "worker/keeper_start.h"
#include "worker/pidfd.h"

namespace evener {
namespace {

constexpr Millis start_limit_ms = 15'000;                   // for a keeper to start its command
constexpr Millis longest_ms = 365LL * 24 * 60 * 60 * 1000;  // of a timeout or a grace
constexpr Millis sweep_patience_ms = 5'000;                 // for those that cannot be killed

// For poll(2), from now until `deadline`.
int timeout_until(std::optional<Millis> deadline) {
  if (!deadline) return -1;
  return static_cast<int>(std::clamp<Millis>(*deadline - steady_ms(), 0, 3'600'000));
}

// Of a read that failed. ECONNRESET comes once, ahead of what is left to read, when the keeper went
// without having read all our requests.
bool is_ahead_of_more() {
  return errno == ECONNRESET || errno == EINTR;
}

// False if that has not happened within `timeout`.
bool becomes_readable(const Descriptor& descriptor, Millis timeout) {
  const Millis deadline = steady_ms() + timeout;
  pollfd ready = {descriptor.get(), POLLIN, 0};
  int count = 0;
  do count = ::poll(&ready, 1, timeout_until(deadline));
  while (count < 0 && errno == EINTR);
  return count > 0;
}

Result<std::string> new_mark() {
  std::array<unsigned char, 16> bytes = {};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Error{"cannot_start", "the system gives no random bytes"};
  std::string mark;
  for (const unsigned char byte : bytes) mark += fmt::format("{:02x}", byte);
  return mark;
}

bool holds_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

Status check_spec(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty())
    return Error{"cannot_start", "no program is named, expected at least one word"};
  for (const std::string& argument : spec.argv) {
    if (holds_nul(argument))
      return Error{"cannot_start", fmt::format("an argument of '{}' holds a NUL", spec.argv[0])};
  }
  for (const auto& [name, value] : spec.environment) {
    if (name.empty() || name.contains('=') || holds_nul(name) || holds_nul(value))
      return Error{
          "cannot_start", fmt::format("'{}' cannot be an environment variable", valid_utf8(name))
      };
  }
  if (holds_nul(spec.directory)) return Error{"cannot_start", "the directory holds a NUL"};
  return Done{};
}

class SystemProcess : public Process {
 public:
  SystemProcess(
      StartedKeeper keeper,
      const ProcessSpec& spec,
      std::string mark,
      ProcessTable table,
      Millis patience
  );
  ~SystemProcess() override;

  // Until the keeper says that the program runs.
  Status await_start(const ProcessSpec& spec);

  Wake poll(Millis timeout, int wake_fd) override;

  const OutputCapture& output() const override { return capture_; }

  std::optional<Exit> exit() const override { return exit_; }

  Status kill(Millis grace) override;

  void set_limit(const TimeLimit& limit) override;

 private:
  bool ask_keeper(const KeeperRequest& request) const;
  void read_reports();
  bool read_output(std::uint64_t most);
  void drain_output();
  void wake_keeper();
  void replace_keeper();
  bool reap_keeper();
  void kill_family();
  void finish();

  StartedKeeper keeper_;
  OutputCapture capture_;
  std::string mark_;
  ProcessTable table_;
  Millis patience_;
  Millis started_;
  std::optional<ProcessIdentity> command_;
  std::optional<Exit> reported_;      // by the keeper, which may still be sweeping
  std::optional<Exit> exit_;          // set once all is over
  std::optional<Millis> give_up_at_;  // when a keeper that was asked to kill is killed itself
};

SystemProcess::SystemProcess(
    StartedKeeper keeper,
    const ProcessSpec& spec,
    std::string mark,
    ProcessTable table,
    Millis patience
)
    : keeper_(std::move(keeper)),
      capture_(spec.output, spec.on_line, spec.redaction),
      mark_(std::move(mark)),
      table_(std::move(table)),
      patience_(patience),
      started_(steady_ms()) {}

SystemProcess::~SystemProcess() {
  if (exit_) return;
  keeper_.channel.close();  // to the keeper, that is our death
  wake_keeper();
  if (!becomes_readable(keeper_.pidfd, patience_)) replace_keeper();
  if (!reap_keeper()) kill_family();
  table_.remove(mark_);
}

Status SystemProcess::await_start(const ProcessSpec& spec) {
  KeeperReport report = {};
  ssize_t count = -1;
  if (becomes_readable(keeper_.channel, start_limit_ms)) {
    do count = ::recv(keeper_.channel.get(), &report, sizeof(report), 0);
    while (count < 0 && is_ahead_of_more());
  }
  if (count != sizeof(report))
    return Error{
        "cannot_start", fmt::format("the keeper of '{}' gives no answer", valid_utf8(spec.argv[0]))
    };
  const std::string reason = std::generic_category().message(report.code);
  switch (report.kind) {
    case KeeperReport::Kind::bad_directory:
      return Error{
          "cannot_start",
          fmt::format("cannot enter the directory '{}': {}", valid_utf8(spec.directory), reason)
      };
    case KeeperReport::Kind::bad_program:
      return Error{
          "cannot_start", fmt::format("cannot start '{}': {}", valid_utf8(spec.argv[0]), reason)
      };
    case KeeperReport::Kind::started:
    case KeeperReport::Kind::exited:
      break;
  }
  CHECK(report.kind == KeeperReport::Kind::started, "a keeper begins with how the start went");
  command_ = ProcessIdentity{report.command, report.start_ticks};
  return table_.started(mark_, keeper_.identity, *command_);
}

Wake SystemProcess::poll(Millis timeout, int wake_fd) {
  const std::optional<Millis> deadline =
      timeout < 0 ? std::nullopt : std::optional(steady_ms() + std::min(timeout, longest_ms));
  while (!exit_) {
    const std::optional<Millis> until =
        !deadline || (give_up_at_ && *give_up_at_ < *deadline) ? give_up_at_ : deadline;

    enum { output, channel, keeper, wake };

    std::array<pollfd, 4> ready = {{
        {keeper_.output.get(), POLLIN, 0},
        {keeper_.channel.get(), POLLIN, 0},
        {keeper_.pidfd.get(), POLLIN, 0},
        {wake_fd, POLLIN, 0},
    }};
    const int count = ::poll(ready.data(), ready.size(), timeout_until(until));
    CHECK(count >= 0 || errno == EINTR, "poll(2) refuses our descriptors");
    if (count < 0) continue;
    CHECK((ready[wake].revents & POLLNVAL) == 0, "wake_fd is not open");

    if (ready[channel].revents != 0) read_reports();
    const bool more =
        ready[output].revents != 0 && read_output(std::numeric_limits<std::uint64_t>::max());
    if (ready[keeper].revents != 0) finish();
    if (exit_) break;
    if (ready[wake].revents != 0) return Wake::woken;
    if (more) return Wake::output;
    if (give_up_at_ && steady_ms() >= *give_up_at_) replace_keeper();
    if (deadline && steady_ms() >= *deadline) return Wake::timed_out;
  }
  return Wake::exited;
}

Status SystemProcess::kill(Millis grace) {
  if (exit_) return Done{};
  const KeeperRequest request = {
      .kind = KeeperRequest::Kind::end, .grace = std::clamp<Millis>(grace, 0, longest_ms)
  };
  const Millis give_up_at = steady_ms() + request.grace + patience_;
  give_up_at_ = std::min(give_up_at_.value_or(give_up_at), give_up_at);
  const bool asked = ask_keeper(request);
  const int failure = errno;
  wake_keeper();
  // EAGAIN: it already has more requests than it has read. The others: it is gone, as poll() will
  // find out.
  if (!asked && failure != EAGAIN && failure != EPIPE && failure != ECONNRESET && failure != EBADF)
    return Error{
        "cannot_kill",
        fmt::format("cannot ask the keeper: {}", std::generic_category().message(failure)),
    };
  return Done{};
}

// One that cannot be told, the keeper does not know: it ends the command too early and never late.
void SystemProcess::set_limit(const TimeLimit& limit) {
  if (!exit_) ask_keeper({.kind = KeeperRequest::Kind::limit, .limit = limit});
}

// False, with errno, if it was not sent.
bool SystemProcess::ask_keeper(const KeeperRequest& request) const {
  return ::send(keeper_.channel.get(), &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

void SystemProcess::read_reports() {
  for (;;) {
    KeeperReport report = {};
    const ssize_t count = ::recv(keeper_.channel.get(), &report, sizeof(report), MSG_DONTWAIT);
    if (count == sizeof(report)) {
      CHECK(report.kind == KeeperReport::Kind::exited, "a keeper starts one command");
      reported_ = Exit{report.code, report.signal, report.duration, report.lapsed};
    } else if (count < 0 && errno == EAGAIN) {
      return;
    } else if (count >= 0 || !is_ahead_of_more()) {
      keeper_.channel.close();
      return;
    }
  }
}

// What lies in the pipe now, and not what a service that lives on may add to it meanwhile.
void SystemProcess::drain_output() {
  int waiting = 0;
  if (!keeper_.output.open() || ::ioctl(keeper_.output.get(), FIONREAD, &waiting) != 0) return;
  const std::uint64_t end = capture_.total() + static_cast<std::uint64_t>(waiting);
  while (keeper_.output.open() && capture_.total() < end) {
    read_output(end - capture_.total());
  }
  keeper_.output.close();
}

// True if something came.
bool SystemProcess::read_output(std::uint64_t most) {
  std::array<char, std::size_t{64} * 1024> chunk;  // as much as a pipe holds
  const std::size_t wanted = std::min<std::uint64_t>(most, chunk.size());
  const ssize_t count = ::read(keeper_.output.get(), chunk.data(), wanted);
  if (count > 0) {
    capture_.append({chunk.data(), static_cast<std::size_t>(count)});
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    keeper_.output.close();
  }
  return count > 0;
}

// Somebody may have stopped it. A command must not outlive its lease for that.
void SystemProcess::wake_keeper() {
  ::pidfd_send_signal(keeper_.pidfd.get(), SIGCONT, nullptr, 0);
}

// For a keeper that does not do its work.
void SystemProcess::replace_keeper() {
  give_up_at_.reset();
  ::pidfd_send_signal(keeper_.pidfd.get(), SIGKILL, nullptr, 0);
  becomes_readable(keeper_.pidfd, sweep_patience_ms);
}

// True if it has gone of its own accord, with its work done.
bool SystemProcess::reap_keeper() {
  siginfo_t how = {};
  const int result =
      ::waitid(P_PIDFD, static_cast<id_t>(keeper_.pidfd.get()), &how, WEXITED | WNOHANG);
  return result == 0 && how.si_pid != 0 && how.si_code == CLD_EXITED;
}

void SystemProcess::kill_family() {
  ProcessFamily family = {mark_, {}};
  if (command_) family.roots.push_back(*command_);
  kill_families({family}, sweep_patience_ms);
}

void SystemProcess::finish() {
  if (keeper_.channel.open()) read_reports();
  // A keeper that was killed after its command had succeeded leaves nobody who would have to end.
  if (!reap_keeper() && !(reported_ && reported_->succeeded())) kill_family();
  drain_output();
  capture_.close();
  table_.remove(mark_);
  keeper_.channel.close();
  keeper_.pidfd.close();
  exit_ = reported_.value_or(Exit{-1, SIGKILL, steady_ms() - started_});
}

}  // namespace

SystemProcessRunner::SystemProcessRunner(
    std::vector<std::string> keeper_argv, ProcessTable table, Millis patience
)
    : keeper_argv_(std::move(keeper_argv)), table_(std::move(table)), patience_(patience) {
  CHECK(!keeper_argv_.empty(), "a keeper needs a program");
}

Result<std::unique_ptr<Process>> SystemProcessRunner::start(const ProcessSpec& spec) {
  TRY(check_spec(spec));
  const std::string mark = TRY(new_mark());
  TRY(table_.add(mark));
  Result<StartedKeeper> keeper = start_keeper({
      .keeper_argv = keeper_argv_,
      .command = spec.argv,
      .environment = spec.environment,
      .directory = spec.directory,
      .input = spec.input,
      .mark = mark,
      .limit = spec.limit,
  });
  if (!keeper) {
    table_.remove(mark);
    return keeper.error();
  }
  auto process = std::make_unique<SystemProcess>(std::move(*keeper), spec, mark, table_, patience_);
  TRY(process->await_start(spec));
  return std::unique_ptr<Process>(std::move(process));
}

std::vector<std::string> keeper_command() {
  return {"/proc/self/exe", std::string(keeper_verb)};
}

}  // namespace evener
