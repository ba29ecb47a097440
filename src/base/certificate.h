// X.509 certificates, as far as a server needs them: one that it signs itself, and what is to be
// known of one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

struct x509_st;

namespace evener {

struct CertificateFiles {
  std::string certificate;  // both in PEM
  std::string key;
};

// A key on the curve P-256, and a certificate for these names and addresses that it signs itself.
// It holds for ten years from a day before `now`: whoever was given its fingerprint looks at no
// date. Fails with `tls_failed`.
Result<CertificateFiles> make_certificate(const std::vector<std::string>& names, Instant now);

class Certificate {
 public:
  // The first one in the PEM text. Fails with `bad_certificate`.
  static Result<Certificate> read(std::string_view pem);

  explicit Certificate(x509_st* owned);

  // SHA-256 of its DER form: 64 lower-case hex digits.
  std::string fingerprint() const;

  // Whether it is made out to that name or address.
  bool names(const std::string& host) const;

 private:
  struct Freed {
    void operator()(x509_st* certificate) const;
  };

  std::unique_ptr<x509_st, Freed> certificate_;
};

}  // namespace evener
