// The systems that are measured beside each other: each is started from its Debian package (Evener
// from the build) on a free port of the loopback interface, with its data in a scratch folder and
// with the durability that all are held to: it answers after a flush.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server_process.h"
#include "task_cycle.h"

namespace evener {

struct SystemKind {
  std::string name;
  std::string package;  // of Debian; "": part of the build
  std::unique_ptr<Conversation> (*converse)(const CycleSpec& spec);
  bool takes_batches = true;
  bool takes_joined = false;
};

// Evener first.
const std::vector<SystemKind>& system_kinds();

const SystemKind& system_kind(const std::string& name);

// A running system. Ends with it.
class MeasuredSystem {
 public:
  // `programs`: the folder of Evener's own programs. Fails with `not_installed`, `cannot_start`.
  static Result<std::unique_ptr<MeasuredSystem>> start(
      const SystemKind& kind, const std::string& programs
  );

  pid_t pid() const { return processes_.back().pid(); }

  std::uint16_t port() const { return port_; }

  const std::string& token() const { return token_; }

  const std::string& folder() const { return scratch_.path(); }

  // Evener alone: ends in good order, and starts anew on what is there. Returns once it has done a
  // cycle.
  Status restart_evener(const std::string& programs);

  // Of a client of a series of its own.
  CycleSpec cycle_spec();

  // The work of `clients` clients for so many seconds.
  Result<LoadResult> run(std::size_t clients, std::size_t batch, bool is_joined, double seconds);

 private:
  explicit MeasuredSystem(const SystemKind& kind) : kind_(kind) {}

  Status start_evener(const std::string& programs);
  Status serve_evener(const std::string& programs);
  Status start_redis();
  Status start_beanstalkd();
  Status start_postgres();
  Status start_rabbitmq();
  Status start_etcd();
  Status start_process(ProgramSpec spec);
  Status wait_until(const std::function<bool()>& is_up);
  bool greets();

  const SystemKind& kind_;
  ScratchPlace scratch_;
  std::vector<ServerProcess> processes_;  // ended from last to first
  std::uint16_t port_ = 0;
  std::string token_;
  std::int64_t series_ = 0;
};

}  // namespace evener
