// A disk in memory that does what disks do when the power fails. What was written is seen at once,
// as through a page cache, but stays only if it was flushed; of the rest any sectors may be kept,
// in any order. Both faces of the product look at it: SQLite through a VFS (disk_vfs.h), the
// journal and its snapshots as DiskFiles.
//
// Names behave as on ext4, XFS and Btrfs: the flush of a file keeps its name too; a removal or a
// replacement is kept once its folder is flushed. There is one folder for all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/seeded.h"
#include "journal/files.h"

namespace evener::sim {

inline constexpr std::size_t sector_bytes = 512;

// What an operation may meet.
enum class DiskFault { write_fails, flush_fails, no_space };

// The bytes of a file, apart from its name, as the page cache shows them and as the disk holds
// them.
struct DiskFile {
  std::string seen;
  std::string kept;
};

using DiskFileRef = std::shared_ptr<DiskFile>;

class Disk
    : public DiskFiles {  // Invariant: `seen` is `kept` with all that is unflushed done to it.
 public:
  Disk() = default;

  // The same, apart: for trying what would destroy it.
  Disk(const Disk& other);
  Disk& operator=(const Disk&) = delete;
  Disk& operator=(Disk&&) = default;

  // ---- what is asked of it; false: it failed, and reason() says why ----------------------------

  DiskFileRef find(const std::string& path) const;
  DiskFileRef create(const std::string& path);
  bool write(const DiskFileRef& file, std::uint64_t offset, std::string_view bytes);
  bool cut(const DiskFileRef& file, std::uint64_t size);
  bool flush(const DiskFileRef& file);
  bool remove_name(const std::string& path, bool flushes_folder);
  bool flush_folder();

  bool is_dead() const { return dead_; }

  bool ran_full() const { return ran_full_; }

  // How many operations failed so far.
  std::uint64_t failures() const { return failures_; }

  // ---- as DiskFiles
  // --------------------------------------------------------------------------------

  std::optional<std::uint64_t> size_of(const std::string& path) const override;
  Result<std::unique_ptr<OpenedFile>> open(const std::string& path) const override;
  Result<std::string> read(const std::string& path) const override;
  std::vector<std::string> names_in(const std::string& folder) const override;
  Status replace(
      const std::string& folder, const std::string& name, std::span<const std::string_view> parts
  ) override;
  Status remove(const std::string& path) override;
  Status write_again(const std::string& path) override;

  // ---- what goes wrong -------------------------------------------------------------------------

  // How many operations there were that change something: each is a point at which it may end.
  std::uint64_t operations() const { return operations_; }

  // The operation of that number (the first is 1) is begun, and nobody hears of its end: every one
  // after it fails, until the machine or the process starts again.
  void die_at(std::uint64_t operation) { dies_at_ = operation; }

  // The next operation that can, meets this. After `no_space` nothing grows until there is room.
  void fail_next(DiskFault fault, SeededNumbers& random);

  // As soon as its number is reached.
  void fail_at(std::uint64_t operation, DiskFault fault) {
    fault_ = fault;
    fails_from_ = operation;
  }

  void make_room() { is_full_ = false; }

  // Nothing that was arranged happens any more.
  void calm_down() {
    is_full_ = false;
    dies_at_ = 0;
    fault_.reset();
  }

  // The process is being killed: nothing that it still tries reaches the disk.
  void die() { dead_ = true; }

  // The process is gone, the machine stays: all that was written is there.
  void process_ended();

  // How many sectors and names are at stake if the power fails now.
  std::size_t at_stake() const;

  // The power fails. Of what is at stake, by number in the order of writing, that stays which
  // `stays`; of the one that is `torn` only the first half. With `index_stays` SQLite's shared
  // index
  // (`-shm`) was written back.
  struct Survival {
    std::function<bool(std::size_t)> stays;
    std::optional<std::size_t> torn = {};
    bool index_stays = false;
  };

  void power_failed(const Survival& survival);

  // A bit of the file turns, on the disk and in the cache.
  void flip_bit(const std::string& path, std::uint64_t bit);

  // Gives every file in a folder, and what is shared beside it, to a folder of another name.
  void move_folder(const std::string& from, const std::string& to);

  // The memory that connections share beside a file, in pieces of 32 KiB.
  static constexpr std::size_t shared_piece_bytes = 32 * 1024;

  struct SharedMemory {
    std::vector<std::unique_ptr<std::array<char, shared_piece_bytes>>> pieces;
    int users = 0;
  };

  SharedMemory& shared_memory(const std::string& path) { return shared_[path]; }

  void drop_shared_memory(const std::string& path) { shared_.erase(path); }

 private:
  // What was done and is not flushed: to the bytes of a file, or to a name.
  struct Change {
    enum class Kind { write, cut, name } kind = Kind::write;
    DiskFileRef file = {};  // of a name: what it names from then on, or nothing
    std::uint64_t offset = 0;
    std::string bytes = {};
    std::string path = {};

    std::size_t pieces() const;
  };

  bool begin(DiskFault fault);
  static void write_to(std::string& bytes, std::uint64_t offset, std::string_view text);
  static void do_to(std::string& bytes, const Change& change);
  void name(const std::string& path, DiskFileRef file);
  void keep_names();
  void keep_some(const Change& change, std::size_t first, const Survival& survival);

  std::map<std::string, DiskFileRef> seen_names_;
  std::map<std::string, DiskFileRef> kept_names_;
  std::vector<Change> unflushed_;
  std::map<std::string, SharedMemory> shared_;  // by the database's path
  std::uint64_t operations_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t dies_at_ = 0;  // 0: never
  std::optional<DiskFault> fault_;
  std::uint64_t fails_from_ = 0;  // at the operation of that number, or at once
  SeededNumbers fault_random_{0};
  bool dead_ = false;
  bool is_full_ = false;
  bool ran_full_ = false;  // the last failure was for want of room
};

}  // namespace evener::sim
