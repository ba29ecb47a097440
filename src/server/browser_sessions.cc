#include "server/browser_sessions.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "server/access_list.h"

namespace evener {
namespace {

constexpr std::size_t code_bytes = 16;
constexpr std::size_t secret_bytes = 32;

struct KeptSessions {
  std::vector<BrowserSession> sessions;

  static constexpr auto fields() {
    return std::tuple{
        field("sessions", &KeptSessions::sessions, "The oldest first", {.max_items = 10'000})
    };
  }
};

bool same_digest(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

Result<BrowserSessions> BrowserSessions::open(const PoolFolder& folder) {
  BrowserSessions opened(folder.sessions());
  struct stat found{};
  if (::stat(opened.path_.c_str(), &found) != 0 && errno == ENOENT) return opened;
  TRY(check_closed_to_others(opened.path_));
  const std::string text = TRY(read_file(opened.path_));
  Result<KeptSessions> kept =
      read_kept<KeptSessions>(text, opened.path_, "every browser signs in again: evener open");
  if (kept.ok()) {
    opened.sessions_ = std::move(kept->sessions);
  } else {
    opened.damage_ = kept.error();
  }
  return opened;
}

std::string BrowserSessions::make_code(const Author& who, const std::string& token, Instant wall) {
  if (codes_.size() == most_codes) codes_.pop_front();
  std::string code = random_hex(code_bytes);
  codes_.push_back(
      {.digest = sha256_hex(code), .who = who, .token = token, .expires = wall + code_ms}
  );
  return code;
}

Result<BrowserSessions::Opened> BrowserSessions::trade(std::string_view code, Instant wall) {
  const std::string digest = sha256_hex(code);
  const auto found = std::ranges::find_if(codes_, [&](const OpenCode& known) {
    return same_digest(known.digest, digest);
  });
  if (found == codes_.end()) {
    return Error{
        "code_unknown", "this code is not good, or was used; ask for another: evener open", "code"
    };
  }
  const OpenCode used = *found;
  codes_.erase(found);
  if (used.expires <= wall) {
    return Error{"code_expired", "this code is too old; ask for another: evener open", "code"};
  }
  std::erase_if(sessions_, [&](const BrowserSession& old) { return old.expires <= wall; });
  if (sessions_.size() == most_sessions) sessions_.erase(sessions_.begin());
  Opened opened{.secret = random_hex(secret_bytes), .session = {}};
  opened.session = {
      .name = used.who.name,
      .scope = used.who.scope,
      .digest = sha256_hex(opened.secret),
      .token = used.token,
      .expires = wall + session_ms
  };
  sessions_.push_back(opened.session);
  TRY(write());
  return opened;
}

const BrowserSession* BrowserSessions::find(std::string_view digest, Instant wall) const {
  const BrowserSession* found = nullptr;
  for (const BrowserSession& known : sessions_) {
    if (same_digest(known.digest, digest) && wall < known.expires) found = &known;
  }
  return found;
}

Status BrowserSessions::end(std::string_view digest) {
  std::erase_if(sessions_, [&](const BrowserSession& known) {
    return same_digest(known.digest, digest);
  });
  return write();
}

Status BrowserSessions::write() const {
  return write_file_atomic(path_, to_json_text(KeptSessions{sessions_}) + "\n", 0600);
}

// ---- cookies -----------------------------------------------------------------------------------

std::string session_cookie_name(const std::string& pool) {
  return "evener-" + pool;
}

std::string_view cookie_value(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    const std::string_view pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(pair.size() + 1, field.size()));
    const std::size_t begin = std::min(pair.find_first_not_of(' '), pair.size());
    const std::string_view plain = pair.substr(begin);
    if (plain.size() > name.size() && plain.starts_with(name) && plain[name.size()] == '=') {
      return plain.substr(name.size() + 1);
    }
  }
  return {};
}

std::string session_cookie(const std::string& pool, std::string_view secret, bool is_tls) {
  return fmt::format(
      "{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
      session_cookie_name(pool),
      secret,
      secret.empty() ? 0 : BrowserSessions::session_ms / 1000,
      is_tls ? "; Secure" : ""
  );
}

}  // namespace evener
