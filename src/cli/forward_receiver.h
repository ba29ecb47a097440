// Who gets forwarded facts, one at a time: an address, or a command.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/post_url.h"
#include "model/fact.h"
#include "worker/process.h"

namespace evener {

// A fact as it is handed over. The id is the same however often that happens.
struct ForwardedFact {
  const Fact& fact;
  std::string json;  // as it stands in the journal
  std::string pool;  // the pool's id

  std::string id() const;  // "3f2a:120"
};

struct Delivery {
  enum class Outcome { delivered, failed, gone, stopped };
  Outcome outcome = Outcome::failed;
  std::string problem = {};            // of failed and gone
  std::optional<Millis> wait_ms = {};  // what a receiver that failed asked for
};

class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;

  virtual Delivery deliver(const ForwardedFact& fact) = 0;
};

// "sha256=" and HMAC-SHA-256 of the timestamp, a dot and the body.
std::string signature_of(
    std::string_view secret, std::string_view timestamp, std::string_view body
);

// POSTs the fact's JSON. 2xx is delivered, 410 is gone, all else has failed.
class PostReceiver : public Receiver {
 public:
  struct Options {
    Url url;
    std::string secret = {};  // "": not signed
    Millis timeout_ms = 0;
    int stop_descriptor = -1;
  };

  PostReceiver(Options options, Clock& clock) : options_(std::move(options)), clock_(clock) {}

  Delivery deliver(const ForwardedFact& fact) override;

 private:
  Options options_;
  Clock& clock_;
};

// Runs a command by the shell, with the fact's JSON on stdin and its fields in the environment.
// Exit 0 is delivered. It ends with this process, however that ends.
class CommandReceiver : public Receiver {
 public:
  struct Options {
    std::string command;
    std::string pool_folder = {};  // for calls of evener in it; "" if there is none
    std::string server = {};  // the same, where an address leads to it; "" stops an inherited one
    Millis timeout_ms = 0;
    int stop_descriptor = -1;
    std::function<void(std::string_view)> show = {};  // what a command that succeeded printed
  };

  CommandReceiver(Options options, ProcessRunner& processes)
      : options_(std::move(options)), processes_(processes) {}

  Delivery deliver(const ForwardedFact& fact) override;

 private:
  Options options_;
  ProcessRunner& processes_;
};

}  // namespace evener
