#include "base/percent.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

TEST(Percent, EscapesWhatCouldBeTakenForStructure) {
  EXPECT_EQ(percent_encoded("restore-8000_a.b~"), "restore-8000_a.b~");
  EXPECT_EQ(percent_encoded("a/b c?d&e=f#%+"), "a%2Fb%20c%3Fd%26e%3Df%23%25%2B");
  EXPECT_EQ(percent_encoded("\xC3\xA9\n"), "%C3%A9%0A");
}

TEST(Percent, IsReadAsItIsWritten) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(percent_decoded(percent_encoded(every)), every);
  EXPECT_EQ(percent_decoded("a%2fb+c"), "a/b+c");
  for (const char* const broken : {"%", "a%2", "%2", "%G1", "%1G", "%-1", "% 1"}) {
    EXPECT_EQ(percent_decoded(broken), std::nullopt) << broken;
  }
}

TEST(Percent, IsWrittenInOtherStyles) {
  EXPECT_EQ(percent_encoded("a/ +", {.lower = true}), "a%2f%20%2b");
  EXPECT_EQ(percent_encoded("a b+", {.plus_for_space = true}), "a+b%2B");
}

}  // namespace
}  // namespace evener
