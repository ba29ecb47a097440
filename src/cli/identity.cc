#include "cli/identity.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "base/file.h"
#include "base/sha256.h"
#include "base/time.h"

namespace evener {
namespace {

// When a process began, in ticks since boot: its pid may be another's by now, the two together not.
std::string start_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text);
  std::size_t at = text.rfind(')');  // the name before it may hold anything
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  return at == std::string::npos ? "" : text.substr(at + 1, text.find(' ', at + 1) - at - 1);
}

std::string terminal() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    char name[128];
    if (ttyname_r(descriptor, name, sizeof name) != 0) continue;
    std::string text(name);
    if (text.starts_with("/dev/")) text.erase(0, 5);
    std::erase(text, '/');
    return text;
  }
  return fmt::format("s{}", getsid(0));
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
  const pid_t session = getsid(0);
  const std::string unique =
      SystemClock().read().boot_id + fmt::format("{}", session) + start_of(session);
  return fmt::format(
      "{}-{}-{}-{}",
      user_name(),
      word(host_name()),
      word(terminal()),
      sha256_hex(unique).substr(0, digits)
  );
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

Status TicketFile::write(const Ticket& ticket) const {
  TRY(ensure_directory(folder_, 0700));
  return write_file_atomic(path_, to_json_text(ticket) + "\n", 0600, false);
}

Status TicketFile::add(const TicketEntry& entry) {
  Ticket ticket = TRY(read());
  std::erase_if(ticket.claims, [&](const TicketEntry& old) { return old.task == entry.task; });
  ticket.claims.push_back(entry);
  return write(ticket);
}

Status TicketFile::remove(const std::string& task) {
  Ticket ticket = TRY(read());
  if (std::erase_if(ticket.claims, [&](const TicketEntry& e) { return e.task == task; }) == 0) {
    return Done{};
  }
  return write(ticket);
}

}  // namespace evener
