#include "worker/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <array>
#include <set>
#include <thread>

#include "worker/descriptor.h"
#include "worker/test_processes.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SystemProcesses : public ProcessTest {};

std::set<int> open_descriptors() {
  std::set<int> open;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) open.insert(fd);
  }
  return open;
}

TEST_F(SystemProcesses, AnswerTheExitCode) {
  for (const int code : {0, 1, 42, 255}) {
    auto process = runner().start(script("exit " + std::to_string(code))).value();
    const Exit exit = end_of(*process);
    EXPECT_EQ(exit.code, code);
    EXPECT_EQ(exit.signal, 0);
    EXPECT_EQ(exit.succeeded(), code == 0);
  }
}

// A keeper that goes before it has read what it was told does not take its own words with it.
TEST_F(SystemProcesses, AreHeardThoughTheyEndAtOnce) {
  constexpr int times = 40;
  for (int i = 0; i < times; ++i) {
    ProcessSpec spec = script("exit 1");
    spec.limit = {.ask_at = boot_ms() + long_enough_ms, .kill_at = boot_ms() + long_enough_ms};
    auto process = runner().start(spec);
    ASSERT_TRUE(process.ok()) << process.error().text();
    (*process)->set_limit(*spec.limit);
    EXPECT_EQ(end_of(**process).code, 1);
  }
}

TEST_F(SystemProcesses, AnswerTheSignalThatEndedThem) {
  for (const int signal : {SIGTERM, SIGKILL, SIGUSR1}) {
    auto process = runner().start(script("kill -" + std::to_string(signal) + " $$")).value();
    const Exit exit = end_of(*process);
    EXPECT_EQ(exit.code, -1);
    EXPECT_EQ(exit.signal, signal);
    EXPECT_FALSE(exit.succeeded());
  }
}

TEST_F(SystemProcesses, AnswerHowLongTheCommandTook) {
  auto process = runner().start(script("sleep 0.1")).value();
  const Exit exit = end_of(*process);
  EXPECT_GE(exit.duration, 100);
  EXPECT_LT(exit.duration, long_enough_ms);
}

TEST_F(SystemProcesses, MergeStdoutAndStderrInTheirOrder) {
  auto process = runner().start(script("echo 1; echo 2 >&2; echo 3; printf 4 >&2")).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), "1\n2\n3\n4");
}

TEST_F(SystemProcesses, ReadTheirInput) {
  std::string input;
  while (input.size() < std::size_t{1024} * 1024) input += std::to_string(input.size()) + "\n";
  auto process =
      runner().start({.argv = {"cat"}, .input = input, .output = {.head = 2 * input.size()}}
      ).value();
  EXPECT_EQ(end_of(*process).code, 0);
  EXPECT_TRUE(process->output().text() == input);
}

TEST_F(SystemProcesses, MayIgnoreTheirInput) {
  auto process =
      runner().start({.argv = {"echo", "done"}, .input = std::string(1'000'000, 'x')}).value();
  EXPECT_EQ(end_of(*process).code, 0);
  EXPECT_EQ(process->output().text(), "done\n");
}

TEST_F(SystemProcesses, FindTheirInputEmptyIfNoneIsGiven) {
  auto process = runner().start({.argv = {"wc", "-c"}}).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), "0\n");
}

TEST_F(SystemProcesses, GetOurEnvironmentAndTheirs) {
  ::setenv("EVENER_TEST_OURS", "from us", 1);
  ::setenv("EVENER_TEST_BOTH", "from us", 1);
  ProcessSpec spec = script("echo \"$EVENER_TEST_OURS, $EVENER_TEST_BOTH, $EVENER_TEST_THEIRS\"");
  spec.environment = {{"EVENER_TEST_BOTH", "a=b\nc"}, {"EVENER_TEST_THEIRS", ""}};
  auto process = runner().start(spec).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), "from us, a=b\nc, \n");
}

TEST_F(SystemProcesses, CarryTheirMark) {
  auto process = runner().start(script("echo ${#EVENER_ATTEMPT_MARK}")).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), "32\n");
}

TEST_F(SystemProcesses, RunInTheirDirectory) {
  auto process = runner().start({.argv = {"pwd"}, .directory = folder()}).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), std::filesystem::canonical(folder()).string() + "\n");
}

TEST_F(SystemProcesses, AreFoundThroughTheirOwnPathAndDirectory) {
  std::ofstream(path("tool")) << "#!/bin/sh\necho found $1\n";
  std::filesystem::permissions(path("tool"), std::filesystem::perms::owner_all);
  auto by_directory = runner().start({.argv = {"./tool", "a"}, .directory = folder()}).value();
  end_of(*by_directory);
  EXPECT_EQ(by_directory->output().text(), "found a\n");
  auto by_path =
      runner()
          .start({.argv = {"tool", "b"}, .environment = {{"PATH", folder() + ":/usr/bin:/bin"}}})
          .value();
  end_of(*by_path);
  EXPECT_EQ(by_path->output().text(), "found b\n");
}

TEST_F(SystemProcesses, DoNotStartWithoutAProgram) {
  const auto missing = runner().start({.argv = {"no-such-program"}});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "cannot_start");
  EXPECT_EQ(missing.error().message, "cannot start 'no-such-program': No such file or directory");
  const auto forbidden = runner().start({.argv = {"/etc/passwd"}});
  ASSERT_FALSE(forbidden.ok());
  EXPECT_THAT(forbidden.error().message, HasSubstr("'/etc/passwd': Permission denied"));
  EXPECT_EQ(runner().start({.argv = {}}).error().code, "cannot_start");
  EXPECT_EQ(records(), 0U);
}

