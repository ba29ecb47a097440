#include "base/libssl.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>

#include "base/check.h"

namespace evener {
namespace {

// The table, and why there is none.
struct Loaded {
  LibSsl calls = {};
  std::string problem = {};

  Loaded() {
    // The one whose header this was compiled with.
    const std::string name = fmt::format("libssl.so.{}", OPENSSL_SHLIB_VERSION);
    void* const library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      problem = ::dlerror();
      return;
    }
    const auto find = [&](auto& call, const char* symbol) {
      call = reinterpret_cast<std::decay_t<decltype(call)>>(::dlsym(library, symbol));
      if (call == nullptr && problem.empty()) problem = fmt::format("{} has no {}", name, symbol);
    };
    find(calls.server_method, "TLS_server_method");
    find(calls.client_method, "TLS_client_method");
    find(calls.context_new, "SSL_CTX_new");
    find(calls.context_free, "SSL_CTX_free");
    find(calls.context_ctrl, "SSL_CTX_ctrl");
    find(calls.context_set_options, "SSL_CTX_set_options");
    find(calls.context_set_ciphers, "SSL_CTX_set_cipher_list");
    find(calls.context_set_tickets, "SSL_CTX_set_num_tickets");
    find(calls.context_set_verify, "SSL_CTX_set_verify");
    find(calls.context_use_authorities, "SSL_CTX_set_default_verify_paths");
    find(calls.context_use_certificate, "SSL_CTX_use_certificate_chain_file");
    find(calls.context_use_key, "SSL_CTX_use_PrivateKey_file");
    find(calls.context_check_key, "SSL_CTX_check_private_key");
    find(calls.session_new, "SSL_new");
    find(calls.session_free, "SSL_free");
    find(calls.ctrl, "SSL_ctrl");
    find(calls.set_bio, "SSL_set_bio");
    find(calls.set_accept_state, "SSL_set_accept_state");
    find(calls.set_connect_state, "SSL_set_connect_state");
    find(calls.verify_parameters, "SSL_get0_param");
    find(calls.set_host, "SSL_set1_host");
    find(calls.do_handshake, "SSL_do_handshake");
    find(calls.peer_certificate, "SSL_get1_peer_certificate");
    find(calls.verify_result, "SSL_get_verify_result");
    find(calls.get_error, "SSL_get_error");
    find(calls.read, "SSL_read_ex");
    find(calls.write, "SSL_write_ex");
    find(calls.shutdown, "SSL_shutdown");
  }
};

const Loaded& loaded() {
  static const Loaded once;
  return once;
}

}  // namespace

Status load_libssl() {
  if (loaded().problem.empty()) return Done{};
  return Error{"tls_failed", "OpenSSL cannot be loaded: " + loaded().problem};
}

const LibSsl& libssl() {
  CHECK(loaded().problem.empty(), "TLS is spoken only once it was loaded");
  return loaded().calls;
}

}  // namespace evener
