#include "cli/said_secrets.h"

#include <cstdlib>
#include <string_view>

#include "worker/secrets.h"

namespace evener {
namespace {

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

// JSON is nested as deeply as its bounds allow.
void redact(Json& json, const Redaction& redaction) {
  if (json.is_string()) {
    json = redaction.text(std::string_view(json.get_string()));
  } else if (json.is_array()) {
    for (Json& item : json.get_array()) redact(item, redaction);
  } else if (json.is_object()) {
    for (auto& [name, member] : json.get_object()) redact(member, redaction);
  }
}

}  // namespace

Result<Command> without_secrets(Command command) {
  const char* const list = std::getenv("EVENER_SECRETS");
  if (list == nullptr || *list == '\0') return command;
  const std::vector<Secret> secrets = secrets_in_environment(names_in(list));
  if (secrets.empty()) return command;
  Json json = TRY(parse_json(to_json_text(Request{"", std::move(command)}), "command"));
  const Redaction redaction(secrets);
  redact(json, redaction);
  Request request = TRY(read_request(json, Path{}));
  return std::move(request.command);
}

}  // namespace evener