TEST_F(SystemProcesses, DoNotStartWithoutTheirDirectory) {
  const auto missing = runner().start({.argv = {"true"}, .directory = path("nowhere")});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "cannot_start");
  EXPECT_THAT(missing.error().message, HasSubstr("enter the directory '" + path("nowhere")));
}

TEST_F(SystemProcesses, DoNotStartWithoutAKeeper) {
  SystemProcessRunner no_program({path("no-keeper"), "__keep"}, table());
  const auto missing = no_program.start({.argv = {"true"}});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "cannot_start");
  EXPECT_THAT(missing.error().message, HasSubstr("no-keeper"));
  SystemProcessRunner other_program({"/bin/true"}, table());
  EXPECT_THAT(other_program.start({.argv = {"x"}}).error().message, HasSubstr("no answer"));
  EXPECT_EQ(records(), 0U);
}

TEST_F(SystemProcesses, RefuseWhatExecCannotPassOn) {
  const std::string nul(1, '\0');
  EXPECT_FALSE(runner().start({.argv = {"echo", "a" + nul}}).ok());
  EXPECT_FALSE(runner().start({.argv = {"env"}, .environment = {{"A=B", "c"}}}).ok());
  EXPECT_FALSE(runner().start({.argv = {"env"}, .environment = {{"", "c"}}}).ok());
}

TEST_F(SystemProcesses, MayPrintFarMoreThanIsKept) {
  constexpr std::uint64_t flood = std::uint64_t{200} * 1024 * 1024;
  auto process = runner().start({.argv = {"head", "-c", "200M", "/dev/zero"}}).value();
  std::size_t most_held = 0;
  while (process->poll(long_enough_ms, -1) == Wake::output) {
    most_held = std::max(most_held, process->output().held());
  }
  ASSERT_TRUE(process->exit());
  EXPECT_EQ(process->output().total(), flood);
  EXPECT_LE(most_held, std::size_t{3} * 256 * 1024);
  EXPECT_EQ(process->output().left_out(), flood - std::uint64_t{512} * 1024);
}

TEST_F(SystemProcesses, MayPrintWhatIsNoText) {
  std::vector<std::string> lines;
  ProcessSpec spec = script("printf 'a\\377\\000\\n'; printf last");
  spec.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  auto process = runner().start(spec).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), "a\uFFFD\uFFFD\nlast");
  EXPECT_THAT(lines, ElementsAre("a\uFFFD\uFFFD", "last"));
}

TEST_F(SystemProcesses, TimeOutWakeAndAnswerWhenPolled) {
  auto process = runner().start(script("echo ready; sleep 1000")).value();
  await_output(*process, "ready");
  EXPECT_EQ(process->poll(0, -1), Wake::timed_out);
  EXPECT_EQ(process->poll(1, -1), Wake::timed_out);
  const Descriptor wake(::eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(process->poll(long_enough_ms, wake.get()), Wake::woken);
  EXPECT_FALSE(process->exit());
  ASSERT_TRUE(process->kill(0).ok());
  end_of(*process);
  EXPECT_EQ(process->poll(0, wake.get()), Wake::exited);
  EXPECT_TRUE(process->kill(0).ok());
}

TEST_F(SystemProcesses, StartWithCleanSignals) {
  sigset_t some;
  sigset_t before;
  ::sigemptyset(&some);
  ::sigaddset(&some, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &some, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
  auto process =
      runner()
          .start({.argv = {"sed", "-n", "s/^Sig\\(Blk\\|Ign\\)://p", "/proc/self/status"}})
          .value();
  ::signal(SIGPIPE, pipe_before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  end_of(*process);
  std::istringstream masks(process->output().text());
  std::uint64_t blocked = 1;
  std::uint64_t ignored = 1;
  masks >> std::hex >> blocked >> ignored;
  EXPECT_EQ(blocked, 0U);
  EXPECT_EQ(ignored & 0x7FFF'FFFFU, 0U);  // above are those that glibc keeps to itself
}

TEST_F(SystemProcesses, GetNoDescriptorOfOurs) {
  std::array<int, 2> careless = {};
  ASSERT_EQ(::pipe(careless.data()), 0);  // not close-on-exec
  auto process = runner().start({.argv = {"ls", "/proc/self/fd"}}).value();
  end_of(*process);
  EXPECT_EQ(process->output().text(), "0\n1\n2\n3\n");  // 3 is the listing itself
  for (const int fd : careless) ::close(fd);
}

TEST_F(SystemProcesses, CostUsOnlyCloseOnExecDescriptorsAndNoneAfterwards) {
  const std::set<int> before = open_descriptors();
  auto process = runner().start(script("sleep 1000")).value();
  const std::set<int> during = open_descriptors();
  EXPECT_GT(during.size(), before.size());
  for (const int fd : during) {
    EXPECT_TRUE(before.contains(fd) || ::fcntl(fd, F_GETFD) == FD_CLOEXEC) << fd;
  }
  process.reset();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(SystemProcesses, MayBeStartedByManyThreadsAtOnce) {
  const std::set<int> before = open_descriptors();
  SystemProcessRunner shared = runner();
  std::array<std::string, 8> outputs;
  {
    std::vector<std::jthread> threads;
    threads.reserve(outputs.size());
    for (std::string& output : outputs) {
      threads.emplace_back([&shared, &output] {
        for (int round = 0; round < 3; ++round) {
          auto process = shared.start({.argv = {"ls", "/proc/self/fd"}, .input = "some"}).value();
          end_of(*process);
          output += process->output().text();
        }
      });
    }
  }
  for (const std::string& output : outputs) {
    EXPECT_EQ(output, "0\n1\n2\n3\n0\n1\n2\n3\n0\n1\n2\n3\n");
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(records(), 0U);
}

}  // namespace
}  // namespace evener
