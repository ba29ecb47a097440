#include "core/kept_text.h"

#include <gtest/gtest.h>

#include <string>

namespace evener {
namespace {

TEST(KeptText, OutlivesWhatItWasMadeFrom) {
  std::string source = "a title, and much more that no short string holds";
  const KeptText kept(source);
  const std::string before = source;
  source.assign(source.size(), 'x');
  EXPECT_EQ(kept.view(), before);
}

TEST(KeptText, StandsInBytesOfOthersWithoutACopy) {
  const std::string bytes = "before, the text, after";
  const KeptText kept = KeptText::standing_in(std::string_view(bytes).substr(8, 8));
  EXPECT_EQ(kept.view(), "the text");
  EXPECT_EQ(kept.view().data(), bytes.data() + 8);
}

TEST(KeptText, MovesAndIsReplaced) {
  KeptText kept(std::string_view("one"));
  KeptText other(std::move(kept));
  EXPECT_EQ(other.view(), "one");
  other = KeptText(std::string_view("two"));
  EXPECT_EQ(other.view(), "two");
  other = KeptText::standing_in("three");
  EXPECT_EQ(other.view(), "three");
  other = KeptText();
  EXPECT_TRUE(other.view().empty());
}

}  // namespace
}  // namespace evener
