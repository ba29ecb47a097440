// The framework's files about work under way: its dashboard, which we write for those who read it
// and read to take over what it says, and its folder of claims, which we only read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

// A task as it stands in our pool; `state` is our word for it, `worker` is "" if nobody has it.
struct DashboardTask {
  std::string id;
  std::string state;
  std::string worker;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
};

// The dashboard's text, with the framework's names and words. Times are cut to whole seconds, as
// it writes them.
std::string write_dashboard(
    Instant experiment_start, const std::vector<DashboardTask>& tasks, std::size_t sessions_active
);

// Reads what a dashboard says of each task into `plan.states`; it describes no tasks.
void read_dashboard(Document& document, Plan& plan, Problems& problems);

// The name of a task's file in the claims folder: no `/`, and another one for each task.
std::string claim_file_name(const std::string& task);

// A file of the claims folder.
struct ClaimFile {
  std::string name;     // "restore-8000.claim"
  std::string content;  // "session-1:Mon Nov 17 00:01:30 UTC 2025"
};

// What the claims say, in the order of the files' names: `states` and `notices` only. The time is
// read when it is ISO 8601 or names UTC, as other zones' letters are ambiguous. Fails with
// `bad_claim` or `bad_id`, `where` being the file's name.
Result<Plan> read_claims(std::vector<ClaimFile> files);

}  // namespace evener
