#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/typed_verb.h"
#include "engine/pool_file.h"

namespace evener {
namespace {

using testing::HasSubstr;

// A server with TLS runs, as far as the pool's folder tells.
class InviteVerbTest : public TypedVerbTest {
 protected:
  InviteVerbTest() {
    EXPECT_EQ(run({"init", "--name", "tour"}), 0);
    const ServerCard card{
        .pool = "3f2a",
        .instance = "1",
        .socket = folder_.pool().socket(),
        .address = "127.0.0.1:7710",
        .fingerprint = std::string(64, 'a'),
        .pid = 1
    };
    EXPECT_TRUE(write_file_atomic(folder_.pool().server(), to_json_text(card), 0600).ok());
    held_.emplace(PoolLock::take(folder_.pool()).value());
  }

  std::optional<PoolLock> held_;
};

TEST_F(InviteVerbTest, NamesWhereTheServerIsFound) {
  ASSERT_EQ(run({"invite", "walnut", "--address", "h:7711"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("evener://h:7711/tour#"));
  ASSERT_EQ(run({"invite", "walnut", "--address", "h"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("evener://h:7710/tour#"));
}

TEST_F(InviteVerbTest, RefusesAnAddressAtWhichNobodyListens) {
  EXPECT_EQ(run({"invite", "walnut", "--address", "h:0"}), 2);
  EXPECT_THAT(err_, HasSubstr("bad_address"));
  EXPECT_EQ(run({"token", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("no tokens"));
}

}  // namespace
}  // namespace evener
