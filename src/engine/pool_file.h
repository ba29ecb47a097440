// A pool's file, opened by its one writer. The writer is whoever holds the lock: a server, or one
// command-line call.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "engine/engine.h"
#include "engine/pool_folder.h"
#include "engine/recovery.h"
#include "journal/sqlite.h"

namespace evener {

// The flock on `.evener/lock`; the kernel lets go of it when the process ends, however it ends.
class PoolLock {
 public:
  // Fails with `pool_busy` when somebody holds it.
  static Result<PoolLock> take(const PoolFolder& folder);

  // Whether somebody holds it, a server or a command.
  static bool is_held(const PoolFolder& folder);

  // Whether the folder's path still leads to what is locked. Fails with `pool_removed` where the
  // lock's file was removed, and the folder with it, most likely: what is written now into open
  // files is in no folder any more. Fails with `pool_replaced` where another lock stands in its
  // place: what is opened by its path from now on is another pool's, with a writer of its own. So
  // with the journal, if there was one when the lock was taken. A folder that was moved, and that
  // nothing replaces, is still there.
  Status check_place(const PoolFolder& folder) const;

 private:
  struct FileId {
    dev_t device;
    ino_t inode;

    bool operator==(const FileId&) const = default;
  };

  PoolLock(std::unique_ptr<FileDescriptor> held, std::optional<FileId> journal)
      : held_(std::move(held)), journal_(journal) {}

  // Nothing if there is no such file. Opens nothing: to close it again would take SQLite's locks.
  static std::optional<FileId> id_of(const std::string& path);

  std::unique_ptr<FileDescriptor> held_;
  std::optional<FileId> journal_;
};

// Whether what people say of a pool can be read back: bounds, forms, UTF-8. A pool's first fact
// that nobody can read would be its last.
Status check_card(const PoolCard& card);

// A pool in memory as a call left it, for the next one, and what its newest snapshot holds.
struct CachedPool {
  std::unique_ptr<Pool> pool;
  Seq snapshot;
};

// On which disk the pool's folder lies: the machine's, or the simulator's.
struct PoolDisk {
  std::string vfs = {};  // as SQLite knows it
  DiskFiles* files = &system_files();
};

class PoolFile {
 public:
  // Makes the journal of a new pool and writes its first fact. Fails with `journal_missing` where
  // there are snapshots of a pool whose journal was lost.
  static Status create(
      const PoolFolder& folder, const std::string& author, const PoolCard& card, Clock& clock
  );

  // The caller holds the lock. Recovers the pool, unless `cached` stands where the journal ends.
  //
  // The writer's epoch is the one that the options name, if the journal's is not beyond it; a
  // server's is a new one in any case. Who names the wall time gives the facts that follow an older
  // copy of a pool another epoch than those had that followed the original.
  static Result<std::unique_ptr<PoolFile>> open(
      const PoolFolder& folder,
      const EngineOptions& options,
      CachedPool cached = {},
      const PoolDisk& disk = {}
  );

  Engine& engine() { return *engine_; }

  SqliteJournal& journal() { return *journal_; }

  // Appends what the engine has gathered, batch by batch, in this thread. An error means that the
  // process must end: what the tail holds is unknown.
  Status flush();

  // How many facts a next start would have to replay.
  std::int64_t facts_since_snapshot() const;

  Status save_snapshot();

  // Snapshots that recovery could not use, for the log.
  const std::vector<Error>& skipped_snapshots() const { return skipped_; }

  CachedPool release() && { return {std::move(*engine_).release_pool(), snapshot_}; }

 private:
  PoolFile(
      const PoolFolder& folder, std::unique_ptr<SqliteJournal> journal, const PoolDisk& disk = {}
  )
      : snapshots_(folder.snapshots(), *disk.files), journal_(std::move(journal)) {}

  SnapshotStore snapshots_;
  std::unique_ptr<SqliteJournal> journal_;
  std::unique_ptr<Engine> engine_;
  Seq snapshot_;
  std::vector<Error> skipped_;
};

// A second, read-only opening of the journal, beside whoever writes it: for histories, for events
// that a subscriber missed, and for the pool as it stood.
class PoolHistory {
 public:
  static Result<std::unique_ptr<PoolHistory>> open(
      const PoolFolder& folder, const PoolDisk& disk = {}
  );

  // Facts that were durable when this was opened, or refreshed.
  Status read(Seq from, Seq to, const FactVisitor& visit);

  // The same as text, as the event stream carries them, with the epoch of their writer.
  using TextVisitor = std::function<bool(std::int64_t epoch, Seq seq, std::string_view fact)>;
  Status read_text(Seq from, Seq to, const TextVisitor& visit);

  Seq end() const { return journal_->end().last; }

  // The pool as it is.
  Result<Recovered> now() { return recover(*journal_, &snapshots_); }

  // The pool as it stood after the fact, or at the wall time, that `at` names: "1234" or a time as
  // parse_time() reads it. Fails with `bad_time` or `seq_unknown`.
  Result<Recovered> pool_at(const std::string& at);

 private:
  PoolHistory(
      const PoolFolder& folder, std::unique_ptr<SqliteJournal> journal, const PoolDisk& disk
  )
      : snapshots_(folder.snapshots(), *disk.files), journal_(std::move(journal)) {}

  SnapshotStore snapshots_;
  std::unique_ptr<SqliteJournal> journal_;
};

// Checks everything there is: the chain from end to end, and that replay and snapshot agree.
Status verify_pool(const PoolFolder& folder, const PoolDisk& disk = {});

}  // namespace evener
