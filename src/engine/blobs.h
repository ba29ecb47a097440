// Bulk data beside the log: a fact names a blob by its digest, and the bytes lie here. What was put
// is never changed and never deleted, so a digest means the same bytes for ever.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/evidence.h"

namespace evener {

inline constexpr std::size_t max_blob_bytes = std::size_t{16} * 1024 * 1024;

// Several processes may use one folder at a time: a file appears whole, and two that put the same
// bytes write the same file.
class BlobStore {
 public:
  // The folder need not be there yet.
  explicit BlobStore(std::string folder) : folder_(std::move(folder)) {}

  // When this returns, the bytes are on the disk. Fails with `too_large`, and as
  // write_file_atomic() does.
  Result<BlobRef> put(std::string_view bytes) const;

  // The bytes, held against their digest. Fails with `bad_digest` (it is none, or of another
  // algorithm), `blob_missing` or `blob_damaged`.
  Result<std::string> get(const BlobRef& blob) const;

 private:
  std::string path_of(const std::string& digest) const;

  std::string folder_;
};

}  // namespace evener
