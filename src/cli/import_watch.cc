#include "cli/import_watch.h"

#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "cli/followed_lines.h"
#include "cli/growing_file.h"
#include "cli/stop_signal.h"

namespace evener {
namespace {

constexpr int watch_again_ms = 200;

// What an import fails for may pass: a server that is away, a need that is not in the pool yet.
constexpr Millis first_pause_ms = 1000;
constexpr Millis longest_pause_ms = 60'000;

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

}  // namespace

ExitCode follow_lines(Session& session, const std::string& path, FrameworkOptions options) {
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  GrowingFile file(path);
  JsonlFollower follower(path, options);
  FollowedLines lines(session, **client);
  std::string trouble;
  for (bool is_first = true;; is_first = false) {
    const Result<GrowingFile::Piece> piece = file.read();
    if (!piece.ok() && is_first) return session.failed(piece.error());
    if (!piece.ok() && piece.error().text() != trouble) {
      session.say("error: " + safe_text(piece.error().text()));
    }
    trouble = piece.ok() ? "" : piece.error().text();
    if (piece.ok() && piece->begins_anew) {
      session.say("note: " + safe_text(path) + " was written anew; it is read from its beginning");
      follower = JsonlFollower(path, options);
    }
    const bool has_come = piece.ok() && !piece->bytes.empty();
    if (has_come) {
      for (const auto& line : follower.feed(piece->bytes)) lines.take(line);
    } else {
      lines.try_again();
    }
    if (is_stopped(*stop, has_come ? 0 : watch_again_ms)) break;
  }
  lines.finish();
  return ExitCode::done;
}

ExitCode watch_file(
    Session& session,
    const std::string& path,
    const std::function<Status(const std::string& text, bool is_again)>& import
) {
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  std::optional<Look> before;
  std::optional<Look> imported_at;
  std::optional<std::string> imported;
  std::optional<Look> tried_at;  // and failed
  Millis pause_ms = 0;           // until it is tried again
  Millis next_try = 0;           // monotonic
  std::string trouble;
  const auto say_once = [&](const Error& error) {
    if (error.text() != trouble) session.say("error: " + safe_text(error.text()));
    trouble = error.text();
  };
  do {
    const std::optional<Look> now = look_at(path);
    // A file that is still being written looks different from one time to the next.
    const bool lies_still = (!imported && !tried_at) || now == before;
    before = now;
    if (!now) {
      say_once({"file_missing", "it cannot be read", path});
      continue;
    }
    if (!lies_still || now == imported_at) continue;
    const bool is_again = now == tried_at;
    if (is_again && session.clock().read().monotonic < next_try) continue;
    const Result<std::string> text = read_file(path);
    if (!text.ok()) {
      say_once(text.error());
      continue;
    }
    if (imported != *text) {
      const Status done = import(*text, is_again);
      if (!done.ok()) {
        if (!is_again) trouble.clear();
        say_once(done.error());
        pause_ms = is_again ? std::min(2 * pause_ms, longest_pause_ms) : first_pause_ms;
        next_try = session.clock().read().monotonic + pause_ms;
        tried_at = now;
        imported.reset();  // part of what failed may be in the pool
        imported_at.reset();
        continue;
      }
    }
    trouble.clear();
    imported = *text;
    imported_at = now;
    tried_at.reset();
  } while (!is_stopped(*stop, watch_again_ms));
  return ExitCode::done;
}

}  // namespace evener
