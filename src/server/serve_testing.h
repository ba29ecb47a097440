// For the tests of the service: a pool in a folder that goes away, a server for it in a thread of
// its own, and a client that speaks JSON.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/json.h"
#include "engine/pool_file.h"
#include "server/http_testing.h"
#include "server/serve.h"

namespace evener::testing_serve {

using testing_http::WireAnswer;
using testing_http::WireClient;

// In memory where the system offers that, since these tests flush a lot.
class TestPoolFolder {
 public:
  explicit TestPoolFolder(const std::string& name = {}) {
    const bool has_memory = std::filesystem::is_directory("/dev/shm");
    std::string above = has_memory ? "/dev/shm/evener-serve-XXXXXX" : "/tmp/evener-serve-XXXXXX";
    if (::mkdtemp(above.data()) == nullptr) std::abort();
    above_ = above;
    SystemClock clock;
    EXPECT_TRUE(make_folder(folder()).ok());
    PoolCard card;
    card.name = name;
    const Status made = PoolFile::create(folder(), "rod", card, clock);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().text());
  }

  ~TestPoolFolder() { std::filesystem::remove_all(above_); }

  TestPoolFolder(const TestPoolFolder&) = delete;
  TestPoolFolder& operator=(const TestPoolFolder&) = delete;

  PoolFolder folder() const { return {above_ + "/.evener"}; }

 private:
  std::string above_;
};

inline std::string http_text(
    std::string_view method, std::string_view target, std::string_view body, std::string_view fields
) {
  const bool names_host = fields.find("Host:") != std::string_view::npos;
  return fmt::format(
      "{} {} HTTP/1.1\r\n{}{}Content-Length: {}\r\n\r\n{}",
      method,
      target,
      names_host ? "" : "Host: evener\r\n",
      fields,
      body.size(),
      body
  );
}

inline Json json_of(const WireAnswer& answer) {
  const Result<Json> json = parse_json(answer.body);
  EXPECT_TRUE(json.ok()) << answer.status << ' ' << answer.body;
  return json.ok() ? *json : Json();
}

// "answers.0.result.fence", or null.
inline Json at(const Json& json, std::string_view path) {
  Json here = json;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const std::string name(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (here.is_object() && here.get_object().contains(name)) {
      here = Json(here.get_object().at(name));
    } else if (here.is_array() &&
               std::strtoul(name.c_str(), nullptr, 10) < here.get_array().size()) {
      here = Json(here.get_array()[std::strtoul(name.c_str(), nullptr, 10)]);
    } else {
      return nullptr;
    }
  }
  return here;
}

inline std::string text_at(const Json& json, std::string_view path) {
  const Json found = at(json, path);
  return found.is_string() ? std::string(found.get_string()) : to_text(found);
}

// Commands as they are sent: `add("a", "b")` is one command, `commands(...)` a body.
inline std::string commands(std::string_view list) {
  return fmt::format("{{\"commands\":[{}]}}", list);
}

inline std::string add(std::string_view id) {
  return fmt::format(R"({{"type":"add","tasks":[{{"id":"{}"}}]}})", id);
}

inline std::string claim(std::string_view worker, Millis wait_ms = 0) {
  return fmt::format(R"({{"type":"claim","worker":"{}","wait_ms":{}}})", worker, wait_ms);
}

inline std::string finish(std::string_view task, std::string_view worker, std::int64_t fence) {
  return fmt::format(
      R"({{"type":"finish","task":"{}","worker":"{}","fence":{}}})", task, worker, fence
  );
}

// A connection to a pool's server.
class PoolClient {
 public:
  explicit PoolClient(WireClient wire, std::string fields = {})
      : wire_(std::move(wire)), fields_(std::move(fields)) {}

  WireAnswer ask(
      std::string_view method,
      std::string_view target,
      std::string_view body = {},
      std::string_view fields = {}
  ) {
    return wire_.ask(http_text(method, target, body, fields_ + std::string(fields)));
  }

  WireAnswer get(std::string_view target) { return ask("GET", target); }

  Json view(std::string_view name) {
    return json_of(get(fmt::format("/v1/pools/default/{}", name)));
  }

  bool begin(std::string_view list) {
    return wire_.send(http_text("POST", "/v1/pools/default/commands", commands(list), fields_));
  }

  Json end() { return json_of(wire_.read_answer()); }

  // The answers to some commands.
  Json give(std::string_view list) {
    begin(list);
    return end();
  }

