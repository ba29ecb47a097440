#include "formats/dashboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/framework.h"

namespace evener {
namespace {

std::string iso_seconds(Instant instant) {
  constexpr std::string_view shape = "2026-11-21T12:00:30";
  return format_time(instant).substr(0, shape.size()) + "Z";
}

JsonObject dashboard_entry(const DashboardTask& task) {
  JsonObject entry{{"status", status_of_state(task.state)}};
  if (!task.worker.empty()) entry["claimed_by"] = task.worker;
  if (task.started_at) entry["started_at"] = iso_seconds(*task.started_at);
  if (task.completed_at) entry["completed_at"] = iso_seconds(*task.completed_at);
  return entry;
}

struct DashboardEntry {
  std::string status;
  std::string claimed_by;
  std::string started_at;
  std::string completed_at;

  static constexpr auto fields() {
    Bounds required = line_bounds;
    required.required = true;
    return std::tuple{
        field("status", &DashboardEntry::status, "A status word", required),
        field("claimed_by", &DashboardEntry::claimed_by, "The session", line_bounds),
        field("started_at", &DashboardEntry::started_at, "ISO 8601", line_bounds),
        field("completed_at", &DashboardEntry::completed_at, "ISO 8601", line_bounds),
    };
  }
};

Result<std::optional<Instant>> read_time(const std::string& text, const Path& path) {
  if (text.empty()) return std::optional<Instant>();
  const Result<Instant> time = parse_time(text);
  if (!time.ok()) return Error{time.error().code, time.error().message, path.text()};
  return std::optional(*time);
}

// Nothing if the status is not one that we know: a notice tells.
Result<std::optional<ImportedState>> read_entry(
    const std::string& id, Json& json, const Path& path, std::vector<std::string>& notices
) {
  TRY(check_text(id, id_bounds, path));
  DashboardEntry entry;
  if (json.is_object()) {
    JsonObject known;  // scripts add what they like; only these four are read
    for (const char* name : {"status", "claimed_by", "started_at", "completed_at"}) {
      if (const Json* value = json.get_object().if_contains(name)) known[name] = *value;
    }
    TRY(read_object(Json(std::move(known)), entry, path));
  } else {
    return wrong_type(json, "an object", path);
  }
  const auto state = state_of_status(entry.status);
  if (!state) {
    notices.push_back(fmt::format("{}: status '{}' is not known; not read", id, entry.status));
    return std::optional<ImportedState>();
  }
  ImportedState read;
  read.task = id;
  read.status = *state;
  read.word = remembered_word(*state);
  read.worker = worker_of_session(entry.claimed_by, notices);
  read.started_at = TRY(read_time(entry.started_at, Path{&path, "started_at", -1}));
  read.completed_at = TRY(read_time(entry.completed_at, Path{&path, "completed_at", -1}));
  return std::optional(std::move(read));
}

// What `date` prints in UTC: "Mon Nov 17 00:01:30 UTC 2025", or "Mon Nov 17 12:01:30 AM UTC 2025".
std::optional<Instant> read_date_output(std::string_view text) {
  constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  const bool twelve = words.size() == 7 && (words[4] == "AM" || words[4] == "PM");
  const bool afternoon = twelve && words[4] == "PM";
  if (twelve) words.erase(words.begin() + 4);
  if (words.size() != 6 || (words[4] != "UTC" && words[4] != "GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), words[1]);
  if (month == months.end()) return std::nullopt;
  const auto time = parse_time(
      fmt::format("{}-{:02}-{:0>2}T{}Z", words[5], month - months.begin() + 1, words[2], words[3])
  );
  if (!time.ok()) return std::nullopt;
  if (!twelve) return *time;
  constexpr Millis half_day = 12 * 3'600'000;
  const bool hour_is_twelve = words[3].starts_with("12");
  return *time + (afternoon ? half_day : 0) - (hour_is_twelve ? half_day : 0);
}

constexpr std::string_view claim_ending = ".claim";
constexpr std::string_view escaped_slash = "%2F";  // no id has a `%`

std::string task_of_file(const std::string& name) {
  std::string task = name.substr(0, name.size() - claim_ending.size());
  for (std::size_t at = task.find(escaped_slash); at != std::string::npos;) {
    task.replace(at, escaped_slash.size(), "/");
    at = task.find(escaped_slash, at + 1);
  }
  return task;
}

Result<ImportedState> read_claim(
    const std::string& task, const ClaimFile& file, std::vector<std::string>& notices
) {
  TRY(check_text(task, id_bounds, Path{nullptr, file.name, -1}));
  const std::string_view content = trimmed(file.content);
  const std::size_t colon = content.find(':');
  const std::string session(trimmed(content.substr(0, colon)));
  if (colon == std::string_view::npos || session.empty() ||
      !check_text(session, line_bounds, Path{}).ok()) {
    return Error{"bad_claim", "expected one line, SESSION:DATE", file.name};
  }
  const std::string_view date = trimmed(content.substr(colon + 1));
  ImportedState state;
  state.task = task;
  state.status = "running";
  state.worker = worker_of_session(session, notices);
  const Result<Instant> time = parse_time(date);
  state.started_at = time.ok() ? std::optional(*time) : read_date_output(date);
  if (!state.started_at) {
    notices.push_back(fmt::format("{}: its time cannot be told from its text", file.name));
  }
  return state;
}

}  // namespace

std::string write_dashboard(
    Instant experiment_start, const std::vector<DashboardTask>& tasks, std::size_t sessions_active
) {
  JsonObject entries;
  entries.reserve(tasks.size());
  std::size_t completed = 0;
  std::size_t in_progress = 0;
  std::size_t available = 0;
  for (const DashboardTask& task : tasks) {
    entries[task.id] = dashboard_entry(task);
    const std::string_view status = status_of_state(task.state);
    completed += status == "completed" ? 1U : 0U;
    in_progress += status == "in_progress" ? 1U : 0U;
    available += status == "available" ? 1U : 0U;
  }
  const Json dashboard = JsonObject{
      {"experiment_start", iso_seconds(experiment_start)},
      {"tasks", std::move(entries)},
      {"sessions_active", sessions_active},
      {"tasks_completed", completed},
      {"tasks_in_progress", in_progress},
      {"tasks_available", available},
  };
  return to_pretty_text(dashboard) + "\n";
}

void read_dashboard(Document& document, Plan& plan, Problems& problems) {
  const auto problem = [&](Error error) { problems.add(document, std::move(error)); };
  const Path root;
  if (!document.root.is_object()) return problem(wrong_type(document.root, "an object", root));
  Json* tasks = document.root.get_object().if_contains("tasks");
  if (tasks == nullptr) return problem({"missing_field", "'tasks' is missing", ""});
  if (!tasks->is_object()) {
    return problem(wrong_type(*tasks, "an object", Path{nullptr, "tasks", -1}));
  }
  for (auto& [key, json] : tasks->get_object()) {
    const std::string id(key);
    const std::string name = fmt::format("tasks[\"{}\"]", id);
    const Path path{nullptr, name, -1};
    auto state = read_entry(id, json, path, plan.notices);
    if (!state.ok()) {
      problem(state.error());
    } else if (*state) {
      plan.states.push_back(std::move(**state));
    }
  }
}

std::string claim_file_name(const std::string& task) {
  std::string name;
  for (const char c : task) c == '/' ? name.append(escaped_slash) : name.append(1, c);
  return name.append(claim_ending);
}

Result<Plan> read_claims(std::vector<ClaimFile> files) {
  std::sort(files.begin(), files.end(), [](const ClaimFile& a, const ClaimFile& b) {
    return a.name < b.name;
  });
  Plan plan;
  for (const ClaimFile& file : files) {
    if (!file.name.ends_with(claim_ending)) {
      plan.notices.push_back(fmt::format("{}: no claim file; not read", file.name));
      continue;
    }
    const std::string task = task_of_file(file.name);
    plan.states.push_back(TRY(read_claim(task, file, plan.notices)));
  }
  return plan;
}

}  // namespace evener
