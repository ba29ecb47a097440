#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/time.h"
#include "cli/typed_verb.h"
#include "client/remote_pool.h"

namespace evener {
namespace {

using testing::HasSubstr;

// Nobody listens where the invitation leads: whatever comes as far as that was not refused before.
class JoinVerbTest : public TypedVerbTest {
 protected:
  void keep_remote(const std::string& text, mode_t mode) {
    ASSERT_TRUE(make_folder(folder_.pool()).ok());
    ASSERT_TRUE(write_file_atomic(folder_.pool().remote(), text, mode).ok());
  }

  int join(const std::vector<std::string>& flags) {
    std::vector<std::string> words{"join", invitation_};
    words.insert(words.end(), flags.begin(), flags.end());
    return run(std::move(words));
  }

  const std::string invitation_ = "evener://127.0.0.1:1/tour#" + std::string(32, 'c');
  const std::string whole_ = to_json_text(RemotePool{
      .server = "https://h:1",
      .fingerprint = "",
      .token = "secret",
      .name = "walnut",
      .machine = "walnut",
      .pool = "tour",
      .pool_id = "17"
  });
};

TEST_F(JoinVerbTest, LeavesAPoolWhoseTokenOthersCanRead) {
  keep_remote(whole_, 0644);
  EXPECT_EQ(join({}), 3);
  EXPECT_THAT(err_, HasSubstr("tokens_exposed"));
  EXPECT_THAT(err_, HasSubstr("--replace"));
  EXPECT_EQ(join({"--replace"}), 3);
  EXPECT_THAT(err_, HasSubstr("unreachable"));
  EXPECT_EQ(*read_file(folder_.pool().remote()), whole_) << "it joined no other";
}

TEST_F(JoinVerbTest, LeavesAPoolOfWhichNothingCanBeRead) {
  keep_remote("{", 0600);
  EXPECT_EQ(join({}), 3);
  EXPECT_THAT(err_, HasSubstr("file_damaged"));
  EXPECT_THAT(err_, HasSubstr("--replace"));
  EXPECT_EQ(run({"list"}), 3);
  EXPECT_THAT(err_, HasSubstr("file_damaged"));
  EXPECT_EQ(join({"--replace"}), 3);
  EXPECT_THAT(err_, HasSubstr("unreachable"));
}

TEST_F(JoinVerbTest, TakesThePoolsFolderAsTheEnvironmentNamesIt) {
  keep_remote(whole_, 0600);
  std::vector<std::string> words{"evener", "join", invitation_};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  ASSERT_EQ(::setenv("EVENER_POOL", folder_.pool().path.c_str(), 1), 0);
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_cli(static_cast<int>(argv.size()), argv.data()), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("already_joined"));
  ASSERT_EQ(::unsetenv("EVENER_POOL"), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.pool().path + "/.evener"));
}

}  // namespace
}  // namespace evener
