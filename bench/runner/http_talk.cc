#include "http_talk.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace evener {
namespace {

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What stands behind `name`, which is in small letters; "" if the head has no such field.
std::string_view field_of(std::string_view head, std::string_view name) {
  for (std::size_t line = head.find('\n'); line + 1 + name.size() < head.size();
       line = head.find('\n', line + 1)) {
    const std::string_view rest = head.substr(line + 1);
    std::size_t same = 0;
    while (same < name.size() && small(rest[same]) == name[same]) ++same;
    if (same < name.size() || rest[same] != ':') continue;
    const std::string_view value = rest.substr(same + 1, rest.find('\r') - same - 1);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return "";
}

// RFC 9112, section 7.1, without extensions and trailers.
HttpAnswer read_chunks(std::string_view in, std::size_t from, int status) {
  HttpAnswer answer{.status = status};
  for (std::size_t at = from;;) {
    const std::size_t line = in.find("\r\n", at);
    if (line == std::string_view::npos) return {};
    std::size_t size = 0;
    std::from_chars(in.data() + at, in.data() + line, size, 16);
    const std::size_t next = line + 2 + size + 2;
    if (next > in.size()) return {};
    answer.joined += in.substr(line + 2, size);
    at = next;
    if (size > 0) continue;
    answer.bytes = next;
    return answer;
  }
}

}  // namespace

void HttpTalk::get(std::string& out, std::string_view path) const {
  fmt::format_to(std::back_inserter(out), "GET {} HTTP/1.1\r\nHost: {}\r\n", path, host);
  if (!token.empty()) out.append("Authorization: Bearer ").append(token).append("\r\n");
  out += "\r\n";
}

void HttpTalk::post(std::string& out, std::string_view path, std::string_view body) const {
  fmt::format_to(std::back_inserter(out), "POST {} HTTP/1.1\r\nHost: {}\r\n", path, host);
  if (!token.empty()) out.append("Authorization: Bearer ").append(token).append("\r\n");
  fmt::format_to(
      std::back_inserter(out),
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      body.size(),
      body
  );
}

HttpAnswer read_http_answer(std::string_view in) {
  const std::size_t end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  const std::string_view head = in.substr(0, end + 2);
  const std::size_t from = end + 4;
  int status = 0;
  const std::string_view code = head.substr(std::string_view("HTTP/1.1 ").size(), 3);
  std::from_chars(code.data(), code.data() + code.size(), status);
  if (field_of(head, "transfer-encoding") == "chunked") return read_chunks(in, from, status);
  std::size_t length = 0;
  const std::string_view text = field_of(head, "content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  if (in.size() < from + length) return {};
  return {.bytes = from + length, .status = status, .plain = in.substr(from, length)};
}

}  // namespace evener
