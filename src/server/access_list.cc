#include "server/access_list.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "server/tokens.h"

namespace evener {
namespace {

constexpr Millis look_again_ms = 1000;                       // at what cannot be read
constexpr Millis remembered_ms = 7LL * 24 * 60 * 60 * 1000;  // what is not good any more

// Held while the list is changed. Whoever waits, waits for a read and a write.
Result<std::unique_ptr<FileDescriptor>> take_lock(const PoolFolder& folder) {
  const std::string path = folder.access_lock();
  auto file =
      std::make_unique<FileDescriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file->number() < 0) return system_error(errno, "open", path);
  while (::flock(file->number(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_error(errno, "lock", path);
  }
  return file;
}

bool is_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// What has not been good for a week is forgotten: by then nobody asks any more why it is refused.
void forget_old(AccessList& list, Instant wall) {
  const auto is_past = [&](Instant end) { return end != 0 && end < wall - remembered_ms; };
  std::erase_if(list.tokens, [&](const NamedToken& token) {
    return is_past(token.revoked) || is_past(token.expires);
  });
  std::erase_if(list.invitations, [&](const OpenInvitation& invitation) {
    return is_past(invitation.expires);
  });
}

Status write_list(const PoolFolder& folder, const AccessList& list) {
  return write_file_atomic(folder.access(), to_json_text(list) + "\n", 0600);
}

Status check_name(const AccessList& list, const std::string& name, Instant wall) {
  TRY(check_text(name, id_bounds, Path{nullptr, "name", -1}));
  const bool is_taken = std::ranges::any_of(list.tokens, [&](const NamedToken& token) {
    return token.name == name && token.is_valid(wall);
  });
  if (!is_taken) return Done{};
  return Error{
      "name_taken",
      fmt::format("{0} has a token; take another name, or first: evener token revoke {0}", name)
  };
}

Error code_error(const OpenInvitation& invitation, Instant wall) {
  const std::string again = fmt::format("ask for another: evener invite {}", invitation.name);
  if (invitation.used != 0) {
    return {
        "code_used",
        fmt::format(
            "this invitation was used {} ago, and is good once; {}",
            format_duration(wall - invitation.used),
            again
        )
    };
  }
  return {
      "code_expired",
      fmt::format(
          "this invitation expired {} ago; {}", format_duration(wall - invitation.expires), again
      )
  };
}

}  // namespace

Status check_closed_to_others(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return system_error(errno, "look at", path);
  constexpr mode_t others = 077;
  if ((found.st_mode & others) == 0 && found.st_uid == ::geteuid()) return Done{};
  return Error{
      "tokens_exposed",
      fmt::format(
          "mode {:o}, owned by user {}: others could use these tokens; replace them and run: chmod "
          "600 {}",
          found.st_mode & 0777U,
          found.st_uid,
          path
      ),
      path
  };
}

Result<AccessList> read_access_list(const PoolFolder& folder) {
  const std::string path = folder.access();
  const Result<std::string> text = read_file(path);
  if (!text.ok() && text.error().code == "file_missing") return AccessList{};
  if (!text.ok()) return text.error();
  TRY(check_closed_to_others(path));
  return read_kept<AccessList>(
      *text, path, "mend it, or remove it and invite everybody again: nobody's token is known then"
  );
}

Status check_token_name(
    const PoolFolder& folder, const std::string& name, const std::string& user
) {
  const Result<Tokens> own = Tokens::read(folder.tokens());
  if (!own.ok() && own.error().code != "file_missing") return own.error();
  const bool is_of_the_server = name == "evener" || name == "root" || name == user;
  if (!is_of_the_server && !(own.ok() && own->has_name(name))) return Done{};
  return Error{
      "name_taken",
      fmt::format(
          "{} is a name under which the pool's own server or its operators act; take another", name
      )
  };
}

Status add_token(const PoolFolder& folder, const NamedToken& token) {
  const auto lock = TRY(take_lock(folder));
  AccessList list = TRY(read_access_list(folder));
  TRY(check_name(list, token.name, token.made));
  forget_old(list, token.made);
  list.tokens.push_back(token);
  return write_list(folder, list);
}

Status add_invitation(const PoolFolder& folder, const OpenInvitation& invitation) {
  const auto lock = TRY(take_lock(folder));
  AccessList list = TRY(read_access_list(folder));
  TRY(check_name(list, invitation.name, invitation.made));
  forget_old(list, invitation.made);
  std::erase_if(list.invitations, [&](const OpenInvitation& old) {
    return old.name == invitation.name && old.used == 0;
  });
  list.invitations.push_back(invitation);
  return write_list(folder, list);
}

Status revoke_token(const PoolFolder& folder, const std::string& name, Instant wall) {
  const auto lock = TRY(take_lock(folder));
  AccessList list = TRY(read_access_list(folder));
  const std::size_t voided = std::erase_if(list.invitations, [&](const OpenInvitation& old) {
    return old.name == name && old.used == 0;
  });
  bool is_found = voided > 0;
  for (NamedToken& token : list.tokens) {
    if (token.name != name || token.revoked != 0) continue;
    token.revoked = wall;
    is_found = true;
  }
  if (is_found) return write_list(folder, list);
  return Error{"unknown_token", fmt::format("there is no token or invitation of '{}'", name)};
}

Error unknown_code() {
  return {
      "code_unknown",
      "this invitation is not known here: it was replaced or revoked, or its line was not copied "
      "whole"
  };
}

Result<NamedToken> redeem(const PoolFolder& folder, const Redemption& asked, Instant wall) {
  const auto lock = TRY(take_lock(folder));
  AccessList list = TRY(read_access_list(folder));
  const auto invitation = std::ranges::find_if(list.invitations, [&](const OpenInvitation& known) {
    return is_same(known.digest, asked.code);
  });
  if (invitation == list.invitations.end()) return unknown_code();
  if (invitation->used != 0 && is_same(invitation->token, asked.token)) {
    for (const NamedToken& token : list.tokens) {
      if (is_same(token.digest, asked.token) && token.is_valid(wall)) return token;
    }
  }
  if (invitation->used != 0 || wall >= invitation->expires) return code_error(*invitation, wall);
  TRY(check_name(list, invitation->name, wall));
  invitation->used = wall;
  invitation->token = asked.token;
  NamedToken token{
      .name = invitation->name,
      .scope = invitation->scope,
      .digest = asked.token,
      .made = wall,
      .expires = 0,
      .revoked = 0,
      .from = asked.from
  };
  forget_old(list, wall);
  list.tokens.push_back(token);
  TRY(write_list(folder, list));
  return token;
}

Result<const AccessList*> WatchedAccessList::now(Millis monotonic) {
  struct stat found{};
  Stamp stamp;
  if (::stat(folder_.access().c_str(), &found) == 0) {
    constexpr std::int64_t ns = 1'000'000'000;
    stamp = {found.st_ino, found.st_size, found.st_ctim.tv_sec * ns + found.st_ctim.tv_nsec};
  }
  const bool may_be_passing = problem_ && monotonic - read_at_ >= look_again_ms;
  if (stamp != stamp_ || may_be_passing) {
    stamp_ = stamp;
    read_at_ = monotonic;
    Result<AccessList> list = read_access_list(folder_);
    problem_ = list.ok() ? std::optional<Error>() : list.error();
    if (list.ok()) list_ = std::move(*list);
  }
  if (problem_) return *problem_;
  return &list_;
}

}  // namespace evener
