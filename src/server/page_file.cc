#include "server/page_file.h"

#include <algorithm>
#include <string>

namespace evener {
namespace {

constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

const PageFile* find_page(PageFiles files, std::string_view path) {
  const auto found = std::ranges::find(files, path, &PageFile::path);
  return found == files.end() ? nullptr : &*found;
}

// Every browser takes gzip, so no other form is kept.
HttpResponse page_response(const PageFile& file, const HttpRequest& request) {
  HttpResponse response{.content_type = file.content_type};
  response.headers = {
      {"ETag", std::string(file.tag)},
      {"Cache-Control", file.is_named_by_hash ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(page_policy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"}
  };
  if (request.header("If-None-Match") == file.tag) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = file.gzip;
  return response;
}

}  // namespace evener
