#include "server/page_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace evener {
namespace {

// printf '<p>hello</p>' | gzip -n9
constexpr std::array<unsigned char, 32> compressed_bytes{31,  139, 8,   0,   0,   0,   0,  0,
                                                         2,   3,   179, 41,  176, 203, 72, 205,
                                                         201, 201, 183, 209, 47,  176, 3,  0,
                                                         68,  251, 174, 210, 12,  0,   0,  0};

class PageFileTest : public testing::Test {
 protected:
  HttpResponse ask(std::string_view accepted, std::string_view tag = {}) const {
    HttpRequest request;
    if (!accepted.empty()) request.headers.add("Accept-Encoding", accepted);
    if (!tag.empty()) request.headers.add("If-None-Match", tag);
    return page_response(page_, request);
  }

  static std::string field(const HttpResponse& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, [](const auto& header) {
      return std::string_view(header.first);
    });
    return found == response.headers.end() ? "" : found->second;
  }

  const std::string compressed_{compressed_bytes.begin(), compressed_bytes.end()};
  const PageFile page_{"/", "text/html; charset=utf-8", "\"one\"", false, compressed_};
};

TEST_F(PageFileTest, IsCompressedForWhoeverTakesThat) {
  for (const char* accepted :
       {"", "gzip", "gzip, deflate, br", "br;q=1, GZIP;q=0.5", "*", "deflate, x-gzip"}) {
    const HttpResponse response = ask(accepted);
    EXPECT_EQ(field(response, "Content-Encoding"), "gzip") << accepted;
    EXPECT_EQ(response.body, compressed_) << accepted;
  }
}

TEST_F(PageFileTest, IsPlainForWhoeverTakesNoGzip) {
  for (const char* accepted :
       {"identity", "gzip;q=0", "gzip; q=0.000, *", "*;q=0, identity", "br, deflate"}) {
    const HttpResponse response = ask(accepted);
    EXPECT_EQ(field(response, "Content-Encoding"), "") << accepted;
    EXPECT_EQ(response.body, "<p>hello</p>") << accepted;
  }
}

TEST_F(PageFileTest, HasATagForEachOfItsForms) {
  const std::string plain = field(ask("identity"), "ETag");
  EXPECT_EQ(field(ask("gzip"), "ETag"), "\"one\"");
  EXPECT_EQ(plain, "\"one-plain\"");
  EXPECT_EQ(ask("identity", plain).status, 304);
  EXPECT_EQ(ask("gzip", plain).status, 200);
  EXPECT_EQ(field(ask("gzip"), "Vary"), "Accept-Encoding");
}

TEST_F(PageFileTest, IsNotSentAgainToWhoeverHasIt) {
  for (const char* known :
       {"\"one\"", "W/\"one\"", "\"two\", \"one\"", "\"a,b\",W/\"one\" , \"two\"", "*", " * "}) {
    const HttpResponse response = ask("gzip", known);
    EXPECT_EQ(response.status, 304) << known;
    EXPECT_EQ(response.body, "") << known;
  }
  for (const char* known : {"\"two\"", "one", "W/\"two\", \"three\"", "\"one", ",", "\"*\""}) {
    EXPECT_EQ(ask("gzip", known).status, 200) << known;
  }
}

}  // namespace
}  // namespace evener
