#include "worker/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr OutputLimits small = {.head = 4, .tail = 4, .line = 8};

TEST(Output, KeepsAShortTextWhole) {
  OutputCapture capture(small);
  capture.append("abc");
  capture.append("defgh");
  EXPECT_EQ(capture.text(), "abcdefgh");
  EXPECT_EQ(capture.total(), 8U);
  EXPECT_EQ(capture.left_out(), 0U);
}

TEST(Output, KeepsTheBeginningAndTheEndOfALongOne) {
  OutputCapture capture(small);
  capture.append("abcdefghijklmnop");
  EXPECT_EQ(capture.text(), "abcd\n[... 8 bytes left out ...]\nmnop");
  EXPECT_EQ(capture.left_out(), 8U);
}

TEST(Output, IsTheSameHoweverItArrives) {
  const std::string text = "0123456789abcdefghijklmnopqrstuvwxyz";
  OutputCapture whole(small);
  whole.append(text);
  for (std::size_t step = 1; step < text.size(); ++step) {
    OutputCapture capture(small);
    for (std::size_t at = 0; at < text.size(); at += step) capture.append(text.substr(at, step));
    EXPECT_EQ(capture.text(), whole.text()) << "in pieces of " << step;
    EXPECT_LE(capture.held(), small.head + 2 * small.tail + small.line);
  }
}

TEST(Output, CountsTheWholeOfAFloodAndHoldsABoundedPart) {
  OutputCapture capture;
  const std::string chunk(100'000, 'x');
  for (int i = 0; i < 1000; ++i) capture.append(chunk);
  EXPECT_EQ(capture.total(), 100'000'000U);
  EXPECT_LE(capture.held(), std::size_t{3} * 256 * 1024);
  EXPECT_EQ(capture.left_out(), 100'000'000U - 2U * 256 * 1024);
}

TEST(Output, CutsNoCharacterInTwo) {
  OutputCapture capture(small);
  capture.append("ab€cdefgh€z");  // a € is three bytes: the cuts are after its second and first
  EXPECT_EQ(capture.text(), "ab\n[... 9 bytes left out ...]\n€z");
  OutputCapture other(small);
  other.append("abcd-----€€");
  EXPECT_EQ(other.text(), "abcd\n[... 8 bytes left out ...]\n€");
}

TEST(Output, JoinsACharacterThatArrivesInPieces) {
  OutputCapture capture(small);
  for (const char byte : std::string("x€€z")) capture.append({&byte, 1});
  EXPECT_EQ(capture.text(), "x€€z");
}

TEST(Output, BecomesValidUtf8) {
  const std::string nul(1, '\0');
  EXPECT_EQ(valid_utf8("a" + nul + "b"), "a\uFFFDb");
  EXPECT_EQ(valid_utf8("plain \n\t\x1b[0m ä € \U0001F40E"), "plain \n\t\x1b[0m ä € \U0001F40E");
  EXPECT_EQ(valid_utf8("\xff\x80z"), "\uFFFD\uFFFDz");
  EXPECT_EQ(valid_utf8("\xe2\x82"), "\uFFFD");                  // cut off: one for the whole
  EXPECT_EQ(valid_utf8("\xe2\x82z"), "\uFFFDz");                // broken off
  EXPECT_EQ(valid_utf8("\xc0\xaf"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(valid_utf8("\xe0\x80\xaf"), "\uFFFD\uFFFD\uFFFD");  // overlong
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // above 10FFFF
  EXPECT_EQ(
      valid_utf8("\xf0\x9f\x90"
                 "A"),
      "\uFFFDA"
  );
}

TEST(Output, GivesItsLastLines) {
  OutputCapture capture;
  EXPECT_THAT(capture.last_lines(3), IsEmpty());
  capture.append("one\ntwo\n\nfour\n");
  EXPECT_THAT(capture.last_lines(3), ElementsAre("two", "", "four"));
  EXPECT_THAT(capture.last_lines(9), ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(capture.last_lines(0), IsEmpty());
  capture.append("unfin\xff");
  EXPECT_THAT(capture.last_lines(2), ElementsAre("four", "unfin\uFFFD"));
}

TEST(Output, GivesLastLinesFromTheKeptEndOnly) {
  OutputCapture capture(small);
  capture.append("first\nsecond\nx\ny\n");
  EXPECT_THAT(capture.last_lines(9), ElementsAre("x", "y"));
}

TEST(Output, HandsLinesToAListenerAsTheyAreCompleted) {
  std::vector<std::string> lines;
  OutputCapture capture({}, [&](std::string_view line) { lines.emplace_back(line); });
  capture.append("one\ntw");
  EXPECT_THAT(lines, ElementsAre("one"));
  capture.append("o\n\nlast");
  EXPECT_THAT(lines, ElementsAre("one", "two", ""));
  capture.close();
  capture.close();
  EXPECT_THAT(lines, ElementsAre("one", "two", "", "last"));
}

TEST(Output, CutsAListenersLongLine) {
  std::vector<std::string> lines;
  OutputCapture capture(small, [&](std::string_view line) { lines.emplace_back(line); });
  capture.append("1234567890123\nabcdef€\nnext\n");
  EXPECT_THAT(lines, ElementsAre("12345678", "abcdef", "next"));
}

}  // namespace
}  // namespace evener
