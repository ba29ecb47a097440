// What globs match by docs/locks.md, and that the paths that are tried are enough.
#include "globs.h"

#include <gtest/gtest.h>

namespace evener::sim {
namespace {

TEST(Globs, MatchAsTheDocumentSays) {
  EXPECT_TRUE(covers("src/auth/**", "src/auth"));
  EXPECT_TRUE(covers("src/auth/", "src/auth/a/b.cc"));
  EXPECT_FALSE(covers("src/auth", "src/auth/a"));
  EXPECT_TRUE(covers("src/*.cc", "src/.cc"));
  EXPECT_FALSE(covers("src/*.cc", "src/core/a.cc"));
  EXPECT_TRUE(covers("docs/?.md", "docs/d.md"));
  EXPECT_FALSE(covers("docs/?.md", "docs/dd.md"));
  EXPECT_TRUE(covers("[a-c].md", "b.md"));
  EXPECT_FALSE(covers("[a-c].md", "d.md"));
  EXPECT_TRUE(covers("[!a].md", "b.md"));
  EXPECT_FALSE(covers("[!a].md", "a.md"));
  EXPECT_TRUE(covers("lib/**/test.cc", "lib/test.cc"));
  EXPECT_TRUE(covers("lib/**/test.cc", "lib/a/b/test.cc"));
  EXPECT_TRUE(covers("./lib//test.cc", "lib/test.cc"));
  EXPECT_FALSE(covers("/lib/**", "lib/test.cc"));
}

TEST(Globs, MeetWhereAPathMatchesBoth) {
  EXPECT_TRUE(meet("src/**", "src"));
  EXPECT_TRUE(meet("src/**/x.cc", "**/core/*.cc"));
  EXPECT_TRUE(meet("src/[a-c].cc", "src/[!a].cc"));
  EXPECT_FALSE(meet("src/[a-c].cc", "src/x.cc"));
  EXPECT_FALSE(meet("*/*.md", "src/?.cc"));
  EXPECT_FALSE(meet("src/**", "docs/**"));
  EXPECT_FALSE(meet("src/**", "/src/**"));
}

// Other paths, longer ones among them, find no two globs that meet beside those known to.
TEST(Globs, MeetNowhereElse) {
  std::vector<std::string> names{"lib", "c.cc", "d.cc", "e.md", ".cc", "aa.cc", "src", "core"};
  names.insert(names.end(), {"docs", "a.cc", "x.cc", "d.md"});
  std::vector<std::string> paths(names);
  for (std::size_t i = 0; paths.size() < 30'000; ++i) {
    for (const std::string& name : names) paths.push_back(paths[i] + "/" + name);
  }
  const auto globs = relative_globs();
  std::vector<std::vector<bool>> met(globs.size(), std::vector<bool>(globs.size()));
  for (const std::string& path : paths) {
    std::vector<std::size_t> matching;
    for (std::size_t i = 0; i < globs.size(); ++i) {
      if (covers(globs[i], path)) matching.push_back(i);
    }
    for (const std::size_t a : matching) {
      for (const std::size_t b : matching) met[a][b] = true;
    }
  }
  for (std::size_t a = 0; a < globs.size(); ++a) {
    for (std::size_t b = 0; b < globs.size(); ++b) {
      const bool known = meet(std::string(globs[a]), std::string(globs[b]));
      EXPECT_TRUE(known || !met[a][b]) << globs[a] << " and " << globs[b];
    }
  }
}

TEST(Globs, KnowsWhatIsNoPath) {
  EXPECT_TRUE(may_be_paths({}));
  EXPECT_TRUE(may_be_paths({"src/**", "shared:docs/**"}));
  EXPECT_FALSE(may_be_paths({"src/**", "shared:/docs/**"}));
  EXPECT_FALSE(may_be_paths({"shared:../up"}));
}

}  // namespace
}  // namespace evener::sim
