#include "client/local_client.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "client/ask_again.h"
#include "client/socket.h"
#include "engine/pool_file.h"

namespace evener {
namespace {

constexpr Millis retry_ms = 10;
constexpr Millis look_again_ms = 250;

// The card says where the socket lay when the server started. Since then its folder may have been
// moved or mounted elsewhere, or this is a copy, whose own socket is dead. A socket by another name
// never lay in the folder.
std::string socket_now(const PoolFolder& folder, const std::string& written) {
  namespace fs = std::filesystem;
  const fs::path socket = written;
  std::error_code ignored;
  const bool stays = socket.filename() != fs::path(folder.socket()).filename() ||
                     fs::equivalent(socket.parent_path(), folder.path, ignored);
  return stays ? written : folder.socket();
}

// Of the server that has the pool open. Where nobody has, whatever server a card names is gone, or
// serves another folder, of which this is a copy.
std::optional<ServerCard> read_card(const PoolFolder& folder) {
  if (!PoolLock::is_held(folder)) return std::nullopt;
  const Result<std::string> text = read_file(folder.server());
  if (!text.ok()) return std::nullopt;
  const Result<Json> json = parse_json(*text);
  if (!json.ok()) return std::nullopt;
  Result<ServerCard> card = from_json<ServerCard>(*json);
  if (!card.ok()) return std::nullopt;
  card->socket = socket_now(folder, card->socket);
  return std::move(*card);
}

// A server that was killed leaves its card behind.
bool listens(const ServerCard& card) {
  constexpr Millis patience_ms = 1000;
  Endpoint endpoint;
  endpoint.unix_path = card.socket;
  const Result<int> socket = connect_socket(endpoint, monotonic_now() + patience_ms, -1);
  if (!socket.ok()) return false;
  const FileDescriptor closed(*socket);
  return true;
}

}  // namespace

std::optional<HttpClientOptions> server_of(const PoolFolder& folder) {
  const std::optional<ServerCard> card = read_card(folder);
  if (!card) return std::nullopt;
  HttpClientOptions http;
  http.endpoint.unix_path = card->socket;
  http.pool = card->pool;
  http.instance = card->instance;
  return http;
}

LocalClient::LocalClient(LocalOptions options, Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      file_(options_.folder, options_.author, clock, options_.after_write) {}

Client* LocalClient::server() {
  std::optional<HttpClientOptions> http = server_of(options_.folder);
  if (!http) return nullptr;
  if (server_ == nullptr || server_instance_ != http->instance) {
    http->stop_descriptor = options_.stop_descriptor;
    server_instance_ = http->instance;
    server_ = std::make_unique<HttpClient>(std::move(*http));
  }
  return server_.get();
}

// Tries the file, then whoever holds it, until one of them answers or patience ends.
template <typename T, typename Use>
Result<T> LocalClient::reach(const Use& use) {
  const Millis started = clock_.read().monotonic;
  for (;;) {
    Result<T> result = use(static_cast<Client&>(file_));
    if (result.ok() || result.error().code != "pool_busy") return result;
    if (Client* const served = server(); served != nullptr) {
      result = use(*served);
      if (result.ok() || !is_passing(result.error())) return result;
    }
    if (clock_.read().monotonic - started > options_.patience_ms) return result;
    TRY(pause_for(retry_ms, options_.stop_descriptor));
  }
}

Result<std::vector<Answer>> LocalClient::call(std::vector<Request> requests) {
  const ClockReading start = clock_.read();
  give_request_ids(requests, start.wall);
  Millis wait_ms = 0;
  if (requests.size() == 1) {
    const auto* claim = std::get_if<Claim>(&requests.front().command);
    if (claim != nullptr) wait_ms = claim->wait_ms;
  }
  for (;;) {
    Result<std::vector<Answer>> answers =
        reach<std::vector<Answer>>([&](Client& client) { return client.call(requests); });
    if (wait_ms == 0 || !answers.ok()) return answers;
    const std::optional<Refusal>& refusal = answers->front().refusal;
    if (!refusal || refusal->code != "nothing_to_claim") return answers;
    const Millis left = wait_ms - (clock_.read().monotonic - start.monotonic);
    if (left <= 0) return answers;
    TRY(pause_for(std::min(left, look_again_ms), options_.stop_descriptor));
    std::get<Claim>(requests.front().command).wait_ms = left;
  }
}

Result<std::string> LocalClient::ask(const Query& query) {
  if (Client* const served = server(); served != nullptr) {
    Result<std::string> answer = served->ask(query);
    // A server whose folder was moved does not find the log where it was; it lies here.
    const bool has_moved = !answer.ok() && answer.error().code == "journal_missing";
    if (answer.ok() || (!has_moved && !is_passing(answer.error()))) return answer;
  }
  return file_.ask(query);
}

Status LocalClient::follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) {
  const Follow follow = [&](Seq from, const auto& seen) -> Status {
    if (Client* const served = server(); served != nullptr) {
      Status followed = served->follow(from, seen);
      // Whoever cannot be reached has shown nothing yet.
      if (followed.ok() || followed.error().code != "unreachable") return followed;
    }
    return file_.follow(from, seen);
  };
  return follow_on(after, visit, follow, look_again_ms, options_.stop_descriptor);
}

Result<BlobRef> LocalClient::put_blob(std::string_view bytes) {
  return file_.put_blob(bytes);
}

Result<std::string> LocalClient::get_blob(const BlobRef& blob) {
  return file_.get_blob(blob);
}

bool LocalClient::is_served() const {
  const std::optional<ServerCard> card = read_card(options_.folder);
  return card && listens(*card);
}

std::string LocalClient::place() const {
  const std::optional<ServerCard> card = read_card(options_.folder);
  return card && listens(*card) ? "the server at unix:" + card->socket : file_.place();
}

}  // namespace evener
