// Who asks, and whether they may ask at all. Over the unix socket it is the kernel that says who;
// over TCP a token does, or a browser's session, which begins with a code (browser_sessions.h).
// Pages of other sites, in a browser of whoever may come here, are kept out.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "server/access_list.h"
#include "server/browser_sessions.h"
#include "server/http_message.h"
#include "server/tokens.h"

namespace evener {

// Who asks, and by which named token or session ("" by another way). Those may end while an answer
// is under way.
struct Caller {
  Author author;
  std::string token = {};    // its digest
  std::string session = {};  // likewise

  bool may_end() const { return !token.empty() || !session.empty(); }
};

struct AccessParts {
  PoolFolder folder;
  Tokens tokens;  // of the folder's `tokens`, which never change while a server runs
  BrowserSessions sessions;
  std::string pool;  // its id
  std::string user;  // how the author of whoever runs this server is named
  Clock& clock;
  // Whether this server's certificate is made out to that host: then it may be asked by that name.
  std::function<bool(const std::string& host)> has_name = [](const std::string&) { return false; };
  // Told once why the list of named tokens cannot be read, and "" when it can be again.
  std::function<void(const std::string& problem)> on_list = [](const std::string&) {};
};

class Access {
 public:
  explicit Access(AccessParts parts);

  // Whether the request comes from this server's own address and, if from a browser, from its own
  // pages. Fails with `forbidden_host` or `forbidden_origin`.
  Status check_origin(const HttpRequest& request) const;

  // In whose name the request acts. Fails with `unauthorized` (no token, or one that is not good),
  // `forbidden` (a unix socket's peer who is somebody else) or `access_unreadable` (nobody can tell
  // now whether the token is good).
  Result<Caller> caller_of(const HttpRequest& request);

  // Whether what let somebody in is still good, as far as is known: while the list cannot be read,
  // no token can be revoked either.
  bool is_valid(const Caller& caller);

  // What follows is for browsers (browser_sessions.h).

  // A code with which whoever runs this server opens a browser.
  std::string own_code();

  // The same for whoever asks. Fails with `forbidden` if a session asks.
  Result<std::string> make_code(const HttpRequest& request, const Caller& caller);

  // What a browser does with a code. Fails as BrowserSessions::trade() does, and as
  // check_own_page() does.
  Result<BrowserSessions::Opened> sign_in(const HttpRequest& request, std::string_view code);

  Status sign_out(const Caller& caller);

  // Whether a request that changes something was made by a page of ours: a browser adds a cookie to
  // what any page sends, but a field of our own only to what ours do. Fails with
  // `forbidden_origin`.
  Status check_own_page(const HttpRequest& request) const;

  // Makes the token that an invitation is good for. Fails as redeem() does, without a change of the
  // disk where nobody was given such a code, and with `access_unreadable`.
  Result<NamedToken> join(const Redemption& asked);

 private:
  Result<Caller> holder_of(std::string_view secret);
  Result<Caller> session_of(const HttpRequest& request);
  Result<Author> owner_of(const std::string& token);
  Result<const AccessList*> list();
  bool is_ours(const HttpRequest& request, std::string_view host) const;

  AccessParts parts_;
  WatchedAccessList list_;
  std::string told_;  // why the list cannot be read
};

}  // namespace evener
