#include "server/browser_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/sha256.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

class BrowserSessionsTest : public testing::Test {
 protected:
  static constexpr Instant at_noon = 1'763'726'430'000;

  BrowserSessions open() { return BrowserSessions::open(pool_.folder()).value(); }

  std::string code_of_rod() { return sessions_.make_code({"rod", Scope::operate}, "", at_noon); }

  testing_serve::TestPoolFolder pool_;
  BrowserSessions sessions_ = open();
};

TEST_F(BrowserSessionsTest, TradeACodeOnce) {
  const std::string code = code_of_rod();
  EXPECT_EQ(code.size(), 32U);
  const Result<BrowserSessions::Opened> opened = sessions_.trade(code, at_noon + 1);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->session.name, "rod");
  EXPECT_EQ(opened->session.scope, Scope::operate);
  EXPECT_EQ(sessions_.trade(code, at_noon + 1).error().code, "code_unknown");
  EXPECT_EQ(sessions_.trade("", at_noon + 1).error().code, "code_unknown");
}

TEST_F(BrowserSessionsTest, TakeNoCodeThatIsTooOldAndForgetTheOldestOfMany) {
  const std::string old = code_of_rod();
  EXPECT_EQ(sessions_.trade(old, at_noon + BrowserSessions::code_ms).error().code, "code_expired");
  const std::string first = code_of_rod();
  for (std::size_t i = 0; i < BrowserSessions::most_codes; ++i) code_of_rod();
  EXPECT_EQ(sessions_.trade(first, at_noon).error().code, "code_unknown");
}

TEST_F(BrowserSessionsTest, OutliveTheServerAndEndByThemselves) {
  const BrowserSessions::Opened opened = sessions_.trade(code_of_rod(), at_noon).value();
  const std::string digest = sha256_hex(opened.secret);
  const BrowserSessions later = open();
  ASSERT_NE(later.find(digest, at_noon), nullptr);
  EXPECT_EQ(*later.find(digest, at_noon), opened.session);
  EXPECT_EQ(later.find(digest, at_noon + BrowserSessions::session_ms), nullptr);
  EXPECT_EQ(later.find(sha256_hex("another"), at_noon), nullptr);
}

TEST_F(BrowserSessionsTest, EndForGood) {
  const BrowserSessions::Opened opened = sessions_.trade(code_of_rod(), at_noon).value();
  ASSERT_TRUE(sessions_.end(opened.session.digest).ok());
  EXPECT_EQ(sessions_.find(opened.session.digest, at_noon), nullptr);
  EXPECT_EQ(open().find(opened.session.digest, at_noon), nullptr);
}

TEST_F(BrowserSessionsTest, KeepNoSecretAndOnlySoMany) {
  const BrowserSessions::Opened opened = sessions_.trade(code_of_rod(), at_noon).value();
  const std::string kept = read_file(pool_.folder().sessions()).value();
  EXPECT_THAT(kept, Not(HasSubstr(opened.secret)));
  EXPECT_THAT(kept, HasSubstr(opened.session.digest));
  for (std::size_t i = 0; i < BrowserSessions::most_sessions; ++i) {
    ASSERT_TRUE(sessions_.trade(code_of_rod(), at_noon).ok());
  }
  EXPECT_EQ(sessions_.find(opened.session.digest, at_noon), nullptr);
}

TEST_F(BrowserSessionsTest, AreNotReadWhereOthersMay) {
  ASSERT_TRUE(write_file_atomic(pool_.folder().sessions(), "{\"sessions\":[]}", 0644).ok());
  EXPECT_EQ(BrowserSessions::open(pool_.folder()).error().code, "tokens_exposed");
}

TEST_F(BrowserSessionsTest, BeginAnewWhereWhatIsKeptIsDamaged) {
  EXPECT_EQ(open().damage(), std::nullopt);
  ASSERT_TRUE(write_file_atomic(pool_.folder().sessions(), "{", 0600).ok());
  BrowserSessions anew = open();
  ASSERT_TRUE(anew.damage());
  EXPECT_EQ(anew.damage()->code, "file_damaged");
  const std::string code = anew.make_code({"rod", Scope::operate}, "", at_noon);
  EXPECT_TRUE(anew.trade(code, at_noon).ok());
  EXPECT_EQ(open().damage(), std::nullopt);
}

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(cookie_value("evener-a=1; evener-ab=2", "evener-ab"), "2");
  EXPECT_EQ(cookie_value("xevener-a=1;evener-a=3", "evener-a"), "3");
  EXPECT_EQ(cookie_value("evener-a", "evener-a"), "");
  EXPECT_EQ(cookie_value("", "evener-a"), "");
}

TEST(Cookies, AreForThisServersPagesAlone) {
  const std::string plain = session_cookie("8f", "s3cret", false);
  EXPECT_THAT(plain, HasSubstr("evener-8f=s3cret; Path=/; HttpOnly; SameSite=Strict; Max-Age="));
  EXPECT_THAT(plain, Not(HasSubstr("Secure")));
  EXPECT_THAT(session_cookie("8f", "s3cret", true), HasSubstr("; Secure"));
  EXPECT_THAT(session_cookie("8f", "", false), HasSubstr("evener-8f=; "));
  EXPECT_THAT(session_cookie("8f", "", false), HasSubstr("Max-Age=0"));
}

}  // namespace
}  // namespace evener
