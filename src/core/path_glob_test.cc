#include "core/path_glob.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace evener {
namespace {

PathGlob glob(std::string_view text) {
  Result<PathGlob> parsed = PathGlob::parse(text);
  CHECK(parsed.ok(), parsed.error().text());
  return std::move(*parsed);
}

bool meet(std::string_view a, std::string_view b) {
  const bool there = overlap(glob(a), glob(b));
  EXPECT_EQ(overlap(glob(b), glob(a)), there) << a << " and " << b;
  return there;
}

TEST(PathGlob, IsBroughtToItsShortestForm) {
  EXPECT_EQ(glob("./src//auth/").text(), "src/auth/**");
  EXPECT_EQ(glob("src/./a.cc").text(), "src/a.cc");
  EXPECT_EQ(glob("a/**/**/b").text(), "a/**/b");
  EXPECT_EQ(glob("/etc/hosts").text(), "/etc/hosts");
  EXPECT_EQ(glob(".").text(), "**");
  EXPECT_EQ(glob("./").text(), "**");
  EXPECT_EQ(glob("/").text(), "/**");
  EXPECT_EQ(glob("a/**/").text(), "a/**");
}

TEST(PathGlob, MatchesAsShellsDo) {
  EXPECT_TRUE(matches(glob("src/*.cc"), "src/a.cc"));
  EXPECT_TRUE(matches(glob("src/*.cc"), "./src/.cc"));
  EXPECT_FALSE(matches(glob("src/*.cc"), "src/a/b.cc"));
  EXPECT_TRUE(matches(glob("src/**"), "src/a/b.cc"));
  EXPECT_TRUE(matches(glob("src/**"), "src"));
  EXPECT_FALSE(matches(glob("src/**"), "srcs/a"));
  EXPECT_TRUE(matches(glob("**/*.md"), "README.md"));
  EXPECT_TRUE(matches(glob("**/*.md"), "docs/a/b.md"));
  EXPECT_TRUE(matches(glob("a/**/z"), "a/z"));
  EXPECT_TRUE(matches(glob("docs/?.md"), "docs/x.md"));
  EXPECT_TRUE(matches(glob("docs/?.md"), "docs/é.md"));
  EXPECT_FALSE(matches(glob("docs/?.md"), "docs/xy.md"));
  EXPECT_TRUE(matches(glob("[a-c]x"), "bx"));
  EXPECT_FALSE(matches(glob("[!a-c]x"), "bx"));
  EXPECT_TRUE(matches(glob("[!a-c]x"), "dx"));
  EXPECT_TRUE(matches(glob("[]-]"), "]"));
  EXPECT_TRUE(matches(glob("[*]"), "*"));
  EXPECT_FALSE(matches(glob("[*]"), "a"));
  EXPECT_FALSE(matches(glob("src/a"), "/src/a"));
}

TEST(PathGlob, TakesAFoundPathAsItIs) {
  EXPECT_TRUE(matches(glob("a/[[]x]"), "a/[x]"));
  EXPECT_FALSE(matches(glob("a/x"), "a/[x]"));
  EXPECT_FALSE(matches(glob("**"), "../x"));
}

TEST(PathGlob, OverlapsWhereAPathMatchesBoth) {
  EXPECT_TRUE(meet("src/auth/**", "src/auth/login.cc"));
  EXPECT_TRUE(meet("src/**", "src/auth/**"));
  EXPECT_FALSE(meet("src/auth/**", "src/authors/**"));
  EXPECT_TRUE(meet("src/*.cc", "src/a*"));
  EXPECT_FALSE(meet("src/*.cc", "src/*.h"));
  EXPECT_TRUE(meet("**/*_test.cc", "src/**"));
  EXPECT_TRUE(meet("a*b*c", "*abc*c"));
  EXPECT_FALSE(meet("[a-c]*", "[d-f]*"));
  EXPECT_TRUE(meet("[!a]", "[a-b]"));
  EXPECT_TRUE(meet("a/**/b/**/c", "a/b/c"));
  EXPECT_FALSE(meet("a/*/c", "a/c"));
  EXPECT_FALSE(meet("/**", "**"));
}

TEST(PathGlob, RefusesWhatIsNone) {
  for (const char* text : {"", "a/../b", "..", "a[b", "a\\b", "[z-a]", "[", "[!"}) {
    const Result<PathGlob> parsed = PathGlob::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, "bad_value");
    EXPECT_NE(parsed.error().message.find("expected"), std::string::npos);
  }
}

