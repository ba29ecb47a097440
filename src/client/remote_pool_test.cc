#include "client/remote_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace evener {
namespace {

using testing::HasSubstr;

const std::string code(32, 'c');
const std::string fingerprint(64, 'f');

TEST(Invitation, IsReadAsItIsWritten) {
  const Invitation invitation{
      .endpoint = {.host = "walnut", .port = 7710, .is_tls = true},
      .pool = "tour",
      .code = code,
      .fingerprint = fingerprint
  };
  EXPECT_EQ(invitation.text(), "evener://walnut:7710/tour#" + code + "." + fingerprint);
  const Result<Invitation> read = parse_invitation(invitation.text() + "\n");
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(*read, invitation);
  const Result<Invitation> ipv6 = parse_invitation("evener://[::1]:7710/tour#" + code);
  ASSERT_TRUE(ipv6.ok());
  EXPECT_EQ(ipv6->endpoint.host, "::1");
  EXPECT_EQ(ipv6->fingerprint, "");
}

TEST(Invitation, IsToAPoolOfAnyName) {
  for (const char* const name : {"a/b", "a+b", "rod@hickory", "a:b", "_a.b-c", "9"}) {
    const Invitation invitation{
        .endpoint = {.host = "walnut", .port = 7710, .is_tls = true}, .pool = name, .code = code
    };
    const Result<Invitation> read = parse_invitation(invitation.text());
    ASSERT_TRUE(read.ok()) << read.error().text();
    EXPECT_EQ(*read, invitation);
  }
}

TEST(Invitation, IsRefusedWhereItWasNotCopiedWhole) {
  const std::vector<std::string> cases{
      "",
      "walnut:7710",
      "https://walnut:7710/tour#" + code,
      "evener://walnut:7710/tour",
      "evener://walnut:7710#" + code,
      "evener://walnut/tour#" + code,
      "evener://unix:/x/tour#" + code,
      "evener://walnut:7710/#" + code,
      "evener://walnut:7710/a b#" + code,
      "evener://walnut:7710/a%20b#" + code,
      "evener://walnut:7710/a%2#" + code,
      "evener://walnut:7710/tour#" + code.substr(1),
      "evener://walnut:7710/tour#" + code + "." + fingerprint.substr(1),
      "evener://walnut:7710/tour#" + code + ".",
      "evener://walnut:7710/tour#" + std::string(32, 'G'),
  };
  for (const std::string& text : cases) {
    const Result<Invitation> read = parse_invitation(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, "bad_invitation") << text;
    EXPECT_THAT(read.error().message, testing::Not(HasSubstr(code))) << "it is a secret";
  }
}

class RemotePoolTest : public testing::Test {
 protected:
  RemotePoolTest() {
    std::string folder = std::filesystem::temp_directory_path() / "evener-remote-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_.path = folder;
  }

  ~RemotePoolTest() override { std::filesystem::remove_all(folder_.path); }

  PoolFolder folder_;
  RemotePool remote_{
      .server = "https://walnut:7710",
      .fingerprint = fingerprint,
      .token = "secret",
      .name = "walnut",
      .machine = "walnut",
      .pool = "tour",
      .pool_id = "17"
  };
};

TEST_F(RemotePoolTest, IsKeptForItsOwnerAlone) {
  EXPECT_EQ(*read_remote(folder_), std::nullopt);
  ASSERT_TRUE(write_remote(folder_, remote_).ok());
  struct stat found{};
  ASSERT_EQ(::stat(folder_.remote().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ(*read_remote(folder_), remote_);
  ASSERT_EQ(::chmod(folder_.remote().c_str(), 0640), 0);
  EXPECT_EQ(read_remote(folder_).error().code, "tokens_exposed");
}

TEST_F(RemotePoolTest, SaysHowToReachIt) {
  const Result<HttpClientOptions> options = options_of(remote_);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->endpoint, (Endpoint{.host = "walnut", .port = 7710, .is_tls = true}));
  EXPECT_EQ(options->fingerprint, fingerprint);
  EXPECT_EQ(options->token, "secret");
}

TEST(HttpClient, SendsNoTokenInTheClearToAnotherMachine) {
  HttpClientOptions options;
  options.endpoint = {.host = "192.0.2.1", .port = 7878};
  options.token = "secret";
  HttpClient client(options);
  const Result<std::string> status = client.ask(Query());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, "needs_tls");
}

}  // namespace
}  // namespace evener
