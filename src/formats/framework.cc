#include "formats/framework.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "formats/plan_tree.h"
#include "formats/status_words.h"

namespace evener {
namespace {

struct StatusWord {
  std::string_view state;
  std::string_view status;
};

// The first row with a status is what it is read as.
constexpr std::array<StatusWord, 10> status_words = {{
    {"ready", "available"},
    {"running", "in_progress"},
    {"verifying", "in_progress"},
    {"reviewing", "in_progress"},
    {"integrating", "in_progress"},
    {"done", "completed"},
    {"waiting", "waiting"},
    {"held", "held"},
    {"failed", "failed"},
    {"cancelled", "cancelled"},
}};

// Reads one task object. Every field that is understood is taken out of the object; the rest
// becomes `data`, in its order.
class FrameworkTaskReader {
 public:
  FrameworkTaskReader(JsonObject& object, const Path& path, FrameworkOptions options)
      : object_(object), path_(path), options_(options) {}

  Result<FollowedTask> read() {
    if (!object_.contains("id")) {
      return Error{"missing_field", "'id' is missing", path_.text()};
    }
    TRY(read_value(object_.at("id"), task_.id, id_bounds, Path{&path_, "id", -1}));
    object_.stable_erase("id");
    TRY(take_text("title", task_.title, title_bounds_));
    if (task_.title.empty()) TRY(take_text("name", task_.title, title_bounds_));
    TRY(take_text("description", task_.description, text_bounds));
    TRY(take_names("dependencies", dependencies_, id_bounds, limits::needs_per_task));
    for (std::string& id : dependencies_) task_.needs.push_back({std::move(id), Until::done});
    TRY(take_names(
        "requires_capabilities",
        options_.strict ? task_.capabilities : task_.prefers,
        {.max_bytes = limits::id_bytes},
        limits::names_per_task
    ));
    take_priority();
    take_estimate();
    TRY(take_state());
    TRY(keep_the_rest());
    TRY(check_task(task_, path_));
    FollowedTask read;
    read.task = std::move(task_);
    read.state = std::move(state_);
    read.notices = std::move(notices_);
    return read;
  }

 private:
  static constexpr Bounds title_bounds_{.max_bytes = limits::title_bytes};

  // A text; anything else under this name is not ours to understand, and stays.
  Status take_text(std::string_view name, std::string& out, const Bounds& bounds) {
    const Json* json = object_.if_contains(name);
    if (json == nullptr || !json->is_string()) return Done{};
    TRY(read_value(*json, out, bounds, Path{&path_, name, -1}));
    object_.stable_erase(name);
    return Done{};
  }

  // A list of names, or one name alone.
  Status take_names(
      std::string_view name, std::vector<std::string>& out, Bounds bounds, std::size_t most
  ) {
    const Json* json = object_.if_contains(name);
    if (json == nullptr) return Done{};
    const Path path{&path_, name, -1};
    bounds.max_items = most;
    if (json->is_string()) {
      TRY(read_value(*json, out.emplace_back(), bounds, path));
    } else if (!json->is_null()) {
      TRY(read_value(*json, out, bounds, path));
    }
    object_.stable_erase(name);
    return Done{};
  }

  void take_priority() {
    const Json* json = object_.if_contains("priority");
    if (json == nullptr) return;
    const auto priority =
        json->is_string() ? enum_of<Priority>(std::string_view(json->get_string())) : std::nullopt;
    if (!priority) return keep("priority", "one of urgent, high, normal, low");
    task_.priority = *priority;
    object_.stable_erase("priority");
  }

