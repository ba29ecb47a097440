#include "worker/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace evener {
namespace {

class OutputFiles : public testing::Test {
 protected:
  OutputFiles() {
    std::string name = testing::TempDir() + "evener-output-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/1-t.log";
  }

  ~OutputFiles() override { std::filesystem::remove_all(folder_); }

  std::string content() const { return read_file(path_).value(); }

  std::string folder_;
  std::string path_;
};

TEST_F(OutputFiles, HoldsLinesOnceTheyAreFlushed) {
  OutputFile file(path_, 1000);
  file.append("one");
  file.append("two");
  EXPECT_EQ(content(), "");
  file.flush();
  EXPECT_EQ(content(), "one\ntwo\n");
  file.append("three");
  file.flush();
  EXPECT_EQ(content(), "one\ntwo\nthree\n");
}

TEST_F(OutputFiles, AreWrittenWithoutAFlushWhereManyLinesWait) {
  OutputFile file(path_, 1'000'000);
  for (int i = 0; i < 1000; ++i) file.append(std::string(99, 'x'));
  EXPECT_GE(content().size(), 64'000U);
  EXPECT_LT(content().size(), 100'000U);
}

TEST_F(OutputFiles, IsClosedToOthers) {
  const OutputFile file(path_, 1000);
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(OutputFiles, BeginsAnewWhenItIsFull) {
  OutputFile file(path_, 60);
  for (int i = 0; i < 1000; ++i) {
    file.append("line " + std::to_string(i));
    if (i % 3 == 0) file.flush();
    ASSERT_LE(content().size(), 60U);
  }
  EXPECT_TRUE(content().starts_with("[... what came before is left out ...]\n"));
  EXPECT_TRUE(content().ends_with("line 999\n"));
}

TEST_F(OutputFiles, AreReplacedByTheWholeAtTheEnd) {
  OutputFile file(path_, 60);
  file.append("one");
  file.flush();
  EXPECT_TRUE(file.replace("all of it").ok());
  EXPECT_EQ(content(), "all of it");
  file.remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(OutputFiles, DoNotStandInTheWayWhenTheyCannotBeWritten) {
  OutputFile file(folder_ + "/no/such/folder/x.log", 60);
  file.append("one");
  EXPECT_FALSE(file.replace("all").ok());
}

TEST_F(OutputFiles, AreNotWrittenThroughALink) {
  std::filesystem::create_symlink(folder_ + "/elsewhere", path_);
  OutputFile file(path_, 60);
  file.append("one");
  file.flush();
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/elsewhere"));
}

}  // namespace
}  // namespace evener
