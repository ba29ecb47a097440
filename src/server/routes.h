// The paths of the HTTP interface: what a request asks for, who may ask it, and its answer. Routes
// only translate; docs/http.md describes them, and openapi.h for programs.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/pool_folder.h"
#include "server/access.h"
#include "server/archive.h"
#include "server/events.h"
#include "server/http_server.h"
#include "server/page_file.h"
#include "server/questions.h"
#include "server/service.h"

namespace evener {

// The status with which an error of answering goes out.
int status_of(const Error& error);

inline constexpr std::size_t max_command_bytes = std::size_t{4} * 1024 * 1024;

// GET /healthz.
struct HealthAnswer {
  std::string status;
  std::string pool;
  std::string instance;
  std::string version;

  static constexpr auto fields() {
    constexpr Bounds text{.required = true};
    return std::tuple{
        field("status", &HealthAnswer::status, "ok", text),
        field("pool", &HealthAnswer::pool, "The pool's id", text),
        field("instance", &HealthAnswer::instance, "Which run of the server", text),
        field("version", &HealthAnswer::version, "Of the program", text),
    };
  }
};

// GET /readyz.
struct ReadyAnswer {
  std::string status;

  static constexpr auto fields() {
    return std::tuple{
        field("status", &ReadyAnswer::status, "ready, or stopping", {.required = true})
    };
  }
};

// GET /v1/pools.
struct PoolRow {
  std::string name;
  std::string pool;
  PoolCard card;
  Seq last;

  bool operator==(const PoolRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &PoolRow::name, "As it stands in paths", {.required = true}),
        field("pool", &PoolRow::pool, "Its id", {.required = true}),
        field("card", &PoolRow::card, "What it is for"),
        field("last", &PoolRow::last, "The newest fact", {.required = true}),
    };
  }
};

struct PoolList {
  std::vector<PoolRow> pools;

  static constexpr auto fields() {
    return std::tuple{
        field("pools", &PoolList::pools, "All that this server serves", {.required = true})
    };
  }
};

// POST /v1/pools/{pool}/join.
struct JoinRequest {
  std::string code;
  std::string token_digest;

  static constexpr auto fields() {
    constexpr Bounds secret{.required = true, .max_bytes = 128};
    return std::tuple{
        field("code", &JoinRequest::code, "Of the invitation", secret),
        field(
            "token_digest",
            &JoinRequest::token_digest,
            "SHA-256 of the secret that the caller made for itself, in lower-case hex",
            secret
        ),
    };
  }
};

struct JoinAnswer {
  std::string name;
  Scope scope = Scope::worker;
  std::string pool;
  std::string pool_name;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &JoinAnswer::name, "The author of what the token does", {.required = true}),
        field("scope", &JoinAnswer::scope, "What it may do", {.required = true}),
        field("pool", &JoinAnswer::pool, "The pool's id", {.required = true}),
        field("pool_name", &JoinAnswer::pool_name, "As it stands in paths", {.required = true}),
    };
  }
};

// POST /v1/pools/{pool}/sign-in.
struct SignInRequest {
  std::string code;

  static constexpr auto fields() {
    constexpr Bounds secret{.required = true, .max_bytes = 128};
    return std::tuple{field("code", &SignInRequest::code, "As evener open shows it", secret)};
  }
};

// POST /v1/pools/{pool}/sign-in/codes.
struct SignInCode {
  std::string code;
  std::string address;
  Millis expires_ms = 0;

  static constexpr auto fields() {
    constexpr Bounds needed{.required = true, .max_bytes = 4096};
    return std::tuple{
        field("code", &SignInCode::code, "Good once", needed),
        field("address", &SignInCode::address, "Of the dashboard; empty without TCP", needed),
        field("expires_ms", &SignInCode::expires_ms, "For how long", {.required = true}),
    };
  }
};

// GET /v1/pools/{pool}/session: who asks, by whatever way.
struct SessionAnswer {
  std::string name;
  Scope scope = Scope::read;
  std::string pool;
  std::string pool_name;
  std::string version;

