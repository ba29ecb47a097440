#include <fmt/format.h>

#include <optional>
#include <thread>

#include "client/http_connection.h"
#include "history/pool_client.h"

namespace evener::history {
namespace {

constexpr Millis answer_timeout_ms = 10'000;
constexpr Micros patience = 30'000'000;
constexpr int ok_status = 200;
constexpr std::string_view api = "/v1/pools/default/";

std::string command_text(const Operation& operation, const std::string& request_id) {
  JsonObject command{{"type", name_of(operation.kind)}};
  if (!operation.task.empty()) command["task"] = operation.task;
  if (!operation.worker.empty()) command["worker"] = operation.worker;
  if (operation.fence != 0) command["fence"] = operation.fence;
  if (operation.lease_ms != 0) command["lease_ms"] = operation.lease_ms;
  if (!request_id.empty()) command["request_id"] = request_id;
  return to_text(JsonObject{{"commands", JsonArray{std::move(command)}}});
}

class ServedClient : public PoolClient {
 public:
  ServedClient(const std::string& socket, std::uint64_t seed)
      : endpoint_{.unix_path = socket}, numbers_(seed), name_(seed) {}

  void perform(Operation& operation) override {
    // A renewal may revive a lease, so that two of them are two operations; and the pool answers
    // each by itself, whatever its id.
    const bool may_repeat = operation.kind != Kind::renew && operation.kind != Kind::read;
    const std::string id = may_repeat ? next_id() : "";
    const HttpCall call = call_for(operation, id);
    const bool may_give_up = !operation.task.empty();
    operation.called = micros_now();
    while (micros_now() - operation.called < patience) {
      bool may_have_acted = false;
      const std::optional<HttpAnswer> answer = send(call, chosen_timeout(), may_have_acted);
      if (answer && answer->status == ok_status) {
        operation.returned = micros_now();
        read(operation, *answer);
        if (numbers_.below(20) == 0) check_repeat(operation, call);
        return;
      }
      if (may_have_acted && (!may_repeat || (may_give_up && numbers_.below(4) == 0))) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1 + numbers_.below(10)));
    }
  }

  std::string wrong() const override { return wrong_; }

 private:
  std::string next_id() {
    const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch()
    )
                          .count();
    return fmt::format("{}-{:x}-{}", wall, name_, ++sent_);
  }

  static HttpCall call_for(const Operation& operation, const std::string& id) {
    if (operation.kind == Kind::read) {
      return {.target = fmt::format("{}tasks/{}", api, operation.task)};
    }
    return {
        .method = "POST",
        .target = fmt::format("{}commands", api),
        .headers = {{"Content-Type", "application/json"}},
        .body = command_text(operation, id)
    };
  }

  // Now and then so short that the answer finds nobody any more.
  Millis chosen_timeout() {
    return numbers_.below(12) == 0 ? static_cast<Millis>(numbers_.below(3)) : answer_timeout_ms;
  }

  std::optional<HttpAnswer> send(const HttpCall& call, Millis timeout_ms, bool& may_have_acted) {
    if (!connection_ || !connection_->is_open()) {
      connection_.reset();
      Result<HttpConnection> made = HttpConnection::connect(endpoint_, answer_timeout_ms);
      if (!made.ok()) return std::nullopt;
      connection_.emplace(std::move(*made));
    }
    Result<HttpAnswer> answer = connection_->request(call, timeout_ms);
    if (answer.ok()) return std::move(*answer);
    may_have_acted = answer.error().code != "connection_closed_unsent";
    return std::nullopt;
  }

  static void read(Operation& operation, const HttpAnswer& answer) {
    const Result<Json> json = parse_json(answer.body);
    if (!json.ok()) return;
    if (operation.kind == Kind::read) {
      take_view(operation, *json);
    } else if (const Json* answers = json->get_object().if_contains("answers")) {
      take_answer(operation, answers->get_array().front());
    }
  }

  // A claim that was granted is granted alike again under its request id, and only once.
  void check_repeat(const Operation& operation, const HttpCall& call) {
    if (operation.kind != Kind::claim || operation.ending != Ending::done) return;
    bool may_have_acted = false;
    const std::optional<HttpAnswer> answer = send(call, answer_timeout_ms, may_have_acted);
    if (!answer || answer->status != ok_status) return;
    Operation again = operation;
    again.fence = 0;
    read(again, *answer);
    if (again.ending == Ending::done && again.fence == operation.fence &&
        again.task == operation.task) {
      return;
    }
    wrong_ = fmt::format(
        "the same request again was answered otherwise: {}; then {}",
        describe(operation),
        describe(again)
    );
  }

  Endpoint endpoint_;
  SeededNumbers numbers_;
  std::uint64_t name_;
  std::int64_t sent_ = 0;
  std::optional<HttpConnection> connection_;
  std::string wrong_;
};

}  // namespace

std::unique_ptr<PoolClient> served_client(const std::string& socket, std::uint64_t seed) {
  return std::make_unique<ServedClient>(socket, seed);
}

}  // namespace evener::history
