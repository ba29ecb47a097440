#include "formats/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string inbox(const std::string& lines) {
  return "above\n<!-- evener:inbox -->\n" + lines + "<!-- evener:inbox-end -->\nbelow\n";
}

std::vector<InboxLine> waiting(const std::string& file) {
  const Result<std::vector<InboxLine>> lines = read_inbox(file, "I.md");
  EXPECT_TRUE(lines.ok());
  return lines.ok() ? *lines : std::vector<InboxLine>{};
}

std::string code(std::string_view line) {
  const Result<Command> command = command_of(line);
  return command.ok() ? std::string(type_of(*command)) : command.error().code;
}

TEST(Inbox, HoldsTheLinesThatWait) {
  EXPECT_THAT(
      waiting(inbox("text between\n- note a: one\n\n  - task: Two  \r\n- [done x] task: Three\n")),
      ElementsAre(InboxLine{"note a: one", 0}, InboxLine{"task: Two", 0})
  );
}

TEST(Inbox, IsOnlyWhatStandsBetweenItsMarkers) {
  EXPECT_THAT(waiting("- task: outside\n" + inbox("") + "- task: outside\n"), IsEmpty());
  EXPECT_THAT(waiting("no inbox\n- task: x\n"), IsEmpty());
}

TEST(Inbox, TellsEqualLinesApartByHowManyStoodBefore) {
  EXPECT_THAT(
      waiting(inbox("- task: A\n- task: A\n- [done 2026-11-21 12:00] task: A\n")),
      ElementsAre(InboxLine{"task: A", 1}, InboxLine{"task: A", 2})
  );
}

TEST(Inbox, KnowsFourKindsOfLines) {
  EXPECT_EQ(code("note a: text"), "note");
  EXPECT_EQ(code("task: A title: with a colon"), "add");
  EXPECT_EQ(code("hold a: reason"), "hold");
  EXPECT_EQ(code("blocker a: text"), "raise_blocker");
  const Result<Command> blocker = command_of("blocker a: no disk");
  ASSERT_TRUE(blocker.ok());
  EXPECT_EQ(std::get<RaiseBlocker>(*blocker).text, "no disk");
}

TEST(Inbox, RefusesEverythingElse) {
  EXPECT_EQ(code("finish a: text"), "bad_line");
  EXPECT_EQ(code("task a: text"), "bad_line");
  EXPECT_EQ(code("note: text"), "bad_line");
  EXPECT_EQ(code("note a"), "bad_line");
  EXPECT_EQ(code("note a:"), "bad_line");
  EXPECT_EQ(code(":"), "bad_line");
  EXPECT_EQ(code("note a b: text"), "bad_id");
  EXPECT_EQ(code("note ../a: text"), "bad_id");
  EXPECT_EQ(code("task: " + std::string(513, 'x')), "too_large");
  EXPECT_EQ(code("task: \xff"), "bad_line");
  EXPECT_THAT(command_of("note a: \xff").error().message, HasSubstr("not UTF-8"));
}

TEST(Inbox, MakesNothingThatIsExecuted) {
  const Result<Command> command = command_of("task: x\", \"run\": \"rm -rf /\", \"verify\": \"y");
  ASSERT_TRUE(command.ok());
  const TaskSpec& spec = std::get<AddTasks>(*command).tasks.front();
  EXPECT_EQ(spec.run + spec.verify, "");
  EXPECT_THAT(spec.title, HasSubstr("rm -rf"));
}

TEST(Inbox, AnswersInPlace) {
  const Result<std::string> answered = answer_inbox(
      inbox("- note a: one\nmine\n- task: Two\n- [done x] task: Three\n"),
      {{"task: Two", "refused: [why]"}},
      100,
      "I.md"
  );
  ASSERT_TRUE(answered.ok());
  EXPECT_EQ(
      *answered,
      inbox("- note a: one\nmine\n- [done x] task: Three\n- [refused: [why)] task: Two\n")
  );
  EXPECT_THAT(waiting(*answered), ElementsAre(InboxLine{"note a: one", 0}));
}

TEST(Inbox, AnswersOneOfTwoEqualLines) {
  const Result<std::string> answered =
      answer_inbox(inbox("- task: A\n- task: A\n"), {{"task: A", "done x"}}, 100, "I.md");
  ASSERT_TRUE(answered.ok());
  EXPECT_EQ(*answered, inbox("- task: A\n- [done x] task: A\n"));
  EXPECT_THAT(waiting(*answered), ElementsAre(InboxLine{"task: A", 1}));
}

TEST(Inbox, KeepsTheNewestAnswers) {
  const Result<std::string> answered = answer_inbox(
      inbox("- task: C\n- [done 1] task: A\n- [done 2] task: B\n"),
      {{"task: C", "done 3"}},
      2,
      "I.md"
  );
  ASSERT_TRUE(answered.ok());
  EXPECT_EQ(*answered, inbox("- [done 2] task: B\n- [done 3] task: C\n"));
}

TEST(Inbox, LeavesALineWithoutItsEndForLater) {
  EXPECT_THAT(waiting("<!-- evener:inbox -->\n<!-- evener:inbox-end -->\n- task: A"), IsEmpty());
  EXPECT_FALSE(read_inbox("<!-- evener:inbox -->\n- task: A", "I.md").ok());
}

}  // namespace
}  // namespace evener
