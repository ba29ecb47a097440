#include "worker/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "model/task.h"
#include "worker/descriptor.h"

namespace evener {
namespace {

constexpr Millis look_up_ms = 100;  // how often a stop is looked for while a command runs

struct Prefix {
  std::string_view text;
  SecretSource::Kind kind;
};

constexpr std::array<Prefix, 3> prefixes{{
    {"file:", SecretSource::Kind::file},
    {"env:", SecretSource::Kind::environment},
    {"cmd:", SecretSource::Kind::command},
}};

Error no_secret(const SecretSource& source, std::string_view why) {
  return {"no_secret", fmt::format("the secret {} ({}) {}", source.name, source.text(), why)};
}

// What every value must be. Newlines at its end belong to the file or command, not to the secret.
Result<std::string> checked(const SecretSource& source, std::string value) {
  while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
  if (value.size() < shortest_secret) {
    return no_secret(
        source,
        fmt::format(
            "is shorter than {} bytes, and could not be kept out of an output", shortest_secret
        )
    );
  }
  if (value.size() > longest_secret) {
    return no_secret(source, fmt::format("is longer than {} bytes", longest_secret));
  }
  if (valid_utf8(value) != value) {
    return no_secret(source, "is no text; encode it, with base64 for example");
  }
  return value;
}

Result<std::string> read_secret_file(const SecretSource& source) {
  const Descriptor file(::open(source.where.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  const auto failed = [&] {
    return no_secret(source, "cannot be read: " + std::generic_category().message(errno));
  };
  if (!file.open()) return failed();
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return failed();
  if (!S_ISREG(status.st_mode)) return no_secret(source, "is no file");
  constexpr mode_t others = 0077;
  if ((status.st_mode & others) != 0) {
    return no_secret(
        source,
        fmt::format(
            "may be read by others (mode {:04o}); first: chmod 600 {}",
            status.st_mode & 07777,
            source.where
        )
    );
  }
  std::string value;
  std::array<char, 4096> chunk{};
  while (value.size() <= longest_secret + 2) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed();
    if (count == 0) break;
    value.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return checked(source, std::move(value));
}

// What the command says on stderr is dropped: it might hold the value.
Result<std::string> read_secret_command(
    const SecretSource& source, ProcessRunner& processes, const SecretReading& reading
) {
  Result<std::unique_ptr<Process>> process = processes.start({
      .argv = {"/bin/sh", "-c", "exec 2>/dev/null\n" + source.where},
      .output = {.head = longest_secret + 2, .tail = 0},
  });
  if (!process.ok()) return no_secret(source, "cannot be asked for: " + process.error().message);
  Millis left = reading.timeout;
  while (left > 0) {
    const Wake wake = (*process)->poll(std::min(left, look_up_ms), -1);
    if (wake == Wake::exited) break;
    if (reading.is_stopping && reading.is_stopping()) {
      return Error{"interrupted", "stopped while a secret was read"};
    }
    if (wake == Wake::timed_out) left -= std::min(left, look_up_ms);
  }
  if (left <= 0) {
    return no_secret(
        source, fmt::format("did not come within {}", format_duration(reading.timeout))
    );
  }
  const Exit exit = (*process)->exit().value_or(Exit{-1, 0, 0});
  if (exit.signal != 0) {
    return no_secret(
        source, fmt::format("did not come: the command was ended by signal {}", exit.signal)
    );
  }
  if (!exit.succeeded()) {
    return no_secret(
        source, fmt::format("did not come: the command ended with exit {}", exit.code)
    );
  }
  const OutputCapture& output = (*process)->output();
  if (output.total() > longest_secret + 2) {
    return no_secret(source, fmt::format("is longer than {} bytes", longest_secret));
  }
  std::string value = output.text();
  if (value.find("\xEF\xBF\xBD") != std::string::npos) {
    return no_secret(source, "is no text; encode it, with base64 for example");
  }
  return checked(source, std::move(value));
}

// unsetenv(3) forgets where the text stands, and /proc/PID/environ shows it for ever.
std::string take_variable(const std::string& variable) {
  char* const value = std::getenv(variable.c_str());
  if (value == nullptr) return {};
  std::string taken(value);
  ::explicit_bzero(value, taken.size());
  ::unsetenv(variable.c_str());
  return taken;
}

}  // namespace

std::string SecretSource::text() const {
  const auto prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](const Prefix& known) {
    return known.kind == kind;
  });
  return std::string(prefix->text) + where;
}

// The text is not shown again where it is wrong: somebody may have written the value itself.
Result<SecretSource> parse_secret_source(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  SecretSource source{.name = std::string(text.substr(0, equals))};
  text.remove_prefix(std::min(equals + 1, text.size()));
  if (!is_secret_name(source.name)) {
    return Error{
        "usage",
        "expected a name in capitals first, as in DEPLOY_KEY=file:/etc/deploy.key",
        "--secret"
    };
  }
  for (const Prefix& prefix : prefixes) {
    if (!text.starts_with(prefix.text)) continue;
    source.kind = prefix.kind;
    source.where = text.substr(prefix.text.size());
    if (!source.where.empty()) return source;
  }
  return Error{
      "usage",
      fmt::format("expected {}=file:PATH, =env:VARIABLE or =cmd:COMMAND", source.name),
      "--secret"
  };
}

Status prepare_secret(SecretSource& source) {
  switch (source.kind) {
    case SecretSource::Kind::file:
      TRY(read_secret_file(source));
      break;
    case SecretSource::Kind::environment:
      if (std::getenv(source.where.c_str()) == nullptr) {
        return no_secret(source, "is not set");
      }
      source.value = TRY(checked(source, take_variable(source.where)));
      break;
    case SecretSource::Kind::command:
      break;
  }
  return Done{};
}

Result<std::vector<Secret>> read_secrets(
    const std::vector<std::string>& names,
    const std::vector<SecretSource>& sources,
    ProcessRunner& processes,
    const SecretReading& reading
) {
  std::vector<Secret> secrets;
  for (const std::string& name : names) {
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const auto& known) {
      return known.name == name;
    });
    if (source == sources.end()) {
      return Error{
          "no_secret",
          fmt::format("this worker has no secret {}: evener work --secret {}=file:PATH", name, name)
      };
    }
    Secret secret{.name = name};
    switch (source->kind) {
      case SecretSource::Kind::file:
        secret.value = TRY(read_secret_file(*source));
        break;
      case SecretSource::Kind::environment:
        secret.value = source->value;
        break;
      case SecretSource::Kind::command:
        secret.value = TRY(read_secret_command(*source, processes, reading));
        break;
    }
    secrets.push_back(std::move(secret));
  }
  return secrets;
}

std::vector<Secret> secrets_in_environment(const std::vector<std::string>& names) {
  std::vector<Secret> secrets;
  for (const std::string& name : names) {
    const char* const value = is_secret_name(name) ? std::getenv(name.c_str()) : nullptr;
    if (value == nullptr || std::strlen(value) < shortest_secret) continue;
    secrets.push_back({name, value});
  }
  return secrets;
}

}  // namespace evener
