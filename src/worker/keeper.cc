// How a keeper keeps its command.
//
//     runner ==channel== keeper --fork--> command (session and group leader) --> whatever it starts
//        ^                                   |
//        +------------- output pipe ---------+
//
// The channel is one socket pair. The runner alone holds its end (close-on-exec, so no other child
// ever has a copy), which makes "the peer has closed" mean "the runner is dead or has let go",
// however it died. PR_SET_PDEATHSIG could not say that: it fires when the *thread* that started
// the child ends, reaches one process and not its children, and is gone after a set-user-ID exec.
//
// The keeper makes itself a child subreaper: a process whose parent dies becomes the keeper's child
// instead of init's, however often it forked and whatever session it made for itself. So at any
// time every descendant of the command can be reached from here through /proc, and "no child is
// left" (ECHILD) is the kernel's word that no descendant is left. Where a guard is spared, passes
// over /proc that find nobody else must do.
//
// What ends what:
//   command exits 0           its session is killed (after a moment, below); a process that made a
//                             session of its own is a service that it meant to start, and lives on
//   its time limit comes      as if the runner had asked for it in time: a runner that is stopped
//                             (SIGSTOP, Ctrl-Z) cannot ask, and its lease is another's by then
//   command fails or is killed by a signal, or the runner asked for it, or the channel closed, or
//   somebody sent the keeper SIGTERM, SIGINT, SIGHUP or SIGQUIT: all descendants are killed
//                             but guards (process_tree.h), which clear away and end by themselves
//   keeper is ended by SIGKILL: the kernel ends the command (PR_SET_PDEATHSIG, set in the child);
//                             a living runner, else the next start, finds the rest by their mark
//                             (process_table.h)
//
// Signals. All are blocked here and read from a signalfd, so nothing interrupts anything. The
// keeper has its own session, and so does the command: Ctrl-C in the runner's terminal reaches the
// runner only, which then decides. The command gets an empty mask and default dispositions,
// whatever the runner had.
//
// The command's zombie is not reaped before its group has been signalled for the last time. As long
// as it stands its process id cannot be given away, therefore kill(-command) cannot hit strangers.
//
// Output goes straight from the command to the runner's pipe, the keeper never touches it, and lets
// go of its own 0, 1 and 2 once the command runs. A service that lives on may keep the pipe open,
// so the runner goes by the keeper's end and not by the pipe's.
#include "worker/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "worker/descriptor.h"
#include "worker/process_tree.h"

namespace evener {
namespace {

// `sh -c 'daemon & exit 0'` may be over before the daemon has called setsid(). What is still in
// the command's session after a success gets this long to leave it.
constexpr Millis settle_ms = 500;

constexpr Millis look_again_ms = 10;  // between passes over /proc

// While a guard lives, the kernel's word that nobody is left cannot be had. One pass may miss a
// process that is started during it by one that ends during it.
constexpr int passes_to_be_sure = 3;

// NAME=VALUE strings, and their addresses as exec wants them.
class Environment {
 public:
  static std::optional<Environment> read(int fd) {
    Environment environment;
    std::array<char, 4096> chunk;
    ssize_t count = 0;
    off_t at = 0;
    while ((count = ::pread(fd, chunk.data(), chunk.size(), at)) > 0) {
      environment.text_.append(chunk.data(), static_cast<std::size_t>(count));
      at += count;
    }
    if (count < 0) return std::nullopt;
    return environment;
  }

  // Valid as long as this object is neither changed nor moved.
  std::vector<char*> addresses() {
    std::vector<char*> entries;
    for (std::size_t at = 0; at < text_.size(); at = text_.find('\0', at) + 1) {
      entries.push_back(text_.data() + at);
    }
    entries.push_back(nullptr);
    return entries;
  }

