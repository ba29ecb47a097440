// Commits the Markdown files to a Git branch of their own, so that anybody with a clone can read
// them and see what changed. Neither a work tree nor an index nor HEAD is touched. Whatever Git
// says against it is a warning, never an error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/pool_folder.h"
#include "worker/process.h"

namespace evener {

class StatusBranch {  // Invariant: at most one commit is under way.
 public:
  // `folder` holds the files, and lies in the repository.
  StatusBranch(ProcessRunner& processes, PoolFolder pool, std::string folder, std::string branch)
      : processes_(processes),
        pool_(std::move(pool)),
        folder_(std::move(folder)),
        branch_(std::move(branch)) {}

  // Whether the last commit is a minute ago or more: `wall` is now. Whoever committed it.
  bool is_due(Instant wall) const;

  // Begins to commit the files of those names, if they differ from what stands there. Does nothing
  // while one is under way.
  Status start(const std::vector<std::string>& names, Instant wall);

  // What came of it, if it is over; nothing while it goes on, or if there is none.
  std::optional<Status> poll(Millis timeout);

 private:
  ProcessRunner& processes_;
  PoolFolder pool_;
  std::string folder_;
  std::string branch_;
  std::unique_ptr<Process> running_;
};

}  // namespace evener
