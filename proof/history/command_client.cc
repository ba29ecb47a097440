#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "history/child.h"
#include "history/pool_client.h"

namespace evener::history {
namespace {

constexpr std::uint64_t killed_in = 12;           // one in so many
constexpr std::uint64_t killed_within_us = 8000;  // about as long as a call takes

class CommandClient : public PoolClient {
 public:
  CommandClient(std::string evener, std::string folder, std::uint64_t seed)
      : evener_(std::move(evener)), folder_(std::move(folder)), numbers_(seed) {}

  void perform(Operation& operation) override {
    const std::vector<std::string> argv = argv_for(operation);
    operation.called = micros_now();
    const std::string output = run(argv);
    const Micros returned = micros_now();
    const Result<Json> json = parse_json(output);
    if (!json.ok() || !json->is_object()) return;
    const JsonObject& envelope = json->get_object();
    if (operation.kind == Kind::read) {
      if (const Json* view = envelope.if_contains("result")) take_view(operation, *view);
    } else {
      take_answer(operation, *json);
    }
    if (operation.ending != Ending::silence) operation.returned = returned;
  }

 private:
  std::vector<std::string> argv_for(const Operation& operation) const {
    const auto verb = [&]() -> std::string {
      if (operation.kind == Kind::renew) return "beat";
      return operation.kind == Kind::read ? "show" : std::string(name_of(operation.kind));
    };
    std::vector<std::string> argv{evener_, "--pool", folder_, "--json", verb()};
    if (!operation.task.empty()) argv.push_back(operation.task);
    const auto add = [&](const char* flag, const std::string& value) {
      argv.emplace_back(flag);
      argv.push_back(value);
    };
    if (!operation.worker.empty()) add("--worker", operation.worker);
    if (operation.fence != 0) add("--fence", fmt::format("{}", operation.fence));
    if (operation.lease_ms != 0) add("--lease", fmt::format("{}ms", operation.lease_ms));
    return argv;
  }

  // What it printed; what there was of it if it was killed.
  std::string run(const std::vector<std::string>& argv) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    Child child;
    const Status started = child.start(argv, ends[1]);
    ::close(ends[1]);
    std::string output;
    if (started.ok() && numbers_.below(killed_in) == 0) {
      ::usleep(static_cast<useconds_t>(numbers_.below(killed_within_us)));
      child.signal(SIGKILL);
    }
    std::array<char, 4096> bytes{};
    for (ssize_t count = 1; started.ok() && count > 0;) {
      count = ::read(ends[0], bytes.data(), bytes.size());
      if (count > 0) output.append(bytes.data(), static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    child.reap();
    return output;
  }

  std::string evener_;
  std::string folder_;
  SeededNumbers numbers_;
};

}  // namespace

std::unique_ptr<PoolClient> command_client(
    const std::string& evener, const std::string& folder, std::uint64_t seed
) {
  return std::make_unique<CommandClient>(evener, folder, seed);
}

}  // namespace evener::history
