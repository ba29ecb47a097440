// OpenSSL's libssl, loaded when TLS is spoken for the first time. To load it with the program would
// cost every command half a millisecond, a seventh of the shortest. (libcrypto, which hashes, is
// linked.)
#pragma once

#include <openssl/ssl.h>

#include "base/result.h"

namespace evener {

// The functions that we call. (What OpenSSL's header has as macros goes
// through the two `ctrl`.)
struct LibSsl {
  decltype(&::TLS_server_method) server_method;
  decltype(&::TLS_client_method) client_method;
  decltype(&::SSL_CTX_new) context_new;
  decltype(&::SSL_CTX_free) context_free;
  decltype(&::SSL_CTX_ctrl) context_ctrl;
  decltype(&::SSL_CTX_set_options) context_set_options;
  decltype(&::SSL_CTX_set_cipher_list) context_set_ciphers;
  decltype(&::SSL_CTX_set_num_tickets) context_set_tickets;
  decltype(&::SSL_CTX_set_verify) context_set_verify;
  decltype(&::SSL_CTX_set_default_verify_paths) context_use_authorities;
  decltype(&::SSL_CTX_use_certificate_chain_file) context_use_certificate;
  decltype(&::SSL_CTX_use_PrivateKey_file) context_use_key;
  decltype(&::SSL_CTX_check_private_key) context_check_key;
  decltype(&::SSL_new) session_new;
  decltype(&::SSL_free) session_free;
  decltype(&::SSL_ctrl) ctrl;
  decltype(&::SSL_set_bio) set_bio;
  decltype(&::SSL_set_accept_state) set_accept_state;
  decltype(&::SSL_set_connect_state) set_connect_state;
  decltype(&::SSL_get0_param) verify_parameters;
  decltype(&::SSL_set1_host) set_host;
  decltype(&::SSL_do_handshake) do_handshake;
  decltype(&::SSL_get1_peer_certificate) peer_certificate;
  decltype(&::SSL_get_verify_result) verify_result;
  decltype(&::SSL_get_error) get_error;
  decltype(&::SSL_read_ex) read;
  decltype(&::SSL_write_ex) write;
  decltype(&::SSL_shutdown) shutdown;
};

// Loads it, once. Fails with `tls_failed`.
Status load_libssl();

// Of a library that is loaded.
const LibSsl& libssl();

}  // namespace evener
