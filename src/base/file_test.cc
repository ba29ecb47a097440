#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace evener {
namespace {

class File : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "evener-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  static mode_t mode_of(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found.st_mode & 07777;
  }

  std::size_t files_in_folder() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) ++count;
    return count;
  }

  std::string folder_;
};

TEST_F(File, ReadsBackWhatWasWritten) {
  const std::string bytes = std::string("a\0b\n", 4) + std::string(100'000, 'x');
  ASSERT_TRUE(write_file_atomic(path("f"), bytes, 0600).ok());
  EXPECT_EQ(*read_file(path("f")), bytes);
  EXPECT_EQ(mode_of(path("f")), 0600U);
  EXPECT_EQ(files_in_folder(), 1U) << "the temporary file is gone";
}

TEST_F(File, ReplacesAFileAndItsMode) {
  ASSERT_TRUE(write_file_atomic(path("f"), "old and long", 0600).ok());
  ASSERT_TRUE(write_file_atomic(path("f"), "new", 0644, false).ok());
  EXPECT_EQ(*read_file(path("f")), "new");
  EXPECT_EQ(mode_of(path("f")), 0644U);
}

TEST_F(File, JoinsTheParts) {
  const std::array<std::string_view, 3> parts = {"head\n", "", "body"};
  ASSERT_TRUE(write_file_atomic(path("f"), parts, 0600).ok());
  EXPECT_EQ(*read_file(path("f")), "head\nbody");
}

TEST_F(File, ReadsFilesThatTellNoSize) {
  const Result<std::string> status = read_file("/proc/self/status");
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_NE(status->find("Name:"), std::string::npos);
}

TEST_F(File, NamesThePathAndWhatTheSystemSaid) {
  const Result<std::string> missing = read_file(path("nothing"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "file_missing");
  EXPECT_EQ(missing.error().where, path("nothing"));
  EXPECT_EQ(missing.error().message, "cannot open: No such file or directory");

  const Result<std::string> folder = read_file(folder_);
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, "io_error");
}

TEST_F(File, TellsAFullDiskFromAReadOnlyOne) {
  EXPECT_EQ(system_error(ENOSPC, "write", "f").code, "disk_full");
  EXPECT_EQ(system_error(EDQUOT, "write", "f").code, "disk_full");
  EXPECT_EQ(system_error(EROFS, "write", "f").code, "read_only");
  EXPECT_EQ(system_error(EACCES, "write", "f").code, "read_only");
  EXPECT_EQ(system_error(EPERM, "write", "f").code, "read_only");
  EXPECT_EQ(system_error(EIO, "write", "f").code, "io_error");
}

TEST_F(File, LeavesTheOldFileWhenTheNewOneCannotTakeItsPlace) {
  std::filesystem::create_directories(path("taken/inside"));
  const Status written = write_file_atomic(path("taken"), "bytes", 0600);
  ASSERT_FALSE(written.ok()) << "a folder with something in it cannot be replaced by a file";
  EXPECT_EQ(written.error().code, "io_error");
  EXPECT_EQ(files_in_folder(), 1U) << "the temporary file is gone";
  EXPECT_EQ(write_file_atomic(path("none/f"), "bytes", 0600).error().code, "file_missing");
}

TEST_F(File, MakesFoldersThatAreMissing) {
  ASSERT_TRUE(ensure_directory(path("a/b/c"), 0700).ok());
  EXPECT_EQ(mode_of(path("a")), 0700U);
  EXPECT_EQ(mode_of(path("a/b/c")), 0700U);
  ASSERT_EQ(::chmod(path("a").c_str(), 0750), 0);
  EXPECT_TRUE(ensure_directory(path("a/"), 0700).ok());
  EXPECT_EQ(mode_of(path("a")), 0750U) << "a folder that is there is left as it is";
}

TEST_F(File, RefusesAFileWhereAFolderIsMeant) {
  ASSERT_TRUE(write_file_atomic(path("f"), "bytes", 0600).ok());
  EXPECT_EQ(ensure_directory(path("f"), 0700).error().code, "io_error");
  EXPECT_EQ(ensure_directory(path("f/below"), 0700).error().code, "io_error");
}

}  // namespace
}  // namespace evener
