#include "client/remote_pool.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/percent.h"
#include "base/random.h"
#include "base/sha256.h"

namespace evener {
namespace {

constexpr std::string_view scheme = "evener://";
constexpr std::size_t code_digits = 32;
constexpr std::size_t fingerprint_digits = 64;
constexpr std::size_t secret_bytes = 32;
constexpr Millis join_timeout_ms = 10'000;
constexpr int join_attempts = 3;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error bad_invitation(std::string_view problem) {
  return {
      "bad_invitation",
      fmt::format(
          "{}; expected evener://HOST:PORT/POOL#CODE.FINGERPRINT, whole and in quotes, as `evener "
          "invite` printed it",
          problem
      )
  };
}

struct Joined {
  std::string name;
  std::string scope;
  std::string pool;
  std::string pool_name;

  static constexpr auto fields() {
    constexpr Bounds text{.required = true, .max_bytes = 512};
    return std::tuple{
        field("name", &Joined::name, "Whose token it is", text),
        field("scope", &Joined::scope, "What it may do", text),
        field("pool", &Joined::pool, "The pool's id", text),
        field("pool_name", &Joined::pool_name, "Its name", text),
    };
  }
};

}  // namespace

std::string Invitation::text() const {
  const std::string secrets = fingerprint.empty() ? code : code + "." + fingerprint;
  return fmt::format("{}{}/{}#{}", scheme, endpoint.authority(), percent_encoded(pool), secrets);
}

Result<Invitation> parse_invitation(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  if (!text.starts_with(scheme)) return bad_invitation("this does not begin with evener://");
  text.remove_prefix(scheme.size());
  const std::size_t hash = text.find('#');
  if (hash == std::string_view::npos) return bad_invitation("there is no # with a code behind it");
  const std::string_view place = text.substr(0, hash);
  const std::string_view secrets = text.substr(hash + 1);
  const std::size_t slash = place.find('/');
  if (slash == std::string_view::npos) return bad_invitation("there is no pool");
  Invitation invitation;
  const Result<Endpoint> endpoint = parse_endpoint(place.substr(0, slash));
  if (!endpoint.ok() || endpoint->is_unix() || endpoint->is_tls) {
    return bad_invitation("there is no HOST:PORT");
  }
  invitation.endpoint = *endpoint;
  invitation.endpoint.is_tls = true;
  invitation.pool = percent_decoded(place.substr(slash + 1)).value_or("");
  const Status is_word = check_text(invitation.pool, Bounds{.form = TextForm::id}, Path{});
  if (invitation.pool.empty() || !is_word.ok()) return bad_invitation("there is no pool's name");
  const std::size_t dot = secrets.find('.');
  invitation.code = secrets.substr(0, dot);
  if (!is_hex(invitation.code, code_digits)) {
    return bad_invitation(fmt::format("the code has not {} digits", code_digits));
  }
  if (dot == std::string_view::npos) return invitation;
  invitation.fingerprint = secrets.substr(dot + 1);
  if (is_hex(invitation.fingerprint, fingerprint_digits)) return invitation;
  return bad_invitation(fmt::format("the fingerprint has not {} digits", fingerprint_digits));
}

Result<std::optional<RemotePool>> read_remote(const PoolFolder& folder) {
  const std::string path = folder.remote();
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return std::optional<RemotePool>();
    return system_error(errno, "look at", path);
  }
  constexpr mode_t others = 077;
  if ((found.st_mode & others) != 0 || found.st_uid != ::geteuid()) {
    return Error{
        "tokens_exposed",
        fmt::format(
            "others may read the token in it; have it revoked, and join again with another "
            "invitation and evener join --replace, or run: chmod 600 {}",
            path
        ),
        path
    };
  }
  const std::string text = TRY(read_file(path));
  return std::optional(TRY(read_kept<RemotePool>(
      text, path, "join again with another invitation and evener join --replace"
  )));
}

Result<HttpClientOptions> options_of(const RemotePool& remote) {
  HttpClientOptions options;
  options.endpoint = TRY(parse_endpoint(remote.server));
  options.fingerprint = remote.fingerprint;
  options.token = remote.token;
  return options;
}

Status write_remote(const PoolFolder& folder, const RemotePool& remote) {
  return write_file_atomic(folder.remote(), to_json_text(remote) + "\n", 0600);
}

// The server answers the same code and digest alike, so that a lost answer may be asked for again.
Result<RemotePool> join_pool(const Invitation& invitation) {
  const std::string secret = random_hex(secret_bytes);
  HttpCall call;
  call.method = "POST";
  call.target = fmt::format("/v1/pools/{}/join", percent_encoded(invitation.pool));
  call.headers.emplace_back("Content-Type", "application/json");
  call.body =
      fmt::format(R"({{"code":"{}","token_digest":"{}"}})", invitation.code, sha256_hex(secret));
  const TlsContext tls =
      TRY(TlsContext::for_client(invitation.endpoint.host, invitation.fingerprint));
  Result<HttpAnswer> answer = Error{"unreachable", "nobody was asked"};
  for (int i = 0; i < join_attempts; ++i) {
    Result<HttpConnection> connection =
        HttpConnection::connect(invitation.endpoint, join_timeout_ms, -1, &tls);
    if (!connection.ok()) return connection.error();
    answer = connection->request(call, join_timeout_ms);
    if (answer.ok() || !is_passing(answer.error())) break;
  }
  if (!answer.ok()) return answer.error();
  constexpr int ok_status = 200;
  if (answer->status != ok_status) return error_of(*answer);
  const Json json = TRY(parse_json(answer->body, "answer"));
  const Joined joined = TRY(from_json<Joined>(json, "answer"));
  return RemotePool{
      .server = invitation.endpoint.text(),
      .fingerprint = invitation.fingerprint,
      .token = secret,
      .name = joined.name,
      .machine = joined.name,
      .pool = joined.pool_name,
      .pool_id = joined.pool
  };
}

}  // namespace evener
