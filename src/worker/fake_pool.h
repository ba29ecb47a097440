// What the runner's tests use instead of a pool, processes and the machine's clock. The fake pool
// grants tasks in their order, checks fences and remembers request ids; it can be told to fail.
#pragma once

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "worker/runner.h"
#include "worker/signal_fd.h"

namespace evener {

class FakeClock : public Clock {
 public:
  ClockReading read() override {
    const Millis now = now_;
    return {.wall = 1'700'000'000'000 + now, .monotonic = now, .boot = now, .boot_id = "b"};
  }

  void advance(Millis duration) { now_ += duration; }

 private:
  std::atomic<Millis> now_ = 1000;
};

struct FakeTask {
  TaskSpec spec;
  TaskState state = TaskState::ready;
  Fence fence = {};
  std::string reason = {};
  std::int64_t attempts = 0;
  std::int64_t failures_allowed = 0;
  bool in_backoff = false;
  std::map<Fence, std::string> outcomes = {};  // of attempts that others ended: "done"
};

struct FakePool {
  explicit FakePool(FakeClock& for_clock) : clock(for_clock) {}

  FakeClock& clock;
  std::mutex mutex;
  std::deque<FakeTask> tasks;
  std::vector<std::vector<Request>> calls;
  std::map<std::string, Answer> said;  // by request id
  std::vector<std::string> blobs;
  std::vector<std::string> finish_blocked;  // tasks with a blocker that stops their finish
  Fence last_fence;

  // Looked at before each call is carried out: an error instead, or nothing.
  std::function<std::optional<Error>(const std::vector<Request>&)> before_call;
  // Whether a call's answer gets lost after it was carried out.
  std::function<bool(const std::vector<Request>&)> loses_answer;
  // A refusal instead of what the pool would say.
  std::function<std::optional<Refusal>(const Command&)> refuses;
  std::function<void(const Command&)> after_command;
  std::function<void(const Query&)> before_ask;
  Seq newest;  // fact that answers tell of
  bool blobs_fail = false;
  std::int64_t unread = 0;             // said with each renewal
  std::optional<Error> ask_error;      // instead of any view
  SignalFd* raised_by_blob = nullptr;  // by the first; that blob is interrupted
  SignalFd* raised_by_ask = nullptr;   // likewise, by the first question about one task

  void add(TaskSpec spec) { tasks.push_back({.spec = std::move(spec)}); }

  void add(std::string id, std::string run) {
    add(TaskSpec{.id = std::move(id), .run = std::move(run)});
  }

  bool has(const std::string& id) const {
    return std::ranges::any_of(tasks, [&](const FakeTask& t) { return t.spec.id == id; });
  }

  FakeTask& task(const std::string& id) {
    const auto found =
        std::ranges::find_if(tasks, [&](const FakeTask& t) { return t.spec.id == id; });
    CHECK(found != tasks.end(), "the fake pool has no such task");
    return *found;
  }

  std::int64_t count(TaskState state) const {
    return std::ranges::count_if(tasks, [&](const FakeTask& t) { return t.state == state; });
  }

  // Every command of a type, in order; also those that were said again.
  template <typename C>
  std::vector<C> all() {
    const std::lock_guard lock(mutex);
    std::vector<C> found;
    for (const auto& call : calls) {
      for (const Request& request : call) {
        if (const auto* command = std::get_if<C>(&request.command)) found.push_back(*command);
      }
    }
    return found;
  }

  // The commands' types of every call: "register", "finish claim".
  std::vector<std::string> call_types() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> types;
    for (const auto& call : calls) {
      std::string text;
      for (const Request& request : call) {
        if (!text.empty()) text += ' ';
        text += type_of(request.command);
      }
      types.push_back(text);
    }
    return types;
  }

