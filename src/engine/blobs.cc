#include "engine/blobs.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "base/sha256.h"

namespace evener {
namespace {

constexpr std::string_view algorithm = "sha256";
constexpr std::size_t digest_digits = 64;

// In bytes; nothing if there is no such file.
std::optional<std::size_t> size_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return static_cast<std::size_t>(found.st_size);
}

// A digest becomes a path, so it must be nothing but a digest.
bool is_digest(std::string_view text) {
  return text.size() == digest_digits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

// Spread over 256 folders, since some file systems are slow with many files in one.
std::string BlobStore::path_of(const std::string& digest) const {
  return fmt::format("{}/{}/{}", folder_, digest.substr(0, 2), digest.substr(2));
}

Result<BlobRef> BlobStore::put(std::string_view bytes) const {
  if (bytes.size() > max_blob_bytes) {
    return Error{
        "too_large", fmt::format("{} bytes; a blob holds at most {}", bytes.size(), max_blob_bytes)
    };
  }
  BlobRef blob{
      .algorithm = std::string(algorithm),
      .digest = sha256_hex(bytes),
      .size = static_cast<std::int64_t>(bytes.size())
  };
  // Bytes that are there and whole need not be written again; damaged ones are mended.
  const std::string path = path_of(blob.digest);
  if (size_of(path) == bytes.size() && get(blob).ok()) return blob;
  constexpr mode_t ours_alone = 0700;
  TRY(ensure_directory(fmt::format("{}/{}", folder_, blob.digest.substr(0, 2)), ours_alone));
  TRY(write_file_atomic(path, bytes, 0600));
  return blob;
}

Result<std::string> BlobStore::get(const BlobRef& blob) const {
  if (blob.algorithm != algorithm || !is_digest(blob.digest)) {
    return Error{
        "bad_digest",
        fmt::format(
            "'{}:{}' names no blob; expected {} and {} lower-case hex digits",
            blob.algorithm.substr(0, digest_digits),
            blob.digest.substr(0, digest_digits),
            algorithm,
            digest_digits
        )
    };
  }
  const std::string path = path_of(blob.digest);
  const std::optional<std::size_t> size = size_of(path);
  if (!size) return Error{"blob_missing", "there is no blob with this digest", blob.digest};
  Result<std::string> bytes = *size <= max_blob_bytes ? read_file(path) : std::string();
  if (!bytes.ok()) return bytes.error();
  if (*size <= max_blob_bytes && sha256_hex(*bytes) == blob.digest) return bytes;
  return Error{"blob_damaged", "the blob's bytes do not have its digest any more", path};
}

}  // namespace evener
