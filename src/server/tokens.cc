#include "server/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "server/access_list.h"

namespace evener {
namespace {

constexpr std::size_t secret_bytes = 32;     // of the secrets that we make
constexpr std::size_t shortest_secret = 16;  // in characters, of those that people write
constexpr std::size_t longest_secret = 512;

Result<Author> read_author(const std::string& name, const std::string& scope) {
  TRY(check_text(name, id_bounds, Path{}));
  const auto known = enum_of<Scope>(scope);
  if (!known) {
    return Error{
        "bad_value",
        fmt::format(
            "'{}' is no scope; expected {}", scope, fmt::join(EnumNames<Scope>::names, ", ")
        )
    };
  }
  return Author{.name = name, .scope = *known};
}

}  // namespace

Result<Tokens> Tokens::open(const std::string& path, const std::string& user) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0 && errno == ENOENT) {
    const std::string text = fmt::format(
        "# Who may use this pool over TCP: NAME SCOPE SECRET, a line each.\n"
        "# SCOPE: read, worker or operator. The server reads this file when it starts.\n"
        "{} operator {}\n",
        user,
        random_hex(secret_bytes)
    );
    TRY(write_file_atomic(path, text, 0600));
  }
  return read(path);
}

Result<Tokens> Tokens::read(const std::string& path) {
  std::istringstream lines(TRY(read_file(path)));
  TRY(check_closed_to_others(path));
  Tokens tokens;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto bad = [&](const std::string& what) {
      return Error{"bad_tokens", what, fmt::format("{}:{}", path, number)};
    };
    std::istringstream words(line);
    std::array<std::string, 4> word;
    for (std::string& next : word) words >> next;
    const auto& [name, scope, secret, surplus] = word;
    if (name.empty() || name.starts_with('#')) continue;
    if (secret.empty() || !surplus.empty()) return bad("expected NAME SCOPE SECRET");
    if (secret.size() < shortest_secret || secret.size() > longest_secret) {
      return bad(fmt::format(
          "a secret of {} characters; expected {} to {}",
          secret.size(),
          shortest_secret,
          longest_secret
      ));
    }
    const Result<Author> author = read_author(name, scope);
    if (!author.ok()) return bad(author.error().message);
    if (tokens.find(secret) != nullptr) return bad("this secret stands in an earlier line too");
    tokens.tokens_.push_back({*author, secret, sha256_hex(secret)});
  }
  return tokens;
}

bool Tokens::has_name(std::string_view name) const {
  return std::ranges::any_of(tokens_, [&](const Token& token) {
    return token.author.name == name;
  });
}

const Author* Tokens::find(std::string_view secret) const {
  const Author* found = nullptr;
  for (const Token& token : tokens_) {
    const bool same = token.secret.size() == secret.size() &&
                      CRYPTO_memcmp(token.secret.data(), secret.data(), secret.size()) == 0;
    if (same) found = &token.author;
  }
  return found;
}

const Author* Tokens::owner_of(std::string_view digest) const {
  const auto found = std::ranges::find(tokens_, digest, &Token::digest);
  return found == tokens_.end() ? nullptr : &found->author;
}

}  // namespace evener
