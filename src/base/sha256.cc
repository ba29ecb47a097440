// OpenSSL calls these functions deprecated in favour of those that look an algorithm up by its
// name. That look-up takes 2 ms at a program's start, as long as all the rest of a short command.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/sha256.h"

#include <openssl/sha.h>

#include <array>

#include "base/check.h"

namespace evener {

Sha256::Sha256() : state_(std::make_unique<SHA256state_st>()) {
  CHECK(SHA256_Init(state_.get()) == 1, "SHA-256 did not start");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  CHECK(SHA256_Update(state_.get(), bytes.data(), bytes.size()) == 1, "SHA-256 refused input");
}

std::string Sha256::finish() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  CHECK(SHA256_Final(digest.data(), state_.get()) == 1, "SHA-256 did not finish");
  CHECK(SHA256_Init(state_.get()) == 1, "SHA-256 did not start again");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.finish();
}

}  // namespace evener
