// For the tests of the runner: one that works at a pool, a clock and processes of our own making.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "worker/fake_pool.h"
#include "worker/runner.h"

namespace evener {

inline constexpr Millis for_ever = -1;

inline std::string read_whole(const std::filesystem::path& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    std::string name = testing::TempDir() + "evener-runner-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    options_.worker.name = "w1";
    options_.pool = "/pool";
    options_.output_folder = folder_ + "/outputs";
    options_.poll_ms = 1;
    options_.retry_ms = 1;
    options_.until_idle = true;
  }

  ~RunnerTest() override { std::filesystem::remove_all(folder_); }

  Result<RunnerSummary> run() {
    return run_worker(
        options_,
        [this](int fd) -> Result<std::unique_ptr<Client>> {
          return std::unique_ptr<Client>(std::make_unique<FakeClient>(pool_, fd));
        },
        processes_,
        clock_,
        stop_.fd(),
        [this](std::string_view line) { log_.emplace_back(line); }
    );
  }

  RunnerSummary run_well() {
    const Result<RunnerSummary> summary = run();
    EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().text());
    return summary.ok() ? *summary : RunnerSummary{};
  }

  // Tasks whose commands do what their names say.
  void add(const std::string& id, FakeCommand command, const std::string& verify = "") {
    const std::string run = "run " + id;
    pool_.add(TaskSpec{.id = id, .run = run, .verify = verify});
    processes_.commands[run] = std::move(command);
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.output_folder)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string folder_;
  RunnerOptions options_;
  FakeClock clock_;
  FakePool pool_{clock_};
  FakeProcesses processes_{clock_};
  SignalFd stop_;
  std::vector<std::string> log_;
};

}  // namespace evener
