// For the tests of what speaks TLS: a certificate of its own in a folder that goes away.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/certificate.h"
#include "base/file.h"
#include "base/tls.h"

namespace evener {

class TestCertificate {
 public:
  static constexpr Instant today = 1'790'000'000'000;

  explicit TestCertificate(
      const std::vector<std::string>& names = {"walnut", "localhost", "127.0.0.1"},
      Instant made = today
  ) {
    std::string folder = std::filesystem::temp_directory_path() / "evener-tls-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    const CertificateFiles files = make_certificate(names, made).value();
    EXPECT_TRUE(write_file_atomic(certificate(), files.certificate, 0600, false).ok());
    EXPECT_TRUE(write_file_atomic(key(), files.key, 0600, false).ok());
    fingerprint_ = Certificate::read(files.certificate)->fingerprint();
  }

  ~TestCertificate() { std::filesystem::remove_all(folder_); }

  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  std::string certificate() const { return folder_ / "certificate.pem"; }

  std::string key() const { return folder_ / "key.pem"; }

  const std::string& fingerprint() const { return fingerprint_; }

  TlsContext server() const { return TlsContext::for_server(certificate(), key()).value(); }

  // Who believes this one alone.
  TlsContext client() const { return TlsContext::for_client("walnut", fingerprint_).value(); }

 private:
  std::filesystem::path folder_;
  std::string fingerprint_;
};

}  // namespace evener
