// SHA-256, fed in pieces: what chains the journal's batches, and seals snapshots and blobs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace evener {

class Sha256 {
 public:
  Sha256();

  void update(std::string_view bytes);

  // The digest of everything since construction or the last `finish`, as 64 lower-case hex
  // digits. The next `update` begins a new digest.
  std::string finish();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };

  void restart();

  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace evener