  Answer carry_out(const Request& request) {
    if (const auto found = said.find(request.request_id);
        !request.request_id.empty() && found != said.end()) {
      Answer again = found->second;
      again.repeated = true;
      return again;
    }
    Answer answer;
    if (const auto refusal = refuses ? refuses(request.command) : std::nullopt) {
      answer.refusal = refusal;
    } else {
      answer = std::visit([this](const auto& c) { return decide(c); }, request.command);
    }
    answer.seq = newest;
    if (answer.ok && !request.request_id.empty()) said[request.request_id] = answer;
    if (after_command) after_command(request.command);
    return answer;
  }

 private:
  static Answer yes(std::string result = "{}") {
    return {.ok = true, .result = {std::move(result)}};
  }

  static Answer no(std::string code, std::string message) {
    Answer answer;
    answer.refusal = Refusal{std::move(code), std::move(message), "a remedy"};
    return answer;
  }

  Answer decide(const RegisterWorker&) { return yes(); }

  Answer decide(const Claim& claim) {
    for (FakeTask& task : tasks) {
      const bool wanted = claim.task.empty() || claim.task == task.spec.id;
      if (task.state != TaskState::ready || !wanted) continue;
      task.state = TaskState::running;
      task.fence = last_fence = last_fence.next();
      ++task.attempts;
      return yes(fmt::format(
          R"({{"task":{},"worker":"{}","fence":{},"attempt":{},"lease_ms":{},"expires":1}})",
          to_json_text(task.spec),
          claim.worker,
          task.fence.value,
          task.attempts,
          claim.lease_ms
      ));
    }
    return no(claim.task.empty() ? "nothing_to_claim" : "wrong_state", "nothing to claim for w1");
  }

  template <typename C>
  std::optional<Answer> check(const C& command) {
    if (task(command.task).fence != command.fence) {
      return no("stale_fence", command.task + ": that fence is not its newest");
    }
    if (task(command.task).state != TaskState::running) {
      return no("attempt_over", command.task + ": that attempt is over");
    }
    return std::nullopt;
  }

  Answer decide(const Renew& renew) {
    const std::string result = fmt::format(R"({{"unread":{},"urgent":0}})", unread);
    return check(renew).value_or(yes(result));
  }

  Answer decide(const Finish& finish) {
    if (auto refused = check(finish)) return *refused;
    task(finish.task).state = TaskState::done;
    return yes(R"({"state":"done"})");
  }

  Answer decide(const Fail& fail) {
    if (auto refused = check(fail)) return *refused;
    FakeTask& failed = task(fail.task);
    failed.reason = fail.reason;
    failed.in_backoff = failed.failures_allowed > 0;
    failed.state = failed.failures_allowed-- > 0 ? TaskState::waiting : TaskState::failed;
    return yes(fmt::format(R"({{"state":"{}"}})", name_of(failed.state)));
  }

  Answer decide(const Release& release) {
    if (auto refused = check(release)) return *refused;
    task(release.task).state = TaskState::ready;
    task(release.task).reason = release.reason;
    return yes(R"({"state":"ready"})");
  }

  template <typename C>
  Answer decide(const C&) {
    return no("unexpected", "the fake pool does not know this command");
  }
};

