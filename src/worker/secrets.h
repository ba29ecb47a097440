// Where a runner takes the secrets from that tasks name. A value is read anew for every attempt, so
// that it may change, and goes into the environment of that attempt's commands and nowhere else: it
// stands on no command line, in no file of ours, in no fact, and in no message.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "worker/process.h"
#include "worker/redaction.h"

namespace evener {

inline constexpr std::size_t shortest_secret = 4;  // shorter ones could not be found in an output
inline constexpr std::size_t longest_secret = std::size_t{32} * 1024;

struct SecretSource {
  enum class Kind { file, environment, command };
  std::string name = {};
  Kind kind = Kind::file;
  std::string where = {};  // the file's path, the variable, the shell command
  std::string value = {};  // of the variable, which has been taken out of our environment

  // "file:/etc/deploy.key": as it was given.
  std::string text() const;
};

// NAME=file:PATH, NAME=env:VARIABLE or NAME=cmd:COMMAND. Fails with `usage`.
Result<SecretSource> parse_secret_source(std::string_view text);

// Moves the value of a variable out of our environment, also out of what /proc shows of it, so that
// no command inherits it; and reads a file once, to fail early. To be called before any thread is
// started. Fails with `no_secret`, naming the secret and its source.
Status prepare_secret(SecretSource& source);

struct SecretReading {
  Millis timeout = 10'000;                      // of a command
  std::function<bool()> is_stopping = nullptr;  // whether to give up; may be empty
};

// The values of the named secrets, in that order. Fails with `no_secret`, which names the secret
// and where it should have come from, and never a value; with `interrupted`.
Result<std::vector<Secret>> read_secrets(
    const std::vector<std::string>& names,
    const std::vector<SecretSource>& sources,
    ProcessRunner& processes,
    const SecretReading& reading
);

// Those of the named secrets that stand in our own environment: inside of an attempt, or where
// somebody works by hand.
std::vector<Secret> secrets_in_environment(const std::vector<std::string>& names);

}  // namespace evener
