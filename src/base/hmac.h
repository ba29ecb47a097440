// HMAC-SHA-256 (RFC 2104): how somebody who holds the same secret sees that a message is from us
// and arrived as it was sent.
#pragma once

#include <string>
#include <string_view>

namespace evener {

// As 64 lower-case hex digits.
std::string hmac_sha256_hex(std::string_view secret, std::string_view message);

}  // namespace evener
