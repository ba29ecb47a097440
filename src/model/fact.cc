#include "model/fact.h"

#include <type_traits>

namespace evener {
namespace {

constexpr std::int64_t version = 1;  // of every type so far

template <std::size_t... I>
bool read_body(std::string_view type, const Json& json, FactBody& out, Status& status, std::index_sequence<I...>) {
  const auto read = [&]<typename B>(std::type_identity<B>) {
    if (B::type != type) return false;
    B body;
    status = read_object(json, body, Path{}, {"seq", "prev", "at", "by", "type", "v", "request"});
    out = std::move(body);
    return true;
  };
  return (read(std::type_identity<std::variant_alternative_t<I, FactBody>>{}) || ...);
}

}  // namespace

std::string_view type_of(const FactBody& body) {
  return std::visit([]<typename B>(const B&) { return B::type; }, body);
}

std::string_view task_of(const FactBody& body) {
  return std::visit(
      []<typename B>(const B& fact) -> std::string_view {
        if constexpr (requires { fact.task; }) return fact.task;
        if constexpr (std::is_same_v<B, TaskAdded> || std::is_same_v<B, TaskEdited>) {
          return fact.spec.id;
        }
        return {};
      },
      body
  );
}

std::string_view worker_of(const FactBody& body) {
  return std::visit(
      []<typename B>(const B& fact) -> std::string_view {
        if constexpr (requires { fact.worker; }) return fact.worker;
        if constexpr (std::is_same_v<B, WorkerRegistered>) return fact.spec.name;
        return {};
      },
      body
  );
}

void append_fact(std::string& out, const Fact& fact) {
  append_json_member(out, R"({"seq":)", fact.seq.value);
  append_json_member(out, R"(,"at":)", fact.at);
  append_json_member(out, R"(,"by":)", fact.by);
  append_json_member(out, R"(,"type":)", type_of(fact.body));
  out += R"(,"v":1)";
  if (fact.prev.value != 0) append_json_member(out, R"(,"prev":)", fact.prev.value);
  std::visit([&](const auto& body) { append_members(out, body); }, fact.body);
  if (fact.request) {
    out += ",\"request\":";
    append_object(out, *fact.request);
  }
  out += '}';
}

Result<Fact> read_fact(const Json& json) {
  const Path path{nullptr, "fact", -1};
  if (!json.is_object()) return wrong_type(json, "an object", path);
  const JsonObject& object = json.get_object();
  Fact fact;
  std::string type;
  std::int64_t found_version = 0;
  const auto member = [&](std::string_view name, auto& out) -> Status {
    const Json* value = object.if_contains(name);
    if (value == nullptr) {
      return Error{"missing_field", fmt::format("'{}' is missing", name), path.text()};
    }
    return read_value(*value, out, fact_text, Path{&path, name, -1});
  };
  TRY(member("seq", fact.seq));
  TRY(member("at", fact.at));
  TRY(member("by", fact.by));
  TRY(member("type", type));
  TRY(member("v", found_version));
  if (object.contains("prev")) TRY(member("prev", fact.prev));
  if (object.contains("request")) TRY(member("request", fact.request.emplace()));
  Status status = Done{};
  constexpr auto all = std::make_index_sequence<std::variant_size_v<FactBody>>{};
  if (found_version != version || !read_body(type, json, fact.body, status, all)) {
    return Error{
        "unknown_fact",
        fmt::format(
            "fact {} is '{}' version {}, which this program does not know; use the newer one",
            fact.seq.value,
            type,
            found_version
        )
    };
  }
  if (!status.ok()) return status.error();
  return fact;
}

}  // namespace evener
