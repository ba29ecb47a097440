#include "base/time.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

TEST(ParseDuration, AddsItsUnits) {
  EXPECT_EQ(*parse_duration("1h30m"), 5'400'000);
  EXPECT_EQ(*parse_duration("250ms"), 250);
  EXPECT_EQ(*parse_duration("1.5s"), 1500);
  EXPECT_EQ(*parse_duration("2d"), 172'800'000);
  EXPECT_EQ(*parse_duration("45"), 45'000) << "a plain number is seconds";
}

TEST(ParseDuration, RefusesNonsenseAndNamesIt) {
  for (const char* text : {"", "s", "-5s", "5x", "1h30", "1e400s", "nan", "99999999999d", " 5s"}) {
    const Result<Millis> parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, "bad_duration");
    EXPECT_NE(parsed.error().message.find(text), std::string::npos);
  }
}

TEST(ParseTime, ReadsIsoWithFractionAndOffset) {
  EXPECT_EQ(*parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*parse_time("2026-11-21T12:00:30.250Z"), 1'795'262'430'250);
  EXPECT_EQ(*parse_time("2026-11-21T14:00:30.25+02:00"), 1'795'262'430'250);
  EXPECT_EQ(*parse_time("2026-11-21"), 1'795'219'200'000);
  EXPECT_EQ(*parse_time("@1795262430250"), 1'795'262'430'250);
}

TEST(ParseTime, RefusesDatesThatDoNotExist) {
  for (const char* text :
       {"2026-02-30T00:00:00Z",
        "2026-11-21T25:00Z",
        "yesterday",
        "@x",
        "",
        "2026-11-21T10:00:00+25:00",
        "2026-11-21T10:00:00-01:60"}) {
    ASSERT_FALSE(parse_time(text).ok()) << text;
    EXPECT_EQ(parse_time(text).error().code, "bad_time");
  }
}

TEST(ParseTime, RefusesSignsWhereDigitsBelong) {
  for (const char* text : {"2026-11-21T-5:00Z", "2026-11-21T12:-3Z", "-123-11-21", "2026-11--1"}) {
    EXPECT_FALSE(parse_time(text).ok()) << text;
  }
}

TEST(ParseTime, RefusesWhatCouldNotBeWrittenAgain) {
  EXPECT_EQ(format_time(*parse_time("@253402300799999")), "9999-12-31T23:59:59.999Z");
  for (const char* text :
       {"@253402300800000",
        "@9223372036854775807",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59-00:01",
        "0000-01-01T00:00+00:01"}) {
    EXPECT_FALSE(parse_time(text).ok()) << text;
  }
}

TEST(FormatTime, IsReadBackAsItWas) {
  const Instant instant = 1'795'262'430'257;
  EXPECT_EQ(format_time(instant), "2026-11-21T12:00:30.257Z");
  EXPECT_EQ(*parse_time(format_time(instant)), instant);
}

TEST(FormatDuration, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_duration(250), "250ms");
  EXPECT_EQ(format_duration(4200), "4.2s");
  EXPECT_EQ(format_duration(63'000), "1m 3s");
  EXPECT_EQ(format_duration(5'400'000), "1h 30m");
  EXPECT_EQ(format_duration(-2000), "-2s");
}

}  // namespace
}  // namespace evener
