// The framework's dashboard and claims: written with its names, read back as states.
#include "formats/dashboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/framework.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Instant at(std::string_view text) {
  return *parse_time(text);
}

TEST(Dashboard, HasTheFrameworksNames) {
  const std::vector<DashboardTask> tasks = {
      {"restore-8000",
       "done",
       "session-1",
       at("2025-11-17T00:01:00.999Z"),
       at("2025-11-17T00:03:00Z")},
      {"restore-8001", "verifying", "session-5", at("2025-11-17T00:01:30Z"), {}},
      {"restore-8025", "ready", "", {}, {}},
      {"21.4", "held", "", {}, {}},
  };
  EXPECT_EQ(write_dashboard(at("2025-11-17T00:00:00Z"), tasks, 3), R"({
  "experiment_start": "2025-11-17T00:00:00Z",
  "tasks": {
    "restore-8000": {
      "status": "completed",
      "claimed_by": "session-1",
      "started_at": "2025-11-17T00:01:00Z",
      "completed_at": "2025-11-17T00:03:00Z"
    },
    "restore-8001": {
      "status": "in_progress",
      "claimed_by": "session-5",
      "started_at": "2025-11-17T00:01:30Z"
    },
    "restore-8025": {
      "status": "available"
    },
    "21.4": {
      "status": "held"
    }
  },
  "sessions_active": 3,
  "tasks_completed": 1,
  "tasks_in_progress": 1,
  "tasks_available": 1
}
)");
}

TEST(Dashboard, IsReadBackAsStates) {
  const std::vector<DashboardTask> tasks = {
      {"a", "done", "s1", at("2025-11-17T00:01:00Z"), at("2025-11-17T00:03:00Z")},
      {"21.4", "running", "s2", at("2025-11-17T00:02:00Z"), {}},
      {"c", "waiting", "", {}, {}},
      {"d", "failed", "", {}, {}},
      {"e", "cancelled", "", {}, {}},
      {"f", "held", "", {}, {}},
      {"g", "ready", "", {}, {}},
  };
  const auto plan = read_plan(write_dashboard(0, tasks, 2), "coordination_dashboard.json");
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  ASSERT_EQ(plan->states.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const ImportedState expected{
        tasks[i].id,
        tasks[i].state,
        tasks[i].worker,
        tasks[i].started_at,
        tasks[i].completed_at,
        std::string(remembered_word(tasks[i].state))
    };
    EXPECT_EQ(plan->states[i], expected) << tasks[i].id;
  }
  EXPECT_TRUE(plan->tasks.empty());
}

TEST(Dashboard, PassesOverWhatItDoesNotKnow) {
  const auto plan = read_plan(
      R"({"tasks": {"a": {"status": "napping"},
          "b": {"status": "in_progress", "claimed_by": "Atlas - Session #1", "mood": ["good"]}}})",
      "d.json"
  );
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  ASSERT_EQ(plan->states.size(), 1U);
  EXPECT_EQ(plan->states[0].worker, "atlas-session-1");
  EXPECT_THAT(plan->notices, ElementsAre(HasSubstr("napping"), HasSubstr("atlas-session-1")));
}

TEST(Dashboard, RefusesAWrongEntryWithItsPlace) {
  struct Case {
    std::string text;
    std::string code;
    std::string where;
  };

  for (const Case& wrong : std::vector<Case>{
           {"[]", "bad_value", "d.json:1:1"},
           {"{}", "missing_field", "d.json:1:1"},
           {"{\"tasks\": []}", "bad_value", "d.json:1:11 tasks"},
           {"{\"tasks\": {\"a b\": {}}}", "bad_id", "d.json:1:19 tasks[\"a b\"]"},
           {"{\"tasks\": {\"21.4\":\n 5}}", "bad_value", "d.json:2:2 tasks[\"21.4\"]"},
           {"{\"tasks\": {\"21.4\":\n {}}}", "missing_field", "d.json:2:2 tasks[\"21.4\"]"},
           {"{\"tasks\": {\"21.4\":\n {\"status\": 1}}}",
            "bad_value",
            "d.json:2:13 tasks[\"21.4\"].status"},
           {"{\"tasks\": {\"a\": {\"status\": \"completed\",\n \"completed_at\": \"now\"}}}",
            "bad_time",
            "d.json:2:18 tasks[\"a\"].completed_at"},
       }) {
    const auto plan = read_plan(wrong.text, "d.json", PlanFormat::dashboard);
    ASSERT_FALSE(plan.ok()) << wrong.text;
    EXPECT_EQ(plan.error().code, wrong.code) << plan.error().text();
    EXPECT_EQ(plan.error().where, wrong.where) << plan.error().text();
  }
}

TEST(Claims, TellWhoHasWhatSinceWhen) {
  const auto plan = read_claims({
      {"restore-8001.claim", "session-5:Mon Nov 17 12:01:30 AM UTC 2025\n"},
      {"restore-8000.claim", "session-1:Mon Nov 17 00:01:30 UTC 2025\n"},
      {"c.claim", "s:2025-11-17T13:00:00+01:00"},
      {"d.claim", "s:Mon Nov  7 12:30:00 PM GMT 2025"},
      {"e.claim", "Session #2:Mon Nov 17 09:01:30 PST 2025\n"},
      {"README", "not a claim"},
  });
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_THAT(
      plan->states,
      ElementsAre(
          ImportedState{"c", "running", "s", at("2025-11-17T12:00:00Z"), {}},
          ImportedState{"d", "running", "s", at("2025-11-07T12:30:00Z"), {}},
          ImportedState{"e", "running", "session-2", {}, {}},
          ImportedState{"restore-8000", "running", "session-1", at("2025-11-17T00:01:30Z"), {}},
          ImportedState{"restore-8001", "running", "session-5", at("2025-11-17T00:01:30Z"), {}}
      )
  );
  EXPECT_THAT(
      plan->notices,
      ElementsAre(
          HasSubstr("README"), HasSubstr("session-2"), HasSubstr("e.claim: its time cannot be told")
      )
  );
}

TEST(Claims, AreRefusedWhenTheyNameNobody) {
  for (const ClaimFile& file : std::vector<ClaimFile>{
           {"a.claim", ""},
           {"a.claim", "session-1"},
           {"a.claim", ":Mon Nov 17"},
           {"a.claim", "ses\nsion:Mon"}
       }) {
    const auto plan = read_claims({file});
    ASSERT_FALSE(plan.ok()) << file.content;
    EXPECT_EQ(plan.error().code, "bad_claim");
    EXPECT_EQ(plan.error().where, "a.claim");
  }
  EXPECT_EQ(read_claims({{"a b.claim", "s:x"}}).error().code, "bad_id");
  EXPECT_EQ(read_claims({{".claim", "s:x"}}).error().code, "bad_id");
}

}  // namespace
}  // namespace evener
