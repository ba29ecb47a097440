#include <fmt/format.h>

#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/socket_address.h"
#include "cli/identity.h"
#include "cli/verb.h"
#include "client/remote_pool.h"
#include "engine/pool_file.h"
#include "server/access_list.h"
#include "server/tls_identity.h"
#include "views/status.h"

namespace evener {
namespace {

constexpr std::size_t code_bytes = 16;
constexpr Millis usual_lifetime_ms = 60LL * 60 * 1000;
constexpr Millis longest_lifetime_ms = 7LL * 24 * 60 * 60 * 1000;

struct InviteOptions {
  std::string name;
  std::string scope = "worker";
  std::optional<std::string> expires;
  std::string address;
  bool no_fingerprint = false;
};

// The server that runs now and speaks TLS: the invited come to it.
Result<ServerCard> running_server(const PoolFolder& folder) {
  const Error none{
      "no_server",
      "no server runs that another machine could reach; start one: evener up --listen 0.0.0.0:7710",
      folder.path
  };
  if (!PoolLock::is_held(folder)) return none;
  const Result<std::string> text = read_file(folder.server());
  if (!text.ok()) return none;
  const Json json = TRY(parse_json(*text, folder.server()));
  const ServerCard card = TRY(from_json<ServerCard>(json, folder.server()));
  return card.fingerprint.empty() ? Result<ServerCard>(none) : Result<ServerCard>(card);
}

// Where the invited find it: as told, or where it listens, or by an address of this machine.
Result<Endpoint> reachable(const ServerCard& card, const std::string& told) {
  Endpoint listening = TRY(parse_endpoint(card.address));
  if (!told.empty()) {
    Result<Endpoint> endpoint = parse_endpoint(told);
    if (!endpoint.ok()) endpoint = parse_endpoint(fmt::format("{}:{}", told, listening.port));
    if (!endpoint.ok() || endpoint->is_unix() || endpoint->port == 0) {
      return Error{"bad_address", fmt::format("expected HOST or HOST:PORT, not '{}'", told)};
    }
    return endpoint;
  }
  if (!is_every_address(listening.host)) return listening;
  const std::vector<std::string> addresses = machine_addresses();
  listening.host = addresses.empty() ? "127.0.0.1" : addresses.front();
  return listening;
}

Result<Invitation> invite(Session& session, const InviteOptions& options, Millis lifetime) {
  const PoolFolder folder = TRY(session.own_folder());
  TRY(check_token_name(folder, options.name, user_name()));
  const ServerCard card = TRY(running_server(folder));
  Client* const client = TRY(session.client());
  const auto status = TRY(ask_for<StatusView>(*client, Query()));  // the status
  Invitation invitation;
  invitation.endpoint = TRY(reachable(card, options.address));
  invitation.endpoint.is_tls = true;
  invitation.pool = status.card.name.empty() ? "default" : status.card.name;
  invitation.code = random_hex(code_bytes);
  if (!options.no_fingerprint) invitation.fingerprint = card.fingerprint;
  const Instant wall = session.clock().read().wall;
  OpenInvitation kept{.name = options.name, .digest = sha256_hex(invitation.code), .made = wall};
  kept.scope = enum_of<Scope>(options.scope).value_or(Scope::read);
  kept.expires = wall + lifetime;
  TRY(add_invitation(folder, kept));
  return invitation;
}

ExitCode invite(Session& session, const InviteOptions& options) {
  const Result<Millis> given = lifetime_of(options.expires);
  if (!given.ok()) return session.failed(given.error());
  const Millis lifetime = *given > 0 ? *given : usual_lifetime_ms;
  if (lifetime > longest_lifetime_ms) {
    return session.failed({"bad_value", "an invitation lasts 7 days at most", "--expires"});
  }
  const Result<Invitation> invitation = invite(session, options, lifetime);
  if (!invitation.ok()) return session.failed(invitation.error());
  const std::string text = invitation->text();
  session.say(fmt::format(
      "for {} ({}), on a machine that reaches {}; good once, for {}:",
      options.name,
      options.scope,
      invitation->endpoint.authority(),
      format_duration(lifetime)
  ));
  return session.done(
      JsonObject{
          {"name", options.name},
          {"scope", options.scope},
          {"invitation", text},
          {"expires_ms", lifetime}
      },
      fmt::format("evener join '{}'", text)
  );
}

}  // namespace

void add_invite(CommandLine& line) {
  const auto options = std::make_shared<InviteOptions>();
  CLI::App* const verb = line.add(
      "invite",
      "Invite another machine: prints the line to paste there",
      "  evener invite walnut\n"
      "  evener invite walnut --address walnut.example.org:7710\n"
      "  evener invite board --scope read --expires 15m",
      [options](Session& session) { return invite(session, *options); }
  );
  verb->add_option("name", options->name, "Who joins: the author of what is done there")
      ->type_name("NAME")
      ->required();
  verb->add_option("--scope", options->scope, "What it may do")
      ->check(CLI::IsMember({"read", "worker", "operator"}));
  verb->add_option("--expires", options->expires, "For how long it is good; 1h by default")
      ->type_name("DURATION");
  verb->add_option("--address", options->address, "Where that machine finds this server")
      ->type_name("HOST:PORT");
  verb->add_flag(
      "--no-fingerprint",
      options->no_fingerprint,
      "That machine's authorities vouch for the certificate (evener up --tls-cert)"
  );
}

}  // namespace evener
