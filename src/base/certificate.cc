#include "base/certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "base/sha256.h"
#include "base/socket_address.h"

namespace evener {
namespace {

constexpr long day_s = 24 * 60 * 60;
constexpr long lifetime_s = 3650 * day_s;

template <auto free>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<&EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreedBy<&X509_free>>;
using BioPtr = std::unique_ptr<BIO, FreedBy<&BIO_free_all>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreedBy<&X509_EXTENSION_free>>;

// "DNS:walnut,IP:10.0.0.5"
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ',';
    list += (is_numeric_address(name) ? "IP:" : "DNS:") + name;
  }
  return list;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Two certificates of one issuer differ in it.
bool set_random_serial(X509* certificate) {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes;
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  std::uint64_t serial = 0;
  for (const unsigned char byte : bytes) serial = serial << 8U | byte;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U) == 1;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::vector<std::string>& names, Instant now) {
  constexpr long version_3 = 2;
  const std::time_t begin = now / 1000 - day_s;
  X509_NAME* const subject = X509_get_subject_name(certificate);
  constexpr std::string_view common_name = "evener";
  const auto* const text = reinterpret_cast<const unsigned char*>(common_name.data());
  return X509_set_version(certificate, version_3) == 1 && set_random_serial(certificate) &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), begin) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), begin + lifetime_s) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 &&
         X509_NAME_add_entry_by_NID(
             subject, NID_commonName, MBSTRING_UTF8, text, common_name.size(), -1, 0
         ) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         add_extension(certificate, NID_subject_alt_name, alternative_names(names)) &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<CertificateFiles> make_certificate(const std::vector<std::string>& names, Instant now) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  const BioPtr certificate_text(BIO_new(BIO_s_mem()));
  const BioPtr key_text(BIO_new(BIO_s_mem()));
  const bool is_made =
      key != nullptr && fill(certificate.get(), key.get(), names, now) &&
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1 &&
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
          1;
  if (!is_made) return Error{"tls_failed", "OpenSSL made no certificate"};
  return CertificateFiles{text_of(certificate_text.get()), text_of(key_text.get())};
}

void Certificate::Freed::operator()(x509_st* certificate) const {
  X509_free(certificate);
}

Certificate::Certificate(x509_st* owned) : certificate_(owned) {}

Result<Certificate> Certificate::read(std::string_view pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509* const certificate = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr);
  if (certificate == nullptr) return Error{"bad_certificate", "there is no certificate in PEM"};
  return Certificate(certificate);
}

std::string Certificate::fingerprint() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate_.get(), &der);
  CHECK(size > 0, "a certificate that was read can be written");
  const std::unique_ptr<unsigned char, FreedBy<[](void* p) { OPENSSL_free(p); }>> owner(der);
  return sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
}

bool Certificate::names(const std::string& host) const {
  if (is_numeric_address(host)) return X509_check_ip_asc(certificate_.get(), host.c_str(), 0) == 1;
  return X509_check_host(certificate_.get(), host.data(), host.size(), 0, nullptr) == 1;
}

}  // namespace evener
