#include "cli/status_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"

namespace evener {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class StatusFolderTest : public testing::Test {
 protected:
  static std::string new_folder() {
    std::string name = testing::TempDir() + "evener-status-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }

  ~StatusFolderTest() override { fs::remove_all(root_); }

  std::string path(const std::string& name) const { return root_ + "/files/" + name; }

  static StatusFile file(const std::string& text) { return {"A.md", "a", text}; }

  std::string text() const { return read_file(path("A.md")).value(); }

  static std::string block(const std::string& text) {
    return "<!-- evener:begin a -->\n" + text + "<!-- evener:end a -->\n";
  }

  static std::vector<std::string> codes(const StatusChange& change) {
    std::vector<std::string> out;
    for (const Error& problem : change.problems) out.push_back(problem.code);
    return out;
  }

  std::string root_ = new_folder();
  StatusFolder folder_{root_ + "/files"};
};

TEST_F(StatusFolderTest, MakesTheFolderAndItsFiles) {
  EXPECT_THAT(folder_.write({file("one\n")}).written, ElementsAre("A.md"));
  EXPECT_EQ(text(), block("one\n"));
}

TEST_F(StatusFolderTest, WritesNothingThatIsTrueAlready) {
  static_cast<void>(folder_.write({file("one\n")}));
  const auto before = fs::last_write_time(path("A.md"));
  const StatusChange change = folder_.write({file("one\n")});
  EXPECT_THAT(change.written, IsEmpty());
  EXPECT_EQ(change.unchanged, 1U);
  StatusFolder another(root_ + "/files");
  EXPECT_EQ(another.write({file("one\n")}).unchanged, 1U);
  EXPECT_EQ(fs::last_write_time(path("A.md")), before);
}

TEST_F(StatusFolderTest, KeepsWhatPeopleWroteAndTheFilesMode) {
  static_cast<void>(folder_.write({file("one\n")}));
  const std::string mine = "mine \xff\r\n" + block("broken\n") + "below";
  ASSERT_TRUE(write_file_atomic(path("A.md"), mine, 0640).ok());
  EXPECT_FALSE(folder_.is_as_left());
  EXPECT_THAT(folder_.write({file("one\n")}).written, ElementsAre("A.md"));
  EXPECT_EQ(text(), "mine \xff\r\n" + block("one\n") + "below");
  struct stat found{};
  ASSERT_EQ(::stat(path("A.md").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0640U);
  EXPECT_TRUE(folder_.is_as_left());
}

TEST_F(StatusFolderTest, MakesADeletedFolderAgain) {
  static_cast<void>(folder_.write({file("one\n")}));
  fs::remove_all(root_ + "/files");
  EXPECT_FALSE(folder_.is_as_left());
  EXPECT_THAT(folder_.write({file("one\n")}).written, ElementsAre("A.md"));
}

TEST_F(StatusFolderTest, FollowsNoLink) {
  fs::create_directory(root_ + "/files");
  ASSERT_TRUE(write_file_atomic(root_ + "/outside", "secret\n", 0644).ok());
  fs::create_symlink(root_ + "/outside", path("A.md"));
  EXPECT_THAT(codes(folder_.write({file("one\n")})), ElementsAre("not_a_file"));
  EXPECT_EQ(read_file(root_ + "/outside").value(), "secret\n");
  EXPECT_TRUE(fs::is_symlink(path("A.md")));
  EXPECT_FALSE(folder_.read("A.md").ok());
}

TEST_F(StatusFolderTest, LeavesFoldersAndPipesAloneAndGoesOn) {
  fs::create_directories(path("A.md"));
  ASSERT_EQ(::mkfifo(path("B.md").c_str(), 0600), 0);
  const StatusChange change =
      folder_.write({file("one\n"), {"B.md", "b", "b\n"}, {"C.md", "c", "c\n"}});
  EXPECT_THAT(codes(change), ElementsAre("not_a_file", "not_a_file"));
  EXPECT_THAT(change.written, ElementsAre("C.md"));
}

TEST_F(StatusFolderTest, LeavesDamagedFilesAloneUntilTheyAreMended) {
  fs::create_directory(root_ + "/files");
  const std::string damaged = "<!-- evener:begin a -->\nhalf\n";
  ASSERT_TRUE(write_file_atomic(path("A.md"), damaged, 0644).ok());
  const StatusChange change = folder_.write({file("one\n")});
  ASSERT_THAT(codes(change), ElementsAre("damaged_markers"));
  EXPECT_EQ(change.problems.front().where, path("A.md") + ":1");
  EXPECT_EQ(text(), damaged);
  EXPECT_TRUE(folder_.is_as_left());
  ASSERT_TRUE(write_file_atomic(path("A.md"), damaged + "<!-- evener:end a -->\n", 0644).ok());
  EXPECT_FALSE(folder_.is_as_left());
  EXPECT_THAT(folder_.write({file("one\n")}).written, ElementsAre("A.md"));
}

TEST_F(StatusFolderTest, ReplacesOnlyWhatItHasSeen) {
  static_cast<void>(folder_.write({file("one\n")}));
  const Status replaced = folder_.replace("A.md", "something else", "new");
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().code, "changed_meanwhile");
}

TEST_F(StatusFolderTest, SaysThatItsPlaceIsTaken) {
  ASSERT_TRUE(write_file_atomic(root_ + "/files", "a file\n", 0644).ok());
  EXPECT_EQ(folder_.write({file("one\n")}).problems.size(), 1U);
}

}  // namespace
}  // namespace evener
