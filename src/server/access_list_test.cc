#include "server/access_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/sha256.h"
#include "server/http_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;

constexpr Instant noon = 1'790'000'000'000;
constexpr Millis hour = 3'600'000;

// No more files can be opened while it lives.
class OpenFilesLimit {
 public:
  explicit OpenFilesLimit(rlim_t most) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit now{most, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &now), 0);
  }

  ~OpenFilesLimit() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

  OpenFilesLimit(const OpenFilesLimit&) = delete;
  OpenFilesLimit& operator=(const OpenFilesLimit&) = delete;

 private:
  rlimit before_{};
};

class AccessListTest : public testing::Test {
 protected:
  AccessListTest() { EXPECT_TRUE(::mkdir(folder_.path.c_str(), 0700) == 0); }

  Status add(const std::string& name, Instant expires = 0) const {
    return add_token(
        folder_, {.name = name, .digest = sha256_hex(name + "'s"), .made = noon, .expires = expires}
    );
  }

  Status invite(const std::string& name, const std::string& code) const {
    return add_invitation(
        folder_,
        {.name = name,
         .scope = Scope::worker,
         .digest = sha256_hex(code),
         .made = noon,
         .expires = noon + hour}
    );
  }

  Result<NamedToken> use(const std::string& code, const std::string& secret, Instant at) const {
    return redeem(
        folder_, {.code = sha256_hex(code), .token = sha256_hex(secret), .from = "10.0.0.5:4"}, at
    );
  }

  std::string code_of_use(const std::string& code, const std::string& secret, Instant at) const {
    const Result<NamedToken> token = use(code, secret, at);
    return token.ok() ? "a token" : token.error().code;
  }

  testing_http::TemporaryFolder temporary_;
  PoolFolder folder_{temporary_.path() / ".evener"};
};

