// The bytes of a response: status line, header fields, chunks.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evener {

struct HttpHead {
  int status = 200;
  std::string_view content_type = {};  // none if empty
  std::optional<std::size_t> content_length = {};
  bool is_chunked = false;
  std::string_view connection = {};  // "close", "keep-alive", or empty
  std::string_view date = {};
  const std::vector<std::pair<std::string, std::string>>& headers;
};

// Appends the head, up to and including its empty line. Control characters in the values of
// `headers` become spaces, so that no value can end its line; the others are the program's own.
void append_head(std::string& out, const HttpHead& head);

// Appends one chunk of a chunked body. `bytes` is not empty: an empty chunk would end the body.
void append_chunk(std::string& out, std::string_view bytes);

inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// The present wall-clock second as HTTP writes it: "Sat, 21 Nov 2026 12:00:30 GMT". Formatted once
// a second.
class HttpDate {
 public:
  std::string_view now();

 private:
  std::time_t second_ = -1;
  std::string text_;
};

}  // namespace evener
