#include "journal/wal_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace evener {

namespace {

constexpr std::size_t wal_header_size = 32;
constexpr std::size_t frame_header_size = 24;
constexpr std::uint32_t wal_version = 3007000;

std::uint32_t big_endian_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = offset; i < offset + 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

struct Checksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool operator==(const Checksum&) const = default;
};

Checksum checksum_at(std::string_view bytes, std::size_t offset) {
  return {big_endian_at(bytes, offset), big_endian_at(bytes, offset + 4)};
}

// SQLite's checksum over 32-bit words, which are read in `order`. `bytes` is a multiple of 8 long.
Checksum checksum(std::string_view bytes, std::endian order, Checksum seed) {
  auto [first, second] = seed;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::array<std::uint32_t, 2> words;
    std::memcpy(words.data(), bytes.data() + i, 8);
    if (order != std::endian::native)
      words = {__builtin_bswap32(words[0]), __builtin_bswap32(words[1])};
    first += words[0] + second;
    second += words[1] + first;
  }
  return {first, second};
}

// A generation of the log: what its frames have in common from one restart of the log to the next.
struct Generation {
  std::size_t page_size = 0;
  std::endian order = std::endian::native;  // of the words that are summed
  std::string salts = {};                   // 8 bytes

  std::size_t frame_size() const { return frame_header_size + page_size; }

  std::int64_t offset_of(std::int64_t frame) const {
    return static_cast<std::int64_t>(wal_header_size) +
           (frame - 1) * static_cast<std::int64_t>(frame_size());
  }

  // What the frame must carry as its checksum, behind a frame that carries `before`.
  Checksum seal(std::string_view frame, Checksum before) const {
    const Checksum head = checksum(frame.substr(0, 8), order, before);
    return checksum(frame.substr(frame_header_size), order, head);
  }
};

std::uint32_t page_number(std::string_view frame) {
  return big_endian_at(frame, 0);
}

// The database's size in pages after the transaction that this frame ends; else 0.
std::uint32_t commit_mark(std::string_view frame) {
  return big_endian_at(frame, 4);
}

std::string_view salts(std::string_view frame) {
  return frame.substr(8, 8);
}

Checksum stored_checksum(std::string_view frame) {
  return checksum_at(frame, 16);
}

bool is_page_size(std::size_t size) {
  return size >= 512 && size <= 65536 && std::has_single_bit(size);
}

// Nothing if the header is one that SQLite would not believe.
std::optional<Generation> read_wal_header(std::string_view header) {
  const std::uint32_t magic = big_endian_at(header, 0);
  if ((magic & ~1U) != 0x377f0682) return std::nullopt;
  Generation found = {
      .page_size = big_endian_at(header, 8),
      .order = (magic & 1) != 0 ? std::endian::big : std::endian::little,
      .salts = std::string(header.substr(16, 8)),
  };
  if (!is_page_size(found.page_size) || big_endian_at(header, 4) != wal_version)
    return std::nullopt;
  if (checksum(header.substr(0, 24), found.order, {}) != checksum_at(header, 24))
    return std::nullopt;
  return found;
}

// Reads a file front to back in large pieces.
class FrameReader {
 public:
  explicit FrameReader(const OpenedFile& file) : file_(file) {}

  // The next `size` bytes, or as many as are left. Valid until the next call.
  Result<std::string_view> next(std::size_t size) {
    if (buffer_.size() - used_ < size) TRY(refill(size));
    const auto bytes = std::string_view(buffer_).substr(used_, size);
    used_ += bytes.size();
    return bytes;
  }

 private:
  Status refill(std::size_t size) {
    buffer_.erase(0, used_);
    used_ = 0;
    const std::size_t held = buffer_.size();
    buffer_.resize(std::max(size, std::size_t{1} << 18));
    const std::size_t got = TRY(file_.read(read_, std::span(buffer_).subspan(held)));
    read_ += got;
    buffer_.resize(held + got);
    return Done{};
  }

  const OpenedFile& file_;
  std::uint64_t read_ = 0;  // of the file, so far
  std::string buffer_;
  std::size_t used_ = 0;
};

