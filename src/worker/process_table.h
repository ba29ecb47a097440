// The commands that run on this machine, one small file each, so that the next start can end what
// a crash left running. In the ordinary course nothing is found: a keeper (keeper.h) ends its
// command when the runner dies. The table is for the case that both were killed.
//
// A record is written before its command exists and removed when it is over. It names the runner,
// the keeper and the command by process id *and* start time, valid under one boot id and one
// process id namespace, and it carries the attempt's mark. Nobody is ever killed by process id
// alone. The folder belongs to one machine.
#pragma once

#include <string>

#include "base/result.h"
#include "worker/process_tree.h"

namespace evener {

class ProcessTable {
 public:
  // Makes the folder if need be. Fails with `not_ours` if it belongs to another user, since a
  // record says whom to kill, or with what base/file.h answers.
  static Result<ProcessTable> open(std::string folder);

  // A command with this mark is about to be started by this process.
  Status add(const std::string& mark) const;

  // It runs. The command's id is also that of its session and group.
  Status started(
      const std::string& mark, const ProcessIdentity& keeper, const ProcessIdentity& command
  ) const;

  // It is over, and nothing of it needs to be found any more.
  void remove(const std::string& mark) const;

  // Ends what is left of the commands whose runner is dead, and removes their records. Records of
  // living runners, and those from another process id namespace, are left alone. Answers how many
  // processes were killed. Several processes may do this at once.
  Result<int> clean_up() const;

 private:
  explicit ProcessTable(std::string folder) : folder_(std::move(folder)) {}

  std::string path_of(const std::string& mark) const;

  std::string folder_;
};

}  // namespace evener
