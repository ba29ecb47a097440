#include "cli/import_watch.h"

#include <fmt/format.h>
#include <poll.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/file.h"
#include "cli/stop_signal.h"
#include "formats/framework.h"

namespace evener {
namespace {

constexpr int watch_again_ms = 200;

// Waits a while; whether a signal came.
bool is_stopped(int stop, int wait_ms) {
  pollfd stopped{stop, POLLIN, 0};
  return ::poll(&stopped, 1, wait_ms) > 0;
}

// What tells that a file has changed, without reading it.
struct Look {
  std::filesystem::file_time_type time;
  std::uintmax_t size = 0;

  bool operator==(const Look&) const = default;
};

std::optional<Look> look_at(const std::string& path) {
  std::error_code problem;
  const auto time = std::filesystem::last_write_time(path, problem);
  if (problem) return std::nullopt;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) return std::nullopt;
  return Look{time, size};
}

void import_line(Session& session, Client& client, const Result<FollowedTask>& line) {
  if (!line.ok()) {
    session.say("error: " + safe_text(line.error().text()));
    return;
  }
  AddTasks command;
  command.tasks.push_back(line->task);
  command.update = true;
  const Result<Answer> answer = call_one(client, std::move(command));
  if (!answer.ok()) {
    session.say("error: " + safe_text(answer.error().text()));
  } else if (!answer->ok) {
    session.say(fmt::format("refused: line {}: {}", line->line, safe_text(answer->refusal->message))
    );
  } else {
    session.print(fmt::format("line {}: {}", line->line, line->task.id));
  }
}

}  // namespace

ExitCode follow_lines(Session& session, const std::string& path, FrameworkOptions options) {
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  std::ifstream file(path, std::ios::binary);
  if (!file) return session.failed({"file_missing", "it cannot be opened", path});
  JsonlFollower follower(path, options);
  std::string bytes(64 * 1024, '\0');
  for (;;) {
    file.clear();
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    for (const auto& line : follower.feed(std::string_view(bytes).substr(0, count))) {
      import_line(session, **client, line);
    }
    if (is_stopped(*stop, count > 0 ? 0 : watch_again_ms)) return ExitCode::done;
  }
}

ExitCode watch_file(
    Session& session,
    const std::string& path,
    const std::function<Status(const std::string& text)>& import
) {
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  std::optional<Look> before;
  std::optional<Look> imported_at;
  std::optional<std::string> imported;
  std::string trouble;
  const auto say_once = [&](const Error& error) {
    if (error.text() != trouble) session.say("error: " + safe_text(error.text()));
    trouble = error.text();
  };
  do {
    const std::optional<Look> now = look_at(path);
    // A file that is still being written looks different from one time to the next.
    const bool lies_still = !imported || now == before;
    before = now;
    if (!now) {
      say_once({"file_missing", "it cannot be read", path});
      continue;
    }
    if (!lies_still || now == imported_at) continue;
    const Result<std::string> text = read_file(path);
    if (!text.ok()) {
      say_once(text.error());
      continue;
    }
    trouble.clear();
    if (imported != *text) {
      const Status done = import(*text);
      if (!done.ok()) session.say("error: " + safe_text(done.error().text()));
    }
    imported = *text;
    imported_at = now;
  } while (!is_stopped(*stop, watch_again_ms));
  return ExitCode::done;
}

}  // namespace evener
