// Who else may come: the named tokens of a pool's folder, and the invitations by which other
// machines get one. The list (`access.json`, 0600) holds no secret, only what proves one: its
// SHA-256. It is changed by `evener token` and `evener invite`, whether a server runs or not, and
// by the server when an invitation is used; all of them take turns by a lock, and a server sees a
// change at once.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/pool_folder.h"
#include "model/command.h"

namespace evener {

// Instants are by the wall clock of the machine that holds the pool; 0 is never.
struct NamedToken {
  std::string name;
  Scope scope = Scope::worker;
  std::string digest;  // of its secret
  Instant made = 0;
  Instant expires = 0;
  Instant revoked = 0;
  std::string from = {};  // whence it was asked for, by an invitation

  bool is_valid(Instant wall) const { return revoked == 0 && (expires == 0 || wall < expires); }

  bool operator==(const NamedToken&) const = default;

  static constexpr auto fields() {
    constexpr Bounds digest{.required = true, .max_bytes = 64};
    return std::tuple{
        field("name", &NamedToken::name, "The author of what is done with it", {.required = true}),
        field("scope", &NamedToken::scope, "What it may do", {.required = true}),
        field("digest", &NamedToken::digest, "SHA-256 of its secret", digest),
        field("made", &NamedToken::made, "When it was made"),
        field("expires", &NamedToken::expires, "Until when it is good"),
        field("revoked", &NamedToken::revoked, "Since when it is not"),
        field("from", &NamedToken::from, "Whence it was asked for", {.max_bytes = 256}),
    };
  }
};

// Good for one token, once.
struct OpenInvitation {
  std::string name;
  Scope scope = Scope::worker;
  std::string digest;  // of its code
  Instant made = 0;
  Instant expires = 0;
  Instant used = 0;
  std::string token = {};  // the digest of the token it was used for

  bool operator==(const OpenInvitation&) const = default;

  static constexpr auto fields() {
    constexpr Bounds digest{.required = true, .max_bytes = 64};
    return std::tuple{
        field("name", &OpenInvitation::name, "Whose token it becomes", {.required = true}),
        field("scope", &OpenInvitation::scope, "What that may do", {.required = true}),
        field("digest", &OpenInvitation::digest, "SHA-256 of its code", digest),
        field("made", &OpenInvitation::made, "When it was given"),
        field("expires", &OpenInvitation::expires, "Until when it may be used", {.required = true}),
        field("used", &OpenInvitation::used, "When it was"),
        field("token", &OpenInvitation::token, "For which token", {.max_bytes = 64}),
    };
  }
};

struct AccessList {
  std::vector<NamedToken> tokens;
  std::vector<OpenInvitation> invitations;

  static constexpr auto fields() {
    return std::tuple{
        field("tokens", &AccessList::tokens, "Also those that are not good any more", bounds),
        field("invitations", &AccessList::invitations, "Also those that were used", bounds),
    };
  }

  static constexpr Bounds bounds{.max_items = 10'000};
};

// Refuses a file that others may read or that is somebody else's: `tokens_exposed`.
Status check_closed_to_others(const std::string& path);

// The list as it stands. An empty one if there is none; fails with `tokens_exposed` or
// `file_damaged`.
Result<AccessList> read_access_list(const PoolFolder& folder);

// Refuses the names under which the pool itself (`evener`), the superuser, and `user`, who runs its
// server, act without a token of the list, and those in the folder's own `tokens`: nobody could
// tell their facts apart. Fails with `name_taken`, or as the reading of `tokens` does.
Status check_token_name(const PoolFolder& folder, const std::string& name, const std::string& user);

// Each of these reads, changes and writes the list while no other process does.

// Fails with `name_taken` while another token of that name is good.
Status add_token(const PoolFolder& folder, const NamedToken& token);

// An earlier invitation of that name is void then. Fails with `name_taken`.
Status add_invitation(const PoolFolder& folder, const OpenInvitation& invitation);

// Ends the token of that name, and its invitation. Fails with `unknown_token`.
Status revoke_token(const PoolFolder& folder, const std::string& name, Instant wall);

// Who asks for a token, and what it is to be: both without the secrets themselves.
struct Redemption {
  std::string code;   // its digest
  std::string token;  // likewise
  std::string from;
};

Error unknown_code();

// Makes the token for which an invitation is good. The same again answers the same, so that a lost
// answer loses nothing. Fails with `code_unknown`, `code_used`, `code_expired` or `name_taken`.
Result<NamedToken> redeem(const PoolFolder& folder, const Redemption& asked, Instant wall);

// The list, read again whenever the file is another one.
class WatchedAccessList {
 public:
  explicit WatchedAccessList(PoolFolder folder) : folder_(std::move(folder)) {}

  // Fails as read_access_list() does, and is read again then when it changes, or a second later by
  // the monotonic clock.
  Result<const AccessList*> now(Millis monotonic);

 private:
  struct Stamp {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;

    bool operator==(const Stamp&) const = default;
  };

  PoolFolder folder_;
  Stamp stamp_;
  AccessList list_;
  std::optional<Error> problem_;  // of the last reading
  Millis read_at_ = 0;
};

}  // namespace evener
