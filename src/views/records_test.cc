// Measures, chapters, schedules and the journal as people see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/due.h"
#include "views/journal.h"
#include "views/query.h"
#include "views/recent.h"
#include "views/report.h"
#include "views/status.h"
#include "views/status_files.h"
#include "views/test_pool.h"
#include "views/text.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Decimal number(const char* text) {
  return parse_decimal(text).value();
}

class RecordViews : public testing::Test {
 protected:
  void measure(Measured fact, const char* value) {
    if (*value != '\0') fact.value = number(value);
    const Measures& known = test.pool.state().records.measures;
    const auto before = known.find({fact.name, fact.task, fact.phase});
    if (before != known.end()) fact.before = before->second.last;
    test.write(fact);
  }

  static Measured coverage() {
    Measured fact;
    fact.name = "coverage";
    fact.goal = number("80");
    fact.unit = "%";
    return fact;
  }

  void mark(const std::string& text) {
    const Records& records = test.pool.state().records;
    test.write(Marked{records.chapters + 1, text, "", records.last_mark});
  }

  Report report(std::optional<std::int64_t> chapter = {}) const {
    ReportBuilder builder(chapter);
    for (const Fact& fact : test.facts) {
      builder.add(fact);
      if (builder.is_over()) break;
    }
    return builder.report(test.now);
  }

  TestPool test;
};

