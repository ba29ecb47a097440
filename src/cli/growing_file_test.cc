#include "cli/growing_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace evener {
namespace {

class GrowingFileTest : public testing::Test {
 protected:
  GrowingFileTest() {
    std::string name = testing::TempDir() + "evener-growing-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/t.jsonl";
    append("one\n");
    file_ = std::make_unique<GrowingFile>(path_);
  }

  ~GrowingFileTest() override { std::filesystem::remove_all(folder_); }

  void append(const std::string& text) const { std::ofstream(path_, std::ios::app) << text; }

  void truncate(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }

  // "!" before what begins anew.
  std::string next() {
    const Result<GrowingFile::Piece> piece = file_->read();
    if (!piece.ok()) return piece.error().code;
    return (piece->begins_anew ? "!" : "") + std::string(piece->bytes);
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<GrowingFile> file_;
};

TEST_F(GrowingFileTest, GivesEachByteOnce) {
  EXPECT_EQ(next(), "one\n");
  EXPECT_EQ(next(), "");
  append("two\n");
  EXPECT_EQ(next(), "two\n");
  EXPECT_EQ(next(), "");
}

TEST_F(GrowingFileTest, BeginsAnewAfterATruncation) {
  EXPECT_EQ(next(), "one\n");
  truncate("");
  EXPECT_EQ(next(), "!");
  append("two\n");
  EXPECT_EQ(next(), "two\n");
}

TEST_F(GrowingFileTest, BeginsAnewWhereItHasGrownBeyondWhatWasTruncated) {
  EXPECT_EQ(next(), "one\n");
  truncate("two\nthree\n");
  EXPECT_EQ(next(), "!two\nthree\n");
  truncate("six\nseven\n");
  EXPECT_EQ(next(), "!six\nseven\n");
  EXPECT_EQ(next(), "");
}

TEST_F(GrowingFileTest, ReadsTheOldOneToItsEndAndThenTheOneInItsPlace) {
  EXPECT_EQ(next(), "one\n");
  append("two\n");
  std::filesystem::remove(path_);
  EXPECT_EQ(next(), "two\n");
  EXPECT_EQ(next(), "file_missing");
  append("three\n");
  EXPECT_EQ(next(), "!three\n");
  append("four\n");
  EXPECT_EQ(next(), "four\n");
}

TEST_F(GrowingFileTest, IsMissingUntilItIsThere) {
  std::filesystem::remove(path_);
  EXPECT_EQ(next(), "file_missing");
  append("two\n");
  EXPECT_EQ(next(), "two\n");
}

}  // namespace
}  // namespace evener