  void take_estimate() {
    const Json* json = object_.if_contains("estimated_minutes");
    if (json == nullptr) return;
    const double minutes = json->is_number() ? json->to_number<double>() : -1;
    constexpr double longest = static_cast<double>(limits::longest_duration) / 60'000;
    if (!(minutes >= 0 && minutes <= longest)) {
      return keep("estimated_minutes", "a number of minutes");
    }
    task_.estimate_ms = std::llround(minutes * 60'000);
    object_.stable_erase("estimated_minutes");
  }

  Status take_state() {
    const Json* json = object_.if_contains("status");
    if (json == nullptr) return Done{};
    const auto state =
        json->is_string() ? state_of_status(std::string_view(json->get_string())) : std::nullopt;
    if (!state) {
      keep("status", "completed, in_progress or available");
      return Done{};
    }
    ImportedState& read = state_.emplace();
    read.task = task_.id;
    read.status = *state;
    read.word = remembered_word(*state);
    object_.stable_erase("status");
    TRY(take_text("claimed_by", read.worker, line_bounds));
    read.worker = worker_of_session(read.worker, notices_);
    if (read.status == "running") task_.assignee = read.worker;
    TRY(take_time("started_at", read.started_at));
    return take_time("completed_at", read.completed_at);
  }

  Status take_time(std::string_view name, std::optional<Instant>& out) {
    const Json* json = object_.if_contains(name);
    if (json == nullptr || !json->is_string()) return Done{};
    const Result<Instant> time = parse_time(std::string_view(json->get_string()));
    if (!time.ok()) {
      return Error{time.error().code, time.error().message, Path{&path_, name, -1}.text()};
    }
    out = *time;
    object_.stable_erase(name);
    return Done{};
  }

  void keep(std::string_view name, std::string_view expected) {
    notices_.push_back(fmt::format(
        "{}: '{}' is not {}; it is kept in data and has no effect", task_.id, name, expected
    ));
  }

  Status keep_the_rest() {
    if (task_.title.empty()) {
      const Json* service = object_.if_contains("service");
      const bool named = service != nullptr && service->is_string();
      task_.title =
          named ? fmt::format("{} ({})", service->get_string().c_str(), task_.id) : task_.id;
      TRY(check_text(task_.title, title_bounds_, Path{&path_, "service", -1}));
    }
    if (state_) object_.erase("stated");
    if (state_ && state_->word != "pending") object_["stated"] = state_->word;
    if (!object_.empty()) {
      const Json rest(std::move(object_));
      const Path path{&path_, "data", -1};
      TRY(check_data(rest, path_));
      TRY(read_value(rest, task_.data, {.max_bytes = limits::data_bytes}, path));
    }
    return Done{};
  }

  JsonObject& object_;
  const Path& path_;
  FrameworkOptions options_;
  TaskSpec task_;
  std::vector<std::string> dependencies_;
  std::optional<ImportedState> state_;
  std::vector<std::string> notices_;
};

Result<FollowedTask> read_task(Json& json, const Path& path, FrameworkOptions options) {
  if (!json.is_object()) return wrong_type(json, "a task object", path);
  return FrameworkTaskReader(json.get_object(), path, options).read();
}

void add_to(Plan& plan, FollowedTask read) {
  plan.tasks.push_back(std::move(read.task));
  if (read.state) plan.states.push_back(std::move(*read.state));
  for (std::string& notice : read.notices) plan.notices.push_back(std::move(notice));
}

}  // namespace

std::optional<std::string_view> state_of_status(std::string_view status) {
  for (const StatusWord& word : status_words) {
    if (word.status == status) return word.state;
  }
  return std::nullopt;
}

std::string_view status_of_state(std::string_view state) {
  for (const StatusWord& word : status_words) {
    if (word.state == state) return word.status;
  }
  return state;
}

std::string_view remembered_word(std::string_view state) {
  // Else it would be written as "blocked", which is held.
  return state == "failed" ? state : word_of_state(state, "");
}

std::string worker_of_session(const std::string& session, std::vector<std::string>& notices) {
  const bool is_id = check_text(session, id_bounds, Path{}).ok();
  const bool is_name = is_id && session.find(':') == std::string::npos;
  if (session.empty() || is_name) return session;
  std::string name = id_from_title(session);
  notices.push_back(fmt::format("session '{}' is read as worker '{}'", session, name));
  return name;
}

void read_framework_pool(
    Document& document, FrameworkOptions options, Plan& plan, Problems& problems
) {
  const auto problem = [&](Error error) { problems.add(document, std::move(error)); };
  const Path root;
  if (!document.root.is_object()) return problem(wrong_type(document.root, "an object", root));
  JsonObject& object = document.root.get_object();
  const Path all{nullptr, "task_pool", -1};
  Json* pool = object.if_contains("task_pool");
  if (pool == nullptr) return problem({"missing_field", "'task_pool' is missing", ""});
  if (!pool->is_array()) return problem(wrong_type(*pool, "a list of tasks", all));
  JsonArray& tasks = pool->get_array();
  if (tasks.size() > tasks_per_plan) {
    return problem({"too_many", fmt::format("more than {} tasks", tasks_per_plan), all.text()});
  }
  std::unordered_map<std::string, std::string> seen;
  for (std::size_t i = 0; i < tasks.size() && !problems.full(); ++i) {
    const Path path{&all, {}, static_cast<std::int64_t>(i)};
    Result<FollowedTask> read = read_task(tasks[i], path, options);
    if (!read.ok()) {
      problem(read.error());
      continue;
    }
    const auto [first, is_new] = seen.emplace(read->task.id, path.text());
    if (!is_new) {
      const std::int64_t line = document.find(first->second).line;
      problem(duplicate_id("task", read->task.id, line, path.text()));
    }
    add_to(plan, std::move(*read));
  }
  for (const auto& [name, value] : object) {
    if (name != "task_pool") {
      plan.notices.push_back(fmt::format("'{}' beside task_pool is not read", name.data()));
    }
  }
}

void read_framework_lines(
    std::string_view text,
    const std::string& file,
    FrameworkOptions options,
    Plan& plan,
    Problems& problems
) {
  JsonlFollower follower(file, options);
  std::vector<Result<FollowedTask>> lines = follower.feed(text);
  for (Result<FollowedTask>& last : follower.finish()) lines.push_back(std::move(last));
  std::unordered_map<std::string, std::int64_t> seen;
  for (Result<FollowedTask>& line : lines) {
    if (!line.ok()) {
      problems.add(line.error());
      continue;
    }
    const auto [first, is_new] = seen.emplace(line->task.id, line->line);
    if (!is_new) {
      const std::string place = file_place(file, {line->line, 1});
      problems.add(duplicate_id("task", line->task.id, first->second, place));
    }
    add_to(plan, std::move(*line));
  }
  if (plan.tasks.size() > tasks_per_plan) {
    problems.add({"too_many", fmt::format("more than {} tasks", tasks_per_plan), file});
  }
}

JsonlFollower::JsonlFollower(std::string file, FrameworkOptions options)
    : file_(std::move(file)), options_(options) {}

std::vector<Result<FollowedTask>> JsonlFollower::feed(std::string_view bytes) {
  std::vector<Result<FollowedTask>> out;
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, newline);
    too_long_ = too_long_ || partial_.size() + piece.size() > longest_line;
    if (newline == std::string_view::npos) {
      if (!too_long_) partial_ += piece;
      return out;
    }
    if (partial_.empty()) {
      end_line(piece, out);
    } else {
      partial_ += too_long_ ? std::string_view() : piece;
      end_line(partial_, out);
      partial_.clear();
    }
    bytes.remove_prefix(newline + 1);
  }
  return out;
}

std::vector<Result<FollowedTask>> JsonlFollower::finish() {
  std::vector<Result<FollowedTask>> out;
  if (!partial_.empty() || too_long_) end_line(partial_, out);
  partial_.clear();
  return out;
}

void JsonlFollower::end_line(std::string_view line, std::vector<Result<FollowedTask>>& out) {
  ++lines_;
  const std::string number = fmt::format("{}:{}", file_, lines_);
  if (std::exchange(too_long_, false)) {
    out.push_back(
        Error{"too_large", fmt::format("a line of more than {} bytes", longest_line), number}
    );
    return;
  }
  const Result<std::string_view> text = checked_text(line, number);
  if (!text.ok()) {
    if (text.error().code != "empty_plan") {
      Error error = text.error();
      error.where = number;
      out.push_back(std::move(error));
    }
    return;
  }
  Result<Document> document = read_json_document(*text, file_, lines_);
  if (!document.ok()) {
    out.push_back(document.error());
    return;
  }
  Result<FollowedTask> task = read_task(document->root, Path{}, options_);
  if (!task.ok()) {
    out.push_back(document->placed(task.error()));
    return;
  }
  task->line = lines_;
  out.push_back(std::move(task));
}

}  // namespace evener
