#include "model/decimal.h"

#include <gtest/gtest.h>

#include <regex>

namespace evener {
namespace {

TEST(Decimal, IsReadBackAsTheShortestText) {
  for (const char* text :
       {"0",
        "1",
        "-1",
        "0.5",
        "-0.5",
        "56.25",
        "0.000001",
        "-0.000001",
        "123456789.000001",
        "9000000000000",
        "-9000000000000"}) {
    const Result<Decimal> number = parse_decimal(text);
    ASSERT_TRUE(number.ok()) << text;
    EXPECT_EQ(format_decimal(*number), text);
  }
  EXPECT_EQ(format_decimal(parse_decimal("007.500").value()), "7.5");
  EXPECT_EQ(format_decimal(parse_decimal("-0").value()), "0");
  EXPECT_EQ(parse_decimal("1.5").value().millionths, 1'500'000);
}

TEST(Decimal, ThatIsNoneIsNamed) {
  for (const char* text :
       {"",
        "-",
        ".",
        "1.",
        ".5",
        "1.0000001",
        "1e3",
        "+1",
        " 1",
        "1 ",
        "1,5",
        "0x1",
        "nan",
        "9000000000000.000001",
        "-9000000000001",
        "99999999999999999999999999999999"}) {
    const Result<Decimal> number = parse_decimal(text);
    ASSERT_FALSE(number.ok()) << text;
    EXPECT_EQ(number.error().code, "bad_number");
  }
}

TEST(Decimal, IsOrderedAsItsNumber) {
  const auto number = [](const char* text) { return parse_decimal(text).value(); };
  EXPECT_LT(number("-2"), number("-1.999999"));
  EXPECT_LT(number("9.9"), number("10"));
  EXPECT_EQ(number("1.50"), number("1.5"));
}

TEST(Decimal, IsATextInJsonAndMayComeAsANumber) {
  const auto read = [](const char* json) -> Result<Decimal> {
    Decimal number;
    TRY(read_value(TRY(parse_json(json)), number, {}, Path{nullptr, "value", -1}));
    return number;
  };
  for (const auto& [json, text] :
       {std::pair{R"("62.5")", R"("62.5")"},
        std::pair{"62", R"("62")"},
        std::pair{"-0.1", R"("-0.1")"},
        std::pair{"62.500", R"("62.5")"},
        std::pair{"1e3", R"("1000")"}}) {
    const Result<Decimal> number = read(json);
    ASSERT_TRUE(number.ok()) << json << ' ' << number.error().text();
    EXPECT_EQ(to_json_text(*number), text);
  }
  for (const char* json :
       {"1e-7", "0.1234567", "1e300", "true", "null", "[]", R"("1e3")", R"("")"}) {
    EXPECT_FALSE(read(json).ok()) << json;
  }
}

TEST(Decimal, ItsSchemaTakesWhatCanBeRead) {
  const Json schema = Decimal::schema({});
  const std::regex pattern(std::string(schema.at("anyOf").at(0).at("pattern").get_string()));
  for (const char* text :
       {"0",
        "-12.5",
        "999999999999.999999",
        "8999999999999.999999",
        "9000000000000",
        "-9000000000000.000000",
        "9000000000000.000001",
        "-9000000000001",
        "9999999999999",
        "10000000000000",
        "1.",
        ".5",
        "0.0000001",
        ""}) {
    EXPECT_EQ(std::regex_match(text, pattern), parse_decimal(text).ok()) << text;
  }
  EXPECT_EQ(schema.at("anyOf").at(1).at("maximum").to_number<std::int64_t>(), 9'000'000'000'000);
}

}  // namespace
}  // namespace evener
