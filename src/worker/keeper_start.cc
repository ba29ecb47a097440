#include "worker/keeper_start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <string_view>
#include <system_error>

#include "worker/keeper.h"
#include "worker/pidfd.h"

namespace evener {
namespace {

Error cannot(std::string_view action, int error_number) {
  return {
      "cannot_start",
      fmt::format("cannot {}: {}", action, std::generic_category().message(error_number)),
  };
}

struct Ends {
  Descriptor ours;
  Descriptor theirs;
};

// Moves a descriptor out of the range that the keeper's are put into, so that putting one there
// never overwrites another. Only a process that was started with 0, 1 or 2 closed has any so low.
Result<Descriptor> above_fixed(Descriptor low) {
  if (low.get() > keeper_environment_fd) return low;
  Descriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, keeper_environment_fd + 1));
  if (!high.open()) return cannot("duplicate a descriptor", errno);
  return high;
}

Result<Ends> make_channel() {
  std::array<int, 2> pair = {};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return cannot("make a channel", errno);
  Ends ends = {Descriptor(pair[0]), Descriptor(pair[1])};
  ends.theirs = TRY(above_fixed(std::move(ends.theirs)));
  return ends;
}

// Said before there is a keeper to hear it: whatever becomes of us meanwhile, no command is begun
// that nobody ends.
Status tell_limit(const Descriptor& channel, const TimeLimit& limit) {
  const KeeperRequest request = {.kind = KeeperRequest::Kind::limit, .limit = limit};
  if (::send(channel.get(), &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
    return cannot("write to a channel", errno);
  return Done{};
}

Result<Ends> make_output_pipe() {
  std::array<int, 2> pair = {};
  if (::pipe2(pair.data(), O_CLOEXEC) != 0) return cannot("make a pipe", errno);
  Ends ends = {Descriptor(pair[0]), Descriptor(pair[1])};
  // The flag belongs to this end alone; the command's writes still wait for us.
  if (::fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK) != 0) return cannot("set up a pipe", errno);
  ends.theirs = TRY(above_fixed(std::move(ends.theirs)));
  return ends;
}

// An unchangeable file without a name, read from its beginning. As stdin it needs nobody to feed
// it, so a command that reads late, or never, holds nobody up.
Result<Descriptor> file_of(std::string_view bytes, const char* name) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.open()) return cannot("make a file in memory", errno);
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("write a file in memory", errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.get(), F_ADD_SEALS, seals) != 0) return cannot("seal a file in memory", errno);
  ::lseek(file.get(), 0, SEEK_SET);
  return above_fixed(std::move(file));
}

Result<Descriptor> input_of(std::string_view bytes) {
  if (!bytes.empty()) return file_of(bytes, "evener-stdin");
  Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing.open()) return cannot("open /dev/null", errno);
  return above_fixed(std::move(nothing));
}

using VariableMap = std::map<std::string, std::string, std::less<>>;

VariableMap own_variables() {
  VariableMap variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return variables;
}

std::vector<std::string> entries_of(const VariableMap& variables) {
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> addresses_of(std::vector<std::string>& texts) {
  std::vector<char*> addresses;
  for (std::string& text : texts) addresses.push_back(text.data());
  addresses.push_back(nullptr);
  return addresses;
}

// NUL-terminated entries, as keeper.h wants them.
std::string block_of(const std::vector<std::string>& entries) {
  std::string block;
  for (const std::string& entry : entries) block.append(entry).push_back('\0');
  return block;
}

// What posix_spawn shall do in the child. Dispositions and mask are reset there, so neither the
// keeper nor, through it, the command inherits an ignored SIGPIPE or a blocked SIGTERM from us.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t every;
    ::sigfillset(&every);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &every);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID
    );
  }

  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void give(const Descriptor& descriptor, int as) {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor.get(), as);
  }

  // Also what somebody else in this process, or its parent, forgot to mark close-on-exec.
  void close_from(int first) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, first); }

  // 0, or the errno.
  int spawn(pid_t& child, std::vector<char*>& argv, std::vector<char*>& environment) const {
    return ::posix_spawn(&child, argv[0], &actions_, &attributes_, argv.data(), environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<StartedKeeper> start_keeper(const KeeperOrder& order) {
  // The keeper itself gets our environment and not the command's: an LD_LIBRARY_PATH that the
  // command needs may be one under which this executable does not start.
  VariableMap variables = own_variables();
  variables[std::string(attempt_mark_variable)] = order.mark;
  std::vector<std::string> keeper_environment = entries_of(variables);
  for (const auto& [name, value] : order.environment) variables[name] = value;
  variables[std::string(attempt_mark_variable)] = order.mark;

  Ends channel = TRY(make_channel());
  if (order.limit) TRY(tell_limit(channel.ours, *order.limit));
  Ends output = TRY(make_output_pipe());
  const Descriptor input = TRY(input_of(order.input));
  const Descriptor environment = TRY(file_of(block_of(entries_of(variables)), "evener-environ"));

  SpawnPlan plan;
  plan.give(input, STDIN_FILENO);
  plan.give(output.theirs, STDOUT_FILENO);
  plan.give(output.theirs, STDERR_FILENO);
  plan.give(channel.theirs, keeper_channel_fd);
  plan.give(environment, keeper_environment_fd);
  plan.close_from(keeper_environment_fd + 1);

  std::vector<std::string> argv = order.keeper_argv;
  argv.push_back(order.directory.empty() ? "." : order.directory);
  argv.insert(argv.end(), order.command.begin(), order.command.end());
  std::vector<char*> argv_addresses = addresses_of(argv);
  std::vector<char*> environment_addresses = addresses_of(keeper_environment);
  pid_t pid = 0;
  if (const int error = plan.spawn(pid, argv_addresses, environment_addresses); error != 0)
    return cannot(fmt::format("start the keeper '{}'", argv[0]), error);

  // Until it is reaped, the id cannot mean another process.
  Descriptor pidfd(::pidfd_open(pid, 0));
  const std::optional<ProcessInfo> found = find_process(pid);
  if (!pidfd.open() || !found) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return cannot("watch the keeper", error);
  }
  return StartedKeeper{
      found->identity, std::move(pidfd), std::move(channel.ours), std::move(output.ours)
  };
}

}  // namespace evener
