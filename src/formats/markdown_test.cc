// Plans in Markdown: what becomes a task, for whom, how far it is; and what becomes something else.
#include "formats/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/status_words.h"
#include "formats/test_plan.h"

namespace evener {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

Plan read_markdown_text(std::string_view text) {
  return plan_in(text, "plan.md");
}

constexpr std::string_view cluster = R"(# Harness works
### Where it stands: ACTIVE
- **Project**: Four-horse hitch
- **Repository**: https://example.com/hitch
## Worker Assignments

### BIRCH (Leather shop)
**Hardware**: 8 cores, 64GB RAM
**AI Models Available**: 5 models including sewer-7b, waxer
**Role**: Leather and stitching

**Primary Tasks**:
1. **URGENT**: Mend the torn collar
   - Find the tear in `collars/left.md`
   - Patch it

2. **Stitch the reins** (sewer-7b)
   - Cut the straps

**Communication Protocol**: tells OAK every hour

### OAK (Wood shop)
**Primary Tasks**:
1. **Bend the bar**
   - Steam it

## Workflow
### Phase 1: URGENT - Collars (BIRCH Only)
**Timeline**: today

Tasks:
- [ ] Fit the collar
- [x] Measure the horse

### Phase 2: All together (All Workers)
**BIRCH**: reins
## Success Metrics
- [ ] Four horses pull
- [x] No strap torn
## Next Steps
1. BIRCH begins
)";

constexpr std::string_view instances = R"(# Hitch
## Instance Work Division

### Main Instance (Tab 1)
- **Tasks**:
  - Watch the others
  - Work on Tasks 5, 11-13 as they open

### Instance 2 (Tab 2)
- **Focus**: Leather
- **Primary Tasks**:
  - Task 2: Cut straps
    - All subtasks from 2.1 to 2.3
  - Task 6: Sew reins (after Task 2)
- **Working Directory**: `shop/leather/`

## Integration Points
1. **Strap + bar**: Instance 2's work on Tasks 6 and 11 meet here

## Where it stands
- **Instance 2-A**: 🔧 Wax
  - **Primary Focus**: shop/wax/
  - **Active Tasks**:
    - Melting the wax (32.1)

## Progress Updates
### Day 3
- ✅ **Task 6 (Reins)**: all sewn
  - With waxed thread
- 🔄 Something that was under way
)";

constexpr std::string_view status_page = R"(## Instance Work Division & Status
### Instance 2: Straps
**Assigned Tasks**:
- **Task 21**: Straps
  - ✅ 21.1: Cut (completed)
  - 🔄 21.2: Sew (in-progress)
  - 📋 21.3: Wax (pending)
  - ⚠️ Count them (blocked)

**Key Files**:
- `shop/straps.md` (new)
- Something without a path

---
## Numbers
### Completion Rates:
- **Overall Project**: 25% (1/4 main tasks completed)
- **Subtasks**: 50% (2/4 subtasks completed)
### In-Progress Tasks (Parallel Work):
- **Task 21**: Straps (Instance 2)
### High-Priority Pending:
- **Task 26**: Oil (unassigned)
- **Task 17**: Polish (dependent on Task 21)
### Success Metrics:
- Share of whole straps > 80%
)";

// ---- owners, groups, phases --------------------------------------------------------------------

TEST(Markdown, ReadsNumberedTasksOfOwnersWithTheirSubtasks) {
  const Plan plan = read_markdown_text(cluster);
  EXPECT_THAT(
      ids(plan),
      ElementsAre(
          "mend-the-torn-collar",
          "mend-the-torn-collar.find-the-tear-in-collars-left-md",
          "mend-the-torn-collar.patch-it",
          "stitch-the-reins",
          "stitch-the-reins.cut-the-straps",
          "bend-the-bar",
          "bend-the-bar.steam-it",
          "fit-the-collar",
          "measure-the-horse"
      )
  );
  EXPECT_EQ(task(plan, "mend-the-torn-collar").priority, Priority::urgent);
  EXPECT_EQ(task(plan, "mend-the-torn-collar").assignee, "birch");
  EXPECT_THAT(
      task(plan, "mend-the-torn-collar.find-the-tear-in-collars-left-md").paths,
      ElementsAre("collars/left.md")
  );
  EXPECT_THAT(task(plan, "stitch-the-reins").prefers, ElementsAre("model=sewer-7b"));
  EXPECT_EQ(task(plan, "stitch-the-reins").title, "Stitch the reins");
  EXPECT_EQ(task(plan, "bend-the-bar").assignee, "oak");
}