  static constexpr auto fields() {
    constexpr Bounds text{.required = true, .max_bytes = 4096};
    return std::tuple{
        field("name", &SessionAnswer::name, "The author of what is done", text),
        field("scope", &SessionAnswer::scope, "What may be done", {.required = true}),
        field("pool", &SessionAnswer::pool, "The pool's id", text),
        field("pool_name", &SessionAnswer::pool_name, "As it stands in paths", text),
        field("version", &SessionAnswer::version, "Of the program", text),
    };
  }
};

// POST /v1/pools/{pool}/blobs. As facts name it, but with its size in any case.
struct KeptBlob {
  std::string digest;
  std::int64_t size = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("digest", &KeptBlob::digest, "SHA-256, lower-case hex", {.required = true}),
        field("size", &KeptBlob::size, "Bytes", {.required = true}),
    };
  }
};

struct RouteParts {
  Service& service;
  Questions& questions;
  Archive& archive;
  EventFeed& feed;
  Access& access;
  const ServerCard& card;
  std::string version;
  std::function<HttpCounts()> http_counts;
  PageFiles pages = {};  // the dashboard; none where a program has none
  std::function<void(const NamedToken& token)> on_joined = [](const NamedToken&) {};
};

// Belongs to the loop's thread.
class Routes {
 public:
  explicit Routes(RouteParts parts);

  void handle(HttpRequest&& request, HttpReply reply);

  // Ends the streams and the waiting claims of tokens and sessions that are not good any more.
  void end_revoked();

  // Answers by status.
  const std::map<int, std::uint64_t>& answers() const { return answers_; }

 private:
  enum class Place {
    health,
    readiness,
    metrics,
    openapi,
    pools,
    commands,
    join,
    events,
    blobs,
    blob,
    sign_in,
    sign_in_codes,
    session,
    view,
    unknown
  };

  struct Found {
    Place place = Place::unknown;
    std::string rest = {};  // of a pool's address, decoded; of what takes a code, the pool's name
  };

  Found find(std::vector<std::string> path) const;
  bool is_pool(std::string_view name) const;
  void answer(const Found& found, const Caller& caller, HttpRequest&& request, HttpReply reply);
  void answer_public(Place place, const HttpReply& reply);
  void join(const std::string& pool, const HttpRequest& request, const HttpReply& reply);
  void refuse_code(const std::string& pool, const Error& error, const HttpReply& reply);
  void take_commands(const Caller& caller, const HttpRequest& request, const HttpReply& reply);
  void open_events(const Caller& caller, const HttpRequest& request, HttpReply reply);
  void put_blob(HttpRequest&& request, const HttpReply& reply);
  void get_blob(const std::string& digest, const HttpReply& reply);
  void show_view(const std::string& path, const HttpRequest& request, const HttpReply& reply);
  void list_pools(const HttpReply& reply);

  // For browsers: browser_routes.cc.
  void show_page(const PageFile& page, const HttpRequest& request, const HttpReply& reply);
  void sign_in(const std::string& pool, const HttpRequest& request, const HttpReply& reply);
  void make_code(const Caller& caller, const HttpRequest& request, const HttpReply& reply);
  void show_session(const Caller& caller, const HttpReply& reply);
  void sign_out(const Caller& caller, const HttpRequest& request, const HttpReply& reply);
  SessionAnswer session_of(const Author& who) const;

  void show_metrics(const HttpReply& reply);
  std::string pool_name() const;
  void send(HttpReply reply, HttpResponse response);
  void send_json(const HttpReply& reply, std::string body);
  void refuse(const HttpReply& reply, int status, const Error& error);
  void refuse_method(const HttpReply& reply, std::string_view allowed);

  // Commands of named tokens and sessions that wait for their answers, by their tags in the
  // service, and streams.
  struct Waiting {
    Caller caller;
    HttpReply reply;
  };

  struct Following {
    Caller caller;
    HttpStream stream;
  };

  RouteParts parts_;
  std::string openapi_;
  std::map<int, std::uint64_t> answers_;
  std::unordered_map<RequestTag, Waiting> waiting_;
  std::vector<Following> following_;
};

}  // namespace evener
