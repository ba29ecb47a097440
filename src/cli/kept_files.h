// Files that are kept true beside the pool: the framework's dashboard and its folder of claims, and
// the Markdown files that people read and write. Without a server after every call that wrote; with
// one, at most twice a second.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inboxes.h"
#include "cli/status_branch.h"
#include "cli/status_folder.h"
#include "client/file_client.h"
#include "engine/pool_file.h"
#include "engine/pool_folder.h"
#include "server/serve.h"

namespace evener {

// A path as configuration keeps it: whoever reads it may stand in another folder. "" stays "".
std::string absolute_path(const std::string& path);

// Writes the dashboard and the claims, as far as they are named; what could not be written.
std::vector<Error> write_kept_files(
    const PoolFolder& folder, const FolderConfig& config, const Pool& pool
);

// The Markdown files of a folder, from a pool and the log behind it.
class KeptStatus {
 public:
  KeptStatus(PoolFolder pool, std::string path)
      : pool_(std::move(pool)), folder_(std::move(path)) {}

  // Everything in the pool is durable.
  StatusChange refresh(const Pool& pool);

  const StatusFolder& folder() const { return folder_; }

 private:
  PoolFolder pool_;
  StatusFolder folder_;
  RecentFacts recent_;
};

// The files as the log has them now, in `path`, whoever has the pool open; committed if that is the
// configured folder and there is a branch.
Result<StatusChange> refresh_status(
    const PoolFolder& pool, const FolderConfig& config, const std::string& path
);

// Commits the files to the configured branch and waits for it, at most ten seconds; with
// `only_if_due` only if the last commit is a minute ago. Nothing without a branch.
Status commit_status(
    const PoolFolder& pool, const FolderConfig& config, const StatusFolder& files, bool only_if_due
);

// Called after every call that wrote; does what the folder's configuration says. What fails is told
// by `say`.
FileClient::AfterWrite keep_files(
    const PoolFolder& folder, const std::function<void(std::string_view)>& say
);

// A client that also carries out what people wrote into the inboxes, after every call that no
// server has taken; `inner` itself if the folder has none.
std::unique_ptr<Client> with_inboxes(
    std::unique_ptr<Client> inner,
    const PoolFolder& folder,
    const std::function<void(std::string_view)>& say
);

// The same two beside a running server. Its refreshes take no more than a twentieth of the time.
class ServedFiles {
 public:
  using Say = std::function<void(std::string_view)>;

  ServedFiles(PoolFolder folder, FolderConfig config, Say say);

  // What the server calls; `serving` must not outlive this.
  void attach(ServeOptions& serving);

  // What the last refreshes left out, once the server has ended.
  void finish();

 private:
  void facts_came(const Pool& pool);
  void look(const Pool& pool, const ServeOptions::Give& give);
  void refresh(const Pool& pool);
  void commit();
  void warn(const Error& problem);

  PoolFolder folder_;
  FolderConfig config_;
  Say say_;
  KeptStatus status_;
  Inboxes inboxes_;
  std::string inboxes_seen_;                   // their signature at the last look
  std::string inboxes_taken_;                  // and when lines were taken last
  std::map<std::string, std::string> warned_;  // by place: each problem once
  std::unique_ptr<ProcessRunner> processes_;
  std::unique_ptr<StatusBranch> branch_;  // null without one
  Millis next_refresh_ = 0;               // monotonic
  bool is_stale_ = true;
};

}  // namespace evener
