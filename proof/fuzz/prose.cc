// What people and language models write: the plan in an answer, the lines of an inbox.
#include "formats/answer_plan.h"
#include "formats/inbox.h"
#include "fuzz/target.h"

FUZZ_TARGET(prose) {
  if (take_choice(bytes) % 2 == 0) {
    const AnswerPlan answer = plan_in_answer(bytes);
    CHECK(
        answer.plan.has_value() == answer.problems.empty(), "neither a plan nor a problem, or both"
    );
    return;
  }
  const auto lines = read_inbox(bytes, "inbox.md");
  if (!lines.ok()) return;
  std::vector<InboxAnswer> answers;
  for (const InboxLine& line : *lines) {
    (void)command_of(line.text).ok();
    answers.push_back({line.text, "done 2026-11-21 12:00"});
  }
  const auto answered = answer_inbox(bytes, answers, 100, "inbox.md");
  if (!answered.ok()) return;
  const auto left = read_inbox(*answered, "inbox.md");
  CHECK(left.ok(), left.ok() ? "" : left.error().text());
  CHECK(
      left->empty(),
      "a line waits though it was answered: " + (left->empty() ? "" : left->front().text)
  );
}
