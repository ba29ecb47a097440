#include "cli/plan_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class PlanFileTest : public TypedVerbTest {
 protected:
  PlanFileTest() {
    EXPECT_EQ(run({"init", "--name", "files"}), 0);
    EXPECT_EQ(run({"add", "--id", "a"}), 0);
    EXPECT_EQ(run({"add", "--id", "b", "--need", "a"}), 0);
  }

  std::string text_of(const std::string& name) const {
    const Result<std::string> text = read_file(folder_.path(name));
    return text.ok() ? *text : text.error().text();
  }
};

TEST_F(PlanFileTest, KeepsTheModeOfAFileThatIsThere) {
  const std::string file = folder_.path("plan.toml");
  ASSERT_TRUE(write_file_atomic(file, "old", 0640).ok());
  ASSERT_TRUE(write_plan_file(file, "new").ok());
  struct stat found{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0640U);
  EXPECT_EQ(text_of("plan.toml"), "new");
}

TEST_F(PlanFileTest, WritesThroughASymbolicLink) {
  ASSERT_TRUE(write_file_atomic(folder_.path("real.toml"), "old", 0644).ok());
  std::filesystem::create_symlink("real.toml", folder_.path("link.toml"));
  std::filesystem::create_symlink("later.toml", folder_.path("new.toml"));
  ASSERT_EQ(run({"export", "-o", folder_.path("link.toml")}), 0) << err_;
  EXPECT_TRUE(std::filesystem::is_symlink(folder_.path("link.toml")));
  EXPECT_THAT(text_of("real.toml"), HasSubstr("[[task]]"));
  ASSERT_TRUE(write_plan_file(folder_.path("new.toml"), "text").ok());
  EXPECT_EQ(text_of("later.toml"), "text");
}

TEST_F(PlanFileTest, IsInTheFormThatItsNameTells) {
  const std::string json = folder_.path("plan.json");
  ASSERT_EQ(run({"export", "-o", json}), 0) << err_;
  EXPECT_THAT(text_of("plan.json"), StartsWith("{"));
  EXPECT_EQ(run({"import", json}), 0) << err_;
  ASSERT_EQ(run({"export", "--format", "toml", "-o", json}), 0) << err_;
  EXPECT_THAT(text_of("plan.json"), HasSubstr("[[task]]"));
  ASSERT_EQ(run({"export", "-o", folder_.path("p.toml")}), 0) << err_;
  ASSERT_EQ(run({"plan", "check", folder_.path("p.toml"), "--fix", "--output", json}), 0) << err_;
  EXPECT_THAT(text_of("plan.json"), StartsWith("{"));
}

TEST_F(PlanFileTest, IsInTheFormOfWhatALinkLeadsTo) {
  ASSERT_TRUE(write_file_atomic(folder_.path("real.toml"), "old", 0644).ok());
  std::filesystem::create_symlink("real.toml", folder_.path("link.json"));
  ASSERT_EQ(run({"export", "-o", folder_.path("link.json")}), 0) << err_;
  EXPECT_THAT(text_of("real.toml"), HasSubstr("[[task]]"));
  EXPECT_TRUE(is_toml_file(folder_.path("link.json")));
}

TEST_F(PlanFileTest, IsNotCheckedForWhereThereIsNoFolder) {
  EXPECT_TRUE(check_plan_file(folder_.path("plan.toml")).ok());
  EXPECT_FALSE(check_plan_file(folder_.path("nowhere/plan.toml")).ok());
}

}  // namespace
}  // namespace evener
