#include "worker/process_table.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/time.h"

namespace evener {
namespace {

constexpr std::string_view suffix = ".process";
constexpr std::string_view first_line = "evener process 1";  // the format and its version

// For those who cannot be killed: asleep in the kernel, or another user's.
constexpr Millis patience_ms = 5'000;

// A file that is no record may be one that is being written; after this long it is the leftover of
// a crash.
constexpr std::time_t torn_after_s = 60;

// Where process ids mean something: they are given anew after every boot, and in every namespace.
struct Place {
  std::string boot_id;
  std::string pid_namespace;  // as /proc/self/ns/pid shows it
};

struct Record {
  ProcessIdentity runner;
  Place place;
  std::optional<ProcessIdentity> keeper = std::nullopt;
  std::optional<ProcessIdentity> command = std::nullopt;
};

Place this_place() {
  std::array<char, 64> name = {};
  const ssize_t length = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  return {
      SystemClock().read().boot_id,
      length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : "unknown",
  };
}

Result<Record> record_of_this_process() {
  const std::optional<ProcessInfo> self = find_process(::getpid());
  if (!self) return Error{"io_error", "cannot find this process in /proc", "/proc/self/stat"};
  return Record{.runner = self->identity, .place = this_place()};
}

std::string line_of(std::string_view word, const std::optional<ProcessIdentity>& who) {
  return who ? fmt::format("{} {} {}\n", word, who->pid, who->start_ticks) : "";
}

std::string text_of(const Record& record) {
  return fmt::format(
      "{}\nboot {}\nnamespace {}\n{}{}{}",
      first_line,
      record.place.boot_id,
      record.place.pid_namespace,
      line_of("runner", record.runner),
      line_of("keeper", record.keeper),
      line_of("command", record.command)
  );
}

// Nothing if it is not whole, or of a format that we do not know.
std::optional<Record> parse(const std::string& text) {
  if (!text.starts_with(fmt::format("{}\n", first_line)) || !text.ends_with('\n'))
    return std::nullopt;
  std::istringstream lines(text.substr(first_line.size() + 1));
  Record record = {};
  std::string word;
  while (lines >> word) {
    ProcessIdentity who;
    if (word == "boot") {
      lines >> record.place.boot_id;
    } else if (word == "namespace") {
      lines >> record.place.pid_namespace;
    } else {
      lines >> who.pid >> who.start_ticks;
      if (word == "runner") record.runner = who;
      if (word == "keeper") record.keeper = who;
      if (word == "command") record.command = who;
    }
    if (!lines) return std::nullopt;
  }
  if (record.runner.pid <= 0 || record.place.boot_id.empty() || record.place.pid_namespace.empty())
    return std::nullopt;
  return record;
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return system_error(errno, "list the folder", folder);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name.contains(suffix)) names.push_back(name);
  }
  return names;
}

void remove_if_torn(const std::string& path) {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0) return;
  if (std::time(nullptr) - found.st_mtime > torn_after_s) ::unlink(path.c_str());
}

ProcessFamily family_of(const std::string& mark, const Record& record) {
  ProcessFamily family = {mark, {}};
  if (record.keeper) family.roots.push_back(*record.keeper);
  if (record.command) family.roots.push_back(*record.command);
  return family;
}

}  // namespace

Result<ProcessTable> ProcessTable::open(std::string folder) {
  TRY(ensure_directory(folder, 0700));
  struct stat found = {};
  if (::stat(folder.c_str(), &found) != 0) return system_error(errno, "look at", folder);
  if (found.st_uid != ::geteuid())
    return Error{
        "not_ours",
        fmt::format("belongs to user {}, expected {}", found.st_uid, ::geteuid()),
        folder,
    };
  return ProcessTable(std::move(folder));
}

std::string ProcessTable::path_of(const std::string& mark) const {
  return fmt::format("{}/{}{}", folder_, mark, suffix);
}

// Not flushed to the disk: after a power cut none of these processes exists.
Status ProcessTable::add(const std::string& mark) const {
  const Record record = TRY(record_of_this_process());
  return write_file_atomic(path_of(mark), text_of(record), 0600, false);
}

Status ProcessTable::started(
    const std::string& mark, const ProcessIdentity& keeper, const ProcessIdentity& command
) const {
  Record record = TRY(record_of_this_process());
  record.keeper = keeper;
  record.command = command;
  return write_file_atomic(path_of(mark), text_of(record), 0600, false);
}

void ProcessTable::remove(const std::string& mark) const {
  ::unlink(path_of(mark).c_str());
}

Result<int> ProcessTable::clean_up() const {
  const Place here = this_place();
  std::vector<ProcessFamily> families;
  std::vector<std::string> over;
  for (const std::string& name : TRY(names_in(folder_))) {
    const std::string path = fmt::format("{}/{}", folder_, name);
    const Result<std::string> text = read_file(path);
    if (!text) continue;  // its runner has just removed it
    const std::optional<Record> record =
        name.ends_with(suffix) ? parse(text.value()) : std::nullopt;
    if (!record) {
      remove_if_torn(path);
      continue;
    }
    if (record->place.boot_id == here.boot_id) {
      if (record->place.pid_namespace != here.pid_namespace || alive(record->runner)) continue;
      families.push_back(family_of(name.substr(0, name.size() - suffix.size()), *record));
    }
    over.push_back(path);
  }
  const int killed = families.empty() ? 0 : kill_families(families, patience_ms);
  for (const std::string& path : over) ::unlink(path.c_str());
  return killed;
}

}  // namespace evener
