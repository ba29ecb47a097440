// A pool on another machine: the invitation by which this one joins it, and what the folder that
// joined keeps (`.evener/remote.json`, 0600) so that every verb in it reaches that pool.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fields.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "client/http_client.h"
#include "engine/pool_folder.h"

namespace evener {

// evener://HOST:PORT/POOL#CODE.FINGERPRINT: good once, for a while. What stands behind the # is for
// nobody else to see.
struct Invitation {
  Endpoint endpoint = {};  // TLS
  std::string pool = {};   // its name
  std::string code = {};
  std::string fingerprint = {};  // SHA-256 of the server's certificate; "" for the system's trust

  std::string text() const;

  bool operator==(const Invitation&) const = default;
};

// Fails with `bad_invitation`.
Result<Invitation> parse_invitation(std::string_view text);

struct RemotePool {
  std::string server;       // https://HOST:PORT
  std::string fingerprint;  // of its certificate; "" for the system's trust
  std::string token;
  std::string name;     // whose token it is
  std::string machine;  // what this machine is called there
  std::string pool;     // the pool's name there
  std::string pool_id;
  bool detects = true;  // the machine is described by what is found on it

  bool operator==(const RemotePool&) const = default;

  static constexpr auto fields() {
    constexpr Bounds text{.required = true, .max_bytes = 512};
    constexpr Bounds optional{.max_bytes = 512};
    return std::tuple{
        field("server", &RemotePool::server, "https://HOST:PORT", text),
        field("fingerprint", &RemotePool::fingerprint, "SHA-256 of its certificate", optional),
        field("token", &RemotePool::token, "The secret to show it", text),
        field("name", &RemotePool::name, "Whose token it is", text),
        field("machine", &RemotePool::machine, "What this machine is called", optional),
        field("pool", &RemotePool::pool, "The pool's name there", text),
        field("pool_id", &RemotePool::pool_id, "The pool's id", optional),
        field("detects", &RemotePool::detects, "Describe the machine by what is found on it"),
    };
  }
};

// None if the folder holds a pool of its own. Fails with `tokens_exposed` if others may read it,
// and with `file_damaged`.
Result<std::optional<RemotePool>> read_remote(const PoolFolder& folder);
// How to reach it.
Result<HttpClientOptions> options_of(const RemotePool& remote);

Status write_remote(const PoolFolder& folder, const RemotePool& remote);

// Makes a secret, and the server that invites know it. Fails with the server's `code_used`,
// `code_expired`, `code_unknown`, `no_such_pool`, `name_taken`; `unreachable`, `wrong_certificate`
// and the others of a connection.
Result<RemotePool> join_pool(const Invitation& invitation);

}  // namespace evener
