#include "cli/kept_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "cli/claims_folder.h"
#include "client/wrapped_client.h"
#include "formats/dashboard.h"
#include "views/dashboard.h"

namespace evener {
namespace {

constexpr Millis longest_commit_ms = 10'000;

Status write_dashboard_file(const std::string& path, const Pool& pool) {
  std::vector<DashboardTask> tasks;
  for (DashboardRow& row : dashboard_rows(pool)) {
    tasks.push_back(
        {.id = std::move(row.id),
         .state = std::string(name_of(row.state)),
         .worker = std::move(row.worker),
         .started_at = row.started_at,
         .completed_at = row.completed_at}
    );
  }
  std::size_t active = 0;
  Instant start = pool.state().log_time;
  for (const Worker& worker : pool.state().workers) {
    if (!worker.lost) ++active;
    start = std::min(start, worker.first_seen);
  }
  const std::string text = write_dashboard(start, tasks, active);
  const Result<std::string> old = read_file(path);
  if (old.ok() && *old == text) return Done{};
  return write_file_atomic(path, text, 0644, false);
}

}  // namespace

std::string absolute_path(const std::string& path) {
  return path.empty() ? "" : std::filesystem::absolute(path).lexically_normal().string();
}

std::vector<Error> write_kept_files(
    const PoolFolder& folder, const FolderConfig& config, const Pool& pool
) {
  std::vector<Error> problems;
  const auto look_at = [&](const Status& written) {
    if (!written.ok()) problems.push_back(written.error());
  };
  if (!config.dashboard_file.empty()) look_at(write_dashboard_file(config.dashboard_file, pool));
  if (!config.claims_dir.empty()) look_at(write_claims(folder, config.claims_dir, pool));
  return problems;
}

namespace {

class InboxClient : public WrappedClient {
 public:
  InboxClient(
      std::unique_ptr<Client> inner,
      const PoolFolder& folder,
      std::string path,
      std::function<void(std::string_view)> say
  )
      : WrappedClient(std::move(inner)),
        inboxes_(folder, std::move(path), [say](const Error& problem) {
          say("warning: " + problem.text());
        }) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    Result<std::vector<Answer>> answers = inner().call(std::move(requests));
    if (answers.ok() && !is_served()) {
      std::vector<Request> lines = inboxes_.take(clock_.read().wall);
      if (!lines.empty()) inboxes_.answer(inner().call(std::move(lines)), clock_.read().wall);
    }
    return answers;
  }

 private:
  SystemClock clock_;
  Inboxes inboxes_;
};

}  // namespace

StatusChange KeptStatus::refresh(const Pool& pool) {
  const FactSource facts = [&](Seq from, Seq to, const FactVisitor& visit) -> Status {
    const auto history = TRY(PoolHistory::open(pool_));
    return history->read(from, to, visit);
  };
  const Status followed = recent_.follow(facts, pool.state().last);
  if (!followed.ok()) return {.problems = {followed.error()}};
  return folder_.write(status_files(pool, recent_));
}

Result<StatusChange> refresh_status(
    const PoolFolder& pool, const FolderConfig& config, const std::string& path
) {
  // Whoever writes now refreshes them too, and what that one knows is newer.
  const Result<PoolLock> lock = PoolLock::take(pool);
  const auto history = TRY(PoolHistory::open(pool));
  const Recovered recovered = TRY(history->now());
  recovered.pool->advance(now_of(recovered.stamp, SystemClock().read(), *recovered.pool));
  KeptStatus status(pool, path);
  StatusChange change = status.refresh(*recovered.pool);
  if (path != config.status_dir) return change;
  const Status committed = commit_status(pool, config, status.folder(), false);
  if (!committed.ok()) change.problems.push_back(committed.error());
  return change;
}

Status commit_status(
    const PoolFolder& pool, const FolderConfig& config, const StatusFolder& files, bool only_if_due
) {
  if (config.status_branch.empty()) return Done{};
  SystemProcessRunner processes(keeper_command(), TRY(ProcessTable::open(pool.running())));
  StatusBranch branch(processes, pool, files.path(), config.status_branch);
  const Instant wall = SystemClock().read().wall;
  if (only_if_due && !branch.is_due(wall)) return Done{};
  TRY(branch.start(files.names(), wall));
  const std::optional<Status> over = branch.poll(longest_commit_ms);
  return over ? *over : Error{"git_failed", "git takes longer than ten seconds", files.path()};
}

FileClient::AfterWrite keep_files(
    const PoolFolder& folder, const std::function<void(std::string_view)>& say
) {
  return [folder, say](const Pool& pool, Instant) {
    const Result<FolderConfig> config = read_config(folder);
    if (!config.ok()) return say("warning: " + config.error().text());
    if (!config->status_dir.empty()) {
      KeptStatus status(folder, config->status_dir);
      for (const Error& problem : status.refresh(pool).problems) {
        say("warning: " + problem.text());
      }
      const Status committed = commit_status(folder, *config, status.folder(), true);
      if (!committed.ok()) say("warning: " + committed.error().text());
    }
    for (const Error& problem : write_kept_files(folder, *config, pool)) {
      say("warning: " + problem.text());
    }
  };
}

