#include "history/trial.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "history/child.h"
#include "history/pool_client.h"
#include "history/random_work.h"

namespace evener::history {
namespace {

constexpr Micros micros_per_second = 1'000'000;

// How many operations all clients do in a second at most: the tasks are made before.
constexpr std::int64_t served_rate = 6000;
constexpr std::int64_t command_rate = 800;

class Folder {  // Invariant: exists from the beginning to the end.
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("evener-" + random_hex(6))) {
    std::filesystem::create_directory(path_);
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void sleep_ms(std::uint64_t duration) {
  std::this_thread::sleep_for(std::chrono::milliseconds(duration));
}

// The pool, and whoever serves it.
class PoolUnderTest {
 public:
  explicit PoolUnderTest(std::string evener) : evener_(std::move(evener)) {}

  std::string folder() const { return folder_.path() + "/.evener"; }

  std::string socket() const { return folder() + "/evener.sock"; }

  // No task is held back and no worker set aside for what clients do here on purpose.
  Status make(const Mix& mix, std::int64_t clients) {
    TRY(run({evener_, "--pool", folder_.path(), "init"}));
    TRY(run({evener_, "--pool", folder(), "configure", "--lapse-limit", "0", "--fail-limit", "0"}));
    const std::string plan = folder_.path() + "/plan.toml";
    TRY(write_file_atomic(plan, plan_text(mix, clients), 0600));
    return run({evener_, "--pool", folder(), "import", plan});
  }

  Status serve() {
    return server_.start({evener_, "--pool", folder(), "up", "--listen", "none", "--quiet"});
  }

  void end(int signal) {
    server_.signal(signal);
    server_.reap();
  }

  void pause_for(std::uint64_t duration_ms) {
    server_.signal(SIGSTOP);
    sleep_ms(duration_ms);
    server_.signal(SIGCONT);
  }

 private:
  static std::string plan_text(const Mix& mix, std::int64_t clients) {
    std::string text;
    for (std::int64_t task = 0; task < mix.tasks; ++task) {
      text += fmt::format("[[task]]\nid = \"{0}\"\ntitle = \"{0}\"\n", task_name(task));
    }
    for (std::int64_t client = 0; client < clients; ++client) {
      for (std::int64_t task = 0; task < mix.tasks; task += tasks_a_worker) {
        text += fmt::format("[[worker]]\nname = \"{}\"\nslots = 1000\n", worker_name(client, task));
      }
    }
    return text;
  }

  static Status run(const std::vector<std::string>& argv) {
    Child child;
    TRY(child.start(argv));
    const int status = child.reap();
    if (status == 0) return Done{};
    return Error{"cannot_start", fmt::format("{} ended with {}", argv[3], status)};
  }

  std::string evener_;
  Folder folder_;
  Child server_;
};

// What one client saw.
struct Seen {
  History history;
  std::string wrong;
};

std::unique_ptr<PoolClient> client_for(
    const TrialOptions& options, const PoolUnderTest& pool, std::uint64_t seed
) {
  if (options.way == Way::served) return served_client(pool.socket(), seed);
  return command_client(options.evener, pool.folder(), seed);
}

void work_until(const std::atomic<bool>& over, PoolClient& client, RandomWork& work, Seen& seen) {
  while (!over) {
    std::optional<Operation> operation = work.next();
    if (!operation) break;
    client.perform(*operation);
    work.learn(*operation);
    if (operation->task.empty()) {
      // Nothing was left to claim; that can be held against no single task.
      if (operation->ending == Ending::refused) continue;
      seen.wrong = "a claim got no answer at all: " + describe(*operation);
      break;
    }
    seen.history.push_back(std::move(*operation));
  }
  if (seen.wrong.empty()) seen.wrong = client.wrong();
}

// Kills the server, and stops it for a while, until the time is over.
Status disturb(PoolUnderTest& pool, const TrialOptions& options, Trial& trial) {
  SeededNumbers numbers(options.seed);
  const Micros end = micros_now() + options.seconds * micros_per_second;
  while (micros_now() < end) {
    sleep_ms(150 + numbers.below(500));
    if (options.way == Way::files) continue;
    if (numbers.below(3) == 0) {
      pool.pause_for(100 + numbers.below(600));
      ++trial.pauses;
      continue;
    }
    pool.end(SIGKILL);
    ++trial.ends;
    sleep_ms(numbers.below(options.way == Way::mixed ? 400 : 50));
    TRY(pool.serve());
  }
  return Done{};
}

// Every task that was touched is read once more, after a last kill: what was acknowledged is there.
void read_all(PoolClient& client, Trial& trial) {
  std::set<std::string> touched;
  for (const Operation& operation : trial.history) touched.insert(operation.task);
  for (const std::string& task : touched) {
    Operation last{.client = -1, .kind = Kind::read, .task = task};
    client.perform(last);
    trial.history.push_back(std::move(last));
  }
}

}  // namespace

Result<Trial> run_trial(const TrialOptions& options) {
  const bool is_served = options.way == Way::served;
  Mix mix;
  mix.tasks = options.seconds * (is_served ? served_rate : command_rate) / mix.turns_a_task;
  mix.has_open_claims = is_served;
  // The command line sends a renewal again by itself: two that revive a lease look like one.
  mix.has_short_leases = options.way != Way::mixed;
  PoolUnderTest pool(options.evener);
  TRY(pool.make(mix, options.clients));
  if (options.way != Way::files) TRY(pool.serve());

  Trial trial;
  std::atomic<bool> over = false;
  std::atomic<std::int64_t> turns = 0;
  std::vector<Seen> seen(static_cast<std::size_t>(options.clients));
  Status disturbed = Done{};
  {
    std::vector<std::jthread> threads;
    for (std::int64_t i = 0; i < options.clients; ++i) {
      threads.emplace_back([&, i] {
        const std::uint64_t seed = options.seed * 1000 + static_cast<std::uint64_t>(i);
        const std::unique_ptr<PoolClient> client = client_for(options, pool, seed);
        RandomWork work(mix, i, seed, turns);
        work_until(over, *client, work, seen[static_cast<std::size_t>(i)]);
      });
    }
    disturbed = disturb(pool, options, trial);
    over = true;
  }
  TRY(disturbed);
  for (Seen& one : seen) {
    trial.history.insert(trial.history.end(), one.history.begin(), one.history.end());
    if (trial.wrong.empty()) trial.wrong = std::move(one.wrong);
  }
  pool.end(SIGKILL);
  if (is_served) TRY(pool.serve());
  read_all(*client_for(options, pool, options.seed), trial);
  pool.end(SIGTERM);
  return trial;
}

}  // namespace evener::history
