#include "measured_system.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"

namespace evener {
namespace {

constexpr Millis start_patience_ms = 60'000;  // RabbitMQ takes ten seconds on a quiet machine

std::string find_program(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.find('/') != std::string::npos) {
      if (::access(name.c_str(), X_OK) == 0) return name;
      continue;
    }
    std::istringstream folders(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
    for (std::string folder; std::getline(folders, folder, ':');) {
      const std::string path = folder + "/" + name;
      if (::access(path.c_str(), X_OK) == 0) return path;
    }
  }
  return "";
}

// The newest of the releases that Debian has.
std::string postgres_program(const std::string& name) {
  std::vector<std::string> found;
  std::error_code missing;
  for (const auto& release : std::filesystem::directory_iterator("/usr/lib/postgresql", missing)) {
    found.push_back(release.path().string() + "/bin/" + name);
  }
  std::ranges::sort(found);
  return found.empty() ? "" : find_program({found.back()});
}

std::string text_member(const std::string& json, const char* name) {
  const Result<Json> read = parse_json(json);
  if (!read.ok() || !read->is_object() || !read->get_object().contains(name)) return "";
  return std::string(read->get_object().at(name).as_string());
}

Error not_installed(const SystemKind& kind) {
  return {
      "not_installed",
      fmt::format("{} is missing; scripts/install peers installs it", kind.package),
      kind.name
  };
}

}  // namespace

const std::vector<SystemKind>& system_kinds() {
  static const std::vector<SystemKind> kinds{
      {"evener", "", evener_cycle, true, true},
      {"redis", "redis-server", redis_cycle, true, true},
      {"beanstalkd", "beanstalkd", beanstalkd_cycle},
      {"postgresql", "postgresql", postgres_cycle},
      {"rabbitmq", "rabbitmq-server", rabbitmq_cycle},
      {"etcd", "etcd-server", etcd_cycle, false},
  };
  return kinds;
}

const SystemKind& system_kind(const std::string& name) {
  const auto found = std::ranges::find(system_kinds(), name, &SystemKind::name);
  CHECK(found != system_kinds().end(), name);
  return *found;
}

Result<std::unique_ptr<MeasuredSystem>> MeasuredSystem::start(
    const SystemKind& kind, const std::string& programs
) {
  std::unique_ptr<MeasuredSystem> system(new MeasuredSystem(kind));
  system->port_ = free_port();
  // A server may run as another user than we do, in a folder below ours.
  std::filesystem::permissions(system->folder(), std::filesystem::perms(0711));
  if (kind.name == "evener") TRY(system->start_evener(programs));
  if (kind.name == "redis") TRY(system->start_redis());
  if (kind.name == "beanstalkd") TRY(system->start_beanstalkd());
  if (kind.name == "postgresql") TRY(system->start_postgres());
  if (kind.name == "rabbitmq") TRY(system->start_rabbitmq());
  if (kind.name == "etcd") TRY(system->start_etcd());
  return system;
}

Status MeasuredSystem::start_process(ProgramSpec spec) {
  if (spec.output.empty()) spec.output = folder() + "/server.log";
  processes_.push_back(TRY(ServerProcess::start(spec)));
  return Done{};
}

// Up is a system that has done a cycle.
bool MeasuredSystem::greets() {
  return run(1, 1, false, 0.3).ok();
}

