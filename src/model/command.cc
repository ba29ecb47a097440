#include "model/command.h"

#include <charconv>
#include <type_traits>

namespace evener {
namespace {

constexpr std::string_view type_field = "type";
constexpr std::string_view id_field = "request_id";

// Calls `visit` with the type of every kind of command.
template <typename Visit, std::size_t... I>
void each_command(const Visit& visit, std::index_sequence<I...>) {
  (visit(std::type_identity<std::variant_alternative_t<I, Command>>{}), ...);
}

template <typename Visit>
void each_command(const Visit& visit) {
  each_command(visit, std::make_index_sequence<std::variant_size_v<Command>>{});
}

Error unknown_type(std::string_view found, const Path& path) {
  std::vector<std::string_view> known;
  each_command([&]<typename C>(std::type_identity<C>) { known.push_back(C::type); });
  return {
      "bad_value",
      fmt::format("'{}' is no command; known are {}", found.substr(0, 64), fmt::join(known, ", ")),
      Path{&path, type_field, -1}.text()
  };
}

}  // namespace

std::string_view type_of(const Command& command) {
  return std::visit([]<typename C>(const C&) { return C::type; }, command);
}

Result<Request> read_request(const Json& json, const Path& path) {
  if (!json.is_object()) return wrong_type(json, "an object", path);
  const JsonObject& object = json.get_object();
  const Json* type = object.if_contains(type_field);
  if (type == nullptr) return Error{"missing_field", "'type' is missing", path.text()};
  if (!type->is_string()) return wrong_type(*type, "a text", Path{&path, type_field, -1});
  Request request;
  if (const Json* id = object.if_contains(id_field)) {
    const Path id_path{&path, id_field, -1};
    TRY(read_text(*id, request.request_id, {}, id_path));
    const Result<Instant> time = request_time(request.request_id);
    if (!time.ok()) return Error{time.error().code, time.error().message, id_path.text()};
  }
  const std::string_view name = type->get_string();
  bool known = false;
  Status status = Done{};
  each_command([&]<typename C>(std::type_identity<C>) {
    if (known || C::type != name) return;
    known = true;
    C command;
    status = read_object(json, command, path, {type_field, id_field});
    request.command = std::move(command);
  });
  if (!known) return unknown_type(name, path);
  if (!status.ok()) return status.error();
  return request;
}

std::string to_json_text(const Request& request) {
  std::string out = "{\"type\":";
  append_json_string(out, type_of(request.command));
  if (!request.request_id.empty()) {
    out += ",\"request_id\":";
    append_json_string(out, request.request_id);
  }
  std::visit([&](const auto& command) { append_members(out, command); }, request.command);
  out += '}';
  return out;
}

JsonObject command_schemas() {
  JsonObject schemas;
  each_command([&]<typename C>(std::type_identity<C>) {
    Json schema = schema_of<C>();
    JsonObject& properties = schema.get_object()["properties"].get_object();
    properties[type_field] = JsonObject{{"const", C::type}};
    properties[id_field] = JsonObject{
        {"type", "string"},
        {"pattern", "^[0-9]{1,15}-[A-Za-z0-9_-]{1,40}$"},
        {"description", "Makes the command safe to repeat for 24 hours"}
    };
    JsonArray required{type_field};
    if (const Json* more = schema.get_object().if_contains("required")) {
      for (const Json& name : more->get_array()) required.push_back(name);
    }
    schema.get_object()["required"] = required;
    schemas[C::type] = std::move(schema);
  });
  return schemas;
}

Result<Instant> request_time(std::string_view request_id) {
  const Error bad{
      "bad_request_id",
      fmt::format(
          "'{}' is no request id; expected <milliseconds since 1970>-<1 to 40 letters, digits, _ "
          "or ->",
          request_id.substr(0, 64)
      )
  };
  Instant time = 0;
  const char* const end = request_id.data() + request_id.size();
  const auto [rest, problem] = std::from_chars(request_id.data(), end, time);
  const std::size_t digits = static_cast<std::size_t>(rest - request_id.data());
  if (problem != std::errc{} || time < 0 || digits > 15 || rest == end || *rest != '-') return bad;
  const std::string_view tail = request_id.substr(digits + 1);
  if (tail.empty() || tail.size() > 40) return bad;
  for (const char c : tail) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (c < '0' || c > '9') && c != '_' && c != '-') return bad;
  }
  return time;
}

}  // namespace evener
