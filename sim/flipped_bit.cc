#include "flipped_bit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/snapshot_codec.h"
#include "disk_vfs.h"
#include "engine/pool_file.h"

namespace evener::sim {

namespace {

// Where the last transaction of a write-ahead log begins. SQLite cannot tell damage behind it from
// a write that a crash tore (docs/journal.md).
std::uint64_t last_transaction_of(std::string_view log) {
  constexpr std::size_t header_bytes = 32;
  constexpr std::size_t frame_header_bytes = 24;
  constexpr std::size_t page_bytes = 4096;
  if (log.size() < header_bytes) return 0;
  const std::string_view salts = log.substr(16, 8);
  std::uint64_t last = header_bytes;
  std::uint64_t next = header_bytes;
  for (std::size_t at = header_bytes; at + frame_header_bytes <= log.size();) {
    const std::string_view frame = log.substr(at, frame_header_bytes);
    if (frame.substr(8, 8) != salts) break;
    at += frame_header_bytes + page_bytes;
    if (frame.substr(4, 4) == std::string_view("\0\0\0\0", 4)) continue;
    last = next;
    next = at;
  }
  return last;
}

struct Found {
  std::vector<std::string> facts = {};
  std::string digest = {};
  std::string code = {};  // of the error; "" without one
  std::string text = {};
};

// All that a start looks at, and what it checks in the background.
Found look(const PoolFolder& folder, Disk& disk) {
  Found found;
  const PoolDisk where{.vfs = disk_vfs_name, .files = &disk};
  const auto all = [&]() -> Status {
    auto file = TRY(PoolFile::open(folder, {.serves = true}, {}, where));
    TRY(verify_pool(folder, where));
    found.digest = state_digest(file->engine().pool().state());
    const auto history = TRY(PoolHistory::open(folder, where));
    return history
        ->read_text(Seq{1}, history->end(), [&](std::int64_t, Seq, std::string_view fact) {
          found.facts.emplace_back(fact);
          return true;
        });
  }();
  if (!all.ok()) {
    found.code = all.error().code;
    found.text = all.error().text();
  }
  disk.die();
  return found;
}

// Any, or one of a fact's text: most bytes of a small journal are none.
std::uint64_t draw_bit(std::string_view bytes, SeededNumbers& random) {
  constexpr std::size_t near = 300;
  const std::uint64_t any = random.below(8 * bytes.size());
  if (random.below(2) == 0) return any;
  const std::size_t fact = bytes.find("\"seq\":", any / 8);
  if (fact == std::string_view::npos) return any;
  return 8 * fact + random.below(8 * std::min(near, bytes.size() - fact));
}

// In a folder of another name: what is open in this process is not looked at again.
Found look_at_copy(const PoolFolder& folder, Disk& disk, bool keeps_index) {
  const PoolFolder moved{folder.path + "-copy"};
  disk.move_folder(folder.path, moved.path);
  disk.process_ended();
  if (!keeps_index) disk.drop_shared_memory(moved.journal());
  use_disk(disk);
  return look(moved, disk);
}

}  // namespace

std::string try_flipped_bit(
    const Disk& disk,
    const PoolFolder& folder,
    const std::vector<std::string>& told,
    bool is_open,
    SeededNumbers& random
) {
  if (disk.is_dead()) return "";
  std::vector<std::string> paths{folder.journal(), folder.journal() + "-wal"};
  for (const std::string& name : disk.names_in(folder.snapshots())) {
    paths.push_back(folder.snapshots() + "/" + name);
  }
  const bool any = random.below(3) != 0;
  const std::string& path = any ? paths[random.below(paths.size())] : paths.back();
  const std::uint64_t size = disk.size_of(path).value_or(0);
  if (size == 0) return "";
  const std::uint64_t bit = draw_bit(disk.find(path)->seen, random);
  const bool keeps_index = random.below(2) == 0;
  const bool knows_end = keeps_index && is_open;  // the index is of this log
  const bool in_log = path.ends_with("-wal");
  const bool in_last = in_log && bit / 8 >= last_transaction_of(disk.find(path)->seen);

  Disk whole(disk);
  const Found before = look_at_copy(folder, whole, keeps_index);
  Disk damaged(disk);
  damaged.flip_bit(path, bit);
  const Found after = look_at_copy(folder, damaged, keeps_index);

  const std::string where = fmt::format(
      "bit {} of byte {} of {}{}", bit % 8, bit / 8, path, keeps_index ? ", beside its index" : ""
  );
  if (!before.code.empty()) return "the pool does not open as it is: " + before.text;
  if (!after.code.empty()) {
    // The last: a header that says that only a newer SQLite may write.
    static constexpr std::array<std::string_view, 4> clear{
        "journal_damaged", "not_a_journal", "journal_version", "read_only"
    };
    const bool is_clear = std::ranges::find(clear, after.code) != clear.end();
    if (!is_clear || after.text.size() < 20) return fmt::format("{}: {}", where, after.text);
    return "";
  }
  const auto same = std::ranges::mismatch(before.facts, after.facts);
  if (same.in1 == before.facts.end() && same.in2 == after.facts.end()) {
    return after.digest == before.digest ? "" : where + ": the state differs, and nobody said so";
  }
  // What may be taken for a torn write is the last transaction: at most one batch. The index does
  // not count one whose flush failed, and nobody was told of it.
  const bool is_shorter = same.in2 == after.facts.end();
  const bool is_all_told = after.facts.size() >= told.size();
  if (is_shorter && in_last && (!knows_end || is_all_told)) return "";
  return fmt::format(
      "{}: {} of {} facts were read ({} were told), the first that differs is {}, and nobody said "
      "so",
      where,
      after.facts.size(),
      before.facts.size(),
      told.size(),
      same.in1 - before.facts.begin() + 1
  );
}

}  // namespace evener::sim
