// What becomes of a command's descendants, with real processes.
//
// This executable is its own keeper: SystemProcessRunner starts it again with the keeper's verb,
// which is caught here before gtest's main() would see it.
#include "worker/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "worker/test_processes.h"

namespace evener {
namespace {

constexpr std::string_view guard_verb = "__guard";  // PROGRAM __guard FILE: its id stands there

[[noreturn]] void act_as_guard(const char* file) {
  ::setsid();
  become_guard();
  std::ofstream(file) << ::getpid() << std::endl;
  for (;;) ::pause();
}

[[gnu::constructor]] void act_as_keeper(int argc, char** argv) {
  if (argc > 1 && argv[1] == keeper_verb) ::_exit(keeper_main(argc, argv));
  if (argc > 2 && argv[1] == guard_verb) act_as_guard(argv[2]);
}

std::string start_guard(const std::string& file) {
  return std::filesystem::read_symlink("/proc/self/exe").string() + " " + std::string(guard_verb) +
         " " + file + " > /dev/null 2>&1 &\nwhile [ ! -s " + file + " ]; do sleep 0.01; done\n";
}

class Keeper : public ProcessTest {
 protected:
  // A process that runs `spec` as its runner, and then does nothing until it is killed.
  pid_t fork_runner(const ProcessSpec& spec) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    SystemProcessRunner its_runner = runner();
    const auto process = its_runner.start(spec);
    if (!process.ok()) ::_exit(1);
    for (;;) ::pause();
  }

  // From now on.
  static TimeLimit limit_in(Millis ask, Millis kill) {
    const Millis now = boot_ms();
    return {.ask_at = now + ask, .kill_at = now + kill};
  }

