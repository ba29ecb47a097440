#include "formats/kept_block.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

std::string blocked(std::string_view file, std::string_view text) {
  const Result<std::string> out = with_block(file, "cluster", text, "S.md");
  return out.ok() ? *out : out.error().text();
}

std::string problem(std::string_view file) {
  const auto regions = find_regions(file, "S.md");
  return regions.ok() ? "fine" : regions.error().where + " " + regions.error().code;
}

TEST(KeptBlock, BeginsANewFile) {
  EXPECT_EQ(
      blocked("", "ours\n"), "<!-- evener:begin cluster -->\nours\n<!-- evener:end cluster -->\n"
  );
}

TEST(KeptBlock, GoesBelowWhatIsTheirs) {
  EXPECT_EQ(
      blocked("theirs", "ours\n"),
      "theirs\n\n<!-- evener:begin cluster -->\nours\n<!-- evener:end cluster -->\n"
  );
}

TEST(KeptBlock, IsReplacedAndTheRestKeptByteForByte) {
  const std::string above = "# Mine \xff\xfe\r\n\ttabs  \n";
  const std::string below = "\nbelow, without a line break";
  EXPECT_EQ(
      blocked(
          above + "<!-- evener:begin cluster -->\nold\nold\n<!-- evener:end cluster -->\r\n" +
              below,
          "new\n"
      ),
      above + "<!-- evener:begin cluster -->\nnew\n<!-- evener:end cluster -->\r\n" + below
  );
}

TEST(KeptBlock, ReplacedByTheSameIsTheSame) {
  const std::string once = blocked("theirs\n", "ours\n");
  EXPECT_EQ(blocked(once, "ours\n"), once);
}

TEST(KeptBlock, IsFoundBehindTheMarkThatSomeEditorsBeginAFileWith) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(blocked(mark + blocked("", "old\n"), "new\n"), mark + blocked("", "new\n"));
}

TEST(KeptBlock, LeavesBlocksOfOtherNamesAlone) {
  const std::string other = "<!-- evener:begin other -->\nx\n<!-- evener:end other -->\n";
  EXPECT_EQ(
      blocked(other, "ours\n"),
      other + "\n<!-- evener:begin cluster -->\nours\n<!-- evener:end cluster -->\n"
  );
}

TEST(KeptBlock, TakesAMarkerOnlyForALineOfItsOwn) {
  EXPECT_EQ(problem("say `<!-- evener:begin cluster -->` here\n"), "fine");
  EXPECT_EQ(problem("    <!-- evener:begin cluster -->\n"), "fine");
  EXPECT_EQ(problem("  <!-- evener:begin cluster -->\n"), "S.md:1 damaged_markers");
}

TEST(KeptBlock, NamesDamageWithItsLine) {
  const std::string begin = "<!-- evener:begin a -->\n";
  const std::string end = "<!-- evener:end a -->\n";
  const std::string inbox = "<!-- evener:inbox -->\n";
  const std::string inbox_end = "<!-- evener:inbox-end -->\n";
  EXPECT_EQ(problem("x\n" + begin), "S.md:2 damaged_markers");
  EXPECT_EQ(problem("x\n" + end), "S.md:2 damaged_markers");
  EXPECT_EQ(problem(begin + end + begin + end), "S.md:3 damaged_markers");
  EXPECT_EQ(problem(begin + "<!-- evener:begin b -->\n"), "S.md:2 damaged_markers");
  EXPECT_EQ(problem(begin + "<!-- evener:end b -->\n"), "S.md:2 damaged_markers");
  EXPECT_EQ(problem(begin + inbox + inbox_end + end), "S.md:2 damaged_markers");
  EXPECT_EQ(problem(inbox + inbox_end + inbox), "S.md:3 damaged_markers");
  EXPECT_EQ(problem(inbox_end), "S.md:1 damaged_markers");
  EXPECT_EQ(problem("<!-- evener:begin -->\n"), "S.md:1 damaged_markers");
  EXPECT_EQ(problem("<!-- evener:begin A B -->\n"), "S.md:1 damaged_markers");
  EXPECT_EQ(problem("<!-- evener:start a -->\n"), "S.md:1 damaged_markers");
  EXPECT_EQ(problem("<!-- evener:begin a --> more\n"), "S.md:1 damaged_markers");
  EXPECT_EQ(problem("<!-- evener:-->"), "S.md:1 damaged_markers");
  EXPECT_EQ(problem("<!-- evener:"), "S.md:1 damaged_markers");
  EXPECT_EQ(problem(begin + end + inbox + inbox_end), "fine");
}

TEST(KeptBlock, SurvivesEveryCutOfAFile) {
  const std::string whole =
      "a\n<!-- evener:begin a -->\nb\n<!-- evener:end a -->\n<!-- evener:inbox -->\n"
      "<!-- evener:inbox-end -->\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto regions = find_regions(std::string_view(whole).substr(0, size), "S.md");
    if (!regions.ok()) continue;
    for (const KeptRegion& region : *regions) {
      EXPECT_LE(region.begin, region.end);
      EXPECT_LE(region.end, size);
    }
  }
}

TEST(KeptBlock, AddsAnInboxOnce) {
  const Result<std::string> once = with_inbox("mine\n", "S.md");
  ASSERT_TRUE(once.ok());
  EXPECT_TRUE(once->starts_with("mine\n\n## Inbox\n"));
  const Result<std::string> twice = with_inbox(*once, "S.md");
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(*once, *twice);
}

}  // namespace
}  // namespace evener
