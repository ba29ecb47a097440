// What shows that work was done: exit codes, durations, last lines, and a reference to the whole
// output, which is kept beside the log and never in it.
#pragma once

#include <optional>
#include <string>

#include "base/fields.h"
#include "model/limits.h"

namespace evener {

// Bulk data by its digest. `digest` is lower-case hex; `size` is in bytes.
struct BlobRef {
  std::string algorithm = "sha256";
  std::string digest = {};
  std::int64_t size = 0;

  bool operator==(const BlobRef&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("algorithm", &BlobRef::algorithm, "sha256"),
        field(
            "digest", &BlobRef::digest, "Lower-case hex", {.max_bytes = 128, .form = TextForm::id}
        ),
        field("size", &BlobRef::size, "Bytes"),
    };
  }
};

// What one command left behind. `exit_code` is 128 + n when signal n ended it.
struct Evidence {
  std::optional<std::int64_t> exit_code = {};
  std::optional<std::int64_t> duration_ms = {};
  std::string tail = {};
  std::optional<BlobRef> output = {};

  bool operator==(const Evidence&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field(
            "exit_code",
            &Evidence::exit_code,
            "The command's; 128 + n for signal n",
            {.min = -1, .max = 1024}
        ),
        field("duration_ms", &Evidence::duration_ms, "How long it ran"),
        field(
            "tail",
            &Evidence::tail,
            "The last lines of its output",
            {.max_bytes = limits::tail_bytes, .form = TextForm::text}
        ),
        field("output", &Evidence::output, "The whole output (its head and tail if it was long)"),
    };
  }
};

// How far an attempt has come. Vital signs while a server runs.
struct Progress {
  std::optional<std::int64_t> percent = {};
  std::string line = {};
  std::string stage = {};

  bool operator==(const Progress&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("percent", &Progress::percent, "0 to 100", {.max = 100}),
        field("line", &Progress::line, "What is happening", {.max_bytes = limits::line_bytes}),
        field("stage", &Progress::stage, "running or verifying"),
    };
  }
};

}  // namespace evener
