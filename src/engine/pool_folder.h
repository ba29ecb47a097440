// The folder of a pool (`.evener`): where each thing in it lies. Nothing in it is ever found by a
// path that stands in a fact.
#pragma once

#include <string>
#include <string_view>

#include "base/fields.h"
#include "base/result.h"

namespace evener {

struct PoolFolder {
  std::string path;

  std::string lock() const { return path + "/lock"; }

  std::string journal() const { return path + "/journal.db"; }

  std::string snapshots() const { return path + "/snapshots"; }

  std::string blobs() const { return path + "/blobs"; }

  std::string tickets() const { return path + "/tickets"; }

  std::string running() const { return path + "/running"; }

  std::string socket() const { return path + "/evener.sock"; }

  std::string server() const { return path + "/server.json"; }

  std::string tokens() const { return path + "/tokens"; }

  std::string access() const { return path + "/access.json"; }

  std::string sessions() const { return path + "/sessions.json"; }

  std::string access_lock() const { return path + "/access.lock"; }

  std::string certificate() const { return path + "/tls-certificate.pem"; }

  std::string key() const { return path + "/tls-key.pem"; }

  std::string remote() const { return path + "/remote.json"; }

  std::string config() const { return path + "/config.json"; }

  std::string inboxes() const { return path + "/inboxes.json"; }

  std::string claims() const { return path + "/claims.json"; }

  std::string inboxes_lock() const { return path + "/inboxes.lock"; }

  std::string forward() const { return path + "/forward"; }

  std::string branch_stamp() const { return path + "/status-branch.stamp"; }
};

// Refuses a folder that is missing (`pool_missing`) or belongs to somebody else (`foreign_pool`).
Status check_folder(const PoolFolder& folder);

// Makes the folder, closed to others, with a .gitignore in it. Fails with `pool_exists`.
Status make_folder(const PoolFolder& folder);

// What is wrong in a file of the folder that only Evener writes, in its own words `file_damaged`:
// nobody typed it. `remedy` says what to do about it.
Error damaged_file(const Error& problem, std::string_view remedy);

// Such a file's text, read as JSON. Fails with `file_damaged`.
template <typename T>
Result<T> read_kept(const std::string& text, const std::string& path, std::string_view remedy) {
  const Result<Json> json = parse_json(text, path);
  Result<T> kept = json.ok() ? from_json<T>(*json, path) : json.error();
  if (!kept.ok()) return damaged_file(kept.error(), remedy);
  return kept;
}

// What a running server says of itself in `server.json`.
struct ServerCard {
  std::string pool;      // the pool's id
  std::string instance;  // which run of the server
  std::string socket;
  std::string address;      // host:port, or "" without TCP
  std::string fingerprint;  // of its certificate; "" where it speaks no TLS
  std::int64_t pid = 0;

  static constexpr auto fields() {
    constexpr Bounds text{.max_bytes = 4096};
    return std::tuple{
        field("pool", &ServerCard::pool, "The pool's id", text),
        field("instance", &ServerCard::instance, "Which run of the server", text),
        field("socket", &ServerCard::socket, "Its unix socket", text),
        field("address", &ServerCard::address, "host:port, if it listens on TCP", text),
        field("fingerprint", &ServerCard::fingerprint, "SHA-256 of its certificate, if TLS", text),
        field("pid", &ServerCard::pid, "Its process"),
    };
  }
};

// Where a browser of this machine finds the server: "https://127.0.0.1:7710" where it listens on
// all addresses. "" without TCP.
std::string browser_address(const ServerCard& card);

// The same with a code to sign in by. It stands behind the #, which a browser tells nobody.
std::string sign_in_address(const std::string& address, const std::string& code);

// What is kept beside the log, for this folder alone: files that are kept true for other tools.
struct FolderConfig {
  std::string dashboard_file;
  std::string claims_dir;
  std::string status_dir;
  std::string status_branch;

  bool operator==(const FolderConfig&) const = default;

  static constexpr auto fields() {
    constexpr Bounds text{.max_bytes = 4096};
    return std::tuple{
        field(
            "dashboard_file", &FolderConfig::dashboard_file, "Kept in the framework's form", text
        ),
        field("claims_dir", &FolderConfig::claims_dir, "A file for every claimed task", text),
        field("status_dir", &FolderConfig::status_dir, "Markdown files that people read", text),
        field("status_branch", &FolderConfig::status_branch, "Where Git keeps them", text),
    };
  }
};

// All empty where there is none. Fails with `file_damaged`.
Result<FolderConfig> read_config(const PoolFolder& folder);
Status write_config(const PoolFolder& folder, const FolderConfig& config);

}  // namespace evener