 private:
  std::string text_;  // every entry ends in NUL
};

struct StartFailure {
  KeeperReport::Kind kind;
  int error;
};

// In the child. The keeper has one thread, so anything may be called between fork and exec.
[[noreturn]] void become_command(
    pid_t keeper, const char* directory, char** command, char** environment, int failure_fd
) {
  const auto fail = [&](KeeperReport::Kind kind) {
    const StartFailure failure{kind, errno};
    (void)!::write(failure_fd, &failure, sizeof(failure));
    ::_exit(127);
  };
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);  // it died before the line above took effect

  if (::chdir(directory) != 0) fail(KeeperReport::Kind::bad_directory);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  environ = environment;  // whose PATH execvp searches
  ::execvp(command[0], command);
  fail(KeeperReport::Kind::bad_program);
  ::_exit(127);
}

class Keeper {
 public:
  Keeper(Descriptor channel, Descriptor signals)
      : channel_(std::move(channel)), signals_(std::move(signals)) {}

  // False if the command could not be started; the runner has been told why.
  bool start(const char* directory, char** command, char** environment);

  void keep();

 private:
  enum class Stage {
    running,
    ending,    // it was asked to end: until the session is empty or deadline_
    settling,  // it has succeeded: until the session is empty or deadline_
  };

  void report(KeeperReport report);
  void wait();
  Millis longest_wait() const;
  bool is_due(Millis TimeLimit::* moment) const;
  void read_signals();
  void read_requests();
  void take(const KeeperRequest& request);
  void begin_ending(Millis grace);
  void collect();
  void command_exited(bool by_signal, int status);
  std::vector<ProcessInfo> session_members() const;
  void kill_session();
  void kill_everything();
  void kill_living();
  bool no_child_is_left();