  static void end_runner(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  ProcessIdentity keeper_of(const ProcessIdentity& command) {
    return find_process(find_process(command.pid)->parent)->identity;
  }
};

// Writes its id to `command`, starts a child, a grandchild and a service that write theirs.
const std::string family_script =
    "echo $$ > command\n"
    "sh -c 'echo $$ > child; sh -c \"echo \\$\\$ > grandchild; exec sleep 1000\" & wait' &\n" +
    start_service("service") + "while [ ! -s grandchild ]; do sleep 0.01; done\n";

TEST_F(Keeper, EndsACommandThatIgnoresSigterm) {
  auto process =
      runner().start(script("trap '' TERM; echo ready; while :; do sleep 0.02; done")).value();
  await_output(*process, "ready");
  ASSERT_TRUE(process->kill(100).ok());
  const Exit exit = end_of(*process);
  EXPECT_EQ(exit.code, -1);
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_GE(exit.duration, 100);
}

TEST_F(Keeper, LetsACommandEndItselfWithinTheGrace) {
  auto process = runner()
                     .start(script("trap 'echo bye; exit 3' TERM; echo ready; "
                                   "while :; do sleep 0.02; done"))
                     .value();
  await_output(*process, "ready");
  ASSERT_TRUE(process->kill(10 * long_enough_ms).ok());
  EXPECT_EQ(end_of(*process).code, 3);
  EXPECT_THAT(process->output().text(), testing::EndsWith("bye\n"));
}

TEST_F(Keeper, GivesTheGraceToTheWholeGroup) {
  auto process = runner()
                     .start(script("(trap 'sleep 0.1; touch tidied; exit' TERM; echo ready;"
                                   " while :; do sleep 0.02; done) & exec sleep 1000"))
                     .value();
  await_output(*process, "ready");
  ASSERT_TRUE(process->kill(10 * long_enough_ms).ok());
  EXPECT_EQ(end_of(*process).signal, SIGTERM);
  EXPECT_TRUE(is_there("tidied"));
}

TEST_F(Keeper, ShortensTheGraceWhenAskedAgain) {
  auto process =
      runner().start(script("trap '' TERM; echo ready; while :; do sleep 0.02; done")).value();
  await_output(*process, "ready");
  ASSERT_TRUE(process->kill(std::numeric_limits<Millis>::max()).ok());
  EXPECT_EQ(process->poll(100, -1), Wake::timed_out);
  ASSERT_TRUE(process->kill(-1).ok());
  EXPECT_EQ(end_of(*process).signal, SIGKILL);
}

TEST_F(Keeper, WakesAStoppedCommandToEndIt) {
  auto process =
      runner().start(script("trap 'exit 3' TERM; echo $$ > command; kill -STOP $$")).value();
  const ProcessIdentity command = process_in("command");
  ASSERT_TRUE(eventually([&] { return find_process(command.pid)->state == 'T'; }));
  ASSERT_TRUE(process->kill(10 * long_enough_ms).ok());
  EXPECT_EQ(end_of(*process).code, 3);
}

TEST_F(Keeper, EndsEveryDescendantOfAKilledCommand) {
  auto process = runner().start(script(family_script + "wait")).value();
  const ProcessIdentity child = process_in("child");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  ASSERT_TRUE(process->kill(0).ok());
  end_of(*process);
  EXPECT_FALSE(alive(child));
  EXPECT_FALSE(alive(grandchild));
  EXPECT_FALSE(alive(service));
}

TEST_F(Keeper, EndsEveryDescendantOfAFailedCommand) {
  ASSERT_EQ(::mkfifo(path("gate").c_str(), 0600), 0);
  auto process = runner().start(script(family_script + "read go < gate; exit 1")).value();
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  EXPECT_EQ(find_process(service.pid)->session, service.pid);
  std::ofstream(path("gate")) << "go\n";
  EXPECT_EQ(end_of(*process).code, 1);
  EXPECT_FALSE(alive(grandchild));
  EXPECT_FALSE(alive(service));
}

TEST_F(Keeper, SparesAGuardAndDoesNotWaitForIt) {
  ASSERT_EQ(::mkfifo(path("gate").c_str(), 0600), 0);
  auto process = runner()
                     .start(script(family_script + start_guard("guard") + "read go < gate; exit 1"))
                     .value();
  const ProcessIdentity guard = process_in("guard");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  std::ofstream(path("gate")) << "go\n";
  EXPECT_EQ(end_of(*process).code, 1);
  EXPECT_TRUE(gone(grandchild));
  EXPECT_TRUE(gone(service));
  EXPECT_TRUE(signal_exactly(guard, SIGKILL));
}

TEST_F(Keeper, IsReplacedByARunnerThatSparesAGuard) {
  auto process =
      runner().start(script(family_script + start_guard("guard") + "exec sleep 1000")).value();
  const ProcessIdentity guard = process_in("guard");
  const ProcessIdentity service = process_in("service");
  ASSERT_TRUE(signal_exactly(keeper_of(process_in("command")), SIGKILL));
  end_of(*process);
  EXPECT_TRUE(gone(service));
  EXPECT_TRUE(signal_exactly(guard, SIGKILL));
}

TEST_F(Keeper, EndsWhatOnlyCallsItselfAGuard) {
  ASSERT_EQ(::mkfifo(path("gate").c_str(), 0600), 0);
  auto process = runner()
                     .start(script("(setsid sh -c 'printf evener/guard > /proc/$$/comm; "
                                   "echo $$ > liar; while :; do sleep 0.05; done' > /dev/null "
                                   "2>&1 &)\nread go < gate; exit 1"))
                     .value();
  const ProcessIdentity liar = process_in("liar");
  std::ofstream(path("gate")) << "go\n";
  EXPECT_EQ(end_of(*process).code, 1);
  EXPECT_TRUE(gone(liar));
}

TEST_F(Keeper, LeavesTheServiceOfASuccessfulCommandAndNothingElse) {
  ASSERT_EQ(::mkfifo(path("gate").c_str(), 0600), 0);
  auto process = runner().start(script(family_script + "read go < gate; exit 0")).value();
  const ProcessIdentity child = process_in("child");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  std::ofstream(path("gate")) << "go\n";
  EXPECT_EQ(end_of(*process).code, 0);
  EXPECT_FALSE(alive(child));
  EXPECT_FALSE(alive(grandchild));
  EXPECT_TRUE(alive(service));
  EXPECT_EQ(records(), 0U);
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_TRUE(alive(service));
}

TEST_F(Keeper, GivesAServiceAMomentToLeaveTheSession) {
  // The command is over before its service has called setsid.
  auto process =
      runner()
          .start(script("(sleep 0.02; exec setsid sh -c 'echo $$ > service; exec sleep 1000')"
                        " > /dev/null 2>&1 & exit 0"))
          .value();
  EXPECT_EQ(end_of(*process).code, 0);
  EXPECT_TRUE(alive(process_in("service")));
}

TEST_F(Keeper, DoesNotWaitForAServiceThatHoldsTheOutput) {
  auto process = runner()
                     .start(script("(setsid sh -c 'echo $$ > service; while :; do echo noise; "
                                   "done' &)\nwhile [ ! -s service ]; do sleep 0.01; done; exit 0"))
                     .value();
  EXPECT_EQ(end_of(*process).code, 0);
  EXPECT_THAT(process->output().text(), testing::HasSubstr("noise"));
  // Its pipe has no reader any more.
  EXPECT_TRUE(gone(process_in("service")));
}

TEST_F(Keeper, EndsEverythingWhenTheRunnerIsKilled) {
  const pid_t its_runner = fork_runner(script(family_script + "wait"));
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  const ProcessIdentity keeper = keeper_of(command);
  ASSERT_TRUE(alive(service));
  end_runner(its_runner);
  for (const ProcessIdentity& process : {command, grandchild, service, keeper}) {
    EXPECT_TRUE(gone(process));
  }
  EXPECT_EQ(records(), 1U);
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_EQ(records(), 0U);
}

TEST_F(Keeper, EndsEverythingWhenTheProcessObjectGoes) {
  auto process = runner().start(script(family_script + "wait")).value();
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  process.reset();
  EXPECT_FALSE(alive(grandchild));
  EXPECT_FALSE(alive(service));
  EXPECT_EQ(records(), 0U);
}

TEST_F(Keeper, EndsEverythingWhenItIsTerminated) {
  auto process = runner().start(script(family_script + "wait")).value();
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity service = process_in("service");
  ASSERT_TRUE(signal_exactly(keeper_of(command), SIGTERM));
  EXPECT_EQ(end_of(*process).signal, SIGKILL);
  EXPECT_FALSE(alive(service));
}

TEST_F(Keeper, IsReplacedByALivingRunnerWhenItIsKilled) {
  auto process = runner().start(script(family_script + "wait")).value();
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  ASSERT_TRUE(signal_exactly(keeper_of(command), SIGKILL));
  const Exit exit = end_of(*process);
  EXPECT_EQ(exit.code, -1);
  EXPECT_EQ(exit.signal, SIGKILL);
  for (const ProcessIdentity& member : {command, grandchild, service}) EXPECT_TRUE(gone(member));
  EXPECT_EQ(records(), 0U);
}

TEST_F(Keeper, IsReplacedWhenItDoesNotAnswer) {
  auto process = runner(200).start(script(family_script + "wait")).value();
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity service = process_in("service");
  // What a debugger holds does not go on when it is told to.
  const pid_t keeper = keeper_of(command).pid;
  ASSERT_EQ(::ptrace(PTRACE_SEIZE, keeper, nullptr, nullptr), 0) << std::strerror(errno);
  ASSERT_EQ(::ptrace(PTRACE_INTERRUPT, keeper, nullptr, nullptr), 0) << std::strerror(errno);
  ASSERT_TRUE(process->kill(0).ok());
  EXPECT_EQ(end_of(*process).signal, SIGKILL);
  EXPECT_TRUE(gone(command));
  EXPECT_TRUE(gone(service));
}

TEST_F(Keeper, GoesOnAtOnceIfItWasStoppedAndMustEndItsCommand) {
  constexpr Millis not_replaced = 2 * long_enough_ms;
  auto process = runner(not_replaced).start(script(family_script + "wait")).value();
  const ProcessIdentity command = process_in("command");
  ASSERT_TRUE(signal_exactly(keeper_of(command), SIGSTOP));
  ASSERT_TRUE(process->kill(0).ok());
  EXPECT_NE(end_of(*process).signal, 0);
  EXPECT_TRUE(gone(command));
}

TEST_F(Keeper, TakesItsCommandWithItWhenBothItAndTheRunnerAreKilled) {
  const pid_t its_runner = fork_runner(script(family_script + "wait"));
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  ASSERT_TRUE(signal_exactly(keeper_of(command), SIGKILL));
  end_runner(its_runner);
  EXPECT_TRUE(gone(command));
  EXPECT_TRUE(alive(grandchild));  // out of everybody's reach but the table's
  EXPECT_TRUE(alive(service));
  EXPECT_GE(table().clean_up().value(), 2);
  EXPECT_TRUE(gone(grandchild));
  EXPECT_TRUE(gone(service));
  EXPECT_EQ(records(), 0U);
  EXPECT_EQ(table().clean_up().value(), 0);
}

TEST_F(Keeper, IsCleanedUpWithItsCommandWhenItHangs) {
  const pid_t its_runner = fork_runner(script(family_script + "wait"));
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity service = process_in("service");
  const ProcessIdentity keeper = keeper_of(command);
  ASSERT_TRUE(signal_exactly(keeper, SIGSTOP));
  end_runner(its_runner);
  EXPECT_GE(table().clean_up().value(), 3);
  for (const ProcessIdentity& process : {command, service, keeper}) EXPECT_TRUE(gone(process));
}

TEST_F(Keeper, ReapsTheOrphansThatComeToIt) {
  auto process = runner()
                     .start(script("for i in 1 2 3 4 5; do (sh -c 'echo $$ > orphan' &); done\n"
                                   "echo $$ > command; echo ready; exec sleep 1000"))
                     .value();
  await_output(*process, "ready");
  const ProcessIdentity keeper = keeper_of(process_in("command"));
  EXPECT_TRUE(eventually([&] { return descendants_of(keeper.pid, all_processes()).size() == 1; }));
}

TEST_F(Keeper, LetsGoOfPipesAndDirectory) {
  auto process = runner().start(script("echo $$ > command; exec sleep 1000")).value();
  const ProcessIdentity keeper = keeper_of(process_in("command"));
  const std::string proc = "/proc/" + std::to_string(keeper.pid);
  EXPECT_TRUE(eventually([&] { return std::filesystem::read_symlink(proc + "/cwd") == "/"; }));
  for (const auto& entry : std::filesystem::directory_iterator(proc + "/fd")) {
    EXPECT_FALSE(std::filesystem::read_symlink(entry).string().starts_with("pipe:")) << entry;
  }
}

TEST_F(Keeper, EndsTheCommandOfAStoppedRunnerWhenItsTimeIsOver) {
  ProcessSpec spec = script(family_script + "wait");
  spec.limit = limit_in(3000, 3500);
  const pid_t its_runner = fork_runner(spec);
  const ProcessIdentity command = process_in("command");
  const ProcessIdentity grandchild = process_in("grandchild");
  const ProcessIdentity service = process_in("service");
  ASSERT_EQ(::kill(its_runner, SIGSTOP), 0);
  for (const ProcessIdentity& process : {command, grandchild, service}) EXPECT_TRUE(gone(process));
  EXPECT_EQ(find_process(its_runner)->state, 'T');
  end_runner(its_runner);
}

TEST_F(Keeper, AsksACommandWhoseTimeIsOverToEndAndSaysSo) {
  auto process = runner()
                     .start(script("trap 'exit 3' TERM; echo ready; while :; do sleep 0.02; done"))
                     .value();
  await_output(*process, "ready");
  process->set_limit(limit_in(0, 10 * long_enough_ms));
  const Exit exit = end_of(*process);
  EXPECT_EQ(exit.code, 3);
  EXPECT_TRUE(exit.lapsed);
}

TEST_F(Keeper, KillsACommandThatIgnoresItsLimit) {
  auto process =
      runner().start(script("trap '' TERM; echo ready; while :; do sleep 0.02; done")).value();
  await_output(*process, "ready");
  process->set_limit(limit_in(0, 100));
  const Exit exit = end_of(*process);
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_TRUE(exit.lapsed);
}

TEST_F(Keeper, KillsAtTheLimitWhatWasGivenALongerGrace) {
  ProcessSpec spec = script("trap '' TERM; echo ready; while :; do sleep 0.02; done");
  spec.limit = limit_in(2 * long_enough_ms, 2 * long_enough_ms);
  auto process = runner().start(spec).value();
  await_output(*process, "ready");
  ASSERT_TRUE(process->kill(10 * long_enough_ms).ok());
  process->set_limit(limit_in(0, 100));
  const Exit exit = end_of(*process);
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_FALSE(exit.lapsed);
}

TEST_F(Keeper, GoesByTheNewestLimit) {
  auto process = runner().start(script("echo ready; exec sleep 1")).value();
  await_output(*process, "ready");
  process->set_limit(limit_in(500, 500));
  process->set_limit(limit_in(10 * long_enough_ms, 10 * long_enough_ms));
  const Exit exit = end_of(*process);
  EXPECT_EQ(exit.code, 0);
  EXPECT_FALSE(exit.lapsed);
}

TEST_F(Keeper, IsNotForPeople) {
  std::vector<std::string> words = {"evener", std::string(keeper_verb), ".", "true"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStderr();
  EXPECT_EQ(keeper_main(4, argv.data()), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("for the runner only"));
}

}  // namespace
}  // namespace evener
