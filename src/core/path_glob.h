// Globs over paths, and whether two of them overlap: whether there is a path that both match.
//
//   src/auth/**    everything below src/auth, and src/auth itself; so does src/auth/
//   src/*.cc       `*` stands for any characters but `/`, `?` for one
//   docs/[a-c].md  one of a set; [!a-c] is one of the others, and [*] is a star
//   lib/**/test    `**` as a whole part stands for any number of parts, also none
//
// Overlap is decided exactly, by walking both globs side by side as two automata: O(n * m) steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace evener {

class PathGlob {  // Invariant: text() parses to the same glob, and has no `.`, `..` or empty part.
 public:
  // What one part of a path is compared with.
  struct Part {
    // One character of a path, as code points in ranges in order; or a star.
    struct Step {
      bool is_star = false;
      std::vector<std::pair<char32_t, char32_t>> ranges = {};
    };

    bool any_depth = false;  // `**`
    bool is_plain = true;    // no wildcard: it matches itself
    std::string text;
    std::vector<Step> steps = {};  // unless plain
  };

  // Fails with `bad_value`, saying what was found and what is expected.
  static Result<PathGlob> parse(std::string_view text);

  // A path that was found, with no wildcards in it.
  static Result<PathGlob> exactly(std::string_view path);

  // In its shortest form: "./src//auth/" is "src/auth/**".
  const std::string& text() const { return text_; }

  bool is_absolute() const { return is_absolute_; }

  const std::vector<Part>& parts() const { return parts_; }

  // How many parts at its start match only themselves.
  std::size_t plain_parts() const { return plain_parts_; }

  bool is_plain() const { return plain_parts_ == parts_.size(); }

 private:
  PathGlob() = default;
  static Result<PathGlob> read(std::string_view text, bool with_wildcards);
  void finish();

  std::string text_;
  bool is_absolute_ = false;
  std::size_t plain_parts_ = 0;
  std::vector<Part> parts_;
};

// Whether some path matches both. An absolute and a relative glob have none in common.
bool overlap(const PathGlob& a, const PathGlob& b);

bool matches(const PathGlob& glob, std::string_view path);

}  // namespace evener
