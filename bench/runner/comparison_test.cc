#include "comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace evener {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Statistics, TellsTheMedianAndTheQuartiles) {
  const Spread spread = spread_of({5, 1, 4, 2, 3});
  EXPECT_EQ(spread.median, 3);
  EXPECT_EQ(spread.lower_quartile, 2);
  EXPECT_EQ(spread.upper_quartile, 4);
  EXPECT_EQ(spread.least, 1);
  EXPECT_EQ(spread.most, 5);
  EXPECT_EQ(quantile({1, 2}, 0.5), 1.5);
  EXPECT_EQ(spread_of({}).count, 0U);
}

// Of the 252 ways to choose 5 of 10, one has all the large ones and one all the small ones; 2
// have at most one pair the wrong way round on either side, and so on: Mann and Whitney's table.
TEST(Statistics, CountsHowLikelyASeparationIs) {
  const std::vector<double> low{1, 2, 3, 4, 5};
  EXPECT_THAT(separation(low, {6, 7, 8, 9, 10}), DoubleNear(2.0 / 252, 1e-12));
  EXPECT_THAT(separation({6, 7, 8, 9, 10}, low), DoubleNear(2.0 / 252, 1e-12));
  EXPECT_THAT(separation({1, 2, 3, 4, 6}, {5, 7, 8, 9, 10}), DoubleNear(4.0 / 252, 1e-12));
  EXPECT_THAT(separation({1, 2, 3}, {4, 5, 6}), DoubleNear(2.0 / 20, 1e-12));
  EXPECT_EQ(separation({1, 1, 1, 1}, {1, 1, 1, 1}), 1);
  EXPECT_EQ(separation({}, {1}), 1);
}

TEST(Statistics, CallsADifferenceBeyondNoiseByItsDirection) {
  const std::vector<double> slow{100, 101, 102, 99, 100};
  const std::vector<double> fast{120, 121, 122, 119, 120};
  EXPECT_EQ(judge(slow, fast, true), Verdict::better);
  EXPECT_EQ(judge(slow, fast, false), Verdict::worse);
  EXPECT_EQ(judge(fast, slow, true), Verdict::worse);
}

TEST(Statistics, TakesWhatLiesWithinTheSpreadForNoise) {
  EXPECT_EQ(judge({100, 120, 90, 110, 105}, {101, 121, 92, 112, 106}, true), Verdict::same);
  // Wholly apart, but each set is wider than what lies between their middles.
  EXPECT_EQ(judge({1, 1, 50, 99, 99}, {100, 100, 101, 300, 300}, true), Verdict::same);
}

TEST(Statistics, GivesNoVerdictOnThreeRepetitions) {
  EXPECT_EQ(judge({1, 2, 3}, {100, 200, 300}, true), Verdict::too_few);
}

// A file of results in a folder of its own.
class Results : public testing::Test {
 protected:
  Results() { CHECK(::mkdtemp(folder_.data()) != nullptr, "no scratch folder"); }

  ~Results() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return folder_ + "/results.db"; }

 private:
  std::string folder_ = testing::TempDir() + "evener-results-XXXXXX";
};

Measurement rate(int repetition, double value) {
  return {"queue", R"({"clients":8})", repetition, "cycles", "1/s", true, value};
}

TEST_F(Results, KeepsWhatWasMeasured) {
  const RunRow run{0, "2026-11-27T12:00:00.000Z", "5676f7b", R"({"cores":2})", "quiet"};
  const std::vector<Measurement> measured{
      rate(1, 15020.25), {"queue", "{}", 1, "memory", "bytes", false, 1e9}
  };
  {
    ResultsFile file = ResultsFile::open(this->file()).value();
    ASSERT_EQ(file.begin_run(run).value(), 1);
    ASSERT_TRUE(file.add(1, measured).ok());
  }
  ResultsFile file = ResultsFile::open(this->file()).value();
  EXPECT_EQ(file.measurements(1).value(), measured);
  RunRow expected = run;
  expected.id = 1;
  EXPECT_THAT(file.runs().value(), ElementsAre(expected));
  EXPECT_EQ(file.begin_run(run).value(), 2);
  EXPECT_TRUE(file.measurements(2).value().empty());
}

TEST_F(Results, FindsRunsByNumberAndFromTheEnd) {
  ResultsFile file = ResultsFile::open(this->file()).value();
  for (const char* note : {"a", "b", "c"}) {
    ASSERT_TRUE(file.begin_run({.machine = "{}", .note = note}).ok());
  }
  EXPECT_EQ(file.find_run("1")->note, "a");
  EXPECT_EQ(file.find_run("last")->note, "c");
  EXPECT_EQ(file.find_run("last-1")->note, "b");
  for (const char* unknown : {"4", "last-3", "last-", "b", ""}) {
    EXPECT_EQ(file.find_run(unknown).error().code, "unknown_run") << unknown;
  }
}

TEST_F(Results, RefusesAnotherProgramsFile) {
  auto other = SqliteConnection::open(file(), SqliteConnection::Access::create, "").value();
  ASSERT_TRUE(other.run("CREATE TABLE t (x)").ok());
  EXPECT_EQ(ResultsFile::open(file()).error().code, "not_results");
}

TEST(Comparison, WritesFiguresForPeople) {
  EXPECT_EQ(figure_text(15020.4), "15,020");
  EXPECT_EQ(figure_text(1234567), "1,234,567");
  EXPECT_EQ(figure_text(-123456), "-123,456");
  EXPECT_EQ(figure_text(47.23), "47.2");
  EXPECT_EQ(figure_text(0.8341), "0.834");
  EXPECT_EQ(figure_text(100), "100");
}

TEST(Comparison, ComparesTheFiguresThatBothRunsHave) {
  std::vector<Measurement> before{{"gone", "{}", 1, "cycles", "1/s", true, 1}};
  std::vector<Measurement> after{{"new", "{}", 1, "cycles", "1/s", true, 1}};
  for (int i = 1; i <= 5; ++i) {
    before.push_back(rate(i, 100 + i));
    after.push_back(rate(i, 200 + i));
  }
  const std::vector<Comparison> found = compare_runs(before, after);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, (FigureName{"queue", R"({"clients":8})", "cycles"}));
  EXPECT_EQ(found[0].before.median, 103);
  EXPECT_EQ(found[0].after.median, 203);
  EXPECT_EQ(found[0].verdict, Verdict::better);
}

}  // namespace
}  // namespace evener
