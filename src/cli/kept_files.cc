#include "cli/kept_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "formats/dashboard.h"
#include "views/dashboard.h"

namespace evener {
namespace {

constexpr std::string_view claim_ending = ".claim";

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

// One file a running task, named after it; files of tasks that nobody holds are taken away.
Status write_claims(const std::string& folder, const Pool& pool) {
  namespace fs = std::filesystem;
  TRY(ensure_directory(folder, 0755));
  const State& state = pool.state();
  std::map<std::string, std::string> wanted;
  for (const auto& [task, attempt] : state.attempts) {
    if (attempt.lapsed) continue;
    std::string name = state.task(task).id;
    std::replace(name.begin(), name.end(), '/', '_');
    wanted[name + std::string(claim_ending)] =
        state.worker(attempt.worker).spec.name + ":" + format_time(attempt.started) + "\n";
  }
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(claim_ending) && !wanted.contains(name)) fs::remove(entry.path(), problem);
  }
  for (const auto& [name, text] : wanted) {
    const std::string path = folder + "/" + name;
    const Result<std::string> old = read_file(path);
    if (old.ok() && *old == text) continue;
    TRY(write_file_atomic(path, text, 0644, false));
  }
  return Done{};
}

}  // namespace

Status write_kept_files(const FolderConfig& config, const Pool& pool) {
  if (!config.dashboard_file.empty()) TRY(write_dashboard_file(config.dashboard_file, pool));
  if (!config.claims_dir.empty()) TRY(write_claims(config.claims_dir, pool));
  return Done{};
}

FileClient::AfterWrite keep_files(const PoolFolder& folder) {
  return [folder](const Pool& pool, Instant) -> Status {
    const FolderConfig config = TRY(read_config(folder));
    return write_kept_files(config, pool);
  };
}

}  // namespace evener