class FakeClient : public Client {
 public:
  FakeClient(FakePool& pool, int interrupt_fd) : pool_(pool), interrupt_fd_(interrupt_fd) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    if (interrupted(0)) return Error{"interrupted", "stop"};
    std::vector<Answer> answers;
    Millis wait_ms = 0;
    {
      const std::lock_guard lock(pool_.mutex);
      pool_.calls.push_back(requests);
      if (pool_.before_call) {
        if (const auto error = pool_.before_call(requests)) return *error;
      }
      for (const Request& request : requests) {
        answers.push_back(pool_.carry_out(request));
        if (const auto* claim = std::get_if<Claim>(&request.command)) wait_ms = claim->wait_ms;
      }
      if (pool_.loses_answer && pool_.loses_answer(requests)) {
        return Error{"unreachable", "the answer was lost"};
      }
    }
    const bool waits = wait_ms > 0 && answers.back().refusal;
    constexpr Millis real_wait_ms = 5;  // however long it is for the fake clock
    if (waits && interrupted(real_wait_ms)) return Error{"interrupted", "stop"};
    if (waits) pool_.clock.advance(wait_ms);
    return answers;
  }

  Result<std::string> ask(const Query& query) override {
    if (interrupted(0)) return Error{"interrupted", "stop"};
    if (query.kind == QueryKind::task && stopped_by(pool_.raised_by_ask)) {
      return Error{"interrupted", "stop"};
    }
    const std::lock_guard lock(pool_.mutex);
    if (pool_.ask_error) return *pool_.ask_error;
    if (pool_.before_ask) pool_.before_ask(query);
    if (query.kind == QueryKind::status) {
      return fmt::format(
          R"({{"tasks":{{"running":{},"waiting":{}}}}})",
          pool_.count(TaskState::running),
          pool_.count(TaskState::waiting)
      );
    }
    if (query.kind == QueryKind::blockers) return blockers_text();
    if (query.kind == QueryKind::task) {
      if (!pool_.has(query.task)) return Error{"unknown_task", "no task has this id"};
      return attempts_text(pool_.task(query.task));
    }
    return to_json_text(page_of(query.filter));
  }

  Status follow(Seq, const std::function<bool(const PoolEvent&)>&) override {
    return Error{"unexpected", "the fake pool has no events"};
  }

  Result<BlobRef> put_blob(std::string_view bytes) override {
    if (stopped_by(pool_.raised_by_blob)) return Error{"interrupted", "stop"};
    const std::lock_guard lock(pool_.mutex);
    if (pool_.blobs_fail) return Error{"disk_full", "no space"};
    pool_.blobs.emplace_back(bytes);
    return BlobRef{.digest = "d", .size = std::ssize(bytes)};
  }

  Result<std::string> get_blob(const BlobRef&) override {
    return Error{"unexpected", "the fake pool gives no blobs"};
  }

  bool is_served() const override { return true; }

  std::string place() const override { return "the fake pool"; }

 private:
  TaskListView page_of(const TaskFilter& filter) const {
    TaskListView view;
    bool begins = filter.after.empty();
    for (const FakeTask& task : pool_.tasks) {
      const bool was_last = task.spec.id == filter.after;
      const bool before = !std::exchange(begins, begins || was_last);
      if (before || std::ranges::find(filter.states, task.state) == filter.states.end()) continue;
      if (std::ssize(view.tasks) == filter.limit) {
        view.next = view.tasks.back().id;
        break;
      }
      view.tasks.push_back(
          {.id = task.spec.id,
           .state = task.state,
           .priority = task.spec.priority,
           .capabilities = task.spec.capabilities,
           .blocked_by = std::ssize(task.spec.needs)}
      );
      if (task.in_backoff) view.tasks.back().retry_at = pool_.clock.read().wall;
    }
    return view;
  }

  std::string blockers_text() const {
    std::string rows;
    for (const std::string& task : pool_.finish_blocked) {
      rows += fmt::format(R"({}{{"task":"{}","stops":"finish"}})", rows.empty() ? "" : ",", task);
    }
    return fmt::format(R"({{"blockers":[{}]}})", rows);
  }

  static std::string attempts_text(const FakeTask& task) {
    std::string rows;
    for (const auto& [fence, outcome] : task.outcomes) {
      if (!rows.empty()) rows += ',';
      rows += fmt::format(R"({{"fence":{},"outcome":"{}"}})", fence.value, outcome);
    }
    return fmt::format(R"({{"state":"{}","attempts":[{}]}})", name_of(task.state), rows);
  }

  // Raises it, once, and waits for what comes of that.
  bool stopped_by(SignalFd*& raised) const {
    constexpr Millis long_enough_ms = 10'000;
    SignalFd* const stop = std::exchange(raised, nullptr);
    if (stop == nullptr) return false;
    stop->raise();
    return interrupted(long_enough_ms);
  }

  bool interrupted(Millis wait) const { return wait_readable(interrupt_fd_, -1, wait); }

  FakePool& pool_;
  int interrupt_fd_;
};

