#include "cli/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/time.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;

TEST(Fingerprint, IsTheSameInEveryForm) {
  const std::string plain = std::string(62, 'a') + "09";
  std::string coloured;
  for (int i = 0; i < 31; ++i) coloured += "AA:";
  EXPECT_EQ(read_fingerprint(plain).value(), plain);
  EXPECT_EQ(read_fingerprint(coloured + "09").value(), plain);
  EXPECT_EQ(read_fingerprint("").value(), "");
}

TEST(Fingerprint, HasSixtyFourDigits) {
  for (const std::string& wrong :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g", std::string(":")}) {
    EXPECT_EQ(read_fingerprint(wrong).error().code, "usage") << wrong;
  }
}

TEST_F(TypedVerbTest, ThatIsNoFingerprintIsWrongUsage) {
  ASSERT_EQ(::setenv("EVENER_FINGERPRINT", "sha256 AA:BB", 1), 0);
  EXPECT_EQ(run({"status", "--server", "https://127.0.0.1:1"}), 2);
  ASSERT_EQ(::unsetenv("EVENER_FINGERPRINT"), 0);
  EXPECT_THAT(err_, HasSubstr("EVENER_FINGERPRINT"));
}

}  // namespace
}  // namespace evener
