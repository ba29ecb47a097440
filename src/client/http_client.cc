#include "client/http_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/sse.h"

namespace evener {
namespace {

constexpr Millis connect_timeout_ms = 5000;
constexpr Millis answer_timeout_ms = 30'000;
constexpr Millis stream_idle_ms = 60'000;  // the server sends a comment every 15 s
constexpr int ok_status = 200;

Result<PoolEvent> read_event(const SseEvent& event) {
  const Json json = TRY(parse_json(event.data));
  if (event.type == "fact") return PoolEvent(TRY(read_fact(json)));
  VitalEvent vital;
  const auto text = [&](std::string_view name) -> std::string {
    const Json* member = json.is_object() ? json.get_object().if_contains(name) : nullptr;
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
  };
  vital.task = text("task");
  vital.worker = text("worker");
  if (json.is_object() && json.get_object().contains("progress")) {
    TRY(read_value(json.get_object().at("progress"), vital.progress, {}, Path{}));
  }
  return PoolEvent(std::move(vital));
}

}  // namespace

Error error_of(const HttpAnswer& answer) {
  const Result<Json> json = parse_json(answer.body);
  const auto text = [&](std::string_view name) -> std::string {
    if (!json.ok() || !json->is_object()) return {};
    const Json* error = json->get_object().if_contains("error");
    if (error == nullptr || !error->is_object()) return {};
    const Json* member = error->get_object().if_contains(name);
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
  };
  if (const std::string code = text("code"); !code.empty()) {
    return {code, text("message"), text("where")};
  }
  return {"bad_reply", fmt::format("the server answered with status {}", answer.status)};
}

bool is_passing(const Error& error) {
  return error.code == "unreachable" || error.code == "connection_closed_unsent" ||
         error.code == "reply_lost" || error.code == "connection_lost";
}

// A token is for the server alone: what is not TLS does not leave this machine.
Status HttpClient::prepare_tls() {
  const Endpoint& endpoint = options_.endpoint;
  if (endpoint.is_tls && !tls_) {
    tls_ = TRY(TlsContext::for_client(endpoint.host, options_.fingerprint));
  }
  if (endpoint.is_tls || is_loopback(endpoint) || options_.token.empty()) return Done{};
  return Error{
      "needs_tls",
      fmt::format(
          "the token would travel in the clear; ask https://{}, or join with an invitation",
          endpoint.authority()
      ),
      endpoint.text()
  };
}

Status HttpClient::connect() {
  if (connection_ && connection_->is_open()) return Done{};
  connection_.reset();
  TRY(prepare_tls());
  connection_ = TRY(HttpConnection::connect(
      options_.endpoint, connect_timeout_ms, options_.stop_descriptor, tls_ ? &*tls_ : nullptr
  ));
  const Status checked = check_instance();
  if (!checked.ok()) connection_.reset();
  return checked;
}

// Another process may listen where our server did.
Status HttpClient::check_instance() {
  if (options_.instance.empty()) return Done{};
  HttpCall call;
  call.target = "/healthz";
  const HttpAnswer answer = TRY(connection_->request(call, connect_timeout_ms));
  const Json json = TRY(parse_json(answer.body));
  const auto says = [&](std::string_view name, const std::string& expected) {
    const Json* member = json.is_object() ? json.get_object().if_contains(name) : nullptr;
    return member != nullptr && member->is_string() && member->get_string() == expected;
  };
  if (says("instance", options_.instance) && says("pool", options_.pool)) return Done{};
  return Error{
      "unreachable",
      fmt::format("somebody else listens at {}", options_.endpoint.text()),
      options_.endpoint.text()
  };
}

HttpCall HttpClient::prepared(std::string method, std::string_view target) const {
  HttpCall call;
  call.method = std::move(method);
  call.target = fmt::format("/v1/pools/default/{}", target);
  if (!options_.token.empty())
    call.headers.emplace_back("Authorization", "Bearer " + options_.token);
  return call;
}

// A server closes what has been idle for long. It has heard nothing of this request then, so that
// it may be sent anew.
template <typename Send>
Result<HttpAnswer> HttpClient::send(const Send& request) {
  TRY(connect());
  Result<HttpAnswer> answer = request(*connection_);
  if (answer.ok() || answer.error().code != "connection_closed_unsent") return answer;
  connection_.reset();
  TRY(connect());
  return request(*connection_);
}

Result<std::string> HttpClient::exchange(HttpCall call, Millis timeout_ms) {
  HttpAnswer answer =
      TRY(send([&](HttpConnection& server) { return server.request(call, timeout_ms); }));
  if (answer.status != ok_status) return error_of(answer);
  return std::move(answer.body);
}

Result<std::vector<Answer>> HttpClient::call(std::vector<Request> requests) {
  HttpCall call = prepared("POST", "commands");
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = "{\"commands\":[";
  Millis wait_ms = 0;
  for (const Request& request : requests) {
    if (&request != &requests.front()) call.body += ',';
    call.body += to_json_text(request);
    if (const auto* claim = std::get_if<Claim>(&request.command)) {
      wait_ms = std::max(wait_ms, claim->wait_ms);
    }
  }
  call.body += "]}";
  const std::string body = TRY(exchange(std::move(call), answer_timeout_ms + wait_ms));
  const Json json = TRY(parse_json(body, "answer"));
  Answers answers = TRY(from_json<Answers>(json, "answer"));
  if (answers.answers.size() == requests.size()) return std::move(answers.answers);
  return Error{
      "bad_reply", fmt::format("{} answers to {} commands", answers.answers.size(), requests.size())
  };
}

Result<std::string> HttpClient::ask(const Query& query) {
  return exchange(prepared("GET", target_of(query)), answer_timeout_ms);
}

Status HttpClient::follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) {
  HttpCall call = prepared("GET", fmt::format("events?after={}", after.value));
  call.headers.emplace_back("Accept", "text/event-stream");
  SseParser parser;
  Status status = Done{};
  const auto take = [&](std::string_view bytes) {
    const Result<std::vector<SseEvent>> events = parser.feed(bytes);
    if (!events.ok()) {
      status = events.error();
      return false;
    }
    for (const SseEvent& event : *events) {
      if (event.type == "resync") {
        status = Error{"resync", "events were missed; read the pool again"};
        return false;
      }
      if (event.type != "fact" && event.type != "vital") continue;
      const Result<PoolEvent> read = read_event(event);
      if (!read.ok()) status = read.error();
      if (!read.ok() || !visit(*read)) return false;
    }
    return true;
  };
  const HttpAnswer answer =
      TRY(send([&](HttpConnection& server) { return server.stream(call, take, stream_idle_ms); }));
  connection_.reset();
  if (!status.ok()) return status;
  return answer.status == ok_status ? Status(Done{}) : Status(error_of(answer));
}

