#include "cli/forward_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/sha256.h"

namespace evener {
namespace {

constexpr mode_t ours_alone = 0600;
constexpr std::string_view position_ending = ".json";
constexpr std::string_view card_ending = ".choice.json";
constexpr std::string_view lock_ending = ".lock";

std::string with(const std::string& path, std::string_view ending) {
  return path + std::string(ending);
}

template <typename T>
Result<std::optional<T>> read_optional(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text.ok()) {
    if (text.error().code == "file_missing") return std::optional<T>();
    return text.error();
  }
  const Json json = TRY(parse_json(*text, path));
  return std::optional(TRY(from_json<T>(json, path)));
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Done{};
  return system_error(errno, "remove", path);
}

// Nothing if another process holds it.
Result<std::unique_ptr<FileDescriptor>> try_lock(const std::string& path) {
  auto lock =
      std::make_unique<FileDescriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock->number() < 0) return system_error(errno, "open", path);
  if (::flock(lock->number(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_error(errno, "lock", path);
  return std::unique_ptr<FileDescriptor>();
}

// As the files of that name say it; nothing if there is no position among them.
Result<std::optional<ForwardName>> read_name(const std::string& path, const std::string& name) {
  const auto position = TRY(read_optional<LogPlace>(with(path, position_ending)));
  if (!position) return std::optional<ForwardName>();
  const auto card = TRY(read_optional<ForwardCard>(with(path, card_ending)));
  return std::optional(
      ForwardName{.name = name, .position = position->seq, .card = card.value_or(ForwardCard{})}
  );
}

}  // namespace

LogPlace place_behind(const Fact& fact, const std::string& pool) {
  std::string text;
  append_fact(text, fact);
  return {.seq = fact.seq, .pool = pool, .fact = sha256_hex(text)};
}

Status check_forward_name(const std::string& name) {
  constexpr std::size_t longest = 64;
  const bool is_good = !name.empty() && name.size() <= longest && name.front() != '-' &&
                       std::ranges::all_of(name, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '_' || c == '-';
                       });
  if (is_good) return Done{};
  return Error{
      "usage",
      fmt::format(
          "'{}' is no name for it; expected 1 to {} letters, digits, _ and -",
          name.substr(0, longest),
          longest
      ),
      "NAME"
  };
}

Result<ForwardPlace> ForwardPlace::take(const std::string& folder, const std::string& name) {
  TRY(check_forward_name(name));
  TRY(ensure_directory(folder, 0700));
  const std::string path = folder + "/" + name;
  // Somebody who lists the names has it for a moment.
  constexpr int tries = 10;
  for (int i = 0; i < tries; ++i) {
    std::unique_ptr<FileDescriptor> lock = TRY(try_lock(with(path, lock_ending)));
    if (lock != nullptr) return ForwardPlace(path, std::move(lock));
    ::poll(nullptr, 0, 20);
  }
  return Error{"forward_busy", "another process forwards under this name", name};
}

Result<std::optional<LogPlace>> ForwardPlace::position() const {
  return read_optional<LogPlace>(with(path_, position_ending));
}

Status ForwardPlace::move_to(const LogPlace& position, bool is_durable) const {
  const std::string text = to_json_text(position) + "\n";
  return write_file_atomic(with(path_, position_ending), text, ours_alone, is_durable);
}

Status ForwardPlace::describe(const ForwardCard& card) const {
  return write_file_atomic(with(path_, card_ending), to_json_text(card) + "\n", ours_alone, false);
}

Status ForwardPlace::forget() const {
  TRY(remove_file(with(path_, position_ending)));
  return remove_file(with(path_, card_ending));
}

Result<std::vector<ForwardName>> forward_names(const std::string& folder) {
  std::vector<ForwardName> names;
  std::error_code problem;
  std::filesystem::directory_iterator files(folder, problem);
  if (problem == std::errc::no_such_file_or_directory) return names;
  if (problem) return system_error(problem.value(), "read the folder", folder);
  for (const auto& file : files) {
    const std::string text = file.path().filename().string();
    const std::string name = text.substr(0, text.find('.'));
    if (text != with(name, position_ending) || !check_forward_name(name).ok()) continue;
    const std::string path = folder + "/" + name;
    Result<std::optional<ForwardName>> read = read_name(path, name);
    if (!read.ok()) read = std::optional(ForwardName{.name = name, .damage = read.error().text()});
    if (!*read) continue;
    const auto lock = TRY(try_lock(with(path, lock_ending)));
    (*read)->is_running = lock == nullptr;
    names.push_back(std::move(**read));
  }
  std::ranges::sort(names, {}, &ForwardName::name);
  return names;
}

}  // namespace evener
