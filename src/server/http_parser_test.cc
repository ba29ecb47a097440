#include "server/http_parser.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

// The request, its bytes having arrived `step` at a time.
HttpRequest request_in_steps(std::string_view bytes, std::size_t step) {
  HttpParser parser(1024, 1024);
  std::size_t taken = 0;
  for (std::size_t arrived = step; !parser.is_complete() && taken < bytes.size(); arrived += step) {
    arrived = std::min(arrived, bytes.size());
    taken += parser.take(bytes.substr(taken, arrived - taken));
    if (parser.refusal()) {
      ADD_FAILURE() << parser.refusal()->message;
      return {};
    }
    if (arrived == bytes.size() && !parser.is_complete()) {
      ADD_FAILURE() << "incomplete after " << taken << " bytes";
      return {};
    }
  }
  return parser.release();
}

TEST(HttpParser, TakesAChunkedBodyHoweverItIsCut) {
  const std::string_view head =
      "POST / HTTP/1.1\r\nHost: walnut\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t step = 1; step < 100; ++step) {
    SCOPED_TRACE(step);
    EXPECT_EQ(request_in_steps(std::string(head) + "0\r\n\r\n", step).body, "");
    EXPECT_EQ(
        request_in_steps(std::string(head) + "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", step).body,
        "hello!"
    );
  }
}

}  // namespace
}  // namespace evener