// What a command does, by its text.
struct FakeCommand {
  Exit exit = {};
  std::string output = {};
  Millis duration = 10;  // by the fake clock; -1: until it is killed
};

class FakeProcesses : public ProcessRunner {
 public:
  explicit FakeProcesses(FakeClock& clock) : clock_(clock) {}

  std::map<std::string, FakeCommand> commands;
  Millis step_takes_ms = 1;  // by the machine's clock, for 100 ms of the fake one

  Result<std::unique_ptr<Process>> start(const ProcessSpec& spec) override;

  std::vector<ProcessSpec> started() {
    const std::lock_guard lock(mutex_);
    return started_;
  }

  // Every limit that a command was given, in order.
  std::vector<TimeLimit> limits() {
    const std::lock_guard lock(mutex_);
    return limits_;
  }

  std::vector<Millis> kills() {
    const std::lock_guard lock(mutex_);
    return kills_;
  }

  int running() const { return running_; }

  int most_running() const { return most_running_; }

 private:
  friend class FakeProcess;

  FakeClock& clock_;
  std::mutex mutex_;
  std::vector<ProcessSpec> started_;
  std::vector<TimeLimit> limits_;
  std::vector<Millis> kills_;  // their graces
  std::atomic<int> running_ = 0;
  std::atomic<int> most_running_ = 0;
};

class FakeProcess : public Process {
 public:
  FakeProcess(FakeProcesses& owner, const ProcessSpec& spec, FakeCommand command)
      : owner_(owner), command_(std::move(command)), capture_(spec.output, spec.on_line) {
    begun_ = owner_.clock_.read().boot;
    owner_.most_running_ = std::max(owner_.most_running_.load(), ++owner_.running_);
  }

  ~FakeProcess() override { --owner_.running_; }

  // Time passes by the fake clock while we wait, in steps that take a while, so that other threads
  // keep up with it.
  Wake poll(Millis timeout, int wake_fd) override {
    if (!command_.output.empty()) {
      capture_.append(std::exchange(command_.output, ""));
      return Wake::output;
    }
    constexpr Millis step_ms = 100;
    Millis waited = 0;
    for (;;) {
      if (killed_ || ended()) {
        exit_ = killed_ ? Exit{-1, 15, 5} : command_.exit;
        return Wake::exited;
      }
      if (wait_readable(wake_fd, -1, owner_.step_takes_ms)) return Wake::woken;
      if (waited >= timeout) return Wake::timed_out;
      const Millis step = std::min(step_ms, timeout - waited);
      owner_.clock_.advance(step);
      waited += step;
    }
  }

  const OutputCapture& output() const override { return capture_; }

  std::optional<Exit> exit() const override { return exit_; }

  Status kill(Millis grace) override {
    const std::lock_guard lock(owner_.mutex_);
    owner_.kills_.push_back(grace);
    killed_ = true;
    return Done{};
  }

  void set_limit(const TimeLimit& limit) override {
    const std::lock_guard lock(owner_.mutex_);
    owner_.limits_.push_back(limit);
  }

 private:
  bool ended() const {
    return command_.duration >= 0 && owner_.clock_.read().boot >= begun_ + command_.duration;
  }

  FakeProcesses& owner_;
  FakeCommand command_;
  OutputCapture capture_;
  Millis begun_ = 0;
  bool killed_ = false;
  std::optional<Exit> exit_;
};

inline Result<std::unique_ptr<Process>> FakeProcesses::start(const ProcessSpec& spec) {
  const std::lock_guard lock(mutex_);
  started_.push_back(spec);
  if (spec.limit) limits_.push_back(*spec.limit);
  const auto found = commands.find(spec.argv.back());
  if (found == commands.end()) return Error{"cannot_start", "no such command"};
  return std::unique_ptr<Process>(std::make_unique<FakeProcess>(*this, spec, found->second));
}

}  // namespace evener
