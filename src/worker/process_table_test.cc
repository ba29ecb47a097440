#include "worker/process_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "worker/test_processes.h"

namespace evener {
namespace {

constexpr ProcessIdentity dead_runner = {.pid = 1, .start_ticks = 987'654'321};

class Table : public ProcessTest {
 protected:
  std::string mark;  // never twice, since these tests may run several times at once

  Table() {
    std::random_device random;
    while (mark.size() < 32) mark += fmt::format("{:08x}", random());
  }

  ~Table() override {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

  // A process of this test, which no keeper knows.
  ProcessIdentity stranger(const std::string& its_mark = "") {
    const pid_t child = ::fork();
    if (child == 0) {
      if (!its_mark.empty())
        ::setenv(std::string(attempt_mark_variable).c_str(), its_mark.c_str(), 1);
      ::execlp("sleep", "sleep", "1000", nullptr);
      ::_exit(127);
    }
    children_.push_back(child);
    // Its environment is its own after the exec only.
    EXPECT_TRUE(eventually([&] {
      std::ifstream name(fmt::format("/proc/{}/comm", child));
      std::string line;
      return std::getline(name, line) && line == "sleep";
    }));
    return find_process(child)->identity;
  }

  // The record that add() and started() would write if `runner` were this process.
  void write_record(const ProcessIdentity& runner, const ProcessIdentity& keeper) {
    ASSERT_TRUE(table().add(mark).ok());
    ASSERT_TRUE(table().started(mark, keeper, keeper).ok());
    replace_in_record(line("runner", find_process(::getpid())->identity), line("runner", runner));
  }

  void replace_in_record(const std::string& from, const std::string& to) {
    std::string text = record();
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    std::ofstream(record_path()) << text.replace(at, from.size(), to);
  }

  std::string record() const {
    std::ostringstream text;
    text << std::ifstream(record_path()).rdbuf();
    return text.str();
  }

  std::string record_path() const { return table_folder() + "/" + mark + ".process"; }

  static std::string line(const std::string& word, const ProcessIdentity& who) {
    return fmt::format("{} {} {}\n", word, who.pid, who.start_ticks);
  }

 private:
  std::vector<pid_t> children_;
};

TEST_F(Table, EndsWhomARecordNamesExactly) {
  const ProcessIdentity process = stranger();
  write_record(dead_runner, process);
  EXPECT_EQ(table().clean_up().value(), 1);
  EXPECT_TRUE(gone(process));
  EXPECT_EQ(records(), 0U);
}

TEST_F(Table, SparesAProcessThatHasTheIdButNotTheStartTime) {
  const ProcessIdentity process = stranger();
  write_record(dead_runner, {process.pid, process.start_ticks + 1});
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_TRUE(alive(process));
  EXPECT_EQ(records(), 0U);
}

TEST_F(Table, EndsWhoCarriesTheMarkAndNobodyElse) {
  const ProcessIdentity marked = stranger(mark);
  const ProcessIdentity other = stranger("x" + mark.substr(1));
  const ProcessIdentity longer = stranger(mark + "0");
  write_record(dead_runner, {});
  EXPECT_EQ(table().clean_up().value(), 1);
  EXPECT_TRUE(gone(marked));
  EXPECT_TRUE(alive(other));
  EXPECT_TRUE(alive(longer));
}

TEST_F(Table, LeavesTheCommandsOfALivingRunner) {
  const ProcessIdentity process = stranger(mark);
  write_record(find_process(::getpid())->identity, process);
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_TRUE(alive(process));
  EXPECT_EQ(records(), 1U);
  table().remove(mark);
  EXPECT_EQ(records(), 0U);
}

TEST_F(Table, ForgetsWhatRanBeforeTheLastBoot) {
  const ProcessIdentity process = stranger(mark);
  write_record(dead_runner, process);
  replace_in_record("boot ", "boot 0");
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_TRUE(alive(process));
  EXPECT_EQ(records(), 0U);
}

TEST_F(Table, LeavesTheRecordsOfAnotherProcessNamespace) {
  const ProcessIdentity process = stranger(mark);
  write_record(dead_runner, process);
  replace_in_record("namespace pid:[", "namespace pid:[9");
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_TRUE(alive(process));
  EXPECT_EQ(records(), 1U);
}

TEST_F(Table, KillsNobodyOnTheWordOfATornRecordAndRemovesItLater) {
  const ProcessIdentity process = stranger(mark);
  write_record(dead_runner, process);
  const std::string whole = record();
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, whole.size() - 1}) {
    std::ofstream(record_path()) << whole.substr(0, length);
    EXPECT_EQ(table().clean_up().value(), 0);
    EXPECT_EQ(records(), 1U) << "it may be one that is being written";
  }
  std::filesystem::last_write_time(
      record_path(), std::filesystem::file_time_type::clock::now() - std::chrono::minutes(2)
  );
  EXPECT_EQ(table().clean_up().value(), 0);
  EXPECT_TRUE(alive(process));
  EXPECT_EQ(records(), 0U);
}

TEST_F(Table, IsPrivate) {
  ASSERT_TRUE(table().add(mark).ok());
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(table_folder()).permissions(), perms::owner_all);
  EXPECT_EQ(
      std::filesystem::status(record_path()).permissions(), perms::owner_read | perms::owner_write
  );
}

TEST(ProcessTree, ReadsAProgramNameWithBlanksAndParentheses) {
  char name[16] = "a) S 1 (b";
  char before[16] = {};
  ASSERT_EQ(::prctl(PR_GET_NAME, before), 0);
  ASSERT_EQ(::prctl(PR_SET_NAME, name), 0);
  const auto self = find_process(::getpid());
  ::prctl(PR_SET_NAME, before);
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_EQ(self->group, ::getpgrp());
  EXPECT_EQ(self->session, ::getsid(0));
  EXPECT_EQ(self->state, 'R');
}

TEST(ProcessTree, FindsDescendantsAndSurvivesARing) {
  const auto process = [](pid_t pid, pid_t parent) {
    return ProcessInfo{.identity = {pid, 0}, .parent = parent};
  };
  const std::vector<ProcessInfo> all = {
      process(2, 1), process(3, 2), process(4, 3), process(5, 1), process(6, 7), process(7, 6)
  };
  EXPECT_EQ(descendants_of(2, all).size(), 2U);
  EXPECT_EQ(descendants_of(2, all, 3).size(), 1U);
  EXPECT_EQ(descendants_of(6, all).size(), 1U);
  EXPECT_EQ(descendants_of(4, all).size(), 0U);
}

}  // namespace
}  // namespace evener
