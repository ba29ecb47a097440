#include "worker/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "worker/test_processes.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

class Secrets : public ProcessTest {
 protected:
  std::string file(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }

  Result<std::vector<Secret>> read(const std::string& source, Millis timeout = 5000) {
    SystemProcessRunner processes = runner();
    return read_secrets(
        {"KEY"}, {parse_secret_source(source).value()}, processes, {.timeout = timeout}
    );
  }

  std::string value_from(const std::string& source) {
    const auto secrets = read(source);
    return secrets.ok() ? secrets->front().value : "error: " + secrets.error().message;
  }
};

TEST_F(Secrets, ComeFromAFileThatNobodyElseMayRead) {
  const std::string key = file("key", "hunter22\n", 0600);
  EXPECT_EQ(value_from("KEY=file:" + key), "hunter22");
  file("key", "changed!\r\n\n", 0600);
  EXPECT_EQ(value_from("KEY=file:" + key), "changed!");
}

TEST_F(Secrets, AreRefusedWhereOthersMayReadThem) {
  for (const mode_t mode : {0640, 0604, 0660}) {
    const std::string key = file("key", "hunter22\n", mode);
    const std::string said = value_from("KEY=file:" + key);
    EXPECT_THAT(said, HasSubstr("may be read by others"));
    EXPECT_THAT(said, HasSubstr("chmod 600 " + key));
    EXPECT_THAT(said, Not(HasSubstr("hunter22")));
  }
}

TEST_F(Secrets, ComeFromACommandWhoseStderrIsDropped) {
  EXPECT_EQ(value_from("KEY=cmd:echo noise >&2; printf 'hun%s' ter22"), "hunter22");
}

TEST_F(Secrets, SayWhichAndWhereFromWhenTheyFail) {
  EXPECT_THAT(
      value_from("KEY=file:/nowhere/key"),
      HasSubstr("the secret KEY (file:/nowhere/key) cannot be read: No such file")
  );
  EXPECT_THAT(value_from("KEY=file:" + folder()), HasSubstr("is no file"));
  const std::string said = value_from("KEY=cmd:echo hunter22; exit 3");
  EXPECT_THAT(said, HasSubstr("ended with exit 3"));
  EXPECT_THAT(value_from("KEY=cmd:echo abc"), HasSubstr("shorter than 4 bytes"));
  EXPECT_THAT(value_from("KEY=cmd:printf '\\377\\376abcd'"), HasSubstr("is no text"));
  EXPECT_THAT(value_from("KEY=cmd:head -c 40000 /dev/zero | tr '\\0' a"), HasSubstr("longer than"));
  const auto late = read("KEY=cmd:exec sleep 1000", 300);
  ASSERT_FALSE(late.ok());
  EXPECT_THAT(late.error().message, HasSubstr("did not come within"));
}

TEST_F(Secrets, LeaveTheEnvironmentTheyCameIn) {
  ::setenv("EVENER_TEST_VARIABLE", "hunter22", 1);
  SecretSource source = parse_secret_source("KEY=env:EVENER_TEST_VARIABLE").value();
  ASSERT_TRUE(prepare_secret(source).ok());
  EXPECT_EQ(std::getenv("EVENER_TEST_VARIABLE"), nullptr);
  SystemProcessRunner processes = runner();
  for (int i = 0; i < 2; ++i) {
    const auto secrets = read_secrets({"KEY"}, {source}, processes, {});
    ASSERT_TRUE(secrets.ok());
    EXPECT_EQ(secrets->front().value, "hunter22");
  }
  const Status again = prepare_secret(source);
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, HasSubstr("is not set"));
}

TEST_F(Secrets, OfWhichNobodyHasASourceAreNamed) {
  SystemProcessRunner processes = runner();
  const auto secrets = read_secrets({"OTHER"}, {}, processes, {});
  ASSERT_FALSE(secrets.ok());
  EXPECT_THAT(secrets.error().message, HasSubstr("no secret OTHER"));
}

TEST(SecretSource, IsReadWithoutShowingWhatMayBeAValue) {
  for (const char* text :
       {"KEY=hunter22", "key=file:/x", "KEY", "KEY=file:", "=env:X", "EVENER_X=env:Y"}) {
    const auto source = parse_secret_source(text);
    ASSERT_FALSE(source.ok()) << text;
    EXPECT_THAT(source.error().text(), Not(HasSubstr("hunter22")));
  }
  EXPECT_EQ(parse_secret_source("A_1=cmd:pass show x=y")->where, "pass show x=y");
}

}  // namespace
}  // namespace evener