TEST(Markdown, MakesOwnersWorkers) {
  const Plan plan = read_markdown_text(cluster);
  ASSERT_EQ(plan.workers.size(), 2U);
  EXPECT_EQ(worker(plan, "birch").machine, "birch");
  EXPECT_EQ(worker(plan, "birch").role, "leather-and-stitching");
  EXPECT_THAT(
      worker(plan, "birch").capabilities,
      ElementsAre("hardware=8 cores", "hardware=64GB RAM", "model=sewer-7b", "model=waxer")
  );
  EXPECT_EQ(worker(plan, "oak").role, "wood-shop");
  EXPECT_EQ(plan.card.project, "Four-horse hitch");
  EXPECT_EQ(plan.card.repository, "https://example.com/hitch");
}

TEST(Markdown, ReadsPhasesAndWhoTakesPart) {
  const Plan plan = read_markdown_text(cluster);
  ASSERT_EQ(plan.planned_phases.size(), 2U);
  EXPECT_EQ(plan.planned_phases[0].id, "phase-1");
  EXPECT_THAT(plan.planned_phases[0].participants, ElementsAre("birch"));
  EXPECT_THAT(plan.planned_phases[0].text, HasSubstr("today"));
  EXPECT_THAT(plan.planned_phases[1].participants, ElementsAre("birch", "oak"));
  EXPECT_EQ(task(plan, "fit-the-collar").phase, "phase-1");
  EXPECT_EQ(task(plan, "fit-the-collar").assignee, "birch");
  EXPECT_EQ(task(plan, "fit-the-collar").priority, Priority::urgent);
  EXPECT_EQ(status(plan, "measure-the-horse"), "done");
}

TEST(Markdown, TakesCriteriaOfSuccessForMeasuresAndNotForTasks) {
  const Plan plan = read_markdown_text(cluster);
  EXPECT_THAT(
      plan.measures,
      ElementsAre(
          AllOf(
              Field(&StatedMeasure::name, "Four horses pull"), Field(&StatedMeasure::value, "open")
          ),
          AllOf(Field(&StatedMeasure::name, "No strap torn"), Field(&StatedMeasure::value, "met"))
      )
  );
}

TEST(Markdown, ExpandsRangesOfTasks) {
  const Plan plan = read_markdown_text(instances);
  EXPECT_THAT(
      ids(plan),
      ElementsAre(
          "watch-the-others", "5", "11", "12", "13", "2", "2.1", "2.2", "2.3", "6", "32", "32.1"
      )
  );
  EXPECT_EQ(task(plan, "12").assignee, "main-instance");
  EXPECT_EQ(task(plan, "2.2").parent, "2");
  EXPECT_EQ(task(plan, "2.2").assignee, "instance-2");
  EXPECT_THAT(task(plan, "6").needs, ElementsAre(Need{"2", Until::done}));
  EXPECT_EQ(task(plan, "6").title, "Sew reins");
}

TEST(Markdown, GivesTasksTheFoldersOfTheirOwner) {
  const Plan plan = read_markdown_text(instances);
  EXPECT_THAT(task(plan, "2.3").paths, ElementsAre("shop/leather/"));
  EXPECT_THAT(task(plan, "32.1").paths, ElementsAre("shop/wax/"));
  EXPECT_THAT(worker(plan, "instance-2").focus, ElementsAre("shop/leather/"));
  EXPECT_THAT(task(read_markdown_text(status_page), "21").paths, ElementsAre("shop/straps.md"));
}

TEST(Markdown, ReservesWhatIsUnderWayForItsOwner) {
  const Plan plan = read_markdown_text(instances);
  EXPECT_EQ(status(plan, "32.1"), "running");
  EXPECT_EQ(task(plan, "32.1").assignee, "instance-2-a");
  EXPECT_EQ(stated_word(task(plan, "32.1")), "in-progress");
}

TEST(Markdown, TakesHistoryForNotesButBelievesThatANumberedTaskIsDone) {
  const Plan plan = read_markdown_text(instances);
  EXPECT_EQ(status(plan, "6"), "done");
  EXPECT_THAT(
      plan.notes, testing::Contains(AllOf(Field(&PlanNote::task, "6"), Field(&PlanNote::line, 28)))
  );
  EXPECT_THAT(plan.notes, testing::Contains(Field(&PlanNote::text, "With waxed thread")));
}

TEST(Markdown, KeepsPointsWithTheirTasksAndParties) {
  const Plan plan = read_markdown_text(instances);
  ASSERT_EQ(plan.points.size(), 1U);
  EXPECT_EQ(plan.points[0].id, "strap-bar");
  EXPECT_THAT(plan.points[0].tasks, ElementsAre("6", "11"));
  EXPECT_THAT(plan.points[0].between, ElementsAre("instance-2"));
}