TEST_F(RecordViews, AMeasureTellsHowFarItIsToItsGoal) {
  measure(coverage(), "60");
  test.after(60'000);
  measure(coverage(), "65");
  const MeasureRow row = row_of(test.pool.state().records.measures.begin()->second);
  EXPECT_FALSE(row.reached);
  EXPECT_EQ(row.left, number("15"));
  EXPECT_EQ(row.way_permille, 250);
  EXPECT_EQ(row.first, number("60"));
  EXPECT_EQ(row.points, 2);
  EXPECT_EQ(row.at, test.now);
  EXPECT_EQ(measure_words(row), "65%, goal 80% or more: 15% to go");
  measure(coverage(), "80");
  const MeasureRow reached = row_of(test.pool.state().records.measures.begin()->second);
  EXPECT_TRUE(reached.reached);
  EXPECT_EQ(measure_words(reached), "80%, goal 80% or more: reached");
}

TEST_F(RecordViews, AMeasureMayBeAPartOfATotalAndLessMayBeBetter) {
  Measured fact;
  fact.name = "open alarms";
  fact.of = number("32");
  fact.goal = number("2");
  fact.direction = Direction::down;
  measure(fact, "18");
  const MeasureRow row = row_of(test.pool.state().records.measures.begin()->second);
  EXPECT_EQ(row.share_permille, 562);
  EXPECT_EQ(measure_words(row), "18 of 32 (56.2 %), goal 2 or less: 16 to go");
}

TEST_F(RecordViews, TheLargestNumbersDoNotOverflow) {
  Measured fact;
  fact.name = "m";
  fact.of = number("9000000000000");
  fact.goal = number("9000000000000");
  measure(fact, "-9000000000000");
  measure(fact, "4500000000000");
  const MeasureRow row = row_of(test.pool.state().records.measures.begin()->second);
  EXPECT_EQ(row.share_permille, 500);
  EXPECT_EQ(row.way_permille, 750);
}

TEST_F(RecordViews, AMeasuresHistoryIsReadBackwardThroughTheLog) {
  for (const char* value : {"60", "61", "62"}) measure(coverage(), value);
  measure(coverage(), "");  // a goal alone is no point
  const MeasureListView view =
      measures_view(test.pool.state(), "coverage", 2, test.source()).value();
  ASSERT_EQ(view.measures.size(), 1U);
  ASSERT_EQ(view.measures[0].history.size(), 2U);
  EXPECT_EQ(view.measures[0].history[0].value, number("62"));
  EXPECT_EQ(view.measures[0].history[1].value, number("61"));
  EXPECT_THAT(measures_text(view, test.now, plain), HasSubstr("61  rod"));
  EXPECT_TRUE(measures_view(test.pool.state(), "x", 2, test.source())->measures.empty());
}

TEST_F(RecordViews, ThePoolsOwnMeasuresComeFirst) {
  test.add("a");
  Measured of_task;
  of_task.name = "a measure";
  of_task.task = "a";
  measure(of_task, "1");
  measure(coverage(), "2");
  const StatusView view = status_view(test.pool, test.now);
  ASSERT_EQ(view.measures.size(), 2U);
  EXPECT_EQ(view.measures[0].name, "coverage");
  EXPECT_EQ(measure_title(view.measures[1]), "a measure of a");
  EXPECT_THAT(status_text(view, plain), HasSubstr("coverage: 2%, goal 80% or more: 78% to go"));
  const StatusView short_view = status_view(test.pool, test.now, {.measures = 1});
  EXPECT_EQ(short_view.measures.size(), 1U);
  EXPECT_EQ(short_view.measures_total, 2);
}

TEST_F(RecordViews, TheStatusFileShowsMeasures) {
  measure(coverage(), "65");
  RecentFacts recent;
  ASSERT_TRUE(recent.follow(test.source(), test.pool.state().last).ok());
  for (const StatusFile& file : status_files(test.pool, recent)) {
    if (file.name != "CLUSTER_STATUS.md") continue;
    EXPECT_THAT(file.text, HasSubstr("## Success measures\n\n- **coverage**: 65%, goal 80% or"));
    return;
  }
  FAIL() << "no CLUSTER_STATUS.md";
}

TEST_F(RecordViews, MarksAreReadBackwardAndNumbered) {
  mark("design");
  mark("build");
  const MarkListView view = marks_view(test.pool.state(), 0, test.source()).value();
  ASSERT_EQ(view.marks.size(), 2U);
  EXPECT_EQ(view.marks[0].text, "build");
  EXPECT_EQ(view.marks[0].chapter, 2);
  EXPECT_EQ(marks_view(test.pool.state(), 1, test.source())->marks.size(), 1U);
  EXPECT_THAT(marks_text(view, plain), HasSubstr("build"));
}

// design: a done, b begun. build: b fails, is tried again and done, c done.
TEST_F(RecordViews, AReportOfAChapterTellsWhatHappenedInIt) {
  for (const char* worker : {"w1", "w2"}) test.join(worker);
  for (const char* task : {"a", "b"}) test.add(task);
  test.after(1'000);
  test.claim("a", "w1");
  test.claim("b", "w2");
  test.after(10'000);
  test.finish("a");
  measure(coverage(), "60");
  mark("build");
  test.add("c");
  test.after(5'000);
  test.fail("b", "flaky", test.now);
  test.claim("b", "w2");
  test.claim("c", "w1");
  measure(coverage(), "70");
  test.after(20'000);
  test.finish("b");
  test.finish("c");

  const Report before = report(0);
  EXPECT_EQ(before.tasks, 2);
  EXPECT_EQ(before.tasks_done, 1);
  EXPECT_EQ(before.attempts, 2);
  EXPECT_EQ(before.running, 1);
  EXPECT_EQ(before.time_taken_ms, 10'000);
  const Report build = report(1);
  EXPECT_EQ(build.tasks, 2);
  EXPECT_EQ(build.tasks_done, 2);
  EXPECT_EQ(build.attempts, 3);
  EXPECT_EQ(build.retries, 1);
  EXPECT_EQ(build.timeline.front().started, build.started);
  EXPECT_EQ(build.time_taken_ms, 25'000);
  EXPECT_EQ(build.sequential_ms, 40'000);
  EXPECT_EQ(build.lost_ms, 5'000);
  ASSERT_EQ(build.measures.size(), 1U);
  EXPECT_EQ(build.measures[0].way_permille, 500);
  EXPECT_THAT(report_text(build, 80), HasSubstr("chapter 1: build"));

  const Report whole = report();
  ASSERT_EQ(whole.chapters.size(), 2U);
  EXPECT_EQ(whole.chapters[0].attempts, 2);
  EXPECT_EQ(whole.chapters[0].done, 1);
  EXPECT_EQ(whole.chapters[1].attempts, build.attempts);  // with b.1, which ran across the mark
  EXPECT_EQ(whole.chapters[1].failed, 1);
  EXPECT_EQ(whole.chapters[1].done, 2);
  EXPECT_EQ(whole.chapters[0].ended, whole.chapters[1].started);
  EXPECT_EQ(whole.lost_ms, before.lost_ms + build.lost_ms + 10'000);  // b.1 ran across the mark
  EXPECT_THAT(report_text(whole, 100), HasSubstr("CHAPTER"));
  EXPECT_THAT(report_markdown(whole), HasSubstr("| 1 | build |"));
}

TEST_F(RecordViews, AReportWithoutAMarkHasNoChapters) {
  EXPECT_TRUE(report().chapters.empty());
  EXPECT_THAT(report_text(report(), 100), Not(HasSubstr("CHAPTER")));
}

TEST_F(RecordViews, AChaptersRowCountsNothingThatAnImportClosed) {
  test.join("import");
  test.add("a");
  mark("build");
  const Fence fence = test.claim("a", "import");
  test.write(AttemptFinished{.task = "a", .worker = "import", .fence = fence, .untimed = true});
  const Report whole = report();
  EXPECT_EQ(whole.chapters[1].attempts, 0);
  EXPECT_EQ(whole.chapters[1].done, 0);
  EXPECT_EQ(report(1).closed_by_imports, 1);
}

TEST_F(RecordViews, ALateHolderComesBackInALaterChapter) {
  test.join("w1");
  test.add("a");
  const Fence fence = test.claim("a", "w1");
  test.after(30'000);
  test.lapse("a");
  mark("later");
  test.after(1'000);
  test.write(AttemptRevived{"a", "w1", fence, test.now + 30'000});
  test.after(1'000);
  test.finish("a");
  const Report later = report(1);
  EXPECT_EQ(later.attempts, 1);
  EXPECT_EQ(later.tasks_done, 1);
  EXPECT_EQ(later.lapses, 0);
  EXPECT_EQ(report().chapters[1].attempts, 1);
}

TEST_F(RecordViews, SchedulesTellWhatIsOpenAndWhenTheNextComes) {
  test.join("w1");
  ScheduleSpec spec;
  spec.id = "status";
  spec.every_ms = 60'000;
  spec.task.title = "Say where it stands";
  test.write(ScheduleSet{spec});
  test.follow_up();
  ScheduleRow row = schedules_view(test.pool).schedules.at(0);
  EXPECT_EQ(row.state, ScheduleState::open);
  EXPECT_THAT(row.open, ElementsAre("status-1"));
  test.claim("status-1", "w1");
  test.finish("status-1");
  test.follow_up();
  row = schedules_view(test.pool).schedules.at(0);
  EXPECT_EQ(row.state, ScheduleState::waits);
  EXPECT_EQ(row.next_at, test.now + 60'000);
  EXPECT_EQ(next_due(test.pool), test.now + 60'000);
  const std::string text = schedules_text(schedules_view(test.pool), test.now, plain);
  EXPECT_THAT(text, HasSubstr("in 1m"));
  test.after(60'000);
  test.follow_up();
  ASSERT_EQ(schedules_view(test.pool).schedules.at(0).state, ScheduleState::open);
  const auto shown = [&] { return schedules_text(schedules_view(test.pool), test.now, plain); };
  EXPECT_THAT(shown(), HasSubstr("in 1m"));
  test.after(60'000);
  EXPECT_THAT(shown(), HasSubstr("once that is over"));
  spec.stopped = true;
  test.write(ScheduleSet{spec});
  EXPECT_EQ(schedules_view(test.pool).schedules.at(0).state, ScheduleState::stopped);
  EXPECT_EQ(next_due(test.pool), 0);
}

TEST_F(RecordViews, TheJournalHoldsPeoplesWordsWhole) {
  test.join("w1");
  test.add("a");
  const std::string words = "first line\n" + std::string(400, 'x') + " end";
  test.write(NoteAdded{"a", "w1", words, true});
  mark("build");
  measure(coverage(), "65");
  test.claim("a", "w1");
  test.finish("a", "all green");
  std::vector<std::string> kinds;
  LogFilter filter;
  filter.types = journal_types();
  for (const Fact& fact : test.facts) {
    const std::optional<JournalEntry> entry = journal_entry(fact);
    EXPECT_EQ(entry.has_value(), filter.matches(fact));
    if (entry) kinds.emplace_back(name_of(entry->kind));
    if (entry && entry->kind == JournalKind::finding) {
      EXPECT_EQ(entry->text, words);
    }
    if (entry && entry->kind == JournalKind::finish) {
      EXPECT_THAT(journal_text(*entry, plain), HasSubstr("  w1 finished a: all green"));
    }
  }
  EXPECT_THAT(kinds, ElementsAre("finding", "mark", "measure", "finish"));
  EXPECT_EQ(journal_day(1'763'726'430'000), "2025-11-21");
}

TEST_F(RecordViews, TheJournalLeavesOutLocksTakenByHand) {
  test.join("w1");
  const auto is_told = [&](const std::string& id) {
    test.add(id);
    test.claim(id, "w1");
    test.finish(id, "exit 0");
    return journal_entry(test.facts.back()).has_value();
  };
  EXPECT_FALSE(is_told("lock-9d41c0ffee00beef"));
  EXPECT_TRUE(is_told("lock-9d41"));
  EXPECT_TRUE(is_told("lock-the-front-door-"));
}

TEST_F(RecordViews, QuestionsStandInTheAddressAsTheyAre) {
  Query query;
  query.kind = QueryKind::measures;
  query.measure = "Overall Project";
  query.points = 5;
  EXPECT_EQ(target_of(query), "measures?name=Overall%20Project&points=5");
  const Result<Query> read = query_of("measures", {{"name", "Overall Project"}, {"points", "5"}});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->measure, "Overall Project");
  EXPECT_EQ(read->points, 5);
  EXPECT_TRUE(needs_history(*read));
  EXPECT_FALSE(query_of("measures", {{"points", "10001"}}).ok());
  EXPECT_EQ(query_of("report", {{"chapter", "last"}})->chapter, "last");
  EXPECT_FALSE(query_of("status", {{"chapter", "1"}}).ok());
  EXPECT_THAT(
      query_of("log", {{"types", "marked,measured"}})->log.types, ElementsAre("marked", "measured")
  );
}

TEST_F(RecordViews, AChapterThatIsNotThereIsNamed) {
  mark("one");
  Query query;
  query.kind = QueryKind::report;
  for (const char* chapter : {"2", "-1", "x", "1x"}) {
    query.chapter = chapter;
    const Result<std::string> answer = answer_query(query, test.pool, test.source(), test.now);
    ASSERT_FALSE(answer.ok()) << chapter;
    EXPECT_EQ(answer.error().code, "unknown_chapter");
  }
  query.chapter = "last";
  EXPECT_TRUE(answer_query(query, test.pool, test.source(), test.now).ok());
}

}  // namespace
}  // namespace evener
