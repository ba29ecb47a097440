#include "server/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json_document.h"
#include "base/sha256.h"
#include "server/http_target.h"
#include "server/metrics.h"
#include "server/openapi.h"

namespace evener {
namespace {

constexpr std::string_view default_pool = "default";
constexpr std::size_t most_repeated_bytes = 256;  // of what was asked for

// As much as is said again, in whole characters.
std::string_view start_of(std::string_view text) {
  if (text.size() <= most_repeated_bytes) return text;
  std::size_t end = most_repeated_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

struct StatusOfCode {
  std::string_view code;
  int status;
};

// What an error of answering means over HTTP; those of reading a request are all 400.
constexpr std::array statuses{
    StatusOfCode{"unauthorized", 401},   StatusOfCode{"forbidden", 403},
    StatusOfCode{"forbidden_host", 403}, StatusOfCode{"forbidden_origin", 403},
    StatusOfCode{"needs_tls", 403},      StatusOfCode{"code_unknown", 403},
    StatusOfCode{"code_used", 403},      StatusOfCode{"code_expired", 403},
    StatusOfCode{"name_taken", 409},     StatusOfCode{"unknown_chapter", 404},
    StatusOfCode{"unknown_task", 404},   StatusOfCode{"unknown_worker", 404},
    StatusOfCode{"unknown_view", 404},   StatusOfCode{"seq_unknown", 404},
    StatusOfCode{"blob_missing", 404},   StatusOfCode{"bad_value", 400},
    StatusOfCode{"bad_time", 400},       StatusOfCode{"bad_digest", 400},
    StatusOfCode{"missing_field", 400},  StatusOfCode{"unknown_field", 400},
    StatusOfCode{"too_large", 413},      StatusOfCode{"overloaded", 503},
    StatusOfCode{"stopping", 503},       StatusOfCode{"disk_full", 507},
    StatusOfCode{"no_such_pool", 404},   StatusOfCode{"access_unreadable", 503},
};

// {"commands":[...]}
Result<std::vector<Request>> read_commands(std::string_view body) {
  JsonDocument document;
  TRY(document.parse(body));
  const Json& json = document.root();
  if (!json.is_object()) return wrong_type(json, "an object", Path{});
  const JsonObject& object = json.get_object();
  const Json* commands = object.if_contains("commands");
  if (commands == nullptr) return Error{"missing_field", "'commands' is missing"};
  if (object.size() > 1) {
    for (const auto& [name, value] : object) {
      if (name != "commands") return unknown_field(name, {"commands"}, Path{});
    }
  }
  const Path where{nullptr, "commands", -1};
  if (!commands->is_array()) return wrong_type(*commands, "a list", where);
  const JsonArray& items = commands->get_array();
  if (items.empty() || items.size() > limits::commands_per_request) {
    return Error{
        "too_many",
        fmt::format("{} commands; expected 1 to {}", items.size(), limits::commands_per_request),
        where.text()
    };
  }
  std::vector<Request> requests;
  requests.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    requests.push_back(TRY(read_request(items[i], Path{&where, {}, std::int64_t(i)})));
  }
  return requests;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Media types ignore case (RFC 9110, section 8.3.1).
bool is_json(std::string_view type) {
  constexpr std::string_view json = "application/json";
  const std::string_view bare = type.substr(0, type.find(';'));
  const std::string_view word = bare.substr(0, bare.find_last_not_of(" \t") + 1);
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  return word.empty() || std::ranges::equal(word, json, {}, small);
}

std::string joined(const std::vector<std::string>& path, std::size_t from) {
  return fmt::format(
      "{}", fmt::join(path.begin() + static_cast<std::ptrdiff_t>(from), path.end(), "/")
  );
}

}  // namespace

int status_of(const Error& error) {
  const auto known = std::ranges::find(statuses, error.code, &StatusOfCode::code);
  return known == statuses.end() ? 500 : known->status;
}

Routes::Routes(RouteParts parts)
    : parts_(std::move(parts)), openapi_(to_text(openapi_document(parts_.version))) {}

std::string Routes::pool_name() const {
  const std::string& own = parts_.service.engine().pool().state().card.name;
  return own.empty() ? std::string(default_pool) : own;
}

bool Routes::is_pool(std::string_view name) const {
  const std::string& own = parts_.service.engine().pool().state().card.name;
  return name == default_pool || (!own.empty() && name == own);
}

// A slash at the end says nothing, unless it may be the end of a task's id.
Routes::Found Routes::find(std::vector<std::string> path) const {
  const bool is_task = path.size() > 5 && path[3] == "tasks";
  if (!path.empty() && path.back().empty() && !is_task) path.pop_back();
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::equal(path, names);
  };
  if (is({"healthz"})) return {Place::health};
  if (is({"readyz"})) return {Place::readiness};
  if (is({"metrics"})) return {Place::metrics};
  if (is({"v1", "openapi.json"})) return {Place::openapi};
  if (is({"v1", "pools"})) return {Place::pools};
  if (path.size() < 4 || path[0] != "v1" || path[1] != "pools") return {};
  const std::string& what = path[3];
  // What a code is good for does not depend on how the pool was named when it was given.
  if (path.size() == 4 && what == "join") return {Place::join, path[2]};
  if (path.size() == 4 && what == "sign-in") return {Place::sign_in, path[2]};
  if (!is_pool(path[2])) return {};
  if (path.size() == 4 && what == "commands") return {Place::commands};
  if (path.size() == 5 && what == "sign-in" && path[4] == "codes") return {Place::sign_in_codes};
  if (path.size() == 4 && what == "session") return {Place::session};
  if (path.size() == 4 && what == "events") return {Place::events};
  if (path.size() == 4 && what == "blobs") return {Place::blobs};
  if (path.size() == 5 && what == "blobs") return {Place::blob, path[4]};
  return {Place::view, joined(path, 3)};
}

void Routes::handle(HttpRequest&& request, HttpReply reply) {
  // To a HEAD request the server sends the head of what a GET is answered.
  if (request.method == "HEAD") request.method = "GET";
  const Status origin = parts_.access.check_origin(request);
  if (!origin.ok()) return refuse(reply, status_of(origin.error()), origin.error());
  const Result<std::vector<std::string>> path = path_segments(request.target);
  if (!path.ok()) return refuse(reply, 400, path.error());
  const PageFile* const page = find_page(parts_.pages, request.path);
  if (page != nullptr) return show_page(*page, request, reply);
  const Found found = find(*path);
  if (found.place == Place::health || found.place == Place::readiness ||
      found.place == Place::openapi) {
    return request.method == "GET" ? answer_public(found.place, reply)
                                   : refuse_method(reply, "GET, HEAD");
  }
  if (found.place == Place::join) {
    return request.method == "POST" ? join(found.rest, request, reply)
                                    : refuse_method(reply, "POST");
  }
  if (found.place == Place::sign_in) {
    return request.method == "POST" ? sign_in(found.rest, request, reply)
                                    : refuse_method(reply, "POST");
  }
  const Result<Caller> caller = parts_.access.caller_of(request);
  if (!caller.ok()) return refuse(reply, status_of(caller.error()), caller.error());
  answer(found, *caller, std::move(request), std::move(reply));
}

void Routes::answer(
    const Found& found, const Caller& caller, HttpRequest&& request, HttpReply reply
) {
  const bool is_get = request.method == "GET";
  const bool is_post = request.method == "POST";
  const bool writes = found.place == Place::commands || found.place == Place::blobs;
  if (!caller.session.empty() && !is_get) {
    const Status own = parts_.access.check_own_page(request);
    if (!own.ok()) return refuse(reply, status_of(own.error()), own.error());
  }
  if (found.place == Place::unknown) {
    const std::string_view asked = request.path;
    return refuse(
        reply, 404, {"not_found", fmt::format("there is nothing at '{}'", start_of(asked))}
    );
  }
  if (found.place == Place::commands && !is_post) return refuse_method(reply, "POST");
  if (found.place == Place::blobs && !is_post && request.method != "PUT") {
    return refuse_method(reply, "POST, PUT");
  }
  if (found.place == Place::sign_in_codes) {
    return is_post ? make_code(caller, request, reply) : refuse_method(reply, "POST");
  }
  if (found.place == Place::session && request.method == "DELETE") {
    return sign_out(caller, request, reply);
  }
  if (found.place == Place::session && !is_get) return refuse_method(reply, "GET, HEAD, DELETE");
  if (!writes && !is_get) return refuse_method(reply, "GET, HEAD");
  if (writes && caller.author.scope == Scope::read) {
    const std::string why = fmt::format("{} may only read", caller.author.name);
    return refuse(reply, 403, {"forbidden", why, "Authorization"});
  }
  switch (found.place) {
    case Place::commands:
      return take_commands(caller, request, reply);
    case Place::events:
      return open_events(caller, request, std::move(reply));
    case Place::blobs:
      return put_blob(std::move(request), reply);
    case Place::blob:
      return get_blob(found.rest, reply);
    case Place::pools:
      return list_pools(reply);
    case Place::metrics:
      return show_metrics(reply);
    case Place::session:
      return show_session(caller, reply);
    default:
      return show_view(found.rest, request, reply);
  }
}

void Routes::answer_public(Place place, const HttpReply& reply) {
  if (place == Place::openapi) return send_json(reply, openapi_);
  if (place == Place::readiness) {
    const bool is_stopping = parts_.service.is_stopping();
    HttpResponse response{.status = is_stopping ? 503 : 200};
    response.body = to_json_text(ReadyAnswer{.status = is_stopping ? "stopping" : "ready"});
    return send(reply, std::move(response));
  }
  send_json(
      reply,
      to_json_text(HealthAnswer{
          .status = "ok",
          .pool = parts_.card.pool,
          .instance = parts_.card.instance,
          .version = parts_.version
      })
  );
}

// ---- what each place does ----------------------------------------------------------------------

// The caller shows a code that somebody gave it, and what proves the secret that it made for
// itself: nothing that is said here is of use to whoever might hear it later.
void Routes::join(const std::string& pool, const HttpRequest& request, const HttpReply& reply) {
  if (!request.peer.is_tls) {
    return refuse(
        reply,
        403,
        {"needs_tls", "an invitation is used over TLS alone; evener up --listen HOST:PORT"}
    );
  }
  if (!is_json(request.header("Content-Type"))) {
    return refuse(reply, 415, {"unsupported_type", "this is sent as application/json"});
  }
  const Result<Json> json = parse_json(request.body);
  if (!json.ok()) return refuse(reply, 400, json.error());
  const Result<JoinRequest> asked = from_json<JoinRequest>(*json);
  if (!asked.ok()) return refuse(reply, 400, asked.error());
  if (!is_sha256(asked->token_digest)) {
    return refuse(
        reply, 400, {"bad_value", "expected 64 digits of lower-case hex", "token_digest"}
    );
  }
  const Result<NamedToken> token = parts_.access.join(
      {.code = sha256_hex(asked->code), .token = asked->token_digest, .from = request.peer.address}
  );
  if (!token.ok()) return refuse_code(pool, token.error(), reply);
  parts_.on_joined(*token);
  send_json(
      reply,
      to_json_text(JoinAnswer{
          .name = token->name,
          .scope = token->scope,
          .pool = parts_.card.pool,
          .pool_name = pool_name()
      })
  );
}

// A code that nobody knows here may be another pool's.
void Routes::refuse_code(const std::string& pool, const Error& error, const HttpReply& reply) {
  if (error.code != "code_unknown" || is_pool(pool)) return refuse(reply, status_of(error), error);
  const std::string why = fmt::format(
      "this server has no pool '{}', which may have another name now, and does not know the code",
      start_of(pool)
  );
  refuse(reply, 404, {"no_such_pool", why});
}

void Routes::take_commands(
    const Caller& caller, const HttpRequest& request, const HttpReply& reply
) {
  if (request.body.size() > max_command_bytes) {
    return refuse(
        reply,
        413,
        {"too_large",
         fmt::format("{} bytes; at most {} fit", request.body.size(), max_command_bytes)}
    );
  }
  if (!is_json(request.header("Content-Type"))) {
    return refuse(reply, 415, {"unsupported_type", "commands are sent as application/json"});
  }
  if (parts_.service.engine().is_overloaded()) {
    return refuse(reply, 503, {"overloaded", "the disk is behind; ask again in a second"});
  }
  Result<std::vector<Request>> requests = read_commands(request.body);
  if (!requests.ok()) return refuse(reply, 400, requests.error());
  const RequestTag tag = parts_.service.next_tag();
  parts_.service
      .submit(caller.author, std::move(*requests), [this, reply, tag](Result<std::string> answers) {
        waiting_.erase(tag);
        if (!answers.ok()) return refuse(reply, status_of(answers.error()), answers.error());
        send(reply, {.body = std::move(*answers)});
      });
  if (caller.may_end()) waiting_.emplace(tag, Waiting{caller, reply});
  // A peer that only sends no more still reads: what was done for it is answered.
  HttpReply(reply).on_disconnect([this, tag] {
    if (parts_.service.forget(tag)) waiting_.erase(tag);
  });
}

void Routes::end_revoked() {
  std::erase_if(following_, [](const Following& it) { return !it.stream.is_open(); });
  for (Following& it : following_) {
    if (!parts_.access.is_valid(it.caller)) it.stream.close();
  }
  std::vector<RequestTag> ended;
  for (const auto& [tag, it] : waiting_) {
    if (!parts_.access.is_valid(it.caller)) ended.push_back(tag);
  }
  for (const RequestTag tag : ended) {
    if (!parts_.service.forget(tag)) continue;  // it was decided, and is answered in a moment
    const auto it = waiting_.extract(tag);
    refuse(it.mapped().reply, 401, {"unauthorized", "the token or session is not good any more"});
  }
}

void Routes::open_events(const Caller& caller, const HttpRequest& request, HttpReply reply) {
  const Path where{nullptr, "parameters", -1};
  for (const auto& [name, value] : request.query) {
    if (name == "after" || name == "news") continue;
    return refuse(reply, 400, unknown_field(name, {"after", "news"}, where));
  }
  // A browser that comes again keeps the address and adds the field.
  std::string_view after = request.header("Last-Event-ID");
  if (after.empty()) after = request.parameter("after");
  const std::string_view news = request.parameter("news");
  if (!news.empty() && news != "true" && news != "false") {
    return refuse(reply, 400, {"bad_value", "expected true or false", "news"});
  }
  const Result<EventId> id = after.empty() ? parts_.feed.last() : read_event_id(after);
  if (!id.ok()) return refuse(reply, 400, id.error());
  if (parts_.feed.is_full()) {
    return refuse(reply, 503, {"overloaded", "as many follow the events as this server takes"});
  }
  ++answers_[200];
  HttpStream stream = reply.start_stream("text/event-stream", {{"Cache-Control", "no-store"}});
  if (caller.may_end()) following_.push_back({caller, stream});
  if (news == "true") return parts_.feed.watch(std::move(stream), *id);
  parts_.feed.subscribe(std::move(stream), *id);
}

void Routes::put_blob(HttpRequest&& request, const HttpReply& reply) {
  const bool taken =
      parts_.archive.put_blob(std::move(request.body), [this, reply](Result<BlobRef> blob) {
        if (!blob.ok()) return refuse(reply, status_of(blob.error()), blob.error());
        send_json(reply, to_json_text(KeptBlob{blob->digest, blob->size}));
      });
  if (!taken) refuse(reply, 503, {"overloaded", "too many blobs wait to be written"});
}

void Routes::get_blob(const std::string& digest, const HttpReply& reply) {
  BlobRef blob;
  blob.digest = digest;
  const auto ready = [this, reply](Result<std::string> bytes) {
    if (!bytes.ok()) return refuse(reply, status_of(bytes.error()), bytes.error());
    // What a task printed is never taken for a page of ours.
    send(
        reply,
        {.content_type = "application/octet-stream",
         .body = std::move(*bytes),
         .headers =
             {{"X-Content-Type-Options", "nosniff"},
              {"Content-Disposition", "attachment"},
              {"Cache-Control", "private, max-age=31536000, immutable"}}}
    );
  };
  if (!parts_.archive.get_blob(std::move(blob), ready)) {
    refuse(reply, 503, {"overloaded", "too many blobs wait to be read"});
  }
}

void Routes::show_view(
    const std::string& path, const HttpRequest& request, const HttpReply& reply
) {
  Result<Query> query = query_of(path, request.query);
  if (!query.ok()) {
    const bool is_unknown = query.error().code == "unknown_view";
    return refuse(reply, is_unknown ? 404 : 400, query.error());
  }
  const auto answered = [this, reply](Result<View> view) {
    if (!view.ok()) return refuse(reply, status_of(view.error()), view.error());
    send(
        reply,
        {.body = std::move(view->text),
         .headers = {{"Cache-Control", "no-store"}, {"Evener-Seq", std::to_string(view->seq.value)}}
        }
    );
  };
  const std::string_view least = request.header("Evener-Least");
  if (least.empty()) return parts_.questions.ask(std::move(*query), answered);
  const Result<EventId> seq = read_event_id(least);
  if (!seq.ok()) {
    return refuse(reply, 400, {"bad_value", "expected a fact's sequence", "Evener-Least"});
  }
  const auto charged = [this, answered](Result<View> view) {
    parts_.feed.charge(view.ok() ? view->text.size() : 0);
    answered(std::move(view));
  };
  parts_.questions.ask_shared(std::move(*query), seq->seq, charged);
}

void Routes::list_pools(const HttpReply& reply) {
  const auto read = [&](const Pool& pool, Instant) {
    const State& state = pool.state();
    PoolList list;
    list.pools.push_back(
        {.name = pool_name(), .pool = state.pool, .card = state.card, .last = state.last}
    );
    return to_json_text(list);
  };
  parts_.service.read(read, [this, reply](Result<std::string> list) {
    if (!list.ok()) return refuse(reply, status_of(list.error()), list.error());
    send_json(reply, std::move(*list));
  });
}

void Routes::show_metrics(const HttpReply& reply) {
  HttpResponse response{.content_type = "text/plain; version=0.0.4; charset=utf-8"};
  response.body = metrics_text(
      {.engine = parts_.service.engine(),
       .service = parts_.service.counts(),
       .http = parts_.http_counts(),
       .answers = answers_,
       .subscribers = parts_.feed.subscribers()}
  );
  send(reply, std::move(response));
}

// ---- answers -----------------------------------------------------------------------------------

void Routes::send(HttpReply reply, HttpResponse response) {
  ++answers_[response.status];
  reply.send(std::move(response));
}

void Routes::send_json(const HttpReply& reply, std::string body) {
  send(reply, {.body = std::move(body), .headers = {{"Cache-Control", "no-store"}}});
}

void Routes::refuse(const HttpReply& reply, int status, const Error& error) {
  HttpResponse response{.status = status};
  response.body = "{\"error\":{\"code\":";
  append_json_string(response.body, error.code);
  response.body += ",\"message\":";
  append_json_string(response.body, error.message);
  if (!error.where.empty()) {
    response.body += ",\"where\":";
    append_json_string(response.body, error.where);
  }
  response.body += "}}";
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  send(reply, std::move(response));
}

void Routes::refuse_method(const HttpReply& reply, std::string_view allowed) {
  HttpResponse response =
      error_response(405, "method_not_allowed", fmt::format("this address takes {}", allowed));
  response.headers.emplace_back("Allow", allowed);
  send(reply, std::move(response));
}

}  // namespace evener
