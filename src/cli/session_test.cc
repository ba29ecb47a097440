#include "cli/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/time.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;

TEST(Fingerprint, IsTheSameInEveryForm) {
  const std::string plain = std::string(62, 'a') + "09";
  std::string coloured;
  for (int i = 0; i < 31; ++i) coloured += "AA:";
  EXPECT_EQ(read_fingerprint(plain).value(), plain);
  EXPECT_EQ(read_fingerprint(coloured + "09").value(), plain);
  EXPECT_EQ(read_fingerprint("").value(), "");
}

TEST(Fingerprint, HasSixtyFourDigits) {
  for (const std::string& wrong :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g", std::string(":")}) {
    EXPECT_EQ(read_fingerprint(wrong).error().code, "usage") << wrong;
  }
}

TEST_F(TypedVerbTest, ThatIsNoFingerprintIsWrongUsage) {
  ASSERT_EQ(::setenv("EVENER_FINGERPRINT", "sha256 AA:BB", 1), 0);
  EXPECT_EQ(run({"status", "--server", "https://127.0.0.1:1"}), 2);
  ASSERT_EQ(::unsetenv("EVENER_FINGERPRINT"), 0);
  EXPECT_THAT(err_, HasSubstr("EVENER_FINGERPRINT"));
}

TEST(Session, TakesAPoolThatItWasToldBeforeTheServerOfItsEnvironment) {
  ASSERT_EQ(::setenv("EVENER_SERVER", "walnut:7878", 1), 0);
  Session session;
  EXPECT_EQ(session.server_address(), "walnut:7878");
  session.pool = "here";
  EXPECT_EQ(session.server_address(), "");
  session.server = "chestnut:7878";
  EXPECT_EQ(session.server_address(), "chestnut:7878");
  ASSERT_EQ(::unsetenv("EVENER_SERVER"), 0);
}

TEST_F(TypedVerbTest, IsDoneInThePoolThatItNames) {
  ASSERT_EQ(run({"init", "--name", "barn"}), 0) << err_;
  ASSERT_EQ(::setenv("EVENER_SERVER", "127.0.0.1:1", 1), 0);
  EXPECT_EQ(run({"add", "Here", "--id", "here"}), 0) << err_;
  EXPECT_EQ(run({"show", "here"}), 0) << err_;
  ASSERT_EQ(::unsetenv("EVENER_SERVER"), 0);
}

TEST_F(TypedVerbTest, IsDoneThoughWhatIsKeptBesideThePoolIsDamaged) {
  ASSERT_EQ(run({"init", "--name", "barn"}), 0) << err_;
  ASSERT_TRUE(write_file_atomic(folder_.pool().config(), R"({"status_dirs":"x"})", 0600).ok());
  EXPECT_EQ(run({"add", "Once", "--id", "once"}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("warning: "));
  EXPECT_THAT(err_, HasSubstr("file_damaged"));
  EXPECT_EQ(run({"show", "once"}), 0) << err_;
}

TEST_F(TypedVerbTest, ThatMeetsADamagedFileOfThePoolIsNoWrongUsage) {
  ASSERT_EQ(run({"init", "--name", "barn"}), 0) << err_;
  ASSERT_TRUE(write_file_atomic(folder_.pool().access(), "{", 0600).ok());
  EXPECT_EQ(run({"token", "list"}), 3);
  EXPECT_THAT(err_, HasSubstr(folder_.pool().access()));
  EXPECT_THAT(err_, HasSubstr("file_damaged"));
  ASSERT_TRUE(write_file_atomic(folder_.pool().config(), "{", 0600).ok());
  EXPECT_EQ(run({"files"}), 3);
  EXPECT_THAT(err_, HasSubstr("file_damaged"));
}

TEST(Session, DoesNothingToAPoolsOwnFilesWhileTheEnvironmentNamesAServer) {
  ASSERT_EQ(::setenv("EVENER_SERVER", "walnut:7878", 1), 0);
  Session session;
  const Result<PoolFolder> folder = session.own_folder();
  const Result<PoolFolder> served = session.folder_to_serve();
  ASSERT_EQ(::unsetenv("EVENER_SERVER"), 0);
  EXPECT_TRUE(served.ok() || served.error().code != "usage");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, "usage");
  EXPECT_THAT(folder.error().message, HasSubstr("unset EVENER_SERVER"));
}

TEST(Session, SaysWhoNamedAPlaceWithoutAPool) {
  Session session;
  session.pool = "/no/such pool";
  EXPECT_THAT(
      session.folder().error().message,
      HasSubstr("make one with: evener --pool '/no/such pool' init")
  );
  session.pool = "/no/o'such$pool";
  EXPECT_THAT(
      session.folder().error().message, HasSubstr("evener --pool '/no/o'\\''such$pool' init")
  );
  session.pool.clear();
  ASSERT_EQ(::setenv("EVENER_POOL", "/no/such", 1), 0);
  EXPECT_THAT(session.folder().error().message, HasSubstr("unset EVENER_POOL"));
  ASSERT_EQ(::unsetenv("EVENER_POOL"), 0);
}

TEST(Session, SaysThatTheEnvironmentNamesTheServerThatDoesNotAnswer) {
  ASSERT_EQ(::setenv("EVENER_SERVER", "127.0.0.1:1", 1), 0);
  const auto said_of = [](const char* server) {
    Session session;
    session.server = server;
    testing::internal::CaptureStderr();
    EXPECT_EQ(
        session.failed(session.client().value()->ask(Query()).error()), ExitCode::unreachable
    );
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(said_of(""), HasSubstr("unset EVENER_SERVER"));
  EXPECT_THAT(said_of("127.0.0.1:1"), testing::Not(HasSubstr("EVENER_SERVER")));
  ASSERT_EQ(::unsetenv("EVENER_SERVER"), 0);
}

TEST(Session, RefusesWhatAServerCannotReadOfACommandAsThePoolsOwnFileDoes) {
  Session session;
  testing::internal::CaptureStderr();
  EXPECT_EQ(session.failed({"bad_id", "'a b' is no id", "commands[1].worker"}), ExitCode::refused);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "refused: worker: 'a b' is no id (bad_id)\n");
}

}  // namespace
}  // namespace evener
