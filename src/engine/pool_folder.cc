#include "engine/pool_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/socket_address.h"

namespace evener {

Status check_folder(const PoolFolder& folder) {
  struct stat found{};
  if (::stat(folder.path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    return Error{"pool_missing", "there is no pool here; make one with: evener init", folder.path};
  }
  if (found.st_uid != ::geteuid()) {
    return Error{
        "foreign_pool",
        fmt::format(
            "it belongs to user {}, not to you ({}); a pool is opened by its owner alone, others "
            "reach it through its server",
            found.st_uid,
            ::geteuid()
        ),
        folder.path
    };
  }
  return Done{};
}

Status make_folder(const PoolFolder& folder) {
  constexpr mode_t ours_alone = 0700;
  if (::mkdir(folder.path.c_str(), ours_alone) != 0) {
    if (errno != EEXIST) return system_error(errno, "create the folder", folder.path);
    struct stat found{};
    if (::stat(folder.journal().c_str(), &found) == 0) {
      return Error{"pool_exists", "there is a pool here already", folder.path};
    }
    TRY(check_folder(folder));
  }
  return write_file_atomic(folder.path + "/.gitignore", "*\n", 0644);
}

Error damaged_file(const Error& problem, std::string_view remedy) {
  return {
      "file_damaged",
      fmt::format("this file of the pool is damaged: {}; {}", problem.message, remedy),
      problem.where
  };
}

std::string browser_address(const ServerCard& card) {
  const Result<Endpoint> found = parse_endpoint(card.address);
  if (!found.ok()) return {};
  Endpoint endpoint = *found;
  if (endpoint.host == "0.0.0.0") endpoint.host = "127.0.0.1";
  if (endpoint.host == "::") endpoint.host = "::1";
  return fmt::format("{}://{}", card.fingerprint.empty() ? "http" : "https", endpoint.authority());
}

std::string sign_in_address(const std::string& address, const std::string& code) {
  return fmt::format("{}/#code={}", address, code);
}

Result<FolderConfig> read_config(const PoolFolder& folder) {
  const Result<std::string> text = read_file(folder.config());
  if (!text.ok()) {
    if (text.error().code == "file_missing") return FolderConfig{};
    return text.error();
  }
  return read_kept<FolderConfig>(
      *text, folder.config(), "mend it, or remove it and run evener configure again"
  );
}

Status write_config(const PoolFolder& folder, const FolderConfig& config) {
  return write_file_atomic(folder.config(), to_json_text(config) + "\n", 0600);
}

}  // namespace evener
