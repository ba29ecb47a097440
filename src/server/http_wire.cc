#include "server/http_wire.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <iterator>

#include "base/check.h"

namespace evener {
namespace {

bool is_control(char c) {
  return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
}

std::string_view phrase(int status) {
  namespace http = boost::beast::http;
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  if (known == http::status::unknown) return "Unknown";
  const auto text = http::obsolete_reason(known);
  return {text.data(), text.size()};
}

// Of a value that is the program's own.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_cleaned_field(std::string& out, std::string_view name, std::string value) {
  std::ranges::replace_if(value, is_control, ' ');
  append_field(out, name, value);
}

// Answers are many, and nearly all are alike.
void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, phrase(status));
  }
}

}  // namespace

void append_head(std::string& out, const HttpHead& head) {
  CHECK(head.status >= 100 && head.status <= 999, "a status has three digits");
  append_status_line(out, head.status);
  append_field(out, "Date", head.date);
  if (!head.content_type.empty()) append_field(out, "Content-Type", head.content_type);
  if (head.is_chunked) out += "Transfer-Encoding: chunked\r\n";
  if (head.content_length) {
    out.append("Content-Length: ").append(std::to_string(*head.content_length)).append("\r\n");
  }
  if (!head.connection.empty()) append_field(out, "Connection", head.connection);
  for (const auto& [name, value] : head.headers) append_cleaned_field(out, name, value);
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
  CHECK(!bytes.empty(), "an empty chunk would end the body");
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", bytes.size());
  out.append(bytes).append("\r\n");
}

std::string_view HttpDate::now() {
  const std::time_t now = std::time(nullptr);
  if (now != second_) {
    second_ = now;
    text_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
  }
  return text_;
}

}  // namespace evener
