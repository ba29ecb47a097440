#include "server/http_target.h"

#include <algorithm>
#include <optional>

#include "base/utf8.h"

namespace evener {
namespace {

constexpr std::size_t max_parameters = 256;

Error bad_request(std::string message) {
  return {"bad_request", std::move(message)};
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

enum class Plus { kept, is_space };

Result<std::string> unescaped(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus == Plus::is_space) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low)
        return bad_request("a '%' in the target is not followed by two hex digits");
      if (*high == 0 && *low == 0) return bad_request("the target holds an escaped NUL byte");
      out += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  return out;
}

// Whether it stands for itself in a path: ASCII, and nothing escaped.
bool is_plain(std::string_view path) {
  return std::ranges::none_of(path, [](char c) { return c == '%' || (c & 0x80) != 0; });
}

Result<std::string> decoded(std::string_view text, Plus plus) {
  std::string out = TRY(unescaped(text, plus));
  if (!is_utf8(out)) return bad_request("the target holds bytes that are no UTF-8");
  return out;
}

// What stands before `mark`; `text` keeps what stands after it.
std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (value.empty()) continue;
    if (parameters.size() == max_parameters) return bad_request("too many query parameters");
    const std::string_view name = take_until(value, '=');
    std::string decoded_name = TRY(decoded(name, Plus::is_space));
    std::string decoded_value = TRY(decoded(value, Plus::is_space));
    parameters.emplace_back(std::move(decoded_name), std::move(decoded_value));
  }
  return parameters;
}

// Removes "http://authority" from an absolute target.
std::string_view take_authority(std::string_view& target) {
  constexpr std::string_view scheme = "http://";
  if (!target.starts_with(scheme)) return {};
  const std::size_t begin = scheme.size();
  const std::size_t end = std::min(target.find_first_of("/?", begin), target.size());
  const std::string_view authority = target.substr(begin, end - begin);
  target.remove_prefix(end);
  return authority;
}

}  // namespace

Result<HttpTarget> parse_target(std::string_view target) {
  HttpTarget parsed;
  parsed.authority = take_authority(target);
  target = target.substr(0, target.find('#'));
  const std::string_view path = take_until(target, '?');
  if (path.empty() && !parsed.authority.empty()) {
    parsed.path = "/";
  } else if (!path.starts_with('/') && path != "*") {
    return bad_request("the target must be a path that starts with '/'");
  } else {
    parsed.path = is_plain(path) ? std::string(path) : TRY(decoded(path, Plus::kept));
  }
  parsed.query = TRY(parse_query(target));
  return parsed;
}

Result<std::vector<std::string>> path_segments(std::string_view target) {
  take_authority(target);
  std::string_view path = target.substr(0, std::min(target.find('?'), target.find('#')));
  if (path.starts_with('/')) path.remove_prefix(1);
  std::vector<std::string> segments;
  segments.reserve(8);
  const bool is_all_plain = is_plain(path);
  const bool ends_in_slash = path.ends_with('/');
  while (!path.empty()) {
    const std::string_view segment = take_until(path, '/');
    segments.push_back(is_all_plain ? std::string(segment) : TRY(decoded(segment, Plus::kept)));
  }
  if (ends_in_slash) segments.emplace_back();
  return segments;
}

}  // namespace evener