// Both would take for ever if stars were tried one after the other.
TEST(PathGlob, DecidesTheWorstInLittleTime) {
  std::string stars = "x";
  std::string deep = "x";
  for (int i = 0; i < 120; ++i) {
    stars += "*a";
    deep += "/**/a";
  }
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(meet(stars + "b", stars + "c"));
  EXPECT_FALSE(meet(deep + "/b", deep + "/c"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

// ---- compared with trying ----------------------------------------------------------------------

bool part_matches(std::string_view part, std::string_view name) {
  if (part.empty()) return name.empty();
  if (part[0] == '*') {
    return part_matches(part.substr(1), name) ||
           (!name.empty() && part_matches(part, name.substr(1)));
  }
  if (name.empty()) return false;
  if (part[0] == '[') {
    const std::size_t end = part.find(']');
    std::string_view set = part.substr(1, end - 1);
    const bool negated = set[0] == '!';
    if (negated) set.remove_prefix(1);
    if ((set.find(name[0]) != std::string_view::npos) == negated) return false;
    return part_matches(part.substr(end + 1), name.substr(1));
  }
  if (part[0] != '?' && part[0] != name[0]) return false;
  return part_matches(part.substr(1), name.substr(1));
}

using Parts = std::vector<std::string>;

bool all_match(const Parts& parts, std::size_t i, const Parts& path, std::size_t j) {
  if (i == parts.size()) return j == path.size();
  if (parts[i] == "**") {
    return all_match(parts, i + 1, path, j) ||
           (j < path.size() && all_match(parts, i, path, j + 1));
  }
  return j < path.size() && part_matches(parts[i], path[j]) && all_match(parts, i + 1, path, j + 1);
}

std::string joined(const Parts& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "/") + part;
  return text;
}

// Every path of at most three parts, each of at most three of two letters. That is enough for a
// witness of any overlap of the globs below.
std::vector<Parts> all_paths() {
  Parts names;
  for (const char* name : {"a", "b"}) {
    names.emplace_back(name);
    for (const char* second : {"a", "b"}) {
      names.push_back(std::string(name) + second);
      for (const char* third : {"a", "b"}) names.push_back(std::string(name) + second + third);
    }
  }
  std::vector<Parts> paths;
  for (const std::string& x : names) {
    paths.push_back({x});
    for (const std::string& y : names) {
      paths.push_back({x, y});
      for (const std::string& z : names) paths.push_back({x, y, z});
    }
  }
  return paths;
}

class RandomGlobs {
 public:
  explicit RandomGlobs(unsigned seed) : random_(seed) {}

  Parts next() {
    Parts parts;
    for (unsigned left = 1 + random_() % 2; left > 0; --left) {
      parts.push_back(random_() % 5 == 0 ? "**" : part());
    }
    return parts;
  }

 private:
  // At most one letter besides a star: three letters hold any two of them at once.
  std::string part() {
    static const std::array<const char*, 8> one{"a", "b", "?", "[a]", "[!a]", "[ab]", "*", "*"};
    std::string text = one[random_() % one.size()];
    if (random_() % 2 == 0) text += one[random_() % one.size()];
    if (text == "**") text = "*";
    return text;
  }

  std::mt19937 random_;
};

TEST(PathGlob, AgreesWithTryingEveryPath) {
  const std::vector<Parts> paths = all_paths();
  RandomGlobs random(7);
  int overlaps = 0;
  for (int round = 0; round < 400; ++round) {
    const Parts a = random.next();
    const Parts b = random.next();
    bool found = false;
    for (const Parts& path : paths) {
      const bool by_a = all_match(a, 0, path, 0);
      found |= by_a && all_match(b, 0, path, 0);
      if (round % 8 == 0) {
        EXPECT_EQ(matches(glob(joined(a)), joined(path)), by_a) << joined(a) << " " << joined(path);
      }
    }
    EXPECT_EQ(meet(joined(a), joined(b)), found) << joined(a) << " and " << joined(b);
    overlaps += found ? 1 : 0;
  }
  EXPECT_GT(overlaps, 50);
  EXPECT_LT(overlaps, 350);
}

}  // namespace
}  // namespace evener
