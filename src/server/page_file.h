// The dashboard's files as they stand in the program (web/ makes them, web/scripts/embed.mjs writes
// them down), and how a browser is answered that asks for one.
#pragma once

#include <span>
#include <string_view>

#include "server/http_message.h"

namespace evener {

struct PageFile {
  std::string_view path;  // "/", "/assets/index-1f2e3d.js"
  std::string_view content_type;
  std::string_view tag;   // changes with the bytes; in quotes, as ETag wants it
  bool is_named_by_hash;  // its path changes with its bytes, so that it may be kept for ever
  std::string_view gzip;  // its bytes, compressed, with a header that names nothing
};

using PageFiles = std::span<const PageFile>;

// Or null.
const PageFile* find_page(PageFiles files, std::string_view path);

// The file, or 304 if the browser has it; not compressed if the request says that it takes no gzip.
// A page may load nothing from another server, run nothing that stands in its markup, and be framed
// by nobody.
HttpResponse page_response(const PageFile& file, const HttpRequest& request);

}  // namespace evener
