// Who asks, and whether they may ask at all. Over the unix socket it is the kernel that says who;
// over TCP a token does, and pages of other sites, in a browser on this machine, are kept out.
#pragma once

#include <string>

#include "base/result.h"
#include "model/command.h"
#include "server/http_message.h"
#include "server/tokens.h"

namespace evener {

class Access {
 public:
  // `user` is how the author of whoever runs this server is named.
  Access(Tokens tokens, std::string user);

  // Whether the request comes from this server's own address and, if from a browser, from its own
  // pages. Fails with `forbidden_host` or `forbidden_origin`.
  static Status check_origin(const HttpRequest& request);

  // In whose name the request acts. Fails with `unauthorized` (no token, or one that is not known)
  // or `forbidden` (a unix socket's peer who is somebody else).
  Result<Author> author_of(const HttpRequest& request) const;

 private:
  Tokens tokens_;
  std::string user_;
};

}  // namespace evener
