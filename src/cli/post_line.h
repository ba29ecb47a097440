// One connection to somebody else's address, with TLS over it or not: blocking, with a deadline,
// and interruptible.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"
#include "base/tls.h"
#include "cli/post_url.h"

namespace evener {

class PostLine {  // Invariant: the socket is connected and does not block; TLS, if any, is agreed.
 public:
  // Fails as post_to() does.
  static Result<std::unique_ptr<PostLine>> open(
      const Url& url, Millis timeout_ms, int stop_descriptor
  );

  PostLine(const PostLine&) = delete;
  PostLine& operator=(const PostLine&) = delete;
  ~PostLine();

  Status send(std::string_view bytes);

  // Appends what arrives next. False at the end.
  Result<bool> receive(std::string& bytes);

  // From now on the deadline is no later than in `patience_ms`.
  void hurry(Millis patience_ms);

 private:
  PostLine(Millis deadline, int stop_descriptor)
      : deadline_(deadline), stop_descriptor_(stop_descriptor) {}

  Status connect(const Url& url);
  Status agree_on_tls(const Url& url);
  Status wait(short events) const;
  Status send_plain(std::string_view bytes);
  Result<bool> receive_plain(std::string& bytes);
  // Sends what TLS has to say, also why it failed.
  Status send_encrypted();
  // Hands TLS what arrives next. False at the end.
  Result<bool> receive_encrypted();

  Millis deadline_;
  int stop_descriptor_;
  std::unique_ptr<FileDescriptor> socket_;
  std::optional<TlsSession> tls_;
};

}  // namespace evener
