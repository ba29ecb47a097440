// The plan in what a language model answered: JSON or TOML, by itself, in a fenced block, or
// somewhere among prose. It is read as strictly as any other plan, and holds tasks, phases and
// gates alone: who works, how the pool behaves and what comes again is not for an answer to say.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "formats/plan.h"

namespace evener {

struct AnswerPlan {
  std::optional<Plan> plan = {};
  std::vector<Error> problems = {};  // why there is none; `where` is in the part that was read
};

// The last part of the answer that is a plan; if none can be read, what is wrong with the longest
// part that looks like one. Problems: those of plan_problems(), `plan_missing`, `not_asked_for`.
AnswerPlan plan_in_answer(std::string_view answer);

// The schema of what plan_in_answer() takes: that of a plan, with its tasks, phases and gates
// alone, each under one name.
Json answer_schema();

}  // namespace evener
