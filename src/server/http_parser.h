// One request, taken from bytes as they arrive: Beast's grammar, and the refusals that it leaves to
// its user. Internal to the server, since this header pulls in Beast.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/http_message.h"

namespace evener {

// Why a request cannot be read, as it is answered.
struct HttpRefusal {
  int status;
  std::string_view code;
  std::string_view message;
};

class HttpParser : private boost::beast::http::basic_parser<true> {
 public:
  HttpParser(std::size_t max_header_bytes, std::size_t max_body_bytes);

  // Takes what it can of `bytes`, and answers how many it took; the rest is to be offered again
  // with more behind it. Must not be called once the request is complete or refused.
  std::size_t take(std::string_view bytes);

  const std::optional<HttpRefusal>& refusal() const { return refusal_; }

  bool head_is_complete() const { return is_header_done(); }

  bool is_complete() const { return is_done(); }

  // The three below are known once the head is complete.
  bool keeps_connection() const { return keep_alive(); }

  bool is_http_1_1() const { return is_http_1_1_; }

  bool expects_continue() const;

  // The request without path, query and peer. Once, when complete.
  HttpRequest release() { return std::move(request_); }

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;

  void on_request_impl(verb, text method, text target, int version, error_code& ec) override;

  void on_response_impl(int, text, int, error_code&) override {}

  void on_field_impl(field name, text name_text, text value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code&) override;
  std::size_t on_body_impl(text bytes, error_code&) override;

  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, error_code&) override;

  void on_finish_impl(error_code&) override {}

  void refuse(int status, std::string_view code, std::string_view message, error_code& ec);

  HttpRequest request_;
  std::optional<HttpRefusal> refusal_;
  bool is_http_1_1_ = true;
};

}  // namespace evener
