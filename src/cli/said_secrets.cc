#include "cli/said_secrets.h"

#include <cstdlib>
#include <string_view>

#include "client/wrapped_client.h"
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

Result<Command> redacted(Command command, const Redaction& redaction) {
  Json json = TRY(parse_json(to_json_text(Request{"", std::move(command)}), "command"));
  redact(json, redaction);
  Request request = TRY(read_request(json, Path{}));
  return std::move(request.command);
}

class SecretKeepingClient : public WrappedClient {
 public:
  SecretKeepingClient(std::unique_ptr<Client> inner, const std::vector<Secret>& secrets)
      : WrappedClient(std::move(inner)), redaction_(secrets) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    for (Request& request : requests) {
      request.command = TRY(redacted(std::move(request.command), redaction_));
    }
    return inner().call(std::move(requests));
  }

 private:
  Redaction redaction_;
};

}  // namespace

std::unique_ptr<Client> without_secrets(std::unique_ptr<Client> inner) {
  const char* const list = std::getenv("EVENER_SECRETS");
  if (list == nullptr || *list == '\0') return inner;
  const std::vector<Secret> secrets = secrets_in_environment(names_in(list));
  if (secrets.empty()) return inner;
  return std::make_unique<SecretKeepingClient>(std::move(inner), secrets);
}

}  // namespace evener
