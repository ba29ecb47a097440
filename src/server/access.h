// Who asks, and whether they may ask at all. Over the unix socket it is the kernel that says who;
// over TCP a token does, and pages of other sites, in a browser of whoever may come here, are kept
// out.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "server/access_list.h"
#include "server/http_message.h"
#include "server/tokens.h"

namespace evener {

// Who asks, and by which named token ("" by another way). That one may be revoked while an answer
// is under way.
struct Caller {
  Author author;
  std::string token;  // its digest
};

struct AccessParts {
  PoolFolder folder;
  Tokens tokens;     // of the folder's `tokens`, which never change while a server runs
  std::string user;  // how the author of whoever runs this server is named
  Clock& clock;
  // Whether this server's certificate is made out to that host: then it may be asked by that name.
  std::function<bool(const std::string& host)> has_name = [](const std::string&) { return false; };
};

class Access {
 public:
  explicit Access(AccessParts parts);

  // Whether the request comes from this server's own address and, if from a browser, from its own
  // pages. Fails with `forbidden_host` or `forbidden_origin`.
  Status check_origin(const HttpRequest& request) const;

  // In whose name the request acts. Fails with `unauthorized` (no token, or one that is not good)
  // or `forbidden` (a unix socket's peer who is somebody else).
  Result<Caller> caller_of(const HttpRequest& request);

  // Whether a named token is still good.
  bool is_valid(const std::string& token);

  // Makes the token that an invitation is good for. Fails as redeem() does, without a look at the
  // disk where nobody was given such a code.
  Result<NamedToken> join(const Redemption& asked);

 private:
  Result<Caller> holder_of(std::string_view secret);
  bool is_ours(const HttpRequest& request, std::string_view host) const;

  AccessParts parts_;
  WatchedAccessList list_;
};

}  // namespace evener
