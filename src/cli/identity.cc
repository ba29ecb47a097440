#include "cli/identity.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <fstream>

#include "base/file.h"
#include "base/sha256.h"
#include "base/time.h"

namespace evener {
namespace {

// A field of /proc/PID/stat, which counts from 1; the state, after the name, is the third.
std::string stat_field(const std::string& process, int wanted) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text);
  std::size_t at = text.rfind(')');  // the name before it may hold anything
  for (int field = 2; field < wanted && at != std::string::npos; ++field)
    at = text.find(' ', at + 1);
  return at == std::string::npos ? "" : text.substr(at + 1, text.find(' ', at + 1) - at - 1);
}

// The controlling terminal: it stays the same whatever is redirected. "" if there is none.
std::string terminal() {
  constexpr int terminal_field = 7;
  constexpr unsigned first_pts_major = 136;
  constexpr unsigned pts_majors = 8;
  constexpr unsigned pts_of_major = 256;
  const std::string text = stat_field("self", terminal_field);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (number == 0) return "";
  const auto device = static_cast<dev_t>(static_cast<unsigned>(number));
  const unsigned pts = major(device) - first_pts_major;  // wraps around below
  if (pts >= pts_majors) return fmt::format("tty{}-{}", major(device), minor(device));
  return fmt::format("pts{}", pts * pts_of_major + minor(device));
}

// What no other session shares. One that began outside of this process-id namespace is 0 in it.
std::string session_mark() {
  constexpr int start_field = 22;  // in ticks since boot: an id may be another's by now
  const pid_t session = getsid(0);
  const std::string boot = SystemClock().read().boot_id;
  if (session != 0) {
    return fmt::format(
        "{}{}{}", boot, session, stat_field(fmt::format("{}", session), start_field)
    );
  }
  char target[64] = {};
  if (readlink("/proc/self/ns/pid", target, sizeof target - 1) < 0) target[0] = '\0';
  return boot + "0" + target;
}

std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "host";
  const std::string text(name);
  return text.substr(0, text.find('.'));
}

// As an id wants it.
std::string word(std::string text) {
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  }
  return text.substr(0, 32);
}

}  // namespace

std::string user_name() {
  const passwd* const user = getpwuid(geteuid());
  return user == nullptr ? fmt::format("uid{}", geteuid()) : word(user->pw_name);
}

std::string terminal_name() {
  constexpr std::size_t digits = 4;
  std::string place = terminal();
  if (place.empty()) place = fmt::format("s{}", getsid(0));
  return fmt::format(
      "{}-{}-{}-{}",
      user_name(),
      word(host_name()),
      word(place),
      sha256_hex(session_mark()).substr(0, digits)
  );
}

bool has_terminal() {
  return !terminal().empty();
}

TicketFile::TicketFile(const std::string& folder, const std::string& worker)
    : folder_(folder), path_(folder + "/" + sha256_hex(worker).substr(0, 16) + ".json") {}

Result<Ticket> TicketFile::read() const {
  const Result<std::string> text = read_file(path_);
  if (!text.ok()) {
    if (text.error().code == "file_missing") return Ticket{};
    return text.error();
  }
  const Json json = TRY(parse_json(*text, path_));
  return from_json<Ticket>(json, path_);
}

Status TicketFile::change(const std::function<void(std::vector<TicketEntry>&)>& how) const {
  TRY(ensure_directory(folder_, 0700));
  const FileDescriptor lock(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.number() < 0 || ::flock(lock.number(), LOCK_EX) != 0) {
    return system_error(errno, "lock", folder_);
  }
  // What cannot be read is of no use to anybody.
  const Result<Ticket> kept = read();
  Ticket ticket = kept.ok() ? *kept : Ticket{};
  const std::vector<TicketEntry> before = ticket.claims;
  how(ticket.claims);
  if (kept.ok() && ticket.claims == before) return Done{};
  if (ticket.claims.empty()) {
    if (::unlink(path_.c_str()) == 0 || errno == ENOENT) return Done{};
    return system_error(errno, "remove", path_);
  }
  return write_file_atomic(path_, to_json_text(ticket) + "\n", 0600, false);
}

Status TicketFile::add(const TicketEntry& entry) const {
  return change([&](std::vector<TicketEntry>& claims) {
    std::erase_if(claims, [&](const TicketEntry& old) { return old.task == entry.task; });
    claims.push_back(entry);
    if (claims.size() > most_claims) claims.erase(claims.begin());
  });
}

Status TicketFile::remove(const TicketEntry& entry) const {
  return change([&](std::vector<TicketEntry>& claims) { std::erase(claims, entry); });
}

}  // namespace evener