// Where we reached the server, a browser does; but not by a unix socket.
Result<std::string> HttpClient::open_dashboard() {
  const std::string body = TRY(exchange(prepared("POST", "sign-in/codes"), answer_timeout_ms));
  const Json json = TRY(parse_json(body, "answer"));
  const auto text = [&](std::string_view name) -> std::string {
    const Json* member = json.is_object() ? json.get_object().if_contains(name) : nullptr;
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
  };
  const std::string code = text("code");
  std::string address = text("address");
  if (code.empty()) return Error{"bad_reply", "the answer has no code", options_.endpoint.text()};
  if (address.empty()) {
    return Error{
        "no_dashboard",
        "the server listens on no TCP address; start it with: evener up --listen 127.0.0.1:7878",
        options_.endpoint.text()
    };
  }
  if (!options_.endpoint.is_unix()) {
    const char* const scheme = options_.endpoint.is_tls ? "https" : "http";
    address = fmt::format("{}://{}", scheme, options_.endpoint.authority());
  }
  return sign_in_address(address, code);
}

Result<BlobRef> HttpClient::put_blob(std::string_view bytes) {
  HttpCall call = prepared("POST", "blobs");
  call.headers.emplace_back("Content-Type", "application/octet-stream");
  call.body = bytes;
  const std::string body = TRY(exchange(std::move(call), answer_timeout_ms));
  const Json json = TRY(parse_json(body, "answer"));
  return from_json<BlobRef>(json, "answer");
}

Result<std::string> HttpClient::get_blob(const BlobRef& blob) {
  return exchange(prepared("GET", "blobs/" + blob.digest), answer_timeout_ms);
}

}  // namespace evener