  WireClient& wire() { return wire_; }

 private:
  WireClient wire_;
  std::string fields_;
};

// Events as they arrive.
struct StreamEvent {
  std::string id;
  std::string type;
  std::string data;
};

class EventReader {
 public:
  EventReader(WireClient wire, std::string_view target, std::string_view fields = {})
      : wire_(std::move(wire)) {
    wire_.send(http_text("GET", target, {}, fields));
    head_ = wire_.read_answer(false);
  }

  const WireAnswer& head() const { return head_; }

  // The next event that is no comment; none at the end of the stream.
  std::optional<StreamEvent> next() {
    for (;;) {
      std::size_t end = text_.find("\n\n");
      while (end == std::string::npos) {
        const std::optional<std::string> chunk = wire_.read_chunk();
        if (!chunk) return std::nullopt;
        text_ += *chunk;
        end = text_.find("\n\n");
      }
      StreamEvent event;
      std::string block = text_.substr(0, end + 1);
      text_.erase(0, end + 2);
      while (!block.empty()) {
        const std::string line = block.substr(0, block.find('\n'));
        block.erase(0, line.size() + 1);
        if (line.starts_with("id: ")) event.id = line.substr(4);
        if (line.starts_with("event: ")) event.type = line.substr(7);
        if (line.starts_with("data: ")) event.data = line.substr(6);
      }
      if (!event.type.empty()) return event;
    }
  }

  // The next fact of a type; what comes before it is passed over.
  std::optional<StreamEvent> next_fact(std::string_view type) {
    for (;;) {
      std::optional<StreamEvent> event = next();
      if (!event) return event;
      const bool is_it =
          event->type == "fact" &&
          event->data.find(fmt::format("\"type\":\"{}\"", type)) != std::string::npos;
      if (is_it) return event;
    }
  }

 private:
  WireClient wire_;
  WireAnswer head_;
  std::string text_;
};

// A server that runs until it is told to stop.
class PoolServer {
 public:
  explicit PoolServer(const PoolFolder& folder, ServeOptions options = {.listen = "none"}) {
    options.folder = folder;
    options.user = "rod";
    options.is_quiet = true;
    if (::pipe2(stop_.data(), O_CLOEXEC) != 0) std::abort();
    options.stop_fd = stop_[0];
    std::promise<ServerCard> started;
    std::future<ServerCard> is_started = started.get_future();
    options.on_started = [&](const ServerCard& card) { started.set_value(card); };
    thread_ = std::thread([this, options] { ended_.set_value(serve(options)); });
    std::future<Status> ended = ended_.get_future();
    while (is_started.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready &&
           ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    }
    if (is_started.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      card_ = is_started.get();
    }
    result_ = std::move(ended);
  }

  ~PoolServer() {
    if (thread_.joinable()) static_cast<void>(stop());
    for (const int descriptor : stop_) ::close(descriptor);
  }

  PoolServer(const PoolServer&) = delete;
  PoolServer& operator=(const PoolServer&) = delete;

  void begin_stop() const { EXPECT_EQ(::write(stop_[1], "x", 1), 1); }

  Status stop() {
    begin_stop();
    return wait();
  }

  Status wait() {
    thread_.join();
    return result_.get();
  }

  const ServerCard& card() const { return card_; }

  std::uint16_t port() const {
    const std::size_t colon = card_.address.rfind(':');
    return static_cast<std::uint16_t>(std::stoi(card_.address.substr(colon + 1)));
  }

  PoolClient connect() const { return PoolClient(WireClient::to_unix(card_.socket)); }

  PoolClient connect_tcp(const std::string& fields) const {
    return PoolClient(WireClient::to_tcp(port()), fields);
  }

  // Believes the server's certificate alone.
  WireClient wire_tls() const {
    return WireClient::to_tls(port(), TlsContext::for_client("", card_.fingerprint).value());
  }

  PoolClient connect_tls(const std::string& fields) const { return PoolClient(wire_tls(), fields); }

  EventReader events(std::string_view query = {}, std::string_view fields = {}) const {
    return {
        WireClient::to_unix(card_.socket), fmt::format("/v1/pools/default/events{}", query), fields
    };
  }

 private:
  std::array<int, 2> stop_{-1, -1};
  std::thread thread_;
  std::promise<Status> ended_;
  std::future<Status> result_;
  ServerCard card_;
};

}  // namespace evener::testing_serve
