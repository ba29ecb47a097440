// Snapshots: the state as it stood at a sequence, so that a start reads the journal's tail and not
// all of it. They are a cache: one that is missing, old or damaged costs a longer replay, nothing
// else. docs/journal.md describes the files.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "journal/files.h"

namespace evener {

// Which state a snapshot holds: that after `seq`, in the journal whose batch there has this hash.
struct SnapshotMark {
  Seq seq = {};
  std::string journal_hash = {};
  bool operator==(const SnapshotMark&) const = default;
};

// A snapshot that was read and agrees with its digest. Holds the file as it was read: states are
// large, and are not copied again.
class Snapshot {
 public:
  const SnapshotMark& mark() const { return mark_; }

  std::string_view bytes() const { return std::string_view(file_).substr(body_); }

 private:
  friend class SnapshotStore;

  Snapshot(SnapshotMark mark, std::string file, std::size_t body)
      : mark_(std::move(mark)), file_(std::move(file)), body_(body) {}

  SnapshotMark mark_;
  std::string file_;
  std::size_t body_;  // where it begins
};

struct SnapshotSearch {
  std::optional<Snapshot> found = {};
  std::vector<Error> skipped = {};  // newer ones that are damaged or cannot be read: for the log
};

// The snapshots of one journal, in a folder of their own.
class SnapshotStore {
 public:
  // The folder need not be there yet.
  explicit SnapshotStore(std::string folder, DiskFiles& files = system_files());

  // When this returns, the snapshot is on the disk; of those up to its sequence only the newest
  // two are kept. One store saves at a time.
  Status save(const SnapshotMark& mark, std::string_view bytes);

  // The newest one that is whole.
  SnapshotSearch latest() const;

  // The newest one that is whole and that `fits`. Those that do not fit are read no further than
  // their first line.
  SnapshotSearch latest_matching(const std::function<bool(const SnapshotMark&)>& fits) const;

  // At which facts, newest first, by the names of the files alone.
  std::vector<Seq> saved() const;

 private:
  Result<Snapshot> read_whole(const std::string& path, Seq seq) const;

  std::string path_of(Seq seq) const;
  Status remove_old(Seq newest) const;

  std::string folder_;
  DiskFiles* files_;
};

}  // namespace evener
