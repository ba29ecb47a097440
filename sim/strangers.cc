#include "strangers.h"

#include <fmt/format.h>

#include "clock.h"
#include "core/snapshot_codec.h"
#include "disk_vfs.h"
#include "engine/pool_file.h"

namespace evener::sim {

namespace {

// A copy of the disk, its process killed, in a folder of a name of its own: what is open in this
// process is not looked at again.
class Copy {
 public:
  Copy(const Disk& disk, const PoolFolder& folder, const std::string& name)
      : disk_(disk), folder_{folder.path + name} {
    disk_.calm_down();
    disk_.move_folder(folder.path, folder_.path);
    disk_.process_ended();
    disk_.drop_shared_memory(folder_.journal());
    use_disk(disk_);
  }

  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  ~Copy() { disk_.die(); }

  const PoolFolder& folder() const { return folder_; }

  PoolDisk where() { return {.vfs = disk_vfs_name, .files = &disk_}; }

  // A task more, and a snapshot; returns the digest of the state.
  Result<std::string> go_on(const std::string& task) {
    auto file = TRY(PoolFile::open(folder_, {.serves = true}, {}, where()));
    MachineClock clock;
    file->engine().begin(clock.read());
    file->engine().record("evener", {TaskAdded{.spec = {.id = task}}});
    TRY(file->flush());
    TRY(file->save_snapshot());
    return state_digest(file->engine().pool().state());
  }

  Result<std::string> digest() {
    auto file = TRY(PoolFile::open(folder_, {.serves = true}, {}, where()));
    return state_digest(file->engine().pool().state());
  }

  // The newest one's bytes.
  Result<std::pair<std::string, std::string>> newest_snapshot() const {
    std::string newest;
    for (const std::string& name : disk_.names_in(folder_.snapshots())) {
      newest = std::max(newest, name);
    }
    return std::pair(newest, TRY(disk_.read(folder_.snapshots() + "/" + newest)));
  }

  Status put_snapshot(const std::string& name, std::string_view bytes) {
    return disk_.replace(folder_.snapshots(), name, {&bytes, 1});
  }

 private:
  Disk disk_;
  PoolFolder folder_;
};

}  // namespace

std::string try_foreign_snapshot(const Disk& disk, const PoolFolder& folder) {
  if (disk.is_dead()) return "";
  std::pair<std::string, std::string> foreign;
  {
    Copy other(disk, folder, "-other");
    const Result<std::string> digest = other.go_on("elsewhere");
    if (!digest.ok()) return "the pool does not go on: " + digest.error().text();
    auto snapshot = other.newest_snapshot();
    if (!snapshot.ok()) return "no snapshot was saved: " + snapshot.error().text();
    foreign = std::move(*snapshot);
  }
  Copy own(disk, folder, "-own");
  const Result<std::string> before = own.go_on("here");
  const Status put = own.put_snapshot(foreign.first, foreign.second);
  if (!before.ok() || !put.ok()) return "the pool does not go on";
  const Result<std::string> after = own.digest();
  if (!after.ok()) return "beside another pool's snapshot: " + after.error().text();
  return *after == *before ? "" : "a start took the snapshot of another history for its own";
}

std::string try_deposed_writer(const Disk& disk, const PoolFolder& folder) {
  if (disk.is_dead()) return "";
  Copy copy(disk, folder, "-deposed");
  const PoolDisk where = copy.where();
  auto journal =
      SqliteJournal::open(copy.folder().journal(), {.vfs = where.vfs, .files = where.files});
  if (!journal.ok()) return "the journal does not open: " + journal.error().text();
  const JournalEnd end = (*journal)->end();
  Batch batch{.epoch = end.epoch + 2, .first = end.last.next(), .id = "newer", .bytes = "newer"};
  batch.last = batch.first;
  if ((*journal)->append(batch) != Append::durable) return "a newer writer cannot append";
  batch = {.epoch = end.epoch + 1, .first = batch.last.next(), .id = "older", .bytes = "older"};
  batch.last = batch.first;
  const Append outcome = (*journal)->append(batch);
  return outcome == Append::deposed ? "" : "a batch of an older epoch was appended";
}

}  // namespace evener::sim
