#include "views/report_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/test_pool.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

Report report_of_run(const TestPool& test) {
  ReportBuilder builder;
  for (const Fact& fact : test.facts) builder.add(fact);
  return builder.report(test.now);
}

// One task done, one lapsed and running again.
Report small_run() {
  TestPool test;
  test.join("w1");
  test.join("w2");
  test.add("a");
  test.add("b");
  test.claim("a", "w1");
  test.claim("b", "w2", 20'000);
  test.after(20'000);
  test.finish("a");
  test.lapse("b");
  test.claim("b", "w1");
  test.after(5'000);
  return report_of_run(test);
}

TEST(ReportHtml, TellsTheRunInOneFileThatNeedsNothingElse) {
  const std::string page = report_html({{"today", small_run()}});
  EXPECT_THAT(page, HasSubstr("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr("<td>speed-up</td>"));
  EXPECT_THAT(page, HasSubstr("<rect class=\"done\""));
  EXPECT_THAT(page, HasSubstr("<rect class=\"lapsed\""));
  EXPECT_THAT(page, HasSubstr("b, attempt 2 by w1: running, 5s"));
  for (const char* other : {"<script", "http:", "https:", "url(", "@import", "<link"}) {
    EXPECT_THAT(page, Not(HasSubstr(other)));
  }
}

TEST(ReportHtml, PutsOtherRunsBesideThisOne) {
  const std::string page = report_html({{"two workers", small_run()}, {"four workers", Report{}}});
  EXPECT_THAT(page, HasSubstr("<tr><td>two workers</td><td class=\"n\">2</td>"));
  EXPECT_THAT(page, HasSubstr("<tr><td>four workers</td><td class=\"n\">0</td>"));
}

TEST(ReportHtml, ShowsHostileTextAsText) {
  Report report = small_run();
  report.card.name = "<script>alert(1)</script>";
  report.timeline.front().task = "\"><img src=x>";
  const std::string page = report_html({{"<b>", report}});
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
}

TEST(ReportHtml, OfAPoolThatNobodyCameToSaysSo) {
  EXPECT_THAT(report_html({{"new", Report{}}}), HasSubstr("No task has been claimed yet."));
  const std::string page = report_html({{"new", Report{.closed_by_imports = 2}}});
  EXPECT_THAT(page, HasSubstr("Nobody here has claimed a task yet."));
}

}  // namespace
}  // namespace evener
