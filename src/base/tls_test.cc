#include "base/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "base/test_certificate.h"

namespace evener {
namespace {

using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
  TlsSession server() const { return certificate_.server().begin(); }

  static TlsSession client(const std::string& fingerprint, const std::string& host = "walnut") {
    return TlsContext::for_client(host, fingerprint)->begin();
  }

  // Carries bytes both ways until neither side has any, `piece` bytes at a time.
  static void carry(TlsSession& a, TlsSession& b, std::size_t piece = 100'000) {
    const auto one_way = [&](TlsSession& from, TlsSession& to) {
      while (!from.unsent().empty()) {
        const std::string bytes(from.unsent().substr(0, piece));
        from.sent(bytes.size());
        to.receive(bytes);
      }
    };
    while (!a.unsent().empty() || !b.unsent().empty()) {
      one_way(a, b);
      one_way(b, a);
    }
  }

  static std::string read_all(TlsSession& session) {
    std::string all;
    std::array<char, 1000> room{};
    while (const std::size_t got = session.read(room)) all.append(room.data(), got);
    return all;
  }

  TestCertificate certificate_;
  std::string fingerprint_ = certificate_.fingerprint();
};

TEST_F(Tls, CarriesBytesBothWays) {
  TlsSession a = client(fingerprint_);
  TlsSession b = server();
  carry(a, b);
  ASSERT_TRUE(a.is_open() && b.is_open());
  const std::string much(300'000, 'x');
  a.write("question");
  b.write(much);
  carry(a, b);
  EXPECT_EQ(read_all(b), "question");
  EXPECT_EQ(read_all(a), much);
}

TEST_F(Tls, TakesBytesOneByOne) {
  TlsSession a = client(fingerprint_);
  TlsSession b = server();
  carry(a, b, 1);
  ASSERT_TRUE(a.is_open() && b.is_open());
  a.write("question");
  carry(a, b, 1);
  EXPECT_EQ(read_all(b), "question");
}

TEST_F(Tls, SaysWhenNothingMoreComes) {
  TlsSession a = client(fingerprint_);
  TlsSession b = server();
  carry(a, b);
  b.write("last");
  b.finish();
  carry(a, b);
  EXPECT_FALSE(a.has_seen_end());
  EXPECT_EQ(read_all(a), "last");
  EXPECT_TRUE(a.has_seen_end());
  EXPECT_FALSE(a.failure());
}

TEST_F(Tls, TellsAStrangerNothing) {
  const std::string other(64, 'a');
  TlsSession a = client(other);
  TlsSession b = server();
  carry(a, b);
  ASSERT_TRUE(a.failure());
  EXPECT_EQ(a.failure()->code, "wrong_certificate");
  EXPECT_THAT(a.failure()->message, HasSubstr(fingerprint_));
  EXPECT_FALSE(a.is_open());
  EXPECT_TRUE(a.unsent().empty());
  EXPECT_FALSE(b.is_open());
}

TEST_F(Tls, BelievesNoCertificateThatNobodyVouchesFor) {
  TlsSession a = client("");
  TlsSession b = server();
  carry(a, b);
  ASSERT_TRUE(a.failure());
  EXPECT_EQ(a.failure()->code, "untrusted_certificate");
  EXPECT_THAT(a.failure()->message, HasSubstr("self-signed"));
  EXPECT_FALSE(b.is_open());
}

TEST_F(Tls, BelievesWhomTheSystemVouchesForUnderTheirOwnNamesAlone) {
  ASSERT_EQ(::setenv("SSL_CERT_FILE", certificate_.certificate().c_str(), 1), 0);

  struct Case {
    std::string host;
    bool is_believed;
  };

  for (const Case& c :
       {Case{"walnut", true},
        Case{"127.0.0.1", true},
        Case{"chestnut", false},
        Case{"127.0.0.2", false}}) {
    TlsSession a = client("", c.host);
    TlsSession b = server();
    carry(a, b);
    EXPECT_EQ(a.is_open(), c.is_believed) << c.host;
    EXPECT_EQ(a.failure() ? a.failure()->code : "", c.is_believed ? "" : "untrusted_certificate");
  }
  ::unsetenv("SSL_CERT_FILE");
}

TEST_F(Tls, KnowsThatTheOtherSideSpeaksSomethingElse) {
  TlsSession a = client(fingerprint_);
  a.receive("HTTP/1.1 400 Bad Request\r\n\r\n");
  ASSERT_TRUE(a.failure());
  EXPECT_EQ(a.failure()->code, "no_tls");
  TlsSession b = server();
  b.receive("GET / HTTP/1.1\r\nHost: walnut\r\n\r\n");
  ASSERT_TRUE(b.failure());
  EXPECT_EQ(b.failure()->code, "no_tls");
}

TEST_F(Tls, EndsAtDamage) {
  TlsSession a = client(fingerprint_);
  TlsSession b = server();
  carry(a, b);
  a.write("question");
  std::string bytes(a.unsent());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  b.receive(bytes);
  EXPECT_EQ(read_all(b), "");
  ASSERT_TRUE(b.failure());
  EXPECT_EQ(b.failure()->code, "tls_failed");
}

TEST_F(Tls, RefusesFilesThatDoNotBelongTogether) {
  const std::string certificate = certificate_.certificate();
  const std::string key = certificate_.key();
  EXPECT_EQ(TlsContext::for_server(key, key).error().code, "bad_certificate");
  EXPECT_EQ(TlsContext::for_server(certificate, "/nowhere").error().code, "bad_certificate");
  const TestCertificate other;
  EXPECT_EQ(TlsContext::for_server(certificate, other.key()).error().code, "bad_certificate");
}

TEST_F(Tls, NamesWhomACertificateIsFor) {
  const Certificate certificate =
      Certificate::read(
          make_certificate({"walnut", "10.0.0.5", "::1"}, TestCertificate::today)->certificate
      )
          .value();
  EXPECT_TRUE(certificate.names("walnut"));
  EXPECT_TRUE(certificate.names("WALNUT"));
  EXPECT_TRUE(certificate.names("10.0.0.5"));
  EXPECT_TRUE(certificate.names("::1"));
  EXPECT_FALSE(certificate.names("evener"));
  EXPECT_FALSE(certificate.names("10.0.0.6"));
  EXPECT_FALSE(certificate.names(""));
  EXPECT_EQ(certificate.fingerprint().size(), 64U);
  EXPECT_EQ(Certificate::read("nothing").error().code, "bad_certificate");
}

}  // namespace
}  // namespace evener
