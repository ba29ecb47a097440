// What the tests of this folder share: a folder of their own, real processes that report their ids
// through files in it, and waiting for a fact with a deadline instead of for a time.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "worker/process.h"
#include "worker/process_table.h"
#include "worker/process_tree.h"

namespace evener {

inline constexpr Millis long_enough_ms =
    20'000;  // on a loaded machine; only a failure waits so long

inline bool eventually(const std::function<bool()>& fact) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(long_enough_ms);
  while (!fact()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    std::string name = testing::TempDir() + "evener-processes-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }

  ~ProcessTest() override {
    kill_families(seen_, long_enough_ms);
    std::filesystem::remove_all(folder_);
  }

  const std::string& folder() const { return folder_; }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string table_folder() const { return path("table"); }

  ProcessTable table() const { return ProcessTable::open(table_folder()).value(); }

  SystemProcessRunner runner(Millis patience = 15'000) const {
    return {keeper_command(), table(), patience};
  }

  // A shell script that runs in folder().
  ProcessSpec script(const std::string& text) const {
    return {.argv = {"sh", "-c", text}, .directory = folder_};
  }

  // The process that has written its id into this file, which it is awaited to do.
  ProcessIdentity process_in(const std::string& name) {
    std::optional<ProcessInfo> found;
    const bool there = eventually([&] {
      std::ifstream file(path(name));
      std::string line;
      if (!std::getline(file, line) || file.eof()) return false;
      found = find_process(std::stoi(line));
      return found.has_value();
    });
    EXPECT_TRUE(there) << name << " names no process";
    if (!there) return {};
    seen_.push_back({attempt_mark_of(found->identity.pid), {found->identity}});
    return found->identity;
  }

  bool is_there(const std::string& name) const { return std::filesystem::exists(path(name)); }

  std::size_t records() const {
    using Entries = std::filesystem::directory_iterator;
    return static_cast<std::size_t>(std::distance(Entries(table_folder()), Entries()));
  }

 private:
  std::string folder_;
  std::vector<ProcessFamily> seen_;  // so that a failing test leaves nobody behind
};

inline Exit end_of(Process& process) {
  Wake wake = Wake::output;
  while (wake == Wake::output) wake = process.poll(long_enough_ms, -1);
  EXPECT_EQ(wake, Wake::exited);
  return process.exit().value_or(Exit{-2, -2, 0});
}

inline void await_output(Process& process, const std::string& text) {
  while (process.output().text().find(text) == std::string::npos) {
    ASSERT_EQ(process.poll(long_enough_ms, -1), Wake::output) << "no '" << text << "'";
  }
}

inline bool gone(const ProcessIdentity& process) {
  return eventually([&] { return !alive(process); });
}

// Shell text that starts a process which leaves the session, as a service does, and waits until it
// has written its id to `file`.
inline std::string start_service(const std::string& file) {
  return "(setsid sh -c 'echo $$ > " + file + "; exec sleep 1000' > /dev/null 2>&1 &)\n" +
         "while [ ! -s " + file + " ]; do sleep 0.01; done\n";
}

}  // namespace evener
