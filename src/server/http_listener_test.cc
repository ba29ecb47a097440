#include "server/http_listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "server/http_testing.h"

namespace evener {
namespace {

using testing_http::TemporaryFolder;
using testing_http::WireClient;

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(::lstat(path.c_str(), &found), 0);
  return found.st_mode & 07777U;
}

TEST(UnixListener, IsOpenToItsOwnerOnlyWhateverTheUmask) {
  const TemporaryFolder folder;
  for (const mode_t umask_bits : {0U, 0077U}) {
    for (const mode_t mode : {0600U, 0660U}) {
      const std::string path = folder.path() / "s";
      const mode_t before = ::umask(umask_bits);
      const auto listener = open_unix_listener(path, mode);
      ::umask(before);
      ASSERT_TRUE(listener.ok()) << listener.error().text();
      EXPECT_EQ(mode_of(path), mode);
      ::close(listener->descriptor);
      remove_unix_listener(path, *listener);
      EXPECT_FALSE(std::filesystem::exists(path));
    }
  }
}

TEST(UnixListener, RefusesTheSocketOfALiveServer) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "s";
  const auto first = open_unix_listener(path, 0600);
  ASSERT_TRUE(first.ok());
  const auto second = open_unix_listener(path, 0600);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "address_in_use");
  EXPECT_EQ(second.error().where, path);
  EXPECT_TRUE(WireClient::to_unix(path).is_connected());
  ::close(first->descriptor);
}

TEST(UnixListener, ReplacesTheSocketOfADeadServer) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "s";
  const auto dead = open_unix_listener(path, 0600);
  ::close(dead->descriptor);
  ASSERT_FALSE(WireClient::to_unix(path).is_connected());
  const auto live = open_unix_listener(path, 0600);
  ASSERT_TRUE(live.ok()) << live.error().text();
  EXPECT_TRUE(WireClient::to_unix(path).is_connected());
  ::close(live->descriptor);
}

TEST(UnixListener, LeavesTheSocketOfItsSuccessor) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "s";
  const auto first = open_unix_listener(path, 0600);
  std::filesystem::rename(path, folder.path() / "old");
  const auto second = open_unix_listener(path, 0600);
  ASSERT_TRUE(second.ok());
  remove_unix_listener(path, *first);
  EXPECT_TRUE(std::filesystem::exists(path));
  ::close(first->descriptor);
  ::close(second->descriptor);
}

TEST(UnixListener, NeverRemovesAFileThatIsNoSocket) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "notes";
  std::ofstream(path) << "keep me";
  const auto listener = open_unix_listener(path, 0600);
  ASSERT_FALSE(listener.ok());
  EXPECT_EQ(listener.error().code, "address_in_use");
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST(UnixListener, SaysWhyItCannotListen) {
  const TemporaryFolder folder;
  EXPECT_EQ(open_unix_listener("", 0600).error().code, "cannot_listen");
  EXPECT_EQ(
      open_unix_listener(folder.path() / std::string(108, 'x'), 0600).error().code, "cannot_listen"
  );
  EXPECT_EQ(open_unix_listener(folder.path() / "no/such/s", 0600).error().code, "cannot_listen");
}

TEST(TcpListener, TakesAFreePortAndRefusesATakenOne) {
  const auto first = open_tcp_listener("127.0.0.1", 0);
  ASSERT_TRUE(first.ok()) << first.error().text();
  EXPECT_NE(first->port, 0);
  const auto second = open_tcp_listener("127.0.0.1", first->port);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "address_in_use");
  EXPECT_EQ(second.error().where, "127.0.0.1:" + std::to_string(first->port));
  ::close(first->descriptor);
}

TEST(TcpListener, RefusesAHostThatIsNotThisMachine) {
  EXPECT_EQ(open_tcp_listener("192.0.2.1", 0).error().code, "cannot_listen");
  EXPECT_EQ(open_tcp_listener("not a host", 0).error().code, "cannot_listen");
}

}  // namespace
}  // namespace evener