std::unique_ptr<Client> with_inboxes(
    std::unique_ptr<Client> inner,
    const PoolFolder& folder,
    const std::function<void(std::string_view)>& say
) {
  const Result<FolderConfig> config = read_config(folder);
  if (!config.ok() || config->status_dir.empty()) return inner;
  return std::make_unique<InboxClient>(std::move(inner), folder, config->status_dir, say);
}

// ---- beside a server ---------------------------------------------------------------------------

ServedFiles::ServedFiles(PoolFolder folder, FolderConfig config, Say say)
    : folder_(std::move(folder)),
      config_(std::move(config)),
      say_(std::move(say)),
      status_(folder_, config_.status_dir),
      inboxes_(folder_, config_.status_dir, [this](const Error& problem) { warn(problem); }) {
  if (config_.status_branch.empty() || config_.status_dir.empty()) return;
  Result<ProcessTable> table = ProcessTable::open(folder_.running());
  if (!table.ok()) {
    warn(table.error());
    return;
  }
  processes_ = std::make_unique<SystemProcessRunner>(keeper_command(), std::move(*table));
  branch_ = std::make_unique<StatusBranch>(
      *processes_, folder_, config_.status_dir, config_.status_branch
  );
}

void ServedFiles::attach(ServeOptions& serving) {
  if (config_ == FolderConfig{}) return;
  serving.on_facts = [this](const Pool& pool, Instant) { facts_came(pool); };
  if (config_.status_dir.empty()) return;
  serving.on_look = [this](const Pool& pool, const ServeOptions::Give& give) { look(pool, give); };
}

void ServedFiles::facts_came(const Pool& pool) {
  for (const Error& problem : write_kept_files(folder_, config_, pool)) warn(problem);
  is_stale_ = true;
  if (!config_.status_dir.empty()) refresh(pool);
}

void ServedFiles::look(const Pool& pool, const ServeOptions::Give& give) {
  if (is_stale_ || !status_.folder().is_as_left()) {
    is_stale_ = true;
    refresh(pool);
  }
  if (branch_ != nullptr) commit();
  // A file that somebody is writing is left until it has stood still for a look.
  const std::string seen = inboxes_.signature();
  if (std::exchange(inboxes_seen_, seen) != seen || seen == inboxes_taken_) return;
  std::vector<Request> requests = inboxes_.take(SystemClock().read().wall);
  inboxes_taken_ = inboxes_.has_left_over() ? "" : inboxes_.signature();
  if (requests.empty()) return;
  give(std::move(requests), [this](const Result<std::vector<Answer>>& answers) {
    inboxes_.answer(answers, SystemClock().read().wall);
    inboxes_taken_ = inboxes_.has_left_over() ? "" : inboxes_.signature();
  });
}

void ServedFiles::refresh(const Pool& pool) {
  constexpr Millis share = 20;  // of the time that refreshes may take at most: a twentieth
  const Millis start = SystemClock().read().monotonic;
  if (start < next_refresh_) return;
  const StatusChange change = status_.refresh(pool);
  for (const Error& problem : change.problems) warn(problem);
  // What is wrong with a file itself is seen when somebody mends it; all else may pass by itself.
  is_stale_ = std::any_of(change.problems.begin(), change.problems.end(), [](const Error& problem) {
    return problem.code != "not_a_file" && problem.code != "damaged_markers" &&
           problem.code != "too_large";
  });
  const Millis end = SystemClock().read().monotonic;
  next_refresh_ = end + share * (end - start);
}

// In the background: what came of it is seen at a later look.
void ServedFiles::commit() {
  const std::optional<Status> over = branch_->poll(0);
  if (over && !over->ok()) warn(over->error());
  const Instant wall = SystemClock().read().wall;
  if (!branch_->is_due(wall)) return;
  const Status started = branch_->start(status_.folder().names(), wall);
  if (!started.ok()) warn(started.error());
}

void ServedFiles::finish() {
  if (config_.status_dir.empty() || (!is_stale_ && branch_ == nullptr)) return;
  if (branch_ != nullptr) static_cast<void>(branch_->poll(longest_commit_ms));
  const Result<StatusChange> change = refresh_status(folder_, config_, config_.status_dir);
  if (!change.ok()) return warn(change.error());
  for (const Error& problem : change->problems) warn(problem);
}

// Twice a second the same words would help nobody.
void ServedFiles::warn(const Error& problem) {
  std::string text = problem.text();
  if (std::string& last = warned_[problem.where]; last != text) {
    say_("warning: " + text);
    last = std::move(text);
  }
}

}  // namespace evener
