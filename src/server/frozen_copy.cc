#include "server/frozen_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "server/background.h"

namespace evener {
namespace {

namespace asio = boost::asio;

// What a copy says: this, or an error's parts. A process that is gone says neither.
constexpr std::string_view all_went_well = "ok";
constexpr char part_end = '\0';

Error cannot_copy(const char* call) {
  return {"cannot_copy", fmt::format("{}: {}", call, std::strerror(errno))};
}

// All of them: what a handler of ours would write to belongs to the original.
sigset_t block_signals() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  return before;
}

// False where the kernel, or who guards it, has no such call: then they would stay open.
bool close_all_but(int kept) {
  const auto from = static_cast<unsigned>(kept);
  const bool has_some_below = from > STDERR_FILENO + 1;
  if (has_some_below && ::close_range(STDERR_FILENO + 1, from - 1, 0) != 0) return false;
  return ::close_range(from + 1, ~0U, 0) == 0;
}

std::string words_of(const Status& status) {
  if (status.ok()) return std::string(all_went_well);
  const Error& error = status.error();
  return error.code + part_end + error.message + part_end + error.where;
}

Status status_in(const std::string& said) {
  if (said == all_went_well) return Done{};
  const std::size_t code = said.find(part_end);
  const std::size_t message = code == std::string::npos ? code : said.find(part_end, code + 1);
  if (message == std::string::npos) {
    return Error{"copy_died", "the copy of the server ended without a word"};
  }
  return Error{
      said.substr(0, code), said.substr(code + 1, message - code - 1), said.substr(message + 1)
  };
}

[[noreturn]] void work_as_copy(const FrozenCopy::Work& work, int report, pid_t original) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != original) ::_exit(1);
  const bool is_apart = close_all_but(report);
  run_below_others();
  const Status status = is_apart ? work() : Status(cannot_copy("close_range"));
  const std::string said = words_of(status);
  const ssize_t told = ::write(report, said.data(), said.size());
  ::_exit(told == std::ssize(said) ? 0 : 1);
}

}  // namespace

// What it says arrives through a pipe, whose end is its end.
struct FrozenCopy::Watch : std::enable_shared_from_this<FrozenCopy::Watch> {
  Watch(asio::io_context& loop, int pipe, pid_t child, Ended tell)
      : report(loop, pipe), pid(child), ended(std::move(tell)) {}

  void read_on();
  bool hear();
  Status reap();

  asio::posix::stream_descriptor report;
  pid_t pid;  // 0 once it was waited for
  Ended ended;
  std::array<char, 4096> buffer = {};
  std::string said = {};
};

// Reads when there is something to read, and not before: what a read under way had taken would be
// lost to wait().
void FrozenCopy::Watch::read_on() {
  report.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [self = shared_from_this()](const boost::system::error_code&) {
        if (self->pid == 0) return;
        if (!self->hear()) return self->read_on();
        const Ended tell = std::exchange(self->ended, nullptr);
        tell(self->reap());
      }
  );
}

// Takes what has come, or waits for it if the pipe blocks. Whether that was all.
bool FrozenCopy::Watch::hear() {
  for (;;) {
    const ssize_t got = ::read(report.native_handle(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) return true;
    said.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

// How it ended is in what it said: where SIGCHLD is ignored nobody else tells.
Status FrozenCopy::Watch::reap() {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  pid = 0;
  boost::system::error_code ignored;
  report.close(ignored);
  return status_in(said);
}

Result<std::unique_ptr<FrozenCopy>> FrozenCopy::start(
    asio::io_context& loop, const Work& work, Ended ended
) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return cannot_copy("pipe2");
  const FileDescriptor their_end(pipe[1]);
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  const pid_t original = ::getpid();
  const sigset_t signals = block_signals();
  const pid_t child = ::fork();
  if (child == 0) work_as_copy(work, their_end.number(), original);
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &signals, nullptr);
  if (child < 0) {
    ::close(pipe[0]);
    errno = fork_error;
    return cannot_copy("fork");
  }
  auto watch = std::make_shared<Watch>(loop, pipe[0], child, std::move(ended));
  watch->read_on();
  return std::unique_ptr<FrozenCopy>(new FrozenCopy(std::move(watch)));
}

FrozenCopy::~FrozenCopy() {
  if (watch_->pid != 0) static_cast<void>(wait());
}

Status FrozenCopy::wait() {
  const int pipe = watch_->report.native_handle();
  ::fcntl(pipe, F_SETFL, ::fcntl(pipe, F_GETFL) & ~O_NONBLOCK);
  watch_->hear();
  return watch_->reap();
}

}  // namespace evener
