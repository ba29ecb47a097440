// A guard with real processes: this one forks a holder of a lock, which forks its command.
#include "cli/lock_guard.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/offspring.h"
#include "engine/test_pool_folder.h"
#include "worker/process_tree.h"

namespace evener {
namespace {

constexpr Millis long_enough_ms = 20'000;  // on a loaded machine; only a failure waits so long
constexpr Millis soon_ms = 200;
constexpr Millis later_ms = 1000;

bool eventually(const std::function<bool()>& fact) {
  const Millis deadline = steady_ms() + long_enough_ms;
  while (!fact()) {
    if (steady_ms() >= deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

bool is_gone(pid_t pid) {
  const std::optional<ProcessInfo> found = find_process(pid);
  return !found || found->dead();
}

class LockGuardTest : public testing::Test {
 protected:
  ~LockGuardTest() override {
    if (command_ > 0) ::kill(command_, SIGKILL);
    if (holder_ > 0) ::kill(holder_, SIGKILL);
    if (holder_ > 0) ::waitpid(holder_, nullptr, 0);
  }

  // A process that starts the script, sets the limits one after another (so long from then;
  // nothing: it lifts them), and stands still.
  void start_stopped_holder(
      const std::vector<std::optional<Millis>>& limits, const std::string& script
  ) {
    holder_ = ::fork();
    ASSERT_GE(holder_, 0);
    if (holder_ == 0) hold(limits, script);
    ASSERT_TRUE(eventually([&] { return find_process(holder_)->state == 'T'; }));
    command_ = written_process();
    ASSERT_GT(command_, 0);
  }

  bool is_there(const std::string& name) const { return read_file(folder_.path(name)).ok(); }

  TestPoolFolder folder_;
  pid_t holder_ = 0;
  pid_t command_ = 0;

 private:
  [[noreturn]] void hold(
      const std::vector<std::optional<Millis>>& limits, const std::string& script
  ) const {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Result<LockGuard> guard = LockGuard::start([] {});
    if (!guard.ok()) ::_exit(1);
    if (::fork() == 0) become(script);
    if (!eventually([&] { return written_process() > 0; })) ::_exit(1);
    for (const std::optional<Millis>& duration : limits) {
      const Millis from = boot_ms() + duration.value_or(0);
      guard->set_limit(duration ? std::optional(TimeLimit{from, from + later_ms}) : std::nullopt);
    }
    ::raise(SIGSTOP);
    for (;;) ::pause();
  }

  // Its id is written once it heeds signals as the script says.
  [[noreturn]] void become(const std::string& script) const {
    const std::string ready = "echo $$ > new; mv new pid; ";
    const std::string words =
        "cd " + folder_.path("") + "; " + script + ready + "while :; do sleep 0.05; done";
    ::execlp("sh", "sh", "-c", words.c_str(), nullptr);
    ::_exit(127);
  }

  pid_t written_process() const {
    const Result<std::string> text = read_file(folder_.path("pid"));
    return text.ok() ? std::stoi(*text) : 0;
  }
};

TEST_F(LockGuardTest, EndsTheCommandOfAStoppedHolderWhenItsTimeIsOver) {
  start_stopped_holder({soon_ms}, "");
  EXPECT_TRUE(eventually([&] { return is_gone(command_); }));
}

TEST_F(LockGuardTest, HasAGuardThatKeepersSpareOnceItIsStarted) {
  Result<LockGuard> guard = LockGuard::start([] {});
  ASSERT_TRUE(guard.ok());
  const std::vector<ProcessInfo> children = descendants_of(::getpid(), all_processes());
  ASSERT_EQ(children.size(), 1U);
  const pid_t child = children.front().identity.pid;
  EXPECT_TRUE(is_guard(child));
  EXPECT_EQ(children.front().session, child);
  guard->dismiss();
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(LockGuardTest, IsSparedWithTheOffspringOfAnOuterLock) {
  const Offspring offspring(::getpid());
  Result<LockGuard> inner = LockGuard::start([] {});
  ASSERT_TRUE(inner.ok());
  EXPECT_TRUE(offspring.living().empty());
  inner->dismiss();
  EXPECT_GT(::waitpid(-1, nullptr, 0), 0);
}

TEST_F(LockGuardTest, AsksFirstAndKillsThen) {
  start_stopped_holder({soon_ms}, "trap 'touch asked' TERM; ");
  EXPECT_TRUE(eventually([&] { return is_gone(command_); }));
  EXPECT_TRUE(is_there("asked"));
}

TEST_F(LockGuardTest, GoesByTheNewestLimit) {
  const Millis begun = boot_ms();
  start_stopped_holder({soon_ms, later_ms}, "");
  EXPECT_TRUE(eventually([&] { return is_gone(command_); }));
  EXPECT_GE(boot_ms() - begun, later_ms);
}

TEST_F(LockGuardTest, LeavesTheCommandAloneWhenTheLimitIsLifted) {
  start_stopped_holder({soon_ms, std::nullopt}, "(sleep 1; touch later) & ");
  EXPECT_TRUE(eventually([&] { return is_there("later"); }));
  EXPECT_FALSE(is_gone(command_));
}

}  // namespace
}  // namespace evener
