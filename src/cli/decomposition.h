// A goal made into tasks by a language model: asked, read, examined, and asked again about what is
// wrong, for so many rounds. Nothing is written anywhere.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/decompose_prompt.h"
#include "cli/language_model.h"

namespace evener {

struct Decomposition {
  std::optional<Plan> plan = {};           // the best that was answered; none if none could be read
  PlanExamination examined = {};           // of it
  std::vector<std::string> problems = {};  // that keep it, or the last answer, from being taken
  std::int64_t rounds = 0;                 // that were played

  // Whether the plan may be imported.
  bool is_good() const { return plan && problems.empty() && examined.errors == 0; }
};

// Stops at the first answer without anything to mend. `say` gets a line a round. Fails as the model
// does, unless a good plan was answered before.
Result<Decomposition> decompose(
    LanguageModel& model,
    const DecomposeQuestion& question,
    std::int64_t rounds,
    const std::function<void(std::string_view)>& say
);

// Tasks that carry what a worker would run or be given: "build (run, verify)". Imported, they are
// commands like any other, so people should read them first.
std::vector<std::string> tasks_with_commands(const Plan& plan);

}  // namespace evener