  Descriptor channel_;
  Descriptor signals_;
  pid_t command_ = 0;
  Millis started_ = 0;
  Stage stage_ = Stage::running;
  Millis deadline_ = 0;
  std::optional<TimeLimit> limit_;
  bool lapsed_ = false;     // the limit came, and nobody had asked before
  bool abandoned_ = false;  // nobody waits for the command any more: no grace
  bool exited_ = false;     // and reported so
  bool succeeded_ = false;
  int empty_passes_ = 0;  // over /proc, of those before the end: only guards were left
};

bool Keeper::start(const char* directory, char** command, char** environment) {
  std::array<int, 2> failure_pipe = {};
  if (::pipe2(failure_pipe.data(), O_CLOEXEC) != 0) {
    report({KeeperReport::Kind::bad_program, errno, 0, 0, 0, 0});
    return false;
  }
  const Descriptor failure_in(failure_pipe[0]);
  Descriptor failure_out(failure_pipe[1]);

  const pid_t keeper = ::getpid();
  started_ = steady_ms();
  command_ = ::fork();
  if (command_ < 0) {
    report({KeeperReport::Kind::bad_program, errno, 0, 0, 0, 0});
    return false;
  }
  if (command_ == 0) become_command(keeper, directory, command, environment, failure_out.get());

  // A successful exec closes the child's end, and the read ends with nothing.
  failure_out.close();
  StartFailure failure = {};
  if (::read(failure_in.get(), &failure, sizeof(failure)) == sizeof(failure)) {
    ::waitpid(command_, nullptr, 0);
    report({failure.kind, failure.error, 0, 0, 0, 0});
    return false;
  }
  const std::optional<ProcessInfo> child = find_process(command_);  // at least its zombie
  const std::uint64_t start_ticks = child ? child->identity.start_ticks : 0;
  report({KeeperReport::Kind::started, 0, 0, command_, start_ticks, 0});
  return true;
}

void Keeper::keep() {
  read_requests();  // the time limit was said before we were there
  for (;;) {
    collect();
    if (abandoned_) return kill_everything();
    switch (stage_) {
      case Stage::running:
        if (exited_ && !succeeded_) return kill_everything();
        if (exited_) {
          stage_ = Stage::settling;
          deadline_ = steady_ms() + settle_ms;
          continue;
        }
        if (!is_due(&TimeLimit::ask_at)) break;
        lapsed_ = true;
        begin_ending(std::max<Millis>(0, limit_->kill_at - boot_ms()));
        continue;
      case Stage::ending:
        if (steady_ms() >= deadline_ || is_due(&TimeLimit::kill_at) ||
            (exited_ && session_members().empty()))
          return kill_everything();
        break;
      case Stage::settling:
        if (steady_ms() >= deadline_ || is_due(&TimeLimit::kill_at) || session_members().empty())
          return kill_session();
        break;
    }
    wait();
    read_signals();
    read_requests();
  }
}

void Keeper::report(KeeperReport report) {
  // If nobody reads it any more, the next look at the channel tells.
  ::send(channel_.get(), &report, sizeof(report), MSG_NOSIGNAL);
}

void Keeper::wait() {
  std::array<pollfd, 2> ready = {{{channel_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
  ::poll(ready.data(), ready.size(), static_cast<int>(longest_wait()));
}

// For poll(2): -1 is for ever.
Millis Keeper::longest_wait() const {
  Millis longest = limit_ ? longest_nap_ms : 60'000;
  if (stage_ == Stage::running) {
    if (!limit_) return -1;
    longest = std::min(longest, limit_->ask_at - boot_ms());
  } else {
    longest = std::min(longest, exited_ ? look_again_ms : deadline_ - steady_ms());
    if (limit_) longest = std::min(longest, limit_->kill_at - boot_ms());
  }
  return std::max<Millis>(0, longest);
}

bool Keeper::is_due(Millis TimeLimit::* moment) const {
  return limit_ && boot_ms() >= *limit_.*moment;
}

void Keeper::read_signals() {
  signalfd_siginfo signal = {};
  while (::read(signals_.get(), &signal, sizeof(signal)) == sizeof(signal)) {
    if (signal.ssi_signo != SIGCHLD) abandoned_ = true;
  }
}

void Keeper::read_requests() {
  for (;;) {
    KeeperRequest request = {};
    const ssize_t count = ::recv(channel_.get(), &request, sizeof(request), MSG_DONTWAIT);
    if (count == sizeof(request)) {
      take(request);
    } else if (count < 0 && errno == EAGAIN) {
      return;
    } else {
      abandoned_ = true;  // end of file, or a channel that is of no more use
      return;
    }
  }
}

void Keeper::take(const KeeperRequest& request) {
  switch (request.kind) {
    case KeeperRequest::Kind::end:
      return begin_ending(request.grace);
    case KeeperRequest::Kind::limit:
      limit_ = request.limit;
      return;
  }
}

void Keeper::begin_ending(Millis grace) {
  const Millis deadline = steady_ms() + grace;
  deadline_ = stage_ == Stage::ending ? std::min(deadline_, deadline) : deadline;
  if (stage_ == Stage::ending) return;
  stage_ = Stage::ending;
  ::kill(-command_, SIGTERM);
  ::kill(-command_, SIGCONT);  // a stopped process would sleep through its grace
}

// Takes note of the command's end, and reaps the orphans that came to us while it ran.
void Keeper::collect() {
  while (!exited_) {
    siginfo_t child = {};
    if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) != 0 || child.si_pid == 0) return;
    if (child.si_pid == command_) {
      command_exited(child.si_code != CLD_EXITED, child.si_status);
    } else {
      ::waitpid(child.si_pid, nullptr, 0);
    }
  }
}

void Keeper::command_exited(bool by_signal, int status) {
  exited_ = true;
  succeeded_ = !by_signal && status == 0;
  const int code = by_signal ? -1 : status;
  const int signal = by_signal ? status : 0;
  report({KeeperReport::Kind::exited, code, signal, command_, 0, steady_ms() - started_, lapsed_});
}

// Whether a child of ours lives. Whatever the command left behind is below one, since orphans come
// to us; so a command that left nothing is known without a look at every process of the machine.
// (The dead who were not reaped cannot stop any more, and a wait for that alone does not count
// them. Should a kernel count them, we look.)
bool has_living_child() {
  siginfo_t child = {};
  return ::waitid(P_ALL, 0, &child, WSTOPPED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

// The living processes that stayed in the session of the command.
std::vector<ProcessInfo> Keeper::session_members() const {
  if (!has_living_child()) return {};
  std::vector<ProcessInfo> members = descendants_of(::getpid(), all_processes());
  std::erase_if(members, [&](const ProcessInfo& process) {
    return process.session != command_ || process.dead();
  });
  return members;
}

void Keeper::kill_session() {
  const Millis limit = steady_ms() + keeper_sweep_limit_ms;
  ::kill(-command_, SIGKILL);
  for (;;) {
    const std::vector<ProcessInfo> members = session_members();
    if (members.empty() || steady_ms() >= limit) return;
    for (const ProcessInfo& member : members) signal_exactly(member.identity, SIGKILL);
    ::poll(nullptr, 0, look_again_ms);
  }
}

void Keeper::kill_everything() {
  const Millis limit = steady_ms() + keeper_sweep_limit_ms;
  ::kill(-command_, SIGKILL);
  while (!no_child_is_left() && empty_passes_ < passes_to_be_sure && steady_ms() < limit) {
    kill_living();
    pollfd ready = {signals_.get(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(look_again_ms));
    read_signals();
  }
}

// Takes note of whether there was anybody.
void Keeper::kill_living() {
  bool only_guards = true;
  bool some_guard = false;
  for (const ProcessInfo& process : descendants_of(::getpid(), all_processes())) {
    if (process.dead()) continue;
    const bool spared = is_guard(process.identity.pid);
    some_guard = some_guard || spared;
    only_guards = only_guards && spared;
    if (!spared) signal_exactly(process.identity, SIGKILL);
  }
  empty_passes_ = some_guard && only_guards ? empty_passes_ + 1 : 0;
}

// Reaps whoever is dead, also the command.
bool Keeper::no_child_is_left() {
  for (;;) {
    int status = 0;
    const pid_t child = ::waitpid(-1, &status, WNOHANG);
    if (child <= 0) return child < 0 && errno == ECHILD;
    if (child != command_ || exited_) continue;
    const bool by_signal = WIFSIGNALED(status);
    command_exited(by_signal, by_signal ? WTERMSIG(status) : WEXITSTATUS(status));
  }
}

// Blocks every signal, and gives those that a keeper acts upon as a descriptor.
Descriptor take_signals() {
  sigset_t every;
  ::sigfillset(&every);
  ::sigprocmask(SIG_SETMASK, &every, nullptr);
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    ::sigaddset(&wanted, signal);
  }
  return Descriptor(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

// So that the keeper holds neither the command's pipes nor its directory.
void let_go_of_surroundings() {
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), fd);
  (void)!::chdir("/");
}

int fail(const char* what) {
  std::fprintf(stderr, "evener %s: %s\n", keeper_verb.data(), what);
  return 2;
}

}  // namespace

int keeper_main(int argc, char** argv) {
  if (argc < 4) return fail("this verb is for the runner only");
  int type = 0;
  socklen_t length = sizeof(type);
  if (::getsockopt(keeper_channel_fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
      type != SOCK_SEQPACKET)
    return fail("this verb is for the runner only");

  Descriptor channel(keeper_channel_fd);
  ::fcntl(channel.get(), F_SETFD, FD_CLOEXEC);
  Descriptor environment_file(keeper_environment_fd);
  std::optional<Environment> environment = Environment::read(environment_file.get());
  environment_file.close();
  if (!environment) return fail("cannot read the command's environment");
  std::vector<char*> entries = environment->addresses();

  ::prctl(PR_SET_NAME, "evener-keeper");
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail("cannot become a subreaper");
  Descriptor signals = take_signals();
  if (!signals.open()) return fail("cannot receive signals");

  Keeper keeper(std::move(channel), std::move(signals));
  if (!keeper.start(argv[2], argv + 3, entries.data())) return 1;
  let_go_of_surroundings();
  keeper.keep();
  return 0;
}

}  // namespace evener
