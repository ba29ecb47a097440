// The documents from the field, where they are at hand: EVENER_DOCUMENTS, or beside the tree. Their
// tasks, subtasks, owners and states were counted by hand.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "formats/markdown.h"
#include "formats/status_words.h"
#include "formats/test_plan.h"

namespace evener {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class MarkdownDocuments : public testing::Test {
 protected:
  static std::string folder() {
    const char* const given = std::getenv("EVENER_DOCUMENTS");
    if (given != nullptr) return given;
    return EVENER_SOURCE "/../shared/documents";
  }

  void SetUp() override {
    if (!std::filesystem::exists(folder())) GTEST_SKIP() << "no documents in " << folder();
  }

  static Plan document(const std::string& name) {
    const Result<std::string> text = read_file(folder() + "/" + name);
    EXPECT_TRUE(text.ok()) << text.error().text();
    return text.ok() ? plan_in(*text, name) : Plan{};
  }
};

TEST_F(MarkdownDocuments, ClusterHasEightTasksOfThreeMachinesAndFiveOfPhaseOne) {
  const Plan plan = document("cluster.md");
  EXPECT_EQ(counts(plan), std::pair(13UL, 35UL));
  EXPECT_EQ(plan.workers.size(), 3U);
  EXPECT_EQ(plan.planned_phases.size(), 4U);
  EXPECT_EQ(plan.measures.size(), 6U);
  EXPECT_THAT(plan.unread, IsEmpty());
  EXPECT_THAT(worker(plan, "walnut").capabilities, testing::Contains("model=starcoder2:15b"));
  EXPECT_EQ(task(plan, "fix-docker-deployment-issues").priority, Priority::urgent);
  EXPECT_THAT(task(plan, "member-dashboard").prefers, ElementsAre("model=deepseek-coder-v2"));
  EXPECT_EQ(task(plan, "verify-deployment-health").phase, "phase-1");
}

TEST_F(MarkdownDocuments, CoordinationHasTwentyOneTasksAndTheirSubtasks) {
  const Plan plan = document("mooseng-coordination.md");
  EXPECT_EQ(counts(plan), std::pair(21UL, 44UL));
  EXPECT_EQ(plan.workers.size(), 7U);
  EXPECT_EQ(plan.points.size(), 4U);
  EXPECT_THAT(task(plan, "6").needs, ElementsAre(Need{"2", Until::done}));
  EXPECT_THAT(task(plan, "10").needs, ElementsAre(Need{"4", Until::done}));
  EXPECT_THAT(task(plan, "6.6").paths, ElementsAre("mooseng/mooseng-master/"));
  EXPECT_THAT(task(plan, "32.7").paths, ElementsAre("mooseng/mooseng-benchmarks/"));
  EXPECT_EQ(task(plan, "32.7").assignee, "instance-2-a");
  EXPECT_EQ(status(plan, "32.8"), "running");
  EXPECT_EQ(status(plan, "7"), "done");
  EXPECT_EQ(status(plan, "12"), "done");
  EXPECT_EQ(status(plan, "2.1"), "");
  EXPECT_THAT(plan.unread, IsEmpty());
}

TEST_F(MarkdownDocuments, StatusHasTwelveTasksAndWhatItStatesOfThem) {
  const Plan plan = document("mooseng-status.md");
  EXPECT_EQ(counts(plan), std::pair(12UL, 28UL));
  EXPECT_EQ(plan.workers.size(), 4U);
  EXPECT_EQ(plan.points.size(), 4U);
  std::map<std::string, int> by_status;
  for (const ImportedState& state : plan.states) ++by_status[state.status];
  EXPECT_EQ(by_status["done"], 6);
  EXPECT_EQ(by_status["running"], 17);
  EXPECT_EQ(by_status["ready"], 17);
  EXPECT_EQ(task(plan, "25").priority, Priority::high);
  EXPECT_EQ(task(plan, "26").assignee, "");
  EXPECT_THAT(task(plan, "17").needs, ElementsAre(Need{"16", Until::done}));
  ASSERT_EQ(plan.measures.size(), 6U);
  EXPECT_EQ(plan.measures[0].part, 18);
  EXPECT_EQ(plan.measures[0].whole, 32);
  EXPECT_EQ(plan.measures[1].counted, Counted::subtasks);
  EXPECT_THAT(worker(plan, "instance-2").focus, testing::Contains("mooseng-common/src/health.rs"));
  EXPECT_THAT(plan.unread, IsEmpty());
}

TEST_F(MarkdownDocuments, FrameworkDescribesNoTasks) {
  const Plan plan = document("framework-v2.md");
  EXPECT_THAT(plan.tasks, IsEmpty());
  EXPECT_THAT(plan.notes, testing::Contains(Field(&PlanNote::text, HasSubstr("\xE2\x9D\x8C"))));
}

}  // namespace
}  // namespace evener
