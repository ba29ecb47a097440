// Who may come over TCP: the pool folder's `tokens`, a line for each of them.
//
//   # NAME SCOPE SECRET
//   rod operator 0f9c...          read, worker or operator
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/command.h"

namespace evener {

class Tokens {
 public:
  // Reads the file; when there is none, makes it with one operator token in the name of `user`.
  // Fails with `tokens_exposed` if others may read the file, and with `bad_tokens`, naming the
  // line.
  static Result<Tokens> open(const std::string& path, const std::string& user);

  // As open() does, but a file that is missing is `file_missing`.
  static Result<Tokens> read(const std::string& path);

  bool has_name(std::string_view name) const;

  // Whose secret it is; nobody's is null. The time it takes tells nothing about a secret but how
  // long some are.
  const Author* find(std::string_view secret) const;

  // Whose secret has this SHA-256; nobody's is null.
  const Author* owner_of(std::string_view digest) const;

  std::size_t count() const { return tokens_.size(); }

 private:
  struct Token {
    Author author;
    std::string secret;
    std::string digest;  // of the secret
  };

  std::vector<Token> tokens_;
};

}  // namespace evener
