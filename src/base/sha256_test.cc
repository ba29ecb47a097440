#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace evener {
namespace {

// From FIPS 180-2, appendix B, and the digest of nothing.
constexpr auto digest_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto digest_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr auto digest_of_a_million_a =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex("abc"), digest_of_abc);
  EXPECT_EQ(sha256_hex(""), digest_of_nothing);
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')), digest_of_a_million_a);
}

TEST(Sha256, DoesNotCareHowTheInputWasCut) {
  Sha256 digest;
  digest.update("a");
  digest.update("");
  digest.update("bc");
  EXPECT_EQ(digest.finish(), digest_of_abc);
}

TEST(Sha256, BeginsAnewAfterFinish) {
  Sha256 digest;
  digest.update("something else");
  digest.finish();
  EXPECT_EQ(digest.finish(), digest_of_nothing);
  digest.update("abc");
  EXPECT_EQ(digest.finish(), digest_of_abc);
}

TEST(Sha256, TakesBytesBehindAZero) {
  using namespace std::string_view_literals;
  EXPECT_NE(sha256_hex("a\0b"sv), sha256_hex("a\0c"sv));
}

}  // namespace
}  // namespace evener
