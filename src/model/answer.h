// The answer to one command: what came of it, or why not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/limits.h"
#include "model/refusal.h"

namespace evener {

// `seq` is the newest fact when it was decided: the answer was sent once that was durable.
struct Answer {
  bool ok = false;
  Seq seq;
  bool repeated = false;  // the command was done before, under the same request id
  RawJson result;         // what it depends on is in docs/http.md
  std::optional<Refusal> refusal;

  static constexpr auto fields() {
    return std::tuple{
        field("ok", &Answer::ok, "Whether it was done", {.required = true}),
        field("seq", &Answer::seq, "The newest fact when it was decided", {.required = true}),
        field("repeated", &Answer::repeated, "Done before, under the same request id"),
        field("result", &Answer::result, "What came of it", {.max_bytes = 1U << 24U}),
        field("refusal", &Answer::refusal, "Why it was not done"),
    };
  }
};

struct Answers {
  std::vector<Answer> answers;

  static constexpr auto fields() {
    return std::tuple{
        field(
            "answers",
            &Answers::answers,
            "One a command, in order",
            {.required = true, .max_items = limits::commands_per_request}
        ),
    };
  }
};

}  // namespace evener