// What lies behind the last commit that SQLite can see. Every commit is flushed before the next
// transaction begins, so a crash leaves at most one transaction there: its frames bear the log's
// salts, their pages ascend, and only the last is marked as a commit. Whatever shows two
// transactions shows that the first of them was durable.
class Tail {
 public:
  explicit Tail(const Generation& generation) : generation_(generation) {}

  void saw(std::string_view frame) {
    if (!of_this_generation(frame)) return;
    const std::uint32_t page = page_number(frame);
    if (ended_ || (frames_ > 0 && page <= last_page_)) two_transactions_ = true;
    if (commit_mark(frame) != 0) ended_ = true;
    last_page_ = page;
    ++frames_;
  }

  // A commit that SQLite sees: what lies before it is no tail.
  void clear() {
    frames_ = 0;
    two_transactions_ = false;
  }

  std::int64_t frames() const { return frames_; }

  bool two_transactions() const { return two_transactions_; }

 private:
  // An older generation differs in both salts, since one counts and the other is random. Where one
  // of them fits, the other was damaged.
  bool of_this_generation(std::string_view frame) const {
    const auto ours = std::string_view(generation_.salts);
    return salts(frame).substr(0, 4) == ours.substr(0, 4) ||
           salts(frame).substr(4) == ours.substr(4);
  }

  const Generation& generation_;
  std::int64_t frames_ = 0;
  std::uint32_t last_page_ = 0;
  bool ended_ = false;
  bool two_transactions_ = false;
};

// What the connections that had the log open agreed upon, from the `-shm` file. A commit is noted
// there after its flush, so it never runs ahead of the log. It is never flushed itself: after a
// power cut it may be old.
struct WalIndex {
  std::string salts;
  std::int64_t frames = 0;  // up to the last commit
  std::int64_t copied = 0;  // of these, how many the main file has
};

// Whether the file is there and holds so many bytes at the offset, which are read.
bool fills(
    const DiskFiles& files, const std::string& path, std::uint64_t offset, std::span<char> bytes
) {
  const auto file = files.open(path);
  if (!file.ok() || *file == nullptr) return false;
  const Result<std::size_t> got = (*file)->read(offset, bytes);
  return got.ok() && *got == bytes.size();
}

// Nothing if the file is not there, or holds no index that its own checksum confirms.
std::optional<WalIndex> read_index(const DiskFiles& files, const std::string& path) {
  constexpr std::size_t header_size = 48;
  std::array<char, 2 * header_size + 4> bytes;
  if (!fills(files, path, 0, bytes)) return std::nullopt;
  const auto native_at = [&](std::size_t offset) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + offset, 4);
    return value;
  };
  const std::string_view header(bytes.data(), header_size);
  if (header != std::string_view(bytes.data() + header_size, header_size)) return std::nullopt;
  if (native_at(0) != wal_version || header[12] == 0) return std::nullopt;
  if (checksum(header.substr(0, 40), std::endian::native, {}) !=
      Checksum{native_at(40), native_at(44)})
    return std::nullopt;
  return WalIndex{std::string(header.substr(32, 8)), native_at(16), native_at(2 * header_size)};
}

Error damaged_wal(const std::string& path, std::string_view what) {
  return {
      "journal_damaged",
      fmt::format(
          "{}: SQLite would silently drop what was committed there. Copy the files, then restore a "
          "backup, or accept the loss as docs/journal.md describes",
          what
      ),
      path
  };
}

// From the header of the main file; 0 if it tells none.
std::size_t page_size_of_database(const DiskFiles& files, const std::string& path) {
  std::array<char, 2> stored;
  if (!fills(files, path, 16, stored)) return 0;
  const std::size_t size = std::size_t{static_cast<unsigned char>(stored[0])} << 8 |
                           static_cast<unsigned char>(stored[1]);
  return size == 1 ? 65536 : size;
}

