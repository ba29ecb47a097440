#include "base/checksum.h"

#include <gtest/gtest.h>

#include <array>

namespace evener {
namespace {

std::string checksum_of(std::string_view text) {
  return checksum_hex(std::array{text});
}

// The sums that `xxhsum -H2` prints.
TEST(Checksum, IsThatOfTheCommonTool) {
  EXPECT_EQ(checksum_of(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(checksum_of("evener\n"), "586bf023ac0ecfa5eb1cdc8eb230e233");
}

TEST(Checksum, IsOfTheTextsTogether) {
  const std::string text(10'000, 'x');
  const std::string_view view = text;
  EXPECT_EQ(
      checksum_hex(std::array{view.substr(0, 3), view.substr(3, 700), view.substr(703)}),
      checksum_of(view)
  );
}

TEST(Checksum, DiffersWhereOneBitDoes) {
  std::string text(10'000, 'x');
  const std::string before = checksum_of(text);
  text[5'000] ^= 1;
  EXPECT_NE(checksum_of(text), before);
}

}  // namespace
}  // namespace evener
