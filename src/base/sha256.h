// SHA-256, fed in pieces: what chains the journal's batches, and seals snapshots and blobs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct SHA256state_st;

namespace evener {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);

  // The digest of everything since construction or the last `finish`, as 64 lower-case hex
  // digits. The next `update` begins a new digest.
  std::string finish();

 private:
  std::unique_ptr<SHA256state_st> state_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace evener
