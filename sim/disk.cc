#include "disk.h"

#include <algorithm>
#include <utility>

namespace evener::sim {

namespace {

constexpr std::string_view index_name_end = "-shm";

// A file that was opened keeps its bytes, whatever becomes of its name.
class OpenedOnDisk : public OpenedFile {
 public:
  explicit OpenedOnDisk(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
    if (offset >= bytes_.size()) return std::size_t{0};
    return bytes_.copy(into.data(), into.size(), offset);
  }

 private:
  std::string bytes_;
};

}  // namespace

Disk::Disk(const Disk& other) : DiskFiles(other), operations_(other.operations_) {
  std::map<DiskFileRef, DiskFileRef> copies;
  const auto copy = [&](const DiskFileRef& file) {
    if (file == nullptr) return file;
    DiskFileRef& made = copies[file];
    if (made == nullptr) made = std::make_shared<DiskFile>(*file);
    return made;
  };
  for (const auto& [path, file] : other.seen_names_) seen_names_[path] = copy(file);
  for (const auto& [path, file] : other.kept_names_) kept_names_[path] = copy(file);
  for (const Change& change : other.unflushed_) {
    unflushed_.push_back(change);
    unflushed_.back().file = copy(change.file);
  }
  for (const auto& [path, memory] : other.shared_) {
    for (const auto& piece : memory.pieces) {
      shared_[path].pieces.push_back(std::make_unique<std::array<char, shared_piece_bytes>>(*piece)
      );
    }
  }
}

// ---- what is asked of it -----------------------------------------------------------------------

// Counts the operation. False if it fails; a death lets it begin.
bool Disk::begin(DiskFault fault) {
  if (dead_) return false;
  ++operations_;
  if (operations_ == dies_at_) dead_ = true;
  if (fault_ != fault || dead_) return true;
  if (fails_from_ > 0 && operations_ != fails_from_) return true;
  fault_.reset();
  ++failures_;
  ran_full_ = fault == DiskFault::no_space;
  is_full_ |= ran_full_;
  return false;
}

DiskFileRef Disk::find(const std::string& path) const {
  const auto found = seen_names_.find(path);
  return found == seen_names_.end() ? nullptr : found->second;
}

DiskFileRef Disk::create(const std::string& path) {
  if (!begin(DiskFault::write_fails)) return nullptr;
  auto file = std::make_shared<DiskFile>();
  name(path, file);
  return dead_ ? nullptr : file;
}

void Disk::name(const std::string& path, DiskFileRef file) {
  if (file == nullptr) {
    seen_names_.erase(path);
  } else {
    seen_names_[path] = file;
  }
  unflushed_.push_back({.kind = Change::Kind::name, .file = std::move(file), .path = path});
}

bool Disk::write(const DiskFileRef& file, std::uint64_t offset, std::string_view bytes) {
  const bool grows = offset + bytes.size() > file->seen.size();
  if (is_full_ && grows) {
    ran_full_ = true;
    ++failures_;
    return false;
  }
  const bool may_run_full = fault_ == DiskFault::no_space && grows;
  if (!begin(may_run_full ? DiskFault::no_space : DiskFault::write_fails)) return false;
  write_to(file->seen, offset, bytes);
  unflushed_.push_back({.file = file, .offset = offset, .bytes = std::string(bytes)});
  return !dead_;
}

bool Disk::cut(const DiskFileRef& file, std::uint64_t size) {
  if (!begin(DiskFault::write_fails)) return false;
  file->seen.resize(size);
  unflushed_.push_back({.kind = Change::Kind::cut, .file = file, .offset = size});
  return !dead_;
}

// A flush that fails has written some of it. What it has not is dropped: the cache shows it, and
// no later flush writes it, as Linux does.
bool Disk::flush(const DiskFileRef& file) {
  const bool works = begin(DiskFault::flush_fails);
  if (dead_) return false;
  std::vector<Change> others;
  for (Change& change : unflushed_) {
    if (change.file == file && change.kind == Change::Kind::name) {
      kept_names_[change.path] = file;
      std::erase_if(others, [&](const Change& earlier) {
        return earlier.kind == Change::Kind::name && earlier.path == change.path;
      });
    } else if (change.file != file) {
      others.push_back(std::move(change));
    } else if (works || fault_random_.below(2) == 0) {
      do_to(file->kept, change);
    }
  }
  unflushed_ = std::move(others);
  return works;
}

bool Disk::remove_name(const std::string& path, bool flushes_folder) {
  if (!begin(DiskFault::write_fails)) return false;
  name(path, nullptr);
  return !dead_ && (!flushes_folder || flush_folder());
}

bool Disk::flush_folder() {
  if (!begin(DiskFault::flush_fails) || dead_) return false;
  keep_names();
  return true;
}

void Disk::keep_names() {
  std::erase_if(unflushed_, [this](const Change& change) {
    if (change.kind != Change::Kind::name) return false;
    if (change.file == nullptr) {
      kept_names_.erase(change.path);
    } else {
      kept_names_[change.path] = change.file;
    }
    return true;
  });
}

// ---- as DiskFiles
// ----------------------------------------------------------------------------------

std::optional<std::uint64_t> Disk::size_of(const std::string& path) const {
  const DiskFileRef file = find(path);
  if (file == nullptr) return std::nullopt;
  return file->seen.size();
}

Result<std::unique_ptr<OpenedFile>> Disk::open(const std::string& path) const {
  if (dead_) return Error{"io_error", "the disk does not answer", path};
  if (path.ends_with(index_name_end)) {
    const auto shared = shared_.find(path.substr(0, path.size() - index_name_end.size()));
    if (shared == shared_.end()) return std::unique_ptr<OpenedFile>();
    std::string bytes;
    for (const auto& piece : shared->second.pieces) bytes.append(piece->data(), piece->size());
    return std::unique_ptr<OpenedFile>(std::make_unique<OpenedOnDisk>(std::move(bytes)));
  }
  const DiskFileRef file = find(path);
  if (file == nullptr) return std::unique_ptr<OpenedFile>();
  return std::unique_ptr<OpenedFile>(std::make_unique<OpenedOnDisk>(file->seen));
}

Result<std::string> Disk::read(const std::string& path) const {
  if (dead_) return Error{"io_error", "the disk does not answer", path};
  const DiskFileRef file = find(path);
  if (file == nullptr) return Error{"file_missing", "there is no such file", path};
  return file->seen;
}

std::vector<std::string> Disk::names_in(const std::string& folder) const {
  std::vector<std::string> names;
  const std::string start = folder + "/";
  for (const auto& [path, file] : seen_names_) {
    if (path.starts_with(start)) names.push_back(path.substr(start.size()));
  }
  return names;
}

// As write_file_atomic does: a file beside it, flushed, renamed, and the folder flushed.
Status Disk::replace(
    const std::string& folder,
    const std::string& name_of_it,
    std::span<const std::string_view> parts
) {
  const std::string path = folder + "/" + name_of_it;
  const std::string beside = path + ".new";
  const auto failure = [&] {
    return Error{ran_full_ ? "disk_full" : "io_error", "cannot write", path};
  };
  const DiskFileRef file = create(beside);
  if (file == nullptr) return failure();
  std::uint64_t offset = 0;
  for (const std::string_view part : parts) {
    if (!write(file, offset, part)) return failure();
    offset += part.size();
  }
  if (!flush(file) || !begin(DiskFault::write_fails)) return failure();
  name(path, file);
  name(beside, nullptr);
  if (dead_ || !flush_folder()) return failure();
  return Done{};
}

Status Disk::remove(const std::string& path) {
  if (remove_name(path, false)) return Done{};
  return Error{"io_error", "cannot remove", path};
}

Status Disk::write_again(const std::string& path) {
  const DiskFileRef file = find(path);
  const std::string bytes = file->seen;
  if (write(file, 0, bytes) && flush(file)) return Done{};
  return Error{"io_error", "cannot write it again", path};
}

// ---- what goes wrong ---------------------------------------------------------------------------

void Disk::fail_next(DiskFault fault, SeededNumbers& random) {
  fault_ = fault;
  fails_from_ = 0;
  fault_random_ = SeededNumbers(random.next());
}

void Disk::process_ended() {
  dead_ = false;
  dies_at_ = 0;
  fault_.reset();
  for (auto& [path, memory] : shared_) memory.users = 0;
}

std::size_t Disk::Change::pieces() const {
  if (kind != Kind::write || bytes.empty()) return 1;
  return (offset + bytes.size() - 1) / sector_bytes - offset / sector_bytes + 1;
}

std::size_t Disk::at_stake() const {
  std::size_t pieces = 0;
  for (const Change& change : unflushed_) pieces += change.pieces();
  return pieces;
}

void Disk::write_to(std::string& bytes, std::uint64_t offset, std::string_view text) {
  if (bytes.size() < offset + text.size()) bytes.resize(offset + text.size());
  text.copy(bytes.data() + offset, text.size());
}

void Disk::do_to(std::string& bytes, const Change& change) {
  if (change.kind == Change::Kind::cut) {
    bytes.resize(change.offset);
  } else {
    write_to(bytes, change.offset, change.bytes);
  }
}

// Does those pieces of a change that stay; the first of them has the number `first`.
void Disk::keep_some(const Change& change, std::size_t first, const Survival& survival) {
  if (change.kind == Change::Kind::name) {
    if (!survival.stays(first)) return;
    if (change.file == nullptr) {
      kept_names_.erase(change.path);
    } else {
      kept_names_[change.path] = change.file;
    }
    return;
  }
  if (change.kind == Change::Kind::cut) {
    if (survival.stays(first)) do_to(change.file->kept, change);
    return;
  }
  std::string_view rest = change.bytes;
  std::uint64_t at = change.offset;
  for (std::size_t number = first; !rest.empty(); ++number) {
    const std::size_t size = std::min(rest.size(), sector_bytes - at % sector_bytes);
    const bool is_torn = survival.torn == number && size == sector_bytes;
    const std::size_t half = is_torn ? size / 2 : size;
    if (survival.stays(number)) write_to(change.file->kept, at, rest.substr(0, half));
    at += size;
    rest.remove_prefix(size);
  }
}

void Disk::power_failed(const Survival& survival) {
  std::size_t number = 0;
  for (const Change& change : unflushed_) {
    keep_some(change, number, survival);
    number += change.pieces();
  }
  unflushed_.clear();
  seen_names_ = kept_names_;
  for (const auto& [path, file] : seen_names_) file->seen = file->kept;
  if (!survival.index_stays) shared_.clear();
  is_full_ = false;
  process_ended();
}

void Disk::move_folder(const std::string& from, const std::string& to) {
  const auto moved = [&](const std::string& path) {
    return path.starts_with(from + "/") ? to + path.substr(from.size()) : path;
  };
  const auto move_all = [&](auto& by_path) {
    std::remove_reference_t<decltype(by_path)> all;
    for (auto& [path, it] : by_path) all.emplace(moved(path), std::move(it));
    by_path = std::move(all);
  };
  move_all(seen_names_);
  move_all(kept_names_);
  move_all(shared_);
  for (Change& change : unflushed_) change.path = moved(change.path);
}

void Disk::flip_bit(const std::string& path, std::uint64_t bit) {
  const DiskFileRef file = find(path);
  const auto mask = static_cast<char>(1U << (bit % 8));
  const std::size_t at = bit / 8;
  if (at < file->seen.size()) file->seen[at] = static_cast<char>(file->seen[at] ^ mask);
  if (at < file->kept.size()) file->kept[at] = static_cast<char>(file->kept[at] ^ mask);
}

}  // namespace evener::sim