Status MeasuredSystem::wait_until(const std::function<bool()>& is_up) {
  const Millis until = steady_ms() + start_patience_ms;
  while (!is_up()) {
    if (processes_.back().has_ended() || steady_ms() > until) {
      const Result<std::string> log = read_file(folder() + "/server.log");
      const std::string said = log.ok() ? *log : "";
      constexpr std::size_t shown = 2000;
      return Error{
          "cannot_start", said.substr(said.size() > shown ? said.size() - shown : 0), kind_.name
      };
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Done{};
}

CycleSpec MeasuredSystem::cycle_spec() {
  return {.series = ++series_, .token = token_, .host = fmt::format("127.0.0.1:{}", port_)};
}

Result<LoadResult> MeasuredSystem::run(
    std::size_t clients, std::size_t batch, bool is_joined, double seconds
) {
  CycleSpec spec = cycle_spec();
  spec.batch = batch;
  spec.is_joined = is_joined;
  LoadSpec load{.port = port_, .clients = clients, .seconds = seconds};
  load.converse = [&](std::size_t client) {
    spec.client = client;
    return kind_.converse(spec);
  };
  return run_load(load);
}

Status MeasuredSystem::start_evener(const std::string& programs) {
  const std::string program = programs + "/evener";
  TRY(run_program({.argv = {program, "init"}, .folder = folder()}));
  return serve_evener(programs);
}

Status MeasuredSystem::restart_evener(const std::string& programs) {
  processes_.back().stop();
  processes_.clear();
  return serve_evener(programs);
}

Status MeasuredSystem::serve_evener(const std::string& programs) {
  const std::string program = programs + "/evener";
  const std::string listen = fmt::format("127.0.0.1:{}", port_);
  TRY(start_process({.argv = {program, "up", "--quiet", "--listen", listen}, .folder = folder()}));
  return wait_until([&] {
    const Result<std::string> card = read_file(folder() + "/.evener/server.json");
    const Result<std::string> tokens = read_file(folder() + "/.evener/tokens");
    if (!card.ok() || !tokens.ok() || text_member(*card, "address").empty()) return false;
    std::istringstream lines(*tokens);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string name;
      std::string scope;
      if (words >> name >> scope >> token_ && scope == "operator" && name != "#") return greets();
    }
    return false;
  });
}

Status MeasuredSystem::start_redis() {
  const std::string program = find_program({"redis-server"});
  if (program.empty()) return not_installed(kind_);
  TRY(start_process(
      {.argv =
           {program,
            "--port",
            std::to_string(port_),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder(),
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--no-appendfsync-on-rewrite",
            "no",
            "--maxclients",
            "2000"}}
  ));
  return wait_until([&] { return greets(); });
}

Status MeasuredSystem::start_beanstalkd() {
  const std::string program = find_program({"beanstalkd", "/usr/bin/beanstalkd"});
  if (program.empty()) return not_installed(kind_);
  TRY(start_process(
      {.argv = {program, "-l", "127.0.0.1", "-p", std::to_string(port_), "-b", folder(), "-f", "0"}}
  ));
  return wait_until([&] { return greets(); });
}

// PostgreSQL refuses to run as root; its package has made a user.
Status MeasuredSystem::start_postgres() {
  const std::string program = postgres_program("postgres");
  if (program.empty()) return not_installed(kind_);
  const std::string data = folder() + "/data";
  const std::string user = "postgres";
  TRY(ensure_directory(data, 0700));
  if (::geteuid() == 0) TRY(run_program({.argv = {"chown", user, data}}));
  TRY(run_program(
      {.argv = {postgres_program("initdb"), "-D", data, "-U", "bench", "-A", "trust", "--no-sync"},
       .folder = data,
       .output = data + ".log",
       .user = user}
  ));
  TRY(start_process(
      {.argv =
           {program,
            "-D",
            data,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            fmt::format("port={}", port_),
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=300",
            "-c",
            "shared_buffers=256MB",
            "-c",
            "fsync=on",
            "-c",
            "synchronous_commit=on"},
       .folder = data,
       .user = user}
  ));
  const std::string address =
      fmt::format("host=127.0.0.1 port={} user=bench dbname=postgres", port_);
  const std::string psql = postgres_program("psql");
  bool has_tables = false;  // made once, however often the rest has to be tried
  return wait_until([&] {
    has_tables = has_tables ||
                 run_program({.argv = {psql, "-q", "-d", address, "-c", postgres_tables}}).ok();
    return has_tables && greets();
  });
}

// Erlang's nodes find each other through a program of their own, epmd: ours, so that none is left.
Status MeasuredSystem::start_rabbitmq() {
  const std::string program = find_program({"/usr/lib/rabbitmq/bin/rabbitmq-server"});
  const std::string mapper = find_program({"epmd"});
  if (program.empty() || mapper.empty()) return not_installed(kind_);
  const std::string mapper_port = std::to_string(free_port());
  const std::string user = "rabbitmq";
  const std::string home = folder() + "/home";
  TRY(ensure_directory(home, 0700));
  TRY(write_file_atomic(home + "/plugins", "[].\n", 0644));
  TRY(write_file_atomic(home + "/rabbitmq.conf", "loopback_users.guest = true\n", 0644));
  if (::geteuid() == 0) TRY(run_program({.argv = {"chown", "-R", user, home}}));
  const std::vector<std::pair<std::string, std::string>> environment{
      {"HOME", home},
      {"ERL_EPMD_PORT", mapper_port},
      {"ERL_EPMD_ADDRESS", "127.0.0.1"},
      {"RABBITMQ_NODENAME", fmt::format("bench{}@localhost", port_)},
      {"RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"},
      {"RABBITMQ_NODE_PORT", std::to_string(port_)},
      {"RABBITMQ_DIST_PORT", std::to_string(free_port())},
      {"RABBITMQ_BASE", home},
      {"RABBITMQ_MNESIA_BASE", home + "/data"},
      {"RABBITMQ_LOG_BASE", home + "/log"},
      {"RABBITMQ_LOGS", "-"},
      {"RABBITMQ_CONFIG_FILE", home + "/rabbitmq.conf"},
      {"RABBITMQ_ENABLED_PLUGINS_FILE", home + "/plugins"},
      {"RABBITMQ_CONF_ENV_FILE", home + "/none"},
      {"RABBITMQ_PID_FILE", home + "/pid"},
  };
  TRY(start_process(
      {.argv = {mapper, "-port", mapper_port},
       .environment = environment,
       .folder = home,
       .output = folder() + "/epmd.log",
       .user = user}
  ));
  TRY(start_process({.argv = {program}, .environment = environment, .folder = home, .user = user}));
  return wait_until([&] { return greets(); });
}

Status MeasuredSystem::start_etcd() {
  const std::string program = find_program({"etcd"});
  if (program.empty()) return not_installed(kind_);
  const std::string client = fmt::format("http://127.0.0.1:{}", port_);
  const std::string peer = fmt::format("http://127.0.0.1:{}", free_port());
  TRY(start_process(
      {.argv =
           {program,
            "--name",
            "bench",
            "--data-dir",
            folder() + "/data",
            "--listen-client-urls",
            client,
            "--advertise-client-urls",
            client,
            "--listen-peer-urls",
            peer,
            "--initial-advertise-peer-urls",
            peer,
            "--initial-cluster",
            "bench=" + peer}}
  ));
  return wait_until([&] { return greets(); });
}

}  // namespace evener
