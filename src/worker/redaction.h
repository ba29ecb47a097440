// Takes the values of secrets out of what is kept of a command's output, also when one comes in
// pieces, in base64, percent-encoded or escaped as JSON. It keeps accidents from spreading; whoever
// runs a command that means to tell a secret has told it already.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evener {

struct Secret {
  std::string name = {};
  std::string value = {};
};

// What is looked for. May be used by many threads.
class Redaction {
 public:
  explicit Redaction(const std::vector<Secret>& secrets);

  // The whole text with `[secret NAME]` in place of every value.
  std::string text(std::string_view whole) const;

 private:
  friend class Redactor;

  struct Pattern {
    std::string text;
    std::size_t secret;
  };

  void add(std::string text, std::size_t secret);
  void add_encodings(const Secret& secret, std::size_t number);

  std::vector<std::string> marks_;  // by secret
  std::array<std::vector<Pattern>, 256> by_first_byte_;
};

// The same for text that comes in pieces: what may be the beginning of a value is held back until
// more has come.
class Redactor {
 public:
  explicit Redactor(std::shared_ptr<const Redaction> redaction);

  // What can be passed on now.
  std::string take(std::string_view bytes);

  // The rest: no more will come.
  std::string finish();

 private:
  struct Found {
    std::size_t length = 0;  // of the longest value that begins here; 0: none does
    std::size_t secret = 0;
    bool is_undecided = false;  // more bytes may make a longer one
  };

  Found look_at(std::string_view rest, bool is_end) const;
  std::string scan(bool is_end);

  std::shared_ptr<const Redaction> redaction_;
  std::string held_;
  std::size_t covered_ = 0;  // bytes of held_ that belong to a value which was marked already
};

}  // namespace evener
