#include "worker/runner.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/file.h"
#include "worker/slot.h"

namespace evener {
namespace {

constexpr mode_t private_folder = 0700;

Result<std::unique_ptr<Client>> new_client(
    const ClientFactory& clients, const std::shared_ptr<SignalFd>& interrupt
) {
  return clients(interrupt->fd());
}

Result<std::int64_t> end_orphans(const std::string& folder) {
  if (folder.empty()) return 0;
  const ProcessTable table = TRY(ProcessTable::open(folder));
  return TRY(table.clean_up());
}

// The pool knows the worker before its first claim, so that its capabilities count.
Status introduce(Client& client, const WorkerSpec& worker) {
  const Answer answer = TRY(call_one(client, RegisterWorker{worker}));
  if (answer.ok) return Done{};
  const Refusal refusal =
      answer.refusal.value_or(Refusal{"bad_reply", "refused, without a reason"});
  return Error{refusal.code, refusal.message};
}

Status check_options(const RunnerOptions& options) {
  if (options.lease_ms < limits::shortest_lease || options.lease_ms > limits::longest_lease) {
    return Error{
        "bad_value",
        fmt::format(
            "a lease of {}; expected {} to {}",
            format_duration(options.lease_ms),
            format_duration(limits::shortest_lease),
            format_duration(limits::longest_lease)
        ),
        "--lease"
    };
  }
  if (options.worker.slots < 1 || options.worker.slots > limits::slots_per_worker) {
    return Error{
        "bad_value",
        fmt::format("{} slots; expected 1 to {}", options.worker.slots, limits::slots_per_worker),
        "--slots"
    };
  }
  std::error_code problem;
  const bool somewhere =
      options.directory.empty() || std::filesystem::is_directory(options.directory, problem);
  if (!somewhere) {
    return Error{
        "cannot_start", "commands are to run there, but it is no folder", options.directory
    };
  }
  if (options.max_load > 0 && !options.load) {
    return Error{"cannot_start", "this machine does not say how loaded it is", "--max-load"};
  }
  if (options.poll_ms < 1) return Error{"bad_value", "expected a longer pause", "--poll"};
  return Done{};
}

// Room for what a slot holds open while it begins or runs a command, with its connection, and for
// what all share. The usual limit is raised where that is allowed, and no further than it must be:
// commands inherit it.
Status make_room_for_files(std::int64_t slots) {
  constexpr std::int64_t for_a_slot = 14;
  constexpr std::int64_t for_all = 24;
  const std::int64_t needed = for_all + for_a_slot * slots;
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return system_error(errno, "ask for", "RLIMIT_NOFILE");
  if (limit.rlim_cur >= static_cast<rlim_t>(needed)) return Done{};
  const rlimit raised{.rlim_cur = static_cast<rlim_t>(needed), .rlim_max = limit.rlim_max};
  if (raised.rlim_cur <= limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return Done{};
  return Error{
      "cannot_start",
      fmt::format(
          "{} slots need {} open files, and {} are allowed: ulimit -n {}, or fewer --slots",
          slots,
          needed,
          limit.rlim_max,
          needed
      )
  };
}

// The slots, each on its thread. They end by themselves, or after stop().
class Slots {
 public:
  Slots(Shift& shift, ProcessRunner& processes, Heartbeat& heartbeat)
      : shift_(shift), processes_(processes), heartbeat_(heartbeat) {}

  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  ~Slots() {
    for (std::thread& thread : threads_) thread.join();
  }

  Status add(const ClientFactory& clients) {
    auto interrupt = std::make_shared<SignalFd>();
    std::unique_ptr<Client> client = TRY(new_client(clients, interrupt));
    slots_.push_back(std::make_unique<Slot>(
        shift_, processes_, heartbeat_, std::move(client), std::move(interrupt)
    ));
    return Done{};
  }

  void start() {
    for (const auto& slot : slots_) {
      shift_.slot_begins();
      try {
        threads_.emplace_back([this, &slot] {
          slot->work();
          shift_.slot_ends();
        });
      } catch (const std::system_error& problem) {
        shift_.slot_ends();
        shift_.fail({"cannot_start", fmt::format("no thread for a slot: {}", problem.what())});
        return;
      }
    }
  }

  void stop(Stop how) {
    for (const auto& slot : slots_) slot->stop(how);
  }

 private:
  Shift& shift_;
  ProcessRunner& processes_;
  Heartbeat& heartbeat_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::thread> threads_;
};

// Whether there was something to read. A signal that stays unread would be taken for a second one.
bool has_read(int descriptor) {
  std::array<std::byte, 512> read;
  return ::read(descriptor, read.data(), read.size()) > 0;
}

// Until every slot has ended. A stop is passed on, and a second one after it.
void watch(Shift& shift, Slots& slots, int stop_fd) {
  Stop told = Stop::no;
  while (!shift.all_ended()) {
    const bool asked = wait_readable(stop_fd, shift.news().fd(), -1);
    shift.news().lower();
    if (asked && !has_read(stop_fd)) stop_fd = -1;  // it says no more than that
    if (told == Stop::no && (asked || shift.failure())) {
      told = Stop::soon;
      if (asked) shift.say("stopping: running commands are ended, their tasks released");
      shift.stop();
      slots.stop(told);
    } else if (told == Stop::soon && asked && stop_fd >= 0) {
      told = Stop::at_once;
      shift.say("stopping at once: running commands are killed");
      slots.stop(told);
    }
  }
}

}  // namespace

Result<RunnerSummary> run_worker(
    const RunnerOptions& options,
    const ClientFactory& clients,
    ProcessRunner& processes,
    Clock& clock,
    int stop_fd,
    const RunnerLog& log
) {
  TRY(check_options(options));
  TRY(make_room_for_files(options.worker.slots));
  TRY(ensure_directory(options.output_folder, private_folder));
  Shift shift(options, clock, log);
  RunnerSummary before;
  before.orphans = TRY(end_orphans(options.process_folder));
  if (before.orphans > 0) {
    shift.say(fmt::format("ended {} processes that an earlier run had left", before.orphans));
  }
  auto interrupt = std::make_shared<SignalFd>();
  std::unique_ptr<Client> client = TRY(new_client(clients, interrupt));
  TRY(introduce(*client, options.worker));
  shift.say(fmt::format(
      "{} works at {} with {}",
      options.worker.name,
      client->place(),
      options.worker.slots == 1 ? "1 slot" : fmt::format("{} slots", options.worker.slots)
  ));
  Heartbeat heartbeat(
      std::move(client),
      std::move(interrupt),
      [&](std::int64_t unread, std::int64_t urgent) { shift.say_unread(unread, urgent); },
      options.load
  );
  {
    Slots slots(shift, processes, heartbeat);
    for (std::int64_t i = 0; i < options.worker.slots; ++i) TRY(slots.add(clients));
    slots.start();
    watch(shift, slots, stop_fd);
  }
  if (const auto failure = shift.failure()) return *failure;
  RunnerSummary summary = shift.summary();
  summary.orphans = before.orphans;
  return summary;
}

}  // namespace evener