// Whether frames stand behind a header that SQLite does not believe. The header is flushed before
// the first frame is written, so then it was damaged later.
Result<bool> frames_without_header(
    const DiskFiles& files,
    const std::string& database_path,
    std::string_view header,
    FrameReader& log
) {
  const std::array<std::size_t, 2> page_sizes = {
      big_endian_at(header, 8), page_size_of_database(files, database_path)
  };
  constexpr int frames_to_try = 4;
  const std::string start(TRY(log.next(frames_to_try * (frame_header_size + 65536))));
  for (const std::size_t page_size : page_sizes) {
    if (!is_page_size(page_size)) continue;
    for (const std::endian order : {std::endian::little, std::endian::big}) {
      const Generation guess = {.page_size = page_size, .order = order};
      std::vector<Checksum> befores = {
          checksum_at(header, 24), checksum(header.substr(0, 24), order, {})
      };
      std::string_view rest = start;
      for (int i = 0; i < frames_to_try && rest.size() >= guess.frame_size(); ++i) {
        const std::string_view frame = rest.substr(0, guess.frame_size());
        for (const Checksum before : befores)
          if (page_number(frame) != 0 && guess.seal(frame, before) == stored_checksum(frame))
            return true;
        befores = {stored_checksum(frame)};
        rest.remove_prefix(guess.frame_size());
      }
    }
  }
  return false;
}

Result<WalScan> scan_frames(
    const std::string& path,
    const Generation& generation,
    Checksum before,
    FrameReader& log,
    const std::optional<WalIndex>& index
) {
  WalScan scan;
  Tail tail(generation);
  std::int64_t first_bad = 0;
  for (std::int64_t number = 1;; ++number) {
    const std::string_view frame = TRY(log.next(generation.frame_size()));
    if (frame.size() < frame_header_size) break;
    const bool whole = frame.size() == generation.frame_size();
    if (first_bad == 0) {
      if (whole && page_number(frame) != 0 && salts(frame) == generation.salts &&
          generation.seal(frame, before) == stored_checksum(frame)) {
        before = stored_checksum(frame);
        if (commit_mark(frame) != 0) {
          scan.committed = number;
          tail.clear();
          continue;
        }
      } else {
        first_bad = number;
      }
    }
    tail.saw(frame);
  }
  const bool index_knows_more =
      index && index->salts == generation.salts && index->frames > scan.committed;
  if (index_knows_more || (first_bad != 0 && tail.two_transactions())) {
    const std::int64_t bad = first_bad != 0 ? first_bad : scan.committed + 1;
    return damaged_wal(
        path,
        fmt::format(
            "frame {} of the write-ahead log, at byte {}, is damaged or missing, and it is not the "
            "end of the log",
            bad,
            generation.offset_of(bad)
        )
    );
  }
  scan.unfinished = tail.frames();
  return scan;
}

Result<WalScan> scan_once(const std::string& database_path, const DiskFiles& files) {
  const std::string path = database_path + "-wal";
  // Before the log, so that a log that grows meanwhile is never shorter than its index.
  const std::optional<WalIndex> index = read_index(files, database_path + "-shm");
  const std::unique_ptr<OpenedFile> file = TRY(files.open(path));
  if (file == nullptr) {
    if (index && index->frames > index->copied)
      return damaged_wal(
          path, "the write-ahead log is missing, and its `-shm` file still counts on it"
      );
    return WalScan{};
  }
  FrameReader log(*file);
  const std::string header(TRY(log.next(wal_header_size)));
  if (header.size() < wal_header_size) {
    if (index && index->frames > index->copied)
      return damaged_wal(
          path, "the write-ahead log was emptied, and its `-shm` file still counts on it"
      );
    return WalScan{};
  }
  if (const auto generation = read_wal_header(header))
    return scan_frames(path, *generation, checksum_at(header, 24), log, index);
  if (TRY(frames_without_header(files, database_path, header, log)))
    return damaged_wal(
        path, "the header of the write-ahead log is damaged, and frames stand behind it"
    );
  return WalScan{};
}

}  // namespace

Result<WalScan> scan_wal(const std::string& database_path, const DiskFiles& files) {
  // A log that another process is writing may look damaged for a moment; real damage stays.
  constexpr int most_attempts = 5;
  Result<WalScan> scan = scan_once(database_path, files);
  for (int attempt = 1; attempt < most_attempts && !scan; ++attempt) {
    Result<WalScan> again = scan_once(database_path, files);
    const bool stays = !again && again.error() == scan.error();
    scan = std::move(again);
    if (stays) break;
  }
  return scan;
}

}  // namespace evener
