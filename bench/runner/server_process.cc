#include "server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/check.h"
#include "base/file.h"
#include "base/time.h"

namespace evener {
namespace {

constexpr Millis stop_patience_ms = 10'000;
constexpr std::chrono::milliseconds look_again{5};

// In the child, between fork and exec. Whatever fails there ends it with a code that no program
// has.
[[noreturn]] void become(const ProgramSpec& spec, const passwd* user) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string output = spec.output.empty() ? "/dev/null" : spec.output;
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0) ::_exit(126);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::closefrom(STDERR_FILENO + 1);
  if (user != nullptr) {
    const bool changed = ::initgroups(user->pw_name, user->pw_gid) == 0 &&
                         ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0;
    if (!changed) ::_exit(126);
  }
  if (!spec.folder.empty() && ::chdir(spec.folder.c_str()) != 0) ::_exit(126);
  for (const auto& [name, value] : spec.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> argv;
  for (const std::string& word : spec.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  ::_exit(127);
}

struct ProcessRow {
  pid_t pid = 0;
  pid_t parent = 0;
  double cpu_us = 0;
  double resident_bytes = 0;
};

// One line of /proc/PID/stat; the name stands in parentheses and may hold anything.
ProcessRow read_process(const std::string& stat) {
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::vector<std::string> words;
  for (std::string word; fields >> word;) words.push_back(word);
  ProcessRow row;
  if (words.size() < 22) return row;
  const auto number = [&](std::size_t at) { return std::strtod(words[at].c_str(), nullptr); };
  row.parent = static_cast<pid_t>(number(1));
  // Its own in user and in kernel mode, and of those below it that have ended.
  const double ticks = number(11) + number(12) + number(13) + number(14);
  row.cpu_us = ticks * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  row.resident_bytes = number(21) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return row;
}

std::vector<ProcessRow> tree_of(pid_t root) {
  std::map<pid_t, ProcessRow> all;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    if (!std::getline(file, text)) continue;
    ProcessRow row = read_process(text);
    row.pid = pid;
    all.emplace(pid, row);
  }
  std::vector<ProcessRow> tree;
  for (const auto& [pid, row] : all) {
    pid_t above = pid;
    while (above != root && above > 1 && all.contains(above)) above = all.at(above).parent;
    if (above == root) tree.push_back(row);
  }
  return tree;
}

}  // namespace

Result<ServerProcess> ServerProcess::start(const ProgramSpec& spec) {
  CHECK(!spec.argv.empty(), "a program has a name");
  const passwd* user = nullptr;
  if (!spec.user.empty() && ::geteuid() == 0) {
    user = ::getpwnam(spec.user.c_str());
    if (user == nullptr) return Error{"cannot_start", "there is no such user", spec.user};
  }
  const pid_t pid = ::fork();
  if (pid < 0) return Error{"cannot_start", "cannot fork", spec.argv.front()};
  if (pid == 0) become(spec, user);
  return ServerProcess(pid);
}

ServerProcess& ServerProcess::operator=(ServerProcess&& other) noexcept {
  stop();
  pid_ = std::exchange(other.pid_, 0);
  return *this;
}

bool ServerProcess::has_ended() {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

void ServerProcess::stop() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGTERM);
  const Millis until = steady_ms() + stop_patience_ms;
  while (!has_ended() && steady_ms() < until) std::this_thread::sleep_for(look_again);
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

Result<std::string> run_program(ProgramSpec spec) {
  const ScratchPlace scratch;
  if (spec.output.empty()) spec.output = scratch.path() + "/output";
  const std::string name = spec.argv.front();
  ServerProcess program = TRY(ServerProcess::start(spec));
  int status = 0;
  ::waitpid(program.pid(), &status, WUNTRACED);
  const Result<std::string> output = read_file(spec.output);
  std::string text = output.ok() ? *output : "";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  constexpr std::size_t shown = 2000;
  if (text.size() > shown) text.erase(0, text.size() - shown);
  const std::string how = WIFEXITED(status) ? fmt::format("exit {}", WEXITSTATUS(status))
                                            : fmt::format("signal {}", WTERMSIG(status));
  return Error{"program_failed", fmt::format("{}: {}", how, text), name};
}

std::vector<pid_t> processes_below(pid_t root) {
  std::vector<pid_t> pids;
  for (const ProcessRow& row : tree_of(root)) pids.push_back(row.pid);
  return pids;
}

double cpu_us(pid_t root) {
  double sum = 0;
  for (const ProcessRow& row : tree_of(root)) sum += row.cpu_us;
  return sum;
}

double resident_bytes(pid_t root) {
  double sum = 0;
  for (const ProcessRow& row : tree_of(root)) sum += row.resident_bytes;
  return sum;
}

std::uint16_t free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(socket.number(), generic, size) == 0, "no free port");
  CHECK(::getsockname(socket.number(), generic, &size) == 0, "a bound socket has a name");
  return ntohs(address.sin_port);
}

ScratchPlace::ScratchPlace() {
  const char* const above = std::getenv("TMPDIR");
  path_ = fmt::format("{}/evener-bench-XXXXXX", above == nullptr ? "/var/tmp" : above);
  CHECK(::mkdtemp(path_.data()) != nullptr, "no scratch folder");
}

ScratchPlace::~ScratchPlace() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace evener