TEST(Markdown, ReadsMarksOfState) {
  const Plan plan = read_markdown_text(status_page);
  EXPECT_EQ(status(plan, "21"), "running");
  EXPECT_EQ(status(plan, "21.1"), "done");
  EXPECT_EQ(status(plan, "21.2"), "running");
  EXPECT_EQ(status(plan, "21.3"), "ready");
  EXPECT_EQ(status(plan, "21.count-them"), "held");
  EXPECT_EQ(task(plan, "21.1").title, "Cut");
  EXPECT_EQ(task(plan, "26").priority, Priority::high);
  EXPECT_EQ(task(plan, "26").assignee, "");
  EXPECT_THAT(task(plan, "17").needs, ElementsAre(Need{"21", Until::done}));
  EXPECT_EQ(task(plan, "17").title, "Polish");
}

TEST(Markdown, KeepsTotalsThatTheTextStates) {
  const Plan plan = read_markdown_text(status_page);
  ASSERT_EQ(plan.measures.size(), 3U);
  EXPECT_EQ(plan.measures[0].name, "Overall Project");
  EXPECT_EQ(plan.measures[0].counted, Counted::tasks);
  EXPECT_EQ(plan.measures[0].part, 1);
  EXPECT_EQ(plan.measures[0].whole, 4);
  EXPECT_EQ(plan.measures[1].counted, Counted::subtasks);
  EXPECT_EQ(plan.measures[2].goal, "> 80%");
}

// ---- single rules ------------------------------------------------------------------------------

TEST(Markdown, ReadsCheckBoxesWhereverTheyStand) {
  const Plan plan = read_markdown_text(
      "# Trip\n\n- [ ] Pack\n  The big bag\n  - shoes\n- [x] Book\n* [/] Pay (depends on Task 4)\n"
      "## Next steps\n- [ ] 4.1 Call\n"
  );
  EXPECT_THAT(ids(plan), ElementsAre("pack", "book", "pay", "4", "4.1"));
  EXPECT_EQ(task(plan, "pack").description, "shoes");
  EXPECT_EQ(status(plan, "pay"), "running");
  EXPECT_THAT(task(plan, "pay").needs, ElementsAre(Need{"4", Until::done}));
}

TEST(Markdown, SaysWhereATaskIsNeededThatItDoesNotDescribe) {
  const Plan plan = read_markdown_text("## Tasks\n- Cut (after Task 9)\n");
  EXPECT_THAT(plan.outside, ElementsAre(OutsideNeed{"9", "plan.md:2:1"}));
}

TEST(Markdown, NeverTakesCodeForTasks) {
  const Plan plan =
      read_markdown_text("# A\n```\n- [ ] no\n~~~\n```\n~~~text\n- [ ] no\n~~~\n- [ ] yes\n");
  EXPECT_THAT(ids(plan), ElementsAre("yes"));
}

TEST(Markdown, NamesTheLinesThatItDidNotUnderstand) {
  const Plan plan = read_markdown_text("# A\n\nSome prose.\n\n- a bullet\n- [ ] a task\n");
  EXPECT_THAT(plan.unread, ElementsAre(UnreadLine{3, "Some prose."}, UnreadLine{5, "a bullet"}));
}

TEST(Markdown, RepairsEmojiThatWereReadInAnotherEncoding) {
  const Plan plan = read_markdown_text(
      "## Tasks\n"
      "- \xC3\xA2\xC5\x93\xE2\x80\xA6 windows 1252\n"           // âœ…
      "- \xC3\xB0\xC5\xB8\xE2\x80\x9D\xE2\x80\x9E under way\n"  // ðŸ”„
      "- \xE2\x80\x9A\xC3\xBA\xC3\x96 mac roman\n"              // ‚úÖ
      "- \xC3\xA2\xC5\x92 one byte lost\n"                      // âŒ
      "- \xC4\x9F\xC5\xB8\xE2\x80\x9D\xC2\xA7 windows 1254\n"   // ğŸ”§
      "- caf\xC3\xA9 \xC3\xBC\xE2\x82\xAC stays\n"
  );
  EXPECT_EQ(status(plan, "windows-1252"), "done");
  EXPECT_EQ(status(plan, "under-way"), "running");
  EXPECT_EQ(status(plan, "mac-roman"), "done");
  EXPECT_EQ(status(plan, "one-byte-lost"), "held");
  EXPECT_EQ(status(plan, "windows-1254"), "running");
  EXPECT_EQ(plan.tasks.back().title, "caf\xC3\xA9 \xC3\xBC\xE2\x82\xAC stays");
}

