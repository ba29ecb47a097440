#include "worker/progress_reader.h"

#include <gtest/gtest.h>

#include "model/limits.h"

namespace evener {
namespace {

Progress after(const std::vector<std::string>& lines) {
  ProgressReader reader;
  for (const std::string& line : lines) reader.read(line);
  return reader.progress();
}

TEST(ProgressReader, ShowsTheLastLineThatIsNotBlank) {
  EXPECT_EQ(after({"one", "two", "", "  "}).line, "two");
  EXPECT_EQ(after({"one"}).percent, std::nullopt);
}

TEST(ProgressReader, TakesAPercentageFromAProgressLine) {
  const Progress expected{.percent = 40, .line = "compiling core"};
  EXPECT_EQ(after({"evener:progress 40 compiling core"}), expected);
  EXPECT_EQ(after({"::progress 40 compiling core"}), expected);
  EXPECT_EQ(after({"::progress  40%  compiling core "}), expected);
}

TEST(ProgressReader, KeepsThePercentageWhenOtherLinesFollow) {
  const Progress expected{.percent = 40, .line = "warning: x"};
  EXPECT_EQ(after({"::progress 40 compiling", "warning: x"}), expected);
}

TEST(ProgressReader, KeepsTheLineWhenAPercentageComesAlone) {
  const Progress expected{.percent = 41, .line = "compiling"};
  EXPECT_EQ(after({"compiling", "::progress 41"}), expected);
}

TEST(ProgressReader, TakesAMalformedProgressLineAsOutput) {
  for (const char* line :
       {"::progress 101 x",
        "::progress -1 x",
        "::progress soon",
        "::progress",
        "::progress 4x",
        "::progress 99999999999999999999 x"}) {
    const Progress progress = after({line});
    EXPECT_EQ(progress.percent, std::nullopt) << line;
    EXPECT_EQ(progress.line, line);
  }
}

TEST(PlainLine, HasNoColoursOrControlCharacters) {
  EXPECT_EQ(plain_line("\x1B[1;31mred\x1B[0m\tand\x07 more"), "red and  more");
  EXPECT_EQ(plain_line("\x1B]0;title\x07text"), "text");
  EXPECT_EQ(plain_line("\x1B]8;;http://x\x1B\\link"), "link");
  EXPECT_EQ(plain_line("cut \x1B["), "cut");
  EXPECT_EQ(plain_line("\x1B(Bfrom \x1B#8tput\x1B(B sgr0\x1BM"), "from tput sgr0");
  EXPECT_EQ(plain_line("\x1BP1;2qpicture\x1B\\text"), "text");
  EXPECT_EQ(plain_line("\x1B_note\x07text"), "text");
  EXPECT_EQ(plain_line("\x1B]0;cut off\x1B[1mtext"), "text");
  EXPECT_EQ(plain_line("cut \x1B("), "cut (");
  EXPECT_EQ(plain_line("cut \x1B"), "cut");
}

TEST(PlainLine, LeavesTheCharacterBehindAnEscapeWhole) {
  EXPECT_EQ(plain_line("ok \x1B\u00E9t\u00E9"), "ok \u00E9t\u00E9");
  EXPECT_EQ(plain_line("ok \x1B\uFFFD!"), "ok \uFFFD!");
  EXPECT_EQ(plain_line("ok \x1B[1\u00E9"), "ok \u00E9");
  EXPECT_EQ(plain_line("ok \x1B]0;title\x1B\u00E9"), "ok \u00E9");
}

TEST(PlainLine, IsAlwaysUtf8) {
  EXPECT_EQ(plain_line("ok \xC3 \xA9"), "ok \uFFFD \uFFFD");
}

TEST(PlainLine, IsWhatFollowsTheLastCarriageReturn) {
  EXPECT_EQ(plain_line("10%\r20%\r30%"), "30%");
  EXPECT_EQ(plain_line("dos\r"), "dos");
}

TEST(PlainLine, FitsIntoAProgressLineWithoutCuttingACharacter) {
  std::string line = "x";
  while (line.size() < 2 * limits::line_bytes) line += "é";
  const std::string plain = plain_line(line);
  EXPECT_EQ(plain.size(), limits::line_bytes - 1);
  EXPECT_EQ(plain, line.substr(0, plain.size()));
}

TEST(TailOf, IsTheWholeTextIfThatFits) {
  EXPECT_EQ(tail_of("a\nb\n", 4), "a\nb\n");
}

TEST(TailOf, BeginsWithALine) {
  EXPECT_EQ(tail_of("first\nsecond\nthird\n", 10), "third\n");
  EXPECT_EQ(tail_of("first\nsecond\nthird\n", 13), "second\nthird\n");
}

TEST(TailOf, CutsALineThatIsTooLongBetweenCharacters) {
  EXPECT_EQ(tail_of("aééé", 5), "éé");
}

}  // namespace
}  // namespace evener
