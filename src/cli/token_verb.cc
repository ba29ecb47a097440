#include <fmt/format.h>

#include "base/random.h"
#include "base/sha256.h"
#include "cli/identity.h"
#include "cli/verb.h"
#include "server/access_list.h"

namespace evener {
namespace {

constexpr std::size_t secret_bytes = 32;

struct TokenOptions {
  std::string name;
  std::string scope = "worker";
  std::optional<std::string> expires;
};

ExitCode add_one(Session& session, const TokenOptions& options) {
  const Result<PoolFolder> folder = session.own_folder();
  if (!folder.ok()) return session.failed(folder.error());
  const Result<Millis> lifetime = lifetime_of(options.expires);
  if (!lifetime.ok()) return session.failed(lifetime.error());
  const Status named = check_token_name(*folder, options.name, user_name());
  if (!named.ok()) return session.failed(named.error());
  const std::string secret = random_hex(secret_bytes);
  const Instant wall = session.clock().read().wall;
  NamedToken token{.name = options.name, .digest = sha256_hex(secret), .made = wall};
  token.scope = enum_of<Scope>(options.scope).value_or(Scope::read);
  if (*lifetime > 0) token.expires = wall + *lifetime;
  const Status added = add_token(*folder, token);
  if (!added.ok()) return session.failed(added.error());
  session.say(fmt::format("the token of {} ({}); it is shown this once:", token.name, options.scope)
  );
  return session.done(
      JsonObject{{"name", token.name}, {"scope", options.scope}, {"token", secret}}, secret
  );
}

ExitCode revoke(Session& session, const std::string& name) {
  const Result<PoolFolder> folder = session.own_folder();
  if (!folder.ok()) return session.failed(folder.error());
  const Status revoked = revoke_token(*folder, name, session.clock().read().wall);
  if (!revoked.ok()) return session.failed(revoked.error());
  return session.done(JsonObject{{"revoked", name}}, "revoked " + name);
}

std::string state_of(const NamedToken& token, Instant wall) {
  if (token.revoked != 0) {
    return fmt::format("revoked {} ago", format_duration(wall - token.revoked));
  }
  if (token.expires == 0) return "good";
  if (token.expires <= wall) {
    return fmt::format("expired {} ago", format_duration(wall - token.expires));
  }
  return fmt::format("good for {}", format_duration(token.expires - wall));
}

std::string state_of(const OpenInvitation& invitation, Instant wall) {
  if (invitation.expires > wall) {
    return fmt::format("invited, for {}", format_duration(invitation.expires - wall));
  }
  return fmt::format("invitation expired {} ago", format_duration(wall - invitation.expires));
}

ExitCode list_all(Session& session) {
  const Result<PoolFolder> folder = session.own_folder();
  if (!folder.ok()) return session.failed(folder.error());
  const Result<AccessList> list = read_access_list(*folder);
  if (!list.ok()) return session.failed(list.error());
  const Instant wall = session.clock().read().wall;
  Table table{.columns = {{"NAME"}, {"SCOPE"}, {"STATE"}, {"FROM"}}};
  JsonArray rows;
  const auto add = [&](const auto& entry, const std::string& from) {
    const std::string state = state_of(entry, wall);
    const std::string scope(name_of(entry.scope));
    table.rows.push_back({{entry.name}, {scope}, {state}, {from}});
    rows.push_back(JsonObject{
        {"name", entry.name}, {"scope", scope}, {"state", state}, {"expires", entry.expires}
    });
  };
  for (const NamedToken& token : list->tokens) add(token, token.from);
  for (const OpenInvitation& invitation : list->invitations) {
    if (invitation.used == 0) add(invitation, "");
  }
  return session.done(
      JsonObject{{"tokens", rows}},
      table.rows.empty() ? "no tokens; invite somebody: evener invite NAME"
                         : table.text(session.style())
  );
}

}  // namespace

void add_token(CommandLine& line) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* const verb = line.add(
      "token",
      "Named tokens: who else may come, and what they may do",
      "  evener token list\n"
      "  evener token add board --scope read\n"
      "  evener token add ci --expires 30d\n"
      "  evener token revoke walnut",
      [](Session&) { return ExitCode::done; }
  );
  verb->require_subcommand(1);
  verb->callback(nullptr);
  const auto part = [&](const std::string& name, const std::string& summary, const Action& action) {
    CLI::App* const made = verb->add_subcommand(name, summary);
    made->callback([&line, action] {
      line.session.verb = "token";
      line.exit = action(line.session);
    });
    return made;
  };
  part("list", "List tokens and invitations", list_all);
  CLI::App* const adding =
      part("add", "Make a token, and print its secret once", [options](auto& s) {
        return add_one(s, *options);
      });
  adding->add_option("name", options->name, "The author of what is done with it")
      ->type_name("NAME")
      ->required();
  adding->add_option("--scope", options->scope, "What it may do")
      ->check(CLI::IsMember({"read", "worker", "operator"}));
  adding->add_option("--expires", options->expires, "For how long it is good; else for ever")
      ->type_name("DURATION");
  CLI::App* const revoking =
      part("revoke", "End a token at once, or an invitation", [options](Session& session) {
        return revoke(session, options->name);
      });
  revoking->add_option("name", options->name, "Whose")->type_name("NAME")->required();
}

}  // namespace evener