TEST(Markdown, KnowsTasksOfTwoOwnersByTheSameNameApart) {
  const Plan plan =
      read_markdown_text("## Agents\n### Ash\n- Write tests\n### Elm\n- Write tests\n");
  EXPECT_THAT(ids(plan), ElementsAre("write-tests", "write-tests-elm"));
}

TEST(Markdown, TellsTitlesApartThatGiveTheSameId) {
  const Plan plan = read_markdown_text(
      "# A\n- [ ] \xE9\x9E\x8D\n- [ ] \xE9\xA6\xAC\n"
      "- [ ] One very long title that goes on and on and on: left\n"
      "- [ ] One very long title that goes on and on and on: right\n"
  );
  ASSERT_EQ(plan.tasks.size(), 4U);
  EXPECT_THAT(plan.tasks[0].id, testing::MatchesRegex("task-[0-9a-f]+"));
  EXPECT_NE(plan.tasks[0].id, plan.tasks[1].id);
  EXPECT_NE(plan.tasks[2].id, plan.tasks[3].id);
}

TEST(Markdown, SaysSomethingMoreOfATaskThatIsNamedAgain) {
  const Plan plan = read_markdown_text(
      "## Tasks\n- Task 3: Oil the bar\n## Urgent tasks\n- Task 3: Oil\n## Done: tasks\n"
  );
  EXPECT_THAT(ids(plan), ElementsAre("3"));
  EXPECT_EQ(task(plan, "3").title, "Oil the bar");
  EXPECT_EQ(task(plan, "3").priority, Priority::urgent);
}

TEST(Markdown, ReadsTheSameTwice) {
  for (const std::string_view text : {cluster, instances, status_page}) {
    EXPECT_EQ(read_markdown_text(text), read_markdown_text(text));
  }
}

// ---- what is refused ---------------------------------------------------------------------------

struct WrongMarkdown {
  std::string_view text;
  std::string_view code;
  std::string_view where;
};

TEST(Markdown, RefusesAFileWithOneErrorThatNamesItsLine) {
  constexpr std::array wrongs{
      WrongMarkdown{"", "empty_plan", "plan.md"},
      WrongMarkdown{" \n\n", "empty_plan", "plan.md"},
      WrongMarkdown{"Dear all,\nnothing to see.\n", "unknown_format", "plan.md"},
      WrongMarkdown{"# A\n- [ ] \xFFx\n", "bad_utf8", "plan.md:2:7"},
      WrongMarkdown{"# A\n- [ ] one\n- [ ] one\n", "duplicate_id", "plan.md:3:1"},
      WrongMarkdown{"# A\n- [ ] 1.1 one\n- [ ] 1.1 two\n", "duplicate_id", "plan.md:3:1"},
      WrongMarkdown{
          "## Tasks\n- Task 1: a (after Task 2)\n- Task 2: b (after Task 1)\n", "cycle", "plan.md:"
      },
      WrongMarkdown{"## Tasks\n- All subtasks from 2.1 to 2.9999\n", "too_many", "plan.md:2:1"},
      WrongMarkdown{"## Tasks\n- Work on Tasks 20-11\n", "bad_value", "plan.md:2:1"},
  };
  for (const WrongMarkdown& wrong : wrongs) {
    const auto plan = read_plan(wrong.text, "plan.md");
    ASSERT_FALSE(plan.ok()) << wrong.text;
    EXPECT_EQ(plan.error().code, wrong.code) << plan.error().text();
    EXPECT_THAT(plan.error().where, testing::StartsWith(std::string(wrong.where)));
  }
}

TEST(Markdown, ReadsNonsenseWithoutHarm) {
  const std::string nonsense =
      "# (((\n- **\n- ``\n- [ ] ** ( ` :\n- (after Task )\n- **:** \n1. \n- [x]\n- Tasks - - -\n"
      "- Task 99999999999999999999.1: big\n- [ ] " +
      std::string(100'000, '(') + "\n- [ ] " + std::string(5'000, 'x') + "\n" +
      std::string(3'000, '#') + " x\n- \xF0\x9F\x98\x80\n";
  const auto plan = read_plan(nonsense, "plan.md");
  EXPECT_TRUE(plan.ok()) << plan.error().text();
}

TEST(Markdown, ReadsFiftyThousandLines) {
  std::string text = "# Much\n";
  for (int i = 0; i < 50'000; ++i) text += fmt::format("- [ ] {}.{} step\n", i / 10 + 1, i % 10);
  EXPECT_EQ(read_markdown_text(text).tasks.size(), 55'000U);
}

}  // namespace
}  // namespace evener
