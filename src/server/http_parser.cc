#include "server/http_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "base/check.h"

namespace evener {
namespace {

namespace http = boost::beast::http;

// Memory is promised to a body as it arrives, not as it is announced.
constexpr std::uint64_t max_reserved_body = 64UL * 1024;

// What is still to come of a chunked body is never less than its last chunk, "0\r\n\r\n". Beast
// asserts that it has so much of that chunk once it has seen its first line: less is not shown to
// it.
constexpr std::size_t last_chunk_bytes = 5;

HttpRefusal refusal_of(const boost::beast::error_code& failure) {
  if (failure == http::error::header_limit) {
    return {431, "header_too_large", "the request's header is larger than this server takes"};
  }
  if (failure == http::error::body_limit) {
    return {413, "body_too_large", "the request's body is larger than this server takes"};
  }
  if (failure == http::error::bad_version) {
    return {400, "bad_request", "the request line is malformed, or not of HTTP/1.1 or HTTP/1.0"};
  }
  if (failure == http::error::bad_method) return {400, "bad_request", "the method is malformed"};
  if (failure == http::error::bad_target) return {400, "bad_request", "the target is malformed"};
  if (failure == http::error::bad_content_length ||
      failure == http::error::multiple_content_length) {
    return {400, "bad_request", "the Content-Length is malformed or contradicts another field"};
  }
  if (failure == http::error::bad_transfer_encoding) {
    return {400, "bad_request", "the Transfer-Encoding contradicts another field"};
  }
  if (failure == http::error::bad_chunk || failure == http::error::bad_chunk_extension) {
    return {400, "bad_request", "the chunked body is malformed"};
  }
  return {400, "bad_request", "this is not a well-formed HTTP request"};
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

HttpParser::HttpParser(std::size_t max_header_bytes, std::size_t max_body_bytes) {
  header_limit(static_cast<std::uint32_t>(max_header_bytes));
  body_limit(max_body_bytes);
  eager(true);
}

std::size_t HttpParser::take(std::string_view bytes) {
  CHECK(!is_done() && !refusal_, "this request is already complete or refused");
  if (is_header_done() && chunked() && bytes.size() < last_chunk_bytes) return 0;
  error_code failure;
  const std::size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), failure);
  if (failure && failure != http::error::need_more && !refusal_) refusal_ = refusal_of(failure);
  return taken;
}

bool HttpParser::expects_continue() const {
  return is_http_1_1_ && boost::beast::iequals(request_.header("Expect"), "100-continue");
}

void HttpParser::refuse(
    int status, std::string_view code, std::string_view message, error_code& ec
) {
  refusal_ = HttpRefusal{.status = status, .code = code, .message = message};
  ec = http::error::bad_field;
}

void HttpParser::on_request_impl(
    verb /*known*/, text method, text target, int version, error_code& /*ec*/
) {
  request_.method = view(method);
  request_.target = view(target);
  is_http_1_1_ = version == 11;
}

void HttpParser::on_field_impl(field name, text name_text, text value, error_code& ec) {
  // A trailer comes after the head was judged: it must not add a token or another host.
  if (is_header_done()) return;
  // Beast lets codings other than "chunked" pass as if there were no body, which would make the
  // body's bytes look like a second request.
  if (name == field::transfer_encoding) {
    if (!is_http_1_1_) {
      return refuse(400, "bad_request", "HTTP/1.0 has no Transfer-Encoding", ec);
    }
    if (!boost::beast::iequals(value, "chunked")) {
      return refuse(501, "not_implemented", "the only Transfer-Encoding taken is \"chunked\"", ec);
    }
  }
  request_.headers.add(view(name_text), view(value));
}

void HttpParser::on_header_impl(error_code& ec) {
  const std::size_t hosts = request_.headers.count("Host");
  if (hosts > 1) return refuse(400, "bad_request", "there is more than one Host", ec);
  if (hosts == 0 && is_http_1_1_) return refuse(400, "bad_request", "there is no Host", ec);
}

void HttpParser::on_body_init_impl(
    const boost::optional<std::uint64_t>& size, error_code& /*ec*/
) {
  if (size) request_.body.reserve(std::min(*size, max_reserved_body));
}

std::size_t HttpParser::on_body_impl(text bytes, error_code& /*ec*/) {
  request_.body.append(view(bytes));
  return bytes.size();
}

std::size_t HttpParser::on_chunk_body_impl(
    std::uint64_t /*remaining*/, text bytes, error_code& /*ec*/
) {
  request_.body.append(view(bytes));
  return bytes.size();
}

}  // namespace evener
