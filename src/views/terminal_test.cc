#include "views/terminal.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

TEST(Terminal, MakesControlCharactersVisible) {
  EXPECT_EQ(safe_line("red \x1b[31m\x07 end"), "red \\x1b[31m\\x07 end");
  EXPECT_EQ(safe_line("two\nlines\tand\r\nmore"), "two lines and more");
  EXPECT_EQ(safe_text("two\nlines"), "two\nlines");
  EXPECT_EQ(safe_line("back\rover"), "back\\x0dover");
  EXPECT_EQ(safe_line("\x7f"), "\\x7f");
}

TEST(Terminal, MakesDirectionOverridesVisible) {
  EXPECT_EQ(safe_line("a\u202Eb"), "a\\u{202e}b");
  EXPECT_EQ(safe_line("a\u2066b\u2069"), "a\\u{2066}b\\u{2069}");
  EXPECT_EQ(safe_line("a\u200Bb"), "a\\u{200b}b");
  EXPECT_EQ(safe_line("\u009B2J"), "\\x9b2J");  // a one-byte CSI in Latin 1
}

TEST(Terminal, MakesBytesThatAreNoUtf8Visible) {
  EXPECT_EQ(safe_line("a\xff"), "a\\xff");
  EXPECT_EQ(safe_line("\xc3"), "\\xc3");
  EXPECT_EQ(safe_line("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(safe_line("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(Terminal, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(safe_line("Grüße, 東京 🚀 – fertig"), "Grüße, 東京 🚀 – fertig");
}

TEST(Terminal, CountsColumns) {
  EXPECT_EQ(columns_of("Grüße"), 5);
  EXPECT_EQ(columns_of("東京"), 4);
  EXPECT_EQ(columns_of("e\u0301"), 1);
}

TEST(Terminal, CutsByColumnsAndNeverInsideACharacter) {
  EXPECT_EQ(fit("Grüße", 5), "Grüße");
  EXPECT_EQ(fit("Grüße", 4), "Grü…");
  EXPECT_EQ(fit("東京都", 4), "東…");
  EXPECT_EQ(fit("long", 0), "long");
  EXPECT_EQ(pad("ü", 3), "ü  ");
  EXPECT_EQ(pad("ü", 3, true), "  ü");
  EXPECT_EQ(pad("東京", 3), "東…");
}

TEST(Terminal, PaintsOnlyWithColour) {
  EXPECT_EQ(paint({.colour = false}, Colour::red, "x"), "x");
  EXPECT_EQ(paint({.colour = true}, Colour::red, "x"), "\x1b[31mx\x1b[0m");
}

TEST(Terminal, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 2, {.width = 11}), "  one two\n  three\n");
  EXPECT_EQ(wrapped("a\n\nb", 0, {.width = 20}), "a\n\nb\n");
  EXPECT_EQ(wrapped("unbreakable", 0, {.width = 8}), "unbreaka\nble\n");
  EXPECT_EQ(wrapped("one two three", 0, {.width = 0}), "one two three\n");
}

TEST(Table, AlignsAndShrinksTheColumnsThatMay) {
  Table table;
  table.columns = {{"ID"}, {"N", true}, {"TITLE", false, true}};
  table.rows = {{{"a"}, {"10"}, {"a title that is rather long"}}, {{"bb"}, {"7"}, {"ok\x1b"}}};
  EXPECT_EQ(
      table.text({.width = 0}),
      "ID   N  TITLE\n"
      "a   10  a title that is rather long\n"
      "bb   7  ok\\x1b\n"
  );
  EXPECT_EQ(
      table.text({.width = 20}),
      "ID   N  TITLE\n"
      "a   10  a title tha…\n"
      "bb   7  ok\\x1b\n"
  );
}

TEST(Table, ColoursDoNotDisturbTheColumns) {
  Table table;
  table.columns = {{"STATE"}, {"X"}};
  table.rows = {{{"up", Colour::green}, {"1"}}};
  EXPECT_EQ(
      table.text({.colour = true, .width = 40}),
      "\x1b[2mSTATE\x1b[0m  \x1b[2mX\x1b[0m\n\x1b[32mup   \x1b[0m  1\n"
  );
}

}  // namespace
}  // namespace evener