TEST_F(AccessListTest, KeepsNoSecretAndIsForItsOwnerAlone) {
  ASSERT_TRUE(add("ci").ok());
  ASSERT_TRUE(invite("walnut", "the-code").ok());
  const std::string text = read_file(folder_.access()).value();
  EXPECT_THAT(text, testing::Not(HasSubstr("ci's")));
  EXPECT_THAT(text, testing::Not(HasSubstr("the-code")));
  struct stat found{};
  ASSERT_EQ(::stat(folder_.access().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::chmod(folder_.access().c_str(), 0604), 0);
  EXPECT_EQ(read_access_list(folder_).error().code, "tokens_exposed");
}

TEST_F(AccessListTest, GivesANameToOneTokenAtATime) {
  ASSERT_TRUE(add("ci").ok());
  EXPECT_EQ(add("ci").error().code, "name_taken");
  EXPECT_EQ(invite("ci", "c").error().code, "name_taken");
  ASSERT_TRUE(revoke_token(folder_, "ci", noon + 1).ok());
  EXPECT_TRUE(add("ci").ok());
  EXPECT_EQ(add("no name").error().code, "bad_id");
}

TEST_F(AccessListTest, LeavesTheNamesOfThePoolsOwnServerAlone) {
  const std::string own = "rod operator aaaaaaaaaaaaaaaa\n";
  EXPECT_TRUE(check_token_name(folder_, "rod", "walnut").ok()) << "no server ran yet";
  ASSERT_TRUE(write_file_atomic(folder_.tokens(), own, 0600).ok());
  for (const char* name : {"evener", "root", "walnut", "rod"}) {
    const Status checked = check_token_name(folder_, name, "walnut");
    ASSERT_FALSE(checked.ok()) << name;
    EXPECT_EQ(checked.error().code, "name_taken");
  }
  EXPECT_TRUE(check_token_name(folder_, "ci", "walnut").ok());
}

TEST_F(AccessListTest, TakesAnInvitationOnce) {
  ASSERT_TRUE(invite("walnut", "c").ok());
  const Result<NamedToken> token = use("c", "mine", noon + 1);
  ASSERT_TRUE(token.ok()) << token.error().text();
  EXPECT_EQ(token->name, "walnut");
  EXPECT_EQ(token->scope, Scope::worker);
  EXPECT_EQ(token->from, "10.0.0.5:4");
  EXPECT_EQ(code_of_use("c", "another's", noon + 2), "code_used");
  EXPECT_EQ(code_of_use("c", "mine", noon + 3), "a token") << "its answer was lost, perhaps";
  EXPECT_EQ(read_access_list(folder_)->tokens.size(), 1U);
}

TEST_F(AccessListTest, RefusesInvitationsThatAreNotGood) {
  ASSERT_TRUE(invite("walnut", "c").ok());
  EXPECT_EQ(code_of_use("d", "mine", noon + 1), "code_unknown");
  EXPECT_EQ(code_of_use("c", "mine", noon + hour), "code_expired");
  EXPECT_THAT(use("c", "mine", noon + 2 * hour).error().message, HasSubstr("1h 0m ago"));
  ASSERT_TRUE(invite("walnut", "e").ok());
  EXPECT_EQ(code_of_use("c", "mine", noon + 1), "code_unknown") << "another took its place";
  ASSERT_TRUE(revoke_token(folder_, "walnut", noon + 1).ok());
  EXPECT_EQ(code_of_use("e", "mine", noon + 1), "code_unknown");
  EXPECT_TRUE(read_access_list(folder_)->tokens.empty());
}

TEST_F(AccessListTest, GivesNoTokenAgainThatWasRevoked) {
  ASSERT_TRUE(invite("walnut", "c").ok());
  ASSERT_TRUE(use("c", "mine", noon + 1).ok());
  ASSERT_TRUE(revoke_token(folder_, "walnut", noon + 2).ok());
  EXPECT_EQ(code_of_use("c", "mine", noon + 3), "code_used");
  EXPECT_FALSE(read_access_list(folder_)->tokens.front().is_valid(noon + 3));
  EXPECT_EQ(revoke_token(folder_, "walnut", noon + 4).error().code, "unknown_token");
  EXPECT_EQ(revoke_token(folder_, "chestnut", noon + 4).error().code, "unknown_token");
}

TEST_F(AccessListTest, ForgetsAfterAWeekWhatIsNotGoodAnyMore) {
  ASSERT_TRUE(add("old", noon + hour).ok());
  const Instant later = noon + 8 * 24 * hour;
  ASSERT_TRUE(add_token(folder_, {.name = "new", .digest = sha256_hex("n"), .made = later}).ok());
  const AccessList list = read_access_list(folder_).value();
  ASSERT_EQ(list.tokens.size(), 1U);
  EXPECT_EQ(list.tokens.front().name, "new");
}

TEST_F(AccessListTest, IsReadAgainWhenItChanges) {
  WatchedAccessList watched(folder_);
  EXPECT_TRUE(watched.now(0).value()->tokens.empty());
  ASSERT_TRUE(add("ci").ok());
  EXPECT_EQ(watched.now(0).value()->tokens.size(), 1U);
  ASSERT_TRUE(revoke_token(folder_, "ci", noon + 1).ok());
  EXPECT_FALSE(watched.now(0).value()->tokens.front().is_valid(noon + 2));
}

TEST_F(AccessListTest, LetsNobodyInByAListThatCannotBeRead) {
  ASSERT_TRUE(add("ci").ok());
  WatchedAccessList watched(folder_);
  EXPECT_EQ(watched.now(0).value()->tokens.size(), 1U);
  ASSERT_TRUE(write_file_atomic(folder_.access(), "{\"tokens\":", 0600).ok());
  EXPECT_EQ(watched.now(0).error().code, "file_damaged");
  EXPECT_EQ(watched.now(1).error().code, "file_damaged");
  ASSERT_TRUE(write_file_atomic(folder_.access(), "{\"tokens\":[]}", 0600).ok());
  EXPECT_TRUE(watched.now(1).ok());
}

// The file stays as it is: what could not be done was to open it, with too many files open, say.
TEST_F(AccessListTest, IsReadAgainAfterASecondWhereItCouldNotBe) {
  ASSERT_TRUE(add("ci").ok());
  WatchedAccessList watched(folder_);
  {
    const OpenFilesLimit none(0);
    EXPECT_FALSE(watched.now(0).ok());
  }
  EXPECT_FALSE(watched.now(999).ok());
  ASSERT_TRUE(watched.now(1000).ok());
  EXPECT_EQ(watched.now(1000).value()->tokens.size(), 1U);
}

}  // namespace
}  // namespace evener
