#include "journal/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"

namespace evener {

namespace {

constexpr std::string_view name_end = ".snapshot";
constexpr std::string_view format = "evener-snapshot 2";
constexpr std::size_t snapshots_kept = 2;
constexpr std::size_t longest_header = 256;

std::string name_of(Seq seq) {
  return fmt::format("{}{}", seq.value, name_end);
}

// The first line but for its last word. That word is the checksum of this text and of the body: a
// snapshot repeats what the journal holds, and is read at each start.
std::string header_without_digest(const SnapshotMark& mark, std::size_t size) {
  return fmt::format("{} {} {} {} ", format, mark.seq.value, mark.journal_hash, size);
}

std::string digest_of(std::string_view header, std::string_view body) {
  return checksum_hex(std::array{header, body});
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

struct Header {
  SnapshotMark mark;
  std::size_t size = 0;  // of the body
  std::string digest;
  std::size_t length = 0;  // of the line with its end
};

// Nothing if the line is not one of ours.
std::optional<Header> parse_header(std::string_view start) {
  const std::size_t line_end = start.substr(0, longest_header).find('\n');
  if (line_end == std::string_view::npos || !start.starts_with(format)) return std::nullopt;
  std::string_view rest = start.substr(0, line_end).substr(format.size());
  std::array<std::string_view, 4> words;
  for (std::string_view& word : words) {
    if (!rest.starts_with(' ')) return std::nullopt;
    rest.remove_prefix(1);
    word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
  }
  const auto seq = whole_number(words[0]);
  const auto size = whole_number(words[2]);
  if (!rest.empty() || !seq || !size) return std::nullopt;
  return Header{
      .mark = {Seq{*seq}, std::string(words[1])},
      .size = static_cast<std::size_t>(*size),
      .digest = std::string(words[3]),
      .length = line_end + 1,
  };
}

Error damaged_snapshot(const std::string& path, std::string message) {
  return {"snapshot_damaged", std::move(message), path};
}

Error not_ours(const std::string& path) {
  return damaged_snapshot(path, fmt::format("the first line is not one of format `{}`", format));
}

Result<Header> read_header(const DiskFiles& files, const std::string& path) {
  const std::unique_ptr<OpenedFile> file = TRY(files.open(path));
  if (file == nullptr) return Error{"io_error", "cannot read", path};
  std::string start(longest_header, '\0');
  start.resize(TRY(file->read(0, start)));
  if (auto header = parse_header(start)) return *std::move(header);
  return not_ours(path);
}

}  // namespace

SnapshotStore::SnapshotStore(std::string folder, DiskFiles& files)
    : folder_(std::move(folder)), files_(&files) {}

std::string SnapshotStore::path_of(Seq seq) const {
  return fmt::format("{}/{}", folder_, name_of(seq));
}

std::vector<Seq> SnapshotStore::saved() const {
  std::vector<Seq> found;
  for (const std::string& name : files_->names_in(folder_)) {
    if (!name.ends_with(name_end)) continue;
    const auto seq = whole_number(std::string_view(name).substr(0, name.size() - name_end.size()));
    if (seq) found.push_back({*seq});
  }
  std::ranges::sort(found, std::greater());
  return found;
}

Status SnapshotStore::save(const SnapshotMark& mark, std::string_view bytes) {
  CHECK(mark.journal_hash.find_first_of(" \n") == std::string::npos, "a hash is one word");
  const std::string head = header_without_digest(mark, bytes.size());
  const std::string digest = digest_of(head, bytes);
  const std::array<std::string_view, 4> parts = {head, digest, "\n", bytes};
  TRY(files_->replace(folder_, name_of(mark.seq), parts));
  return remove_old(mark.seq);
}

// Those with a larger sequence are of a journal that was longer once: they stay, as the last trace
// of what it held.
Status SnapshotStore::remove_old(Seq newest) const {
  std::size_t kept = 0;
  for (const Seq seq : saved()) {
    if (seq > newest || ++kept <= snapshots_kept) continue;
    TRY(files_->remove(path_of(seq)));
  }
  // What a crash in the middle of saving has left: NAME.snapshot.XXXXXX
  for (const std::string& name : files_->names_in(folder_)) {
    if (!std::string_view(name).substr(0, name.rfind('.')).ends_with(name_end)) continue;
    static_cast<void>(files_->remove(fmt::format("{}/{}", folder_, name)));
  }
  return Done{};
}

Result<Snapshot> SnapshotStore::read_whole(const std::string& path, Seq seq) const {
  std::string file = TRY(files_->read(path));
  std::optional<Header> header = parse_header(file);
  if (!header) return not_ours(path);
  if (header->mark.seq != seq)
    return damaged_snapshot(
        path, fmt::format("it holds seq {}, its name says {}", header->mark.seq.value, seq.value)
    );
  const std::string_view body = std::string_view(file).substr(header->length);
  if (body.size() != header->size)
    return damaged_snapshot(
        path, fmt::format("it holds {} bytes, its first line says {}", body.size(), header->size)
    );
  const std::string digest = digest_of(header_without_digest(header->mark, body.size()), body);
  if (digest != header->digest)
    return damaged_snapshot(
        path, fmt::format("its digest is {}, its first line says {}", digest, header->digest)
    );
  return Snapshot(std::move(header->mark), std::move(file), header->length);
}

SnapshotSearch SnapshotStore::latest() const {
  return latest_matching([](const SnapshotMark&) { return true; });
}

SnapshotSearch SnapshotStore::latest_matching(const std::function<bool(const SnapshotMark&)>& fits
) const {
  SnapshotSearch search;
  for (const Seq seq : saved()) {
    const std::string path = path_of(seq);
    const Result<Header> start = read_header(*files_, path);
    if (start && !fits(start->mark)) continue;
    Result<Snapshot> snapshot = start ? read_whole(path, seq) : start.error();
    if (snapshot) {
      search.found = std::move(snapshot).value();
      break;
    }
    search.skipped.push_back(snapshot.error());
  }
  return search;
}

}  // namespace evener
