// For the tests of an HTTP connection: each in the clear, and under TLS.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "client/http_connection.h"
#include "client/scripted_server.h"

namespace evener {

inline constexpr Millis short_ms = 100;

inline std::string code_of(const Result<HttpAnswer>& result) {
  return result.ok() ? "an answer" : result.error().code;
}

inline constexpr std::string_view hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// In the clear, and under TLS.
class HttpConnections : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { testing_http::speaks_tls = GetParam(); }

  void TearDown() override { testing_http::speaks_tls = false; }
};

}  // namespace evener
