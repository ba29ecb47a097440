#include "base/socket_address.h"

#include <gtest/gtest.h>

#include <vector>

namespace evener {
namespace {

TEST(SocketAddress, ReadsEveryForm) {
  struct Case {
    std::string_view text;
    Endpoint expected;
  };

  const std::vector<Case> cases = {
      {"unix:/run/evener/pool.sock", {.unix_path = "/run/evener/pool.sock"}},
      {"unix:.evener/server.sock", {.unix_path = ".evener/server.sock"}},
      {"127.0.0.1:7878", {.host = "127.0.0.1", .port = 7878}},
      {"build-1.example.org:1", {.host = "build-1.example.org", .port = 1}},
      {"localhost:65535", {.host = "localhost", .port = 65535}},
      {"0.0.0.0:0", {.host = "0.0.0.0", .port = 0}},
      {"[::1]:7878", {.host = "::1", .port = 7878}},
      {"[2001:db8::7]:80", {.host = "2001:db8::7", .port = 80}},
      {"http://walnut:7878", {.host = "walnut", .port = 7878}},
      {"http://walnut:7878/", {.host = "walnut", .port = 7878}},
      {"http://walnut", {.host = "walnut", .port = 80}},
      {"http://[::1]", {.host = "::1", .port = 80}},
      {"https://walnut:7710", {.host = "walnut", .port = 7710, .is_tls = true}},
      {"https://walnut/", {.host = "walnut", .port = 443, .is_tls = true}},
  };
  for (const Case& c : cases) {
    const Result<Endpoint> read = parse_endpoint(c.text);
    ASSERT_TRUE(read.ok()) << c.text << ": " << read.error().text();
    EXPECT_EQ(*read, c.expected) << c.text;
  }
}

TEST(SocketAddress, RefusesWhatNamesNoPlace) {
  const std::string long_path = "unix:/" + std::string(max_unix_path_bytes, 'x');
  const std::vector<std::string> cases = {
      "",
      "unix:",
      long_path,
      std::string("unix:/a\0b", 9),
      std::string("[::1\0x]:1", 9),
      "walnut",
      "walnut:",
      ":7878",
      "7878",
      "walnut:65536",
      "walnut:-1",
      "walnut:+1",
      "walnut:78 78",
      "walnut:7878/path",
      "wal nut:7878",
      "user@walnut:7878",
      "1.2.3:7878",
      "256.0.0.1:7878",
      "::1:7878",
      "::1",
      "[::1]",
      "[::1:7878",
      "[walnut]:7878",
      "[::1]7878",
      "ftp://walnut:7878",
      "http://",
      "http://walnut:7878/v1",
      "http://a\r\nb:80",
  };
  for (const std::string& text : cases) {
    const Result<Endpoint> read = parse_endpoint(text);
    ASSERT_FALSE(read.ok()) << text << " became " << read->text();
    EXPECT_EQ(read.error().code, "bad_address") << text;
  }
}

TEST(SocketAddress, WritesWhatItReads) {
  for (const std::string_view text :
       {"unix:/run/pool.sock", "127.0.0.1:7878", "[::1]:7878", "walnut:80"}) {
    EXPECT_EQ(parse_endpoint(text)->text(), text);
  }
}

TEST(SocketAddress, TakesTheLongestUnixPath) {
  const std::string path = "/" + std::string(max_unix_path_bytes - 1, 'x');
  EXPECT_EQ(parse_endpoint("unix:" + path)->unix_path, path);
}

TEST(SocketAddress, KnowsWhatOnlyThisMachineCanReach) {
  for (const std::string_view text :
       {"unix:/a",
        "127.0.0.1:1",
        "127.8.9.10:1",
        "localhost:1",
        "LocalHost:1",
        "[::1]:1",
        "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(is_loopback(*parse_endpoint(text))) << text;
  }
  for (const std::string_view text :
       {"0.0.0.0:1",
        "10.0.0.1:1",
        "[::]:1",
        "[::ffff:10.0.0.1]:1",
        "localhost.example.org:1",
        "127.0.0.1.example.org:1",
        "walnut:1"}) {
    EXPECT_FALSE(is_loopback(*parse_endpoint(text))) << text;
  }
}

}  // namespace
}  // namespace evener
