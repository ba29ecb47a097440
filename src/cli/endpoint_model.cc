#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "cli/language_model.h"
#include "client/socket.h"
#include "worker/redaction.h"

namespace evener {
namespace {

constexpr int most_tries = 3;  // of what passes
constexpr Millis first_wait_ms = 1000;

Error bad_completion(std::string_view found) {
  return {
      "bad_reply",
      fmt::format("expected a chat completion with choices[0].message.content, found {}", found)
  };
}

const Json* member_of(const Json* value, std::string_view name) {
  return value != nullptr && value->is_object() ? value->get_object().if_contains(name) : nullptr;
}

// Text, or a list of parts of which some have `text`.
std::optional<std::string> content_text(const Json* content) {
  if (content == nullptr) return std::nullopt;
  if (content->is_string()) return std::string(content->get_string());
  if (!content->is_array()) return std::nullopt;
  std::string out;
  for (const Json& part : content->get_array()) {
    const Json* const text = member_of(&part, "text");
    if (text != nullptr && text->is_string()) out += std::string_view(text->get_string());
  }
  return out;
}

// What the server says of its refusal: {"error": {"message": ...}}, else its first line.
std::string refusal_line(const HttpAnswer& answer) {
  constexpr std::size_t longest = 300;
  const Result<Json> body = parse_json(answer.body);
  const Json* const error = body.ok() ? member_of(&*body, "error") : nullptr;
  const Json* const message = member_of(error, "message");
  const Json* const said = message != nullptr ? message : error;
  if (said == nullptr || !said->is_string()) return answer_line(answer);
  const std::string_view text = said->get_string();
  return fmt::format("{} {}: {}", answer.status, answer.reason, text.substr(0, longest));
}

bool is_passing(int status) {
  constexpr int timed_out = 408;
  constexpr int too_many = 429;
  return status == timed_out || status == too_many || status / 100 == 5;
}

}  // namespace

Url chat_address(Url base) {
  const std::size_t query = std::min(base.target.find('?'), base.target.size());
  std::string path = base.target.substr(0, query);
  while (path.ends_with('/')) path.pop_back();
  base.target = path + "/chat/completions" + base.target.substr(query);
  return base;
}

Result<ModelAnswer> answer_in_completion(std::string_view body) {
  const Result<Json> json = parse_json(body, "answer");
  if (!json.ok()) return bad_completion("no JSON: " + json.error().message);
  const Json* const choices = member_of(&*json, "choices");
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) {
    return bad_completion("no choices");
  }
  const Json& choice = choices->get_array().front();
  const Json* const message = member_of(&choice, "message");
  const Json* const reason = member_of(&choice, "finish_reason");
  ModelAnswer answer{
      .is_cut = reason != nullptr && reason->is_string() && reason->get_string() == "length"
  };
  std::optional<std::string> text = content_text(member_of(message, "content"));
  if (!text) text = content_text(member_of(message, "refusal"));
  if (!text) return bad_completion("no text");
  answer.text = std::move(*text);
  return answer;
}

EndpointModel::EndpointModel(Options options) : options_(std::move(options)) {
  options_.url = chat_address(std::move(options_.url));
}

std::string EndpointModel::body_of(const std::vector<ModelMessage>& messages) const {
  JsonArray said;
  for (const ModelMessage& message : messages) {
    said.push_back({{"role", message.role}, {"content", message.text}});
  }
  JsonObject body{{"model", options_.model}, {"messages", std::move(said)}};
  if (form_ == Form::schema) {
    body["response_format"] = {
        {"type", "json_schema"}, {"json_schema", {{"name", "plan"}, {"schema", options_.schema}}}
    };
  } else if (form_ == Form::object) {
    body["response_format"] = {{"type", "json_object"}};
  }
  return to_text(body);
}

// The key is taken out of whatever comes back: some servers repeat it in their errors.
Result<HttpAnswer> EndpointModel::post(const std::string& body, Millis deadline) const {
  HttpCall call{
      .headers = {{"Content-Type", "application/json"}, {"User-Agent", "evener"}}, .body = body
  };
  if (!options_.key.empty()) call.headers.emplace_back("Authorization", "Bearer " + options_.key);
  const Millis left = std::max<Millis>(1, deadline - monotonic_now());
  Result<HttpAnswer> answer = post_for_answer(
      options_.url, std::move(call), left, options_.stop_descriptor, longest_model_answer
  );
  if (!answer.ok()) {
    const Error& error = answer.error();
    return Error{error.code, error.message, options_.url.endpoint.text()};
  }
  if (options_.key.empty()) return answer;
  const Redaction redaction({{options_.key_name, options_.key}});
  answer->body = redaction.text(answer->body);
  answer->reason = redaction.text(answer->reason);
  return answer;
}

Status EndpointModel::pause(Millis wait, Millis deadline, const std::string& why) const {
  if (monotonic_now() + wait >= deadline) {
    return Error{
        "model_failed",
        fmt::format("{}; it asks for {} before the next try", why, format_duration(wait)),
        options_.url.endpoint.text()
    };
  }
  if (options_.say) options_.say(fmt::format("{}; again in {}", why, format_duration(wait)));
  pollfd stopped{options_.stop_descriptor, POLLIN, 0};
  if (::poll(&stopped, 1, static_cast<int>(wait)) == 1) {
    return Error{"interrupted", "stopped while waiting for the next try"};
  }
  return Done{};
}

Result<ModelAnswer> EndpointModel::ask(const std::vector<ModelMessage>& messages) {
  constexpr int bad_request = 400;
  constexpr int unprocessable = 422;
  const Millis deadline = monotonic_now() + options_.timeout_ms;
  for (int tries = 1;;) {
    const HttpAnswer answer = TRY(post(body_of(messages), deadline));
    if (answer.status / 100 == 2) return answer_in_completion(answer.body);
    const std::string why = refusal_line(answer);
    if ((answer.status == bad_request || answer.status == unprocessable) && form_ != Form::text) {
      form_ = form_ == Form::schema ? Form::object : Form::text;
    } else if (is_passing(answer.status) && tries < most_tries) {
      const std::string_view asked = answer.header("retry-after");
      SystemClock clock;
      const Millis usual = first_wait_ms << (tries - 1);
      TRY(pause(retry_after_of(asked, clock.read().wall).value_or(usual), deadline, why));
      ++tries;
    } else {
      return Error{"model_failed", why, options_.url.endpoint.text()};
    }
  }
}

}  // namespace evener
