#include "engine/blobs.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/sha256.h"

namespace evener {
namespace {

class BlobStoreTest : public testing::Test {
 protected:
  ~BlobStoreTest() override { std::filesystem::remove_all(folder_); }

  std::string file_of(const BlobRef& blob) const {
    return folder_ / "blobs" / blob.digest.substr(0, 2) / blob.digest.substr(2);
  }

  static std::filesystem::path new_folder() {
    std::string folder = std::filesystem::temp_directory_path() / "evener-blobs-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    return folder;
  }

  std::filesystem::path folder_ = new_folder();
  BlobStore store_{(folder_ / "blobs").string()};
};

TEST_F(BlobStoreTest, GivesBackWhatWasPutUnderItsDigest) {
  const std::string bytes("all 12 tests passed\0\xff", 21);
  const Result<BlobRef> blob = store_.put(bytes);
  ASSERT_TRUE(blob.ok());
  EXPECT_EQ(blob->algorithm, "sha256");
  EXPECT_EQ(blob->digest, sha256_hex(bytes));
  EXPECT_EQ(blob->size, 21);
  EXPECT_EQ(store_.get(*blob).value(), bytes);
}

TEST_F(BlobStoreTest, KeepsTheSameBytesOnceAndEmptyOnesToo) {
  const BlobRef first = store_.put("").value();
  EXPECT_EQ(store_.put("").value(), first);
  EXPECT_EQ(store_.get(first).value(), "");
}

TEST_F(BlobStoreTest, IsClosedToOthers) {
  const BlobRef blob = store_.put("secret").value();
  struct stat found{};
  ASSERT_EQ(::stat(file_of(blob).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ / "blobs").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
}

TEST_F(BlobStoreTest, RefusesMoreThanItsBound) {
  const std::string bytes(max_blob_bytes + 1, 'x');
  EXPECT_EQ(store_.put(bytes).error().code, "too_large");
  EXPECT_TRUE(store_.put(std::string_view(bytes).substr(1)).ok());
}

TEST_F(BlobStoreTest, SaysThatABlobIsMissing) {
  const BlobRef never_put{.algorithm = "sha256", .digest = sha256_hex("never"), .size = 5};
  EXPECT_EQ(store_.get(never_put).error().code, "blob_missing");
}

TEST_F(BlobStoreTest, OpensNothingButDigests) {
  for (const std::string digest : {"", "../../etc/passwd", "ABCDEF"}) {
    const BlobRef blob{.algorithm = "sha256", .digest = digest, .size = 0};
    EXPECT_EQ(store_.get(blob).error().code, "bad_digest") << digest;
  }
  std::string with_slash(64, 'a');
  with_slash[3] = '/';
  BlobRef blob;
  blob.digest = with_slash;
  EXPECT_EQ(store_.get(blob).error().code, "bad_digest");
  blob = {.algorithm = "md5", .digest = std::string(64, 'a'), .size = 0};
  EXPECT_EQ(store_.get(blob).error().code, "bad_digest");
}

TEST_F(BlobStoreTest, FindsDamageAndMendsItWhenTheBytesAreThereAgain) {
  const BlobRef blob = store_.put("whole").value();
  std::ofstream(file_of(blob), std::ios::trunc) << "whale";
  EXPECT_EQ(store_.get(blob).error().code, "blob_damaged");
  EXPECT_EQ(store_.put("whole").value(), blob);
  EXPECT_EQ(store_.get(blob).value(), "whole");
}

}  // namespace
}  // namespace evener
