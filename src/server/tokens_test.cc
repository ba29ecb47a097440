#include "server/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "server/http_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;

class TokensTest : public testing::Test {
 protected:
  Result<Tokens> open(std::string_view text) {
    EXPECT_TRUE(write_file_atomic(path_, text, 0600).ok());
    return Tokens::open(path_, "rod");
  }

  testing_http::TemporaryFolder folder_;
  std::string path_ = folder_.path() / "tokens";
};

TEST_F(TokensTest, AreMadeAtTheFirstStartAndStay) {
  ASSERT_TRUE(Tokens::open(path_, "rod").ok());
  const std::string text = read_file(path_).value();
  EXPECT_THAT(text, HasSubstr("\nrod operator "));
  struct stat found{};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  const std::string secret = text.substr(text.rfind(' ') + 1, 64);
  const Tokens again = Tokens::open(path_, "somebody").value();
  ASSERT_NE(again.find(secret), nullptr);
  EXPECT_EQ(again.find(secret)->name, "rod");
  EXPECT_EQ(read_file(path_).value(), text);
}

TEST_F(TokensTest, KnowWhoseSecretItIs) {
  const Tokens tokens = open(
                            "# people\n"
                            "rod operator aaaaaaaaaaaaaaaa\n"
                            "\n"
                            "  ci   worker   bbbbbbbbbbbbbbbb  \n"
                            "board read cccccccccccccccc"
  )
                            .value();
  EXPECT_EQ(tokens.count(), 3U);
  EXPECT_EQ(tokens.find("aaaaaaaaaaaaaaaa")->scope, Scope::operate);
  EXPECT_EQ(tokens.find("bbbbbbbbbbbbbbbb")->name, "ci");
  EXPECT_EQ(tokens.find("bbbbbbbbbbbbbbbb")->scope, Scope::worker);
  EXPECT_EQ(tokens.find("cccccccccccccccc")->scope, Scope::read);
  for (const char* wrong : {"", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaa", "rod"}) {
    EXPECT_EQ(tokens.find(wrong), nullptr) << wrong;
  }
}

TEST_F(TokensTest, NameTheLineThatIsWrong) {
  for (const char* line :
       {"rod operator",
        "rod operator short",
        "rod emperor aaaaaaaaaaaaaaaa",
        "r%d operator aaaaaaaaaaaaaaaa",
        "rod operator aaaaaaaaaaaaaaaa and more",
        "ci worker 1111111111111111"}) {
    const Result<Tokens> tokens =
        open("# first\nci worker 1111111111111111\n" + std::string(line) + "\n");
    ASSERT_FALSE(tokens.ok()) << line;
    EXPECT_EQ(tokens.error().code, "bad_tokens") << line;
    EXPECT_EQ(tokens.error().where, path_ + ":3") << line;
  }
}

TEST_F(TokensTest, NeverTellASecretInAnError) {
  const Result<Tokens> tokens = open("rod emperor aaaaaaaaaaaaaaaa\n");
  ASSERT_FALSE(tokens.ok());
  EXPECT_EQ(tokens.error().text().find("aaaaaaaa"), std::string::npos);
}

TEST_F(TokensTest, AreRefusedWhenOthersMayReadThem) {
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_TRUE(write_file_atomic(path_, "rod operator aaaaaaaaaaaaaaaa\n", mode).ok());
    EXPECT_EQ(Tokens::open(path_, "rod").error().code, "tokens_exposed") << mode;
  }
}

}  // namespace
}  // namespace evener
