#include "client/local_client.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "client/scripted_server.h"
#include "engine/test_pool_folder.h"

namespace evener {
namespace {

class LocalClientTest : public testing::Test {
 protected:
  LocalClientTest() {
    EXPECT_TRUE(make_folder(folder_.pool()).ok());
    EXPECT_TRUE(PoolFile::create(folder_.pool(), "rod", PoolCard{}, clock_).ok());
  }

  // As a server leaves it that was killed, or whose folder was copied or moved.
  void write_card(const std::string& socket) const {
    ServerCard card;
    card.pool = "8f3a5c01d2e4b697";
    card.instance = "0c1d2e3f4a5b6c7d";
    card.socket = socket;
    EXPECT_TRUE(write_file_atomic(folder_.pool().server(), to_json_text(card), 0600).ok());
  }

  // As a server holds the pool while it runs.
  PoolLock hold() const {
    Result<PoolLock> lock = PoolLock::take(folder_.pool());
    EXPECT_TRUE(lock.ok());
    return std::move(lock).value();
  }

  static std::string socket_for(const PoolFolder& folder) {
    const std::optional<HttpClientOptions> http = server_of(folder);
    return http ? http->endpoint.unix_path : "no server";
  }

  LocalOptions options() const {
    LocalOptions options;
    options.folder = folder_.pool();
    options.author = {"rod", Scope::operate};
    return options;
  }

  TestPoolFolder folder_;
  StandingClock clock_;
};

TEST_F(LocalClientTest, LooksForTheSocketInTheFolderThatWasFound) {
  const PoolLock held = hold();
  EXPECT_EQ(socket_for(folder_.pool()), "no server");
  TestPoolFolder original;
  ASSERT_TRUE(make_folder(original.pool()).ok());
  for (const PoolFolder& elsewhere : {original.pool(), PoolFolder{"/gone/.evener"}}) {
    write_card(elsewhere.socket());
    EXPECT_EQ(socket_for(folder_.pool()), folder_.pool().socket());
  }
}

// Where the folder's own path is too long for a socket.
TEST_F(LocalClientTest, TakesASocketOutsideTheFolderAsWritten) {
  write_card("/run/user/1000/evener/8f3a5c01d2e4b697.sock");
  EXPECT_EQ(socket_for(folder_.pool()), "no server") << "nobody holds this one: a copy";
  const PoolLock held = hold();
  EXPECT_EQ(socket_for(folder_.pool()), "/run/user/1000/evener/8f3a5c01d2e4b697.sock");
}

// The name by which it was found may be too long for a socket.
TEST_F(LocalClientTest, TakesTheSocketAsWrittenWhereTheFolderHasTwoNames) {
  const PoolLock held = hold();
  const std::string alias = folder_.path("alias");
  std::filesystem::create_directory_symlink(folder_.pool().path, alias);
  write_card(folder_.pool().socket());
  EXPECT_EQ(socket_for(PoolFolder{alias}), folder_.pool().socket());
}

TEST_F(LocalClientTest, ReadsACopyWithoutAskingTheServerOfItsOriginal) {
  std::string heard;
  {
    const testing_http::ScriptedServer server([&](testing_http::Line& line) { heard = line.hear(); }
    );
    TestPoolFolder original;
    ASSERT_TRUE(make_folder(original.pool()).ok());
    std::filesystem::create_symlink(server.endpoint().unix_path, original.pool().socket());
    write_card(original.pool().socket());
    LocalClient client(options(), clock_);
    const Result<std::string> status = client.ask(Query());
    EXPECT_TRUE(status.ok()) << status.error().text();
    EXPECT_FALSE(client.is_served());
  }
  EXPECT_EQ(heard, "");
}

TEST_F(LocalClientTest, FollowsTheFileOfAServerThatWasKilled) {
  write_card(folder_.pool().socket());
  const testing_http::StopPipe pipe;
  pipe.stop();  // who waits for a server ends at once
  LocalOptions stopped = options();
  stopped.stop_descriptor = pipe.descriptor();
  LocalClient client(std::move(stopped), clock_);
  int seen = 0;
  const Status followed = client.follow(Seq{0}, [&](const PoolEvent&) {
    ++seen;
    return false;
  });
  EXPECT_TRUE(followed.ok()) << followed.error().text();
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace evener
