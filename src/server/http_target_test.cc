#include "server/http_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(HttpTarget, DecodesThePath) {
  EXPECT_EQ(parse_target("/")->path, "/");
  EXPECT_EQ(parse_target("/v1/tasks/restore-8000")->path, "/v1/tasks/restore-8000");
  EXPECT_EQ(parse_target("/a%20b%2Fc%2fd+e")->path, "/a b/c/d+e");
  EXPECT_EQ(parse_target("/%C3%A9%25%3F%23")->path, "/\xC3\xA9%?#");
  EXPECT_EQ(parse_target("*")->path, "*");
  EXPECT_EQ(parse_target("/a#b?c=d")->path, "/a");
}

TEST(HttpTarget, DecodesTheQueryInOrder) {
  const auto target = parse_target("/a?b=1&c=x+y%2B%26&b=2&flag&=v&&d=e=f?");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, "/a");
  EXPECT_THAT(
      target->query,
      ElementsAre(
          Pair("b", "1"),
          Pair("c", "x y+&"),
          Pair("b", "2"),
          Pair("flag", ""),
          Pair("", "v"),
          Pair("d", "e=f?")
      )
  );
  EXPECT_THAT(parse_target("/a?")->query, IsEmpty());
}

TEST(HttpTarget, TakesAnAbsoluteTargetApart) {
  const auto target = parse_target("http://walnut:7878/v1?a=b");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->authority, "walnut:7878");
  EXPECT_EQ(target->path, "/v1");
  EXPECT_THAT(target->query, ElementsAre(Pair("a", "b")));
  EXPECT_EQ(parse_target("http://walnut")->path, "/");
  EXPECT_EQ(parse_target("http://walnut?a=b")->path, "/");
}

TEST(HttpTarget, RefusesWhatIsNoPath) {
  for (const std::string_view text :
       {"",
        "a",
        "walnut:7878",
        "?a=b",
        "https://walnut/",
        "/%",
        "/%2",
        "/%zz",
        "/%2",
        "/a%4",
        "/%-1",
        "/a?b=%",
        "/a?%g0=1",
        "/a%00b",
        "/a?b=%00"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target.ok()) << text;
    EXPECT_EQ(target.error().code, "bad_request");
  }
}

TEST(HttpTarget, BoundsTheNumberOfParameters) {
  std::string target = "/?";
  for (int i = 0; i < 256; ++i) target += "a&";
  EXPECT_EQ(parse_target(target)->query.size(), 256U);
  EXPECT_FALSE(parse_target(target + "a").ok());
}

TEST(HttpTarget, SplitsBeforeItDecodes) {
  EXPECT_THAT(path_segments("/v1/tasks/a%2Fb?c=d").value(), ElementsAre("v1", "tasks", "a/b"));
  EXPECT_THAT(path_segments("/").value(), IsEmpty());
  EXPECT_THAT(path_segments("/a/").value(), ElementsAre("a", ""));
  EXPECT_THAT(path_segments("/a//").value(), ElementsAre("a", "", ""));
  EXPECT_THAT(path_segments("/a//b").value(), ElementsAre("a", "", "b"));
  EXPECT_THAT(path_segments("http://walnut/a").value(), ElementsAre("a"));
  EXPECT_FALSE(path_segments("/a/%zz").ok());
}

}  // namespace
}  // namespace evener
