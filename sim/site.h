// A pool on a disk of its own, worked on step by step, each step durable before the next: what the
// crash points need, where a run of the world would be too much. After the disk has died, or an
// operation has failed, what is still asked of it does nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clock.h"
#include "disk.h"
#include "engine/pool_file.h"

namespace evener::sim {

class Site {
 public:
  Site();
  explicit Site(const Disk& disk);  // goes on with a copy of it
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site();

  Disk& disk() { return disk_; }

  // ---- what a script does ----------------------------------------------------------------------

  void init();
  void open(bool serves);
  void give(Command command);
  void give_all(std::vector<Command> commands);  // in one request
  void pass(Millis time);
  void save_snapshot();
  void close();

  // ---- what came of it -------------------------------------------------------------------------

  // The facts that were published: acknowledged, and never to be lost.
  const std::vector<std::string>& told() const { return told_; }

  // Why it does nothing any more; "" while it works.
  const Error& failure() const { return failure_; }

  bool works() const { return failure_.code.empty(); }

  // The process ends where it stands, and the disk is what is left.
  void kill();

  // Every fact that the journal holds. Fails as a start does.
  Result<std::vector<std::string>> read_all();

  // What recovery made of the journal is what a replay makes of it, and no snapshot was passed
  // over.
  // "" if so. The pool is open.
  std::string compare_recovery() const;

 private:
  PoolDisk pool_disk() { return {.vfs = vfs_, .files = &disk_}; }

  bool keep(const Status& status);
  void flush();
  void settle();

  Disk disk_;
  std::string vfs_;
  MachineClock clock_;
  PoolFolder folder_{"/pool"};
  std::unique_ptr<PoolFile> file_;
  std::vector<std::string> told_;
  std::uint64_t requests_ = 0;
  bool serves_ = false;
  Error failure_;
};

}  // namespace evener::sim
