// The certificate by which a pool's server is known to other machines.
#pragma once

#include <string>
#include <vector>

#include "base/certificate.h"
#include "base/result.h"
#include "base/time.h"
#include "base/tls.h"
#include "engine/pool_folder.h"

namespace evener {

struct TlsIdentity {
  TlsContext context;
  Certificate certificate;
};

struct TlsIdentityOptions {
  PoolFolder folder = {};
  std::string host = {};  // where the server listens
  // PEM files of an authority's making; without them, the server makes and signs its own, once, and
  // keeps it in the folder: whoever was invited knows it by its fingerprint.
  std::string certificate = {};
  std::string key = {};
  std::vector<std::string> names = {};  // that a certificate of its own is made out to, too
};

// Fails with `bad_certificate`, `key_exposed` (everybody may read it) and the disk's errors.
Result<TlsIdentity> open_tls_identity(const TlsIdentityOptions& options, Instant wall);

// Whether a listener at that address of this machine takes connections to every address of it.
bool is_every_address(const std::string& host);

// The addresses of this machine's interfaces, those that only it can reach aside.
std::vector<std::string> machine_addresses();

}  // namespace evener
