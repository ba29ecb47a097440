#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/file.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ClaimsFolderTest : public TypedVerbTest {
 protected:
  ClaimsFolderTest() {
    EXPECT_EQ(run({"init", "--name", "claims"}), 0);
    for (const char* task : {"a/b", "a_b", "zz"}) EXPECT_EQ(run({"add", "--id", task}), 0);
  }

  void keep() { EXPECT_EQ(run({"configure", "--claims-dir", claims_}), 0) << err_; }

  void claim(const std::string& task, const std::string& worker = "w") {
    EXPECT_EQ(run({"claim", task, "--worker", worker, "--slots", "9"}), 0) << err_;
  }

  std::string file(const std::string& name) const { return claims_ + "/" + name; }

  void put(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(ensure_directory(claims_, 0755).ok());
    EXPECT_TRUE(write_file_atomic(file(name), text, 0644).ok());
  }

  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(claims_)) {
      out.insert(entry.path().filename().string());
    }
    return out;
  }

  std::string claims_ = folder_.path("claims");
};

TEST_F(ClaimsFolderTest, HasAFileForEachTaskThatRuns) {
  keep();
  claim("a/b");
  claim("a_b");
  EXPECT_THAT(names(), ElementsAre("a%2Fb.claim", "a_b.claim"));
  EXPECT_EQ(run({"release", "a/b", "--worker", "w"}), 0) << err_;
  EXPECT_THAT(names(), ElementsAre("a_b.claim"));
}

TEST_F(ClaimsFolderTest, LeavesAloneWhatOthersWrote) {
  put("theirs.claim", "session-1:Mon Nov 17 00:01:30 UTC 2025\n");
  put("zz.claim", "session-2:Mon Nov 17 00:01:30 UTC 2025\n");
  keep();
  claim("a_b");
  EXPECT_EQ(err_, "");
  EXPECT_THAT(names(), ElementsAre("a_b.claim", "theirs.claim", "zz.claim"));
  claim("zz");
  EXPECT_THAT(err_, HasSubstr("warning"));
  EXPECT_THAT(err_, HasSubstr("zz.claim"));
  EXPECT_EQ(run({"release", "zz", "--worker", "w"}), 0) << err_;
  EXPECT_EQ(run({"release", "a_b", "--worker", "w"}), 0) << err_;
  EXPECT_THAT(names(), ElementsAre("theirs.claim", "zz.claim"));
  EXPECT_THAT(read_file(file("zz.claim")).value(), HasSubstr("session-2"));
}

TEST_F(ClaimsFolderTest, ReplacesItsOwn) {
  keep();
  claim("zz", "w1");
  EXPECT_EQ(run({"release", "zz", "--worker", "w1"}), 0) << err_;
  EXPECT_THAT(names(), ElementsAre());
  claim("zz", "w1");
  std::filesystem::remove(file("zz.claim"));
  claim("a_b");
  EXPECT_THAT(names(), ElementsAre("a_b.claim", "zz.claim"));
  EXPECT_THAT(read_file(file("zz.claim")).value(), testing::StartsWith("w1:"));
}

TEST_F(ClaimsFolderTest, IsReadBack) {
  keep();
  claim("a/b");
  EXPECT_EQ(run({"import", claims_, "--dry-run"}), 0) << err_;
  EXPECT_THAT(out_, testing::Not(HasSubstr("a_b")));
}

}  // namespace
}  // namespace evener
