#include "worker/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <set>

#include "worker/descriptor.h"
#include "worker/pidfd.h"

namespace evener {
namespace {

// Programs are named after their files, whose names hold no slash: this name only a process gives
// itself.
constexpr std::string_view guard_name = "evener/guard";

// A file of /proc, whole; nothing if the process is gone or the file is not for us to read.
std::optional<std::string> read_proc(pid_t pid, const char* name) {
  const Descriptor file(::open(fmt::format("/proc/{}/{}", pid, name).c_str(), O_RDONLY | O_CLOEXEC)
  );
  if (!file.open()) return std::nullopt;
  std::string text;
  std::array<char, 4096> chunk;
  ssize_t count = 0;
  while ((count = ::read(file.get(), chunk.data(), chunk.size())) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  if (count < 0) return std::nullopt;
  return text;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// The victims of one pass over /proc.
std::vector<ProcessInfo> members_of(const std::vector<ProcessFamily>& families) {
  const pid_t self = ::getpid();
  std::set<std::string> marks;
  std::set<ProcessIdentity> roots;
  for (const ProcessFamily& family : families) {
    if (!family.mark.empty()) marks.insert(family.mark);
    roots.insert(family.roots.begin(), family.roots.end());
  }

  const std::vector<ProcessInfo> all = all_processes();
  std::map<ProcessIdentity, ProcessInfo> members;
  for (const ProcessInfo& process : all) {
    if (process.identity.pid == self || process.dead()) continue;
    if (!roots.contains(process.identity) && !marks.contains(attempt_mark_of(process.identity.pid)))
      continue;
    members.emplace(process.identity, process);
    for (const ProcessInfo& child : descendants_of(process.identity.pid, all, self)) {
      if (child.identity.pid != self && !child.dead()) members.emplace(child.identity, child);
    }
  }
  std::vector<ProcessInfo> found;
  found.reserve(members.size());
  for (const auto& [identity, process] : members) {
    if (!is_guard(identity.pid)) found.push_back(process);
  }
  return found;
}

}  // namespace

std::optional<ProcessInfo> find_process(pid_t pid) {
  const std::optional<std::string> stat = read_proc(pid, "stat");
  if (!stat) return std::nullopt;
  // Field 2 is the program's name in parentheses, and may itself hold blanks and parentheses.
  const std::size_t name_end = stat->rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  const std::vector<std::string_view> fields =
      words_of(std::string_view(*stat).substr(name_end + 2));  // from field 3, the state, on
  if (fields.size() < 20 || fields[0].size() != 1) return std::nullopt;

  const auto parent = number_in<pid_t>(fields[1]);
  const auto group = number_in<pid_t>(fields[2]);
  const auto session = number_in<pid_t>(fields[3]);
  const auto start_ticks = number_in<std::uint64_t>(fields[19]);
  if (!parent || !group || !session || !start_ticks) return std::nullopt;
  return ProcessInfo{{pid, *start_ticks}, *parent, *group, *session, fields[0][0]};
}

std::vector<ProcessInfo> all_processes() {
  std::vector<ProcessInfo> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return all;
  while (const dirent* entry = ::readdir(proc.get())) {
    const auto pid = number_in<pid_t>(entry->d_name);
    if (!pid) continue;
    if (const auto process = find_process(*pid)) all.push_back(*process);
  }
  return all;
}

std::vector<ProcessInfo> descendants_of(
    pid_t root, const std::vector<ProcessInfo>& all, pid_t except
) {
  std::multimap<pid_t, const ProcessInfo*> children;
  for (const ProcessInfo& process : all) children.emplace(process.parent, &process);

  std::vector<ProcessInfo> found;
  std::set<pid_t> visited = {root};  // ids may change hands during a pass, and so form a ring
  std::vector<pid_t> open = {root};
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    if (parent == except) continue;
    const auto [first, last] = children.equal_range(parent);
    for (auto child = first; child != last; ++child) {
      if (!visited.insert(child->second->identity.pid).second) continue;
      found.push_back(*child->second);
      open.push_back(child->second->identity.pid);
    }
  }
  return found;
}

bool alive(const ProcessIdentity& who) {
  const std::optional<ProcessInfo> found = find_process(who.pid);
  return found && found->identity == who && !found->dead();
}

void become_guard() {
  ::prctl(PR_SET_NAME, guard_name.data());
}

bool is_guard(pid_t pid) {
  const std::optional<std::string> name = read_proc(pid, "comm");
  if (!name || *name != fmt::format("{}\n", guard_name)) return false;
  struct stat its = {};
  struct stat ours = {};
  return ::stat(fmt::format("/proc/{}/exe", pid).c_str(), &its) == 0 &&
         ::stat("/proc/self/exe", &ours) == 0 && its.st_dev == ours.st_dev &&
         its.st_ino == ours.st_ino;
}

bool signal_exactly(const ProcessIdentity& who, int signal) {
  // First hold on to whoever has the id, then look who that is: if the start time agrees now, the
  // descriptor cannot belong to a later process, and it will never come to mean one.
  const Descriptor process(::pidfd_open(who.pid, 0));
  if (!process.open() || !alive(who)) return false;
  return ::pidfd_send_signal(process.get(), signal, nullptr, 0) == 0;
}

std::string attempt_mark_of(pid_t pid) {
  struct stat owner = {};
  if (::stat(fmt::format("/proc/{}", pid).c_str(), &owner) != 0) return "";
  if (owner.st_uid != ::geteuid()) return "";
  const std::optional<std::string> environment = read_proc(pid, "environ");
  if (!environment) return "";

  const std::string wanted = std::string(attempt_mark_variable) + "=";
  std::string_view rest = *environment;
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    if (entry.starts_with(wanted)) return std::string(entry.substr(wanted.size()));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
  }
  return "";
}

int kill_families(const std::vector<ProcessFamily>& families, Millis patience) {
  using SteadyClock = std::chrono::steady_clock;
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(patience);
  std::set<ProcessIdentity> killed;
  for (;;) {
    const std::vector<ProcessInfo> members = members_of(families);
    if (members.empty() || SteadyClock::now() >= deadline) break;
    for (const ProcessInfo& member : members) {
      if (signal_exactly(member.identity, SIGKILL)) killed.insert(member.identity);
    }
    ::poll(nullptr, 0, 5);  // for the killed to go, before the next pass
  }
  return static_cast<int>(killed.size());
}

}  // namespace evener
