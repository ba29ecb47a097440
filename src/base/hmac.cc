#include "base/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.h"

namespace evener {

std::string hmac_sha256_hex(std::string_view secret, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  const auto secret_size = static_cast<int>(secret.size());
  CHECK(
      HMAC(EVP_sha256(), secret.data(), secret_size, bytes, message.size(), code.data(), &size) !=
          nullptr,
      "HMAC refused its input"
  );
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += digits[code.at(i) >> 4U];
    hex += digits[code.at(i) & 15U];
  }
  return hex;
}

}  // namespace evener
