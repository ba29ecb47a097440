// The paths of the HTTP interface: what a request asks for, who may ask it, and its answer. Routes
// only translate; docs/http.md describes them, and openapi.h for programs.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pool_folder.h"
#include "server/access.h"
#include "server/archive.h"
#include "server/events.h"
#include "server/http_server.h"
#include "server/questions.h"
#include "server/service.h"

namespace evener {

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

struct RouteParts {
  Service& service;
  Questions& questions;
  Archive& archive;
  EventFeed& feed;
  const Access& access;
  const ServerCard& card;
  std::string version;
  std::function<HttpCounts()> http_counts;
};

// Belongs to the loop's thread.
class Routes {
 public:
  explicit Routes(RouteParts parts);

  void handle(HttpRequest request, HttpReply reply);

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
    events,
    blobs,
    blob,
    view,
    unknown
  };

  struct Found {
    Place place = Place::unknown;
    std::string rest = {};  // of a pool's address, decoded
  };

  Found find(const std::vector<std::string>& path) const;
  bool is_pool(std::string_view name) const;
  void answer(const Found& found, const Author& author, HttpRequest request, HttpReply reply);
  void answer_public(Place place, const HttpReply& reply);
  void take_commands(const Author& author, const HttpRequest& request, const HttpReply& reply);
  void open_events(const HttpRequest& request, HttpReply reply);
  void put_blob(HttpRequest request, const HttpReply& reply);
  void get_blob(const std::string& digest, const HttpReply& reply);
  void show_view(const std::string& path, const HttpRequest& request, const HttpReply& reply);
  void list_pools(const HttpReply& reply);
  void show_metrics(const HttpReply& reply);
  void send(HttpReply reply, HttpResponse response);
  void send_json(const HttpReply& reply, std::string body);
  void refuse(const HttpReply& reply, int status, const Error& error);
  void refuse_method(const HttpReply& reply, std::string_view allowed);

  RouteParts parts_;
  std::string openapi_;
  std::map<int, std::uint64_t> answers_;
};

}  // namespace evener
