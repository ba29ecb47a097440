#include "server/page_file.h"

#include <algorithm>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace evener {
namespace {

constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, lower_case);
}

// "0", "0.0", ... as a weight: not at all (RFC 9110, section 12.4.2).
bool is_zero(std::string_view weight) {
  return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
}

// By the field Accept-Encoding (RFC 9110, section 12.5.3). Who sends none takes any form.
bool takes_gzip(const HttpRequest& request) {
  if (request.headers.count("Accept-Encoding") == 0) return true;
  std::string_view rest = request.header("Accept-Encoding");
  std::optional<bool> named;
  bool any = false;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const std::size_t semicolon = item.find(';');
    const std::string_view coding = trimmed(item.substr(0, semicolon));
    const std::string_view weight =
        semicolon == std::string_view::npos ? "" : trimmed(item.substr(semicolon + 1));
    const bool is_refused =
        weight.size() > 2 && is_word(weight.substr(0, 2), "q=") && is_zero(weight.substr(2));
    if (is_word(coding, "gzip") || is_word(coding, "x-gzip")) named = !is_refused;
    if (coding == "*") any = !is_refused;
  }
  return named.value_or(any);
}

// Another form of the same file has another tag: "1f2e" becomes "1f2e-plain".
std::string plain_tag(std::string_view tag) {
  return std::string(tag.substr(0, tag.size() - 1)) + "-plain\"";
}

// By the field If-None-Match, a list of tags or `*`: compared weakly (RFC 9110, section 13.1.2).
bool has_already(const HttpRequest& request, std::string_view tag) {
  std::string_view rest = request.header("If-None-Match");
  if (trimmed(rest) == "*") return true;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    std::string_view known = trimmed(item);
    if (known.starts_with("W/")) known.remove_prefix(2);
    if (known == tag) return true;
  }
  return false;
}

// Files are compressed when the program is built, so what cannot be unpacked is a bug of ours.
std::string unzipped(std::string_view gzip) {
  constexpr std::size_t header_bytes = 10;  // RFC 1952; none of the optional parts follows
  constexpr std::size_t trailer_bytes = 8;  // a checksum, and the size
  CHECK(gzip.size() > header_bytes + trailer_bytes && gzip[3] == 0, "a page is not compressed");
  const std::string_view deflated =
      gzip.substr(header_bytes, gzip.size() - header_bytes - trailer_bytes);
  std::uint32_t size = 0;
  for (std::size_t i = 1; i <= 4; ++i) {
    size = size << 8U | static_cast<std::uint8_t>(gzip[gzip.size() - i]);
  }
  // A byte more than needed, so that the end of the stream is seen.
  std::string out(std::size_t{size} + 1, '\0');
  namespace zlib = boost::beast::zlib;
  zlib::inflate_stream inflater;
  zlib::z_params step;
  step.next_in = deflated.data();
  step.avail_in = deflated.size();
  step.next_out = out.data();
  step.avail_out = out.size();
  boost::beast::error_code problem;
  inflater.write(step, zlib::Flush::sync, problem);
  CHECK(problem == zlib::error::end_of_stream && step.total_out == size, "a page is damaged");
  out.resize(size);
  return out;
}

}  // namespace

const PageFile* find_page(PageFiles files, std::string_view path) {
  const auto found = std::ranges::find(files, path, &PageFile::path);
  return found == files.end() ? nullptr : &*found;
}

// Every browser takes gzip, so no other form is kept.
HttpResponse page_response(const PageFile& file, const HttpRequest& request) {
  const bool is_compressed = takes_gzip(request);
  const std::string tag = is_compressed ? std::string(file.tag) : plain_tag(file.tag);
  HttpResponse response{.content_type = file.content_type};
  response.headers = {
      {"ETag", tag},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control", file.is_named_by_hash ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(page_policy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"}
  };
  if (has_already(request, tag)) {
    response.status = 304;
    return response;
  }
  if (is_compressed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = is_compressed ? std::string(file.gzip) : unzipped(file.gzip);
  return response;
}

}  // namespace evener
