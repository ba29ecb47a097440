#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_document.h"

namespace evener {
namespace {

using testing::HasSubstr;

std::string rewritten(const std::string& text) {
  return to_text(parse_json(text).value());
}

TEST(Json, KeepsFractionsAsTheyAreReadAndWrittenAgain) {
  for (const char* text :
       {"0.1",
        "3.0000000000000004",
        "0.8414709848078965",
        "123456789.12345678",
        "9007199254740993.0",
        "1.7976931348623157e308",
        "2.2250738585072011e-308",
        "5e-324",
        "12345678901234567890123"}) {
    const double read = parse_json(text)->as_double();
    EXPECT_EQ(read, std::strtod(text, nullptr)) << text;
    const std::string once = rewritten(text);
    EXPECT_EQ(parse_json(once)->as_double(), read) << text;
    EXPECT_EQ(rewritten(once), once) << text;
  }
}

TEST(Json, RefusesAFractionThatNoDoubleHolds) {
  for (const char* text : {"[1e400]", "[-1e400]", "[1.5e309]"}) {
    const Result<Json> read = parse_json(text, "data");
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, "bad_json");
    EXPECT_THAT(read.error().message, HasSubstr("line 1"));
  }
}

TEST(Json, TakesAFractionTooSmallForADoubleAsNothing) {
  EXPECT_EQ(parse_json("1e-400")->as_double(), 0);
}

TEST(Json, KeepsWholeNumbersWhole) {
  EXPECT_EQ(
      rewritten("[-9223372036854775808,9223372036854775807,18446744073709551615,0]"),
      "[-9223372036854775808,9223372036854775807,18446744073709551615,0]"
  );
}

TEST(Json, RefusesWhatStandsBehindAValueAndWhatIsCutOff) {
  for (const char* text : {"{} {}", "[1", "\"a", "", "1 2", "{\"a\":}", "nul"}) {
    EXPECT_FALSE(parse_json(text).ok()) << text;
  }
}

TEST(Json, RefusesTextThatIsNotUtf8) {
  EXPECT_FALSE(parse_json("\"\xff\"").ok());
  EXPECT_FALSE(parse_json("\"\xc3\"").ok());
}

TEST(Json, EscapesWhatMustBe) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  all += "\xc3\xa9 and a long plain tail, to be copied eight bytes at a time";
  for (std::size_t from = 0; from < 128; ++from) {
    std::string text;
    append_json_string(text, std::string_view(all).substr(from));
    EXPECT_EQ(parse_json(text)->as_string(), std::string_view(all).substr(from));
    EXPECT_EQ(text.find('\n'), text.npos);
  }
}

TEST(Json, WritesIntegersOfEverySize) {
  std::string text;
  append_json_int(text, INT64_MIN);
  text += ' ';
  append_json_int(text, 0);
  text += ' ';
  append_json_int(text, INT64_MAX);
  EXPECT_EQ(text, "-9223372036854775808 0 9223372036854775807");
  std::int64_t number = 0;
  for (int digits = 1; digits <= 18; ++digits) {
    number = number * 10 + digits % 10;
    for (const std::int64_t near : {number - 1, number, number + 1, -number}) {
      text.clear();
      append_json_int(text, near);
      EXPECT_EQ(text, std::to_string(near));
    }
  }
  for (std::int64_t power = 1; power < INT64_MAX / 10; power *= 10) {
    for (const std::int64_t near : {power - 1, power, power + 1, power * 9 + power / 2}) {
      text.clear();
      append_json_int(text, near);
      EXPECT_EQ(text, std::to_string(near));
    }
  }
}

TEST(Json, WritesMembersBehindTheirKeys) {
  std::string text = "{\"a\":1";
  append_json_member(text, ",\"b\":", "plain for more than eight bytes");
  append_json_member(text, ",\"c\":", "a quote \" in the middle, and a tail");
  append_json_member(text, ",\"d\":", "");
  append_json_member(text, ",\"e\":", std::int64_t{-42});
  text += '}';
  EXPECT_EQ(
      text,
      R"({"a":1,"b":"plain for more than eight bytes",)"
      R"("c":"a quote \" in the middle, and a tail","d":"","e":-42})"
  );
}

TEST(JsonDocument, ReadsWhatTheParserReads) {
  const std::string longer_than_its_room(20'000, 'x');
  const std::string text =
      R"({"a":[1,-2,0.5,true,null,{"b":"c\u00e9"}],"long":")" + longer_than_its_room + "\"}";
  JsonDocument document;
  ASSERT_TRUE(document.parse(text).ok());
  EXPECT_EQ(document.root(), parse_json(text).value());
  EXPECT_EQ(to_text(document.root()), rewritten(text));
}

TEST(JsonDocument, GivesCopiesThatOutliveIt) {
  Json copy;
  {
    JsonDocument document;
    ASSERT_TRUE(document.parse(R"({"name":"a text that does not fit into the value itself"})").ok()
    );
    copy = document.root();
  }
  EXPECT_EQ(to_text(copy), R"({"name":"a text that does not fit into the value itself"})");
}

TEST(JsonDocument, RefusesWhatTheParserRefuses) {
  JsonDocument document;
  const Status read = document.parse("{\n1}", "body");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), parse_json("{\n1}", "body").error());
}

}  // namespace
}  // namespace evener
