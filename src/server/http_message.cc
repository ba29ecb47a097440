#include "server/http_message.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace evener {

void HttpHeaders::add(std::string_view name, std::string_view value) {
  if (fields_.empty()) {
    constexpr std::size_t most_have = 512;  // bytes
    text_.reserve(most_have);
    fields_.reserve(16);
  }
  fields_.push_back({
      .begin = static_cast<std::uint32_t>(text_.size()),
      .name_size = static_cast<std::uint32_t>(name.size()),
      .value_size = static_cast<std::uint32_t>(value.size()),
  });
  text_.append(name);
  text_.append(value);
}

std::pair<std::string_view, std::string_view> HttpHeaders::at(std::size_t index) const {
  const Field& field = fields_.at(index);
  const std::string_view text = text_;
  return {
      text.substr(field.begin, field.name_size),
      text.substr(field.begin + field.name_size, field.value_size)
  };
}

// Most names differ in their length.
bool HttpHeaders::is_at(std::size_t index, std::string_view name) const {
  return fields_[index].name_size == name.size() &&
         std::ranges::equal(at(index).first, name, {}, lower_case, lower_case);
}

std::string_view HttpHeaders::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (is_at(i, name)) return at(i).second;
  }
  return {};
}

std::size_t HttpHeaders::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) found += is_at(i, name) ? 1 : 0;
  return found;
}

std::string_view HttpRequest::parameter(std::string_view name) const {
  const auto found =
      std::ranges::find(query, name, [](const auto& p) -> std::string_view { return p.first; });
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
  HttpResponse response{.status = status};
  response.body = "{\"error\":{\"code\":";
  append_json_string(response.body, code);
  response.body += ",\"message\":";
  append_json_string(response.body, message);
  response.body += "}}";
  return response;
}

}  // namespace evener
