#include "worker/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

Grant grant_of(const std::string& task) {
  return read_grant(
             R"({"task":)" + task +
                 R"(,"worker":"w1","fence":41,"attempt":2,"lease_ms":30000,"expires":9})",
             1234
  )
      .value();
}

Variables environment(const std::string& task) {
  return environment_of(grant_of(task), {.worker = "w1", .pool = "/srv/pool"});
}

TEST(Grant, IsReadFromAClaimsResult) {
  const Grant grant = grant_of(R"({"id":"t1","title":"One","run":"make"})");
  EXPECT_EQ(grant.task.id, "t1");
  EXPECT_EQ(grant.task.run, "make");
  EXPECT_EQ(grant.fence, Fence{41});
  EXPECT_EQ(grant.attempt, 2);
  EXPECT_EQ(grant.lease_ms, 30'000);
  EXPECT_EQ(grant.claimed_at, 1234);
  EXPECT_THAT(grant.json, HasSubstr(R"("expires":9)"));
}

TEST(Grant, PassesOverWhatANewerPoolSays) {
  EXPECT_EQ(grant_of(R"({"id":"t1","title":"One","shape":"round"})").task.title, "One");
}

TEST(Grant, IsNotMadeFromHalfAResult) {
  for (const char* text : {"", "[]", "{}", R"({"task":{"id":"t"}})", R"({"task":"t","fence":1})"}) {
    EXPECT_FALSE(read_grant(text, 0).ok()) << text;
  }
}

TEST(Environment, DescribesTheTaskAndTheAttempt) {
  const Variables variables = environment(
      R"({"id":"t1","title":"One","description":"what\nto do","kind":"build","phase":"p2",)"
      R"("labels":["a","b"],"run":"make `id`"})"
  );
  const Variables expected = {
      {"EVENER_TASK", "t1"},
      {"EVENER_TITLE", "One"},
      {"EVENER_DESCRIPTION", "what\nto do"},
      {"EVENER_KIND", "build"},
      {"EVENER_PHASE", "p2"},
      {"EVENER_LABELS", "a,b"},
      {"EVENER_RUN", "make `id`"},
      {"EVENER_ATTEMPT", "2"},
      {"EVENER_FENCE", "41"},
      {"EVENER_WORKER", "w1"},
      {"EVENER_POOL", "/srv/pool"},
      {"EVENER_SERVER", ""},
      {"EVENER_SECRETS", ""},
      {"EVENER_UNREAD", "0"},
  };
  EXPECT_EQ(variables, expected);
}

TEST(Environment, SaysHowManyMessagesAreUnread) {
  const Result<Grant> grant = read_grant(
      R"({"task":{"id":"t1"},"fence":1,"attempt":1,"lease_ms":1,"unread":3,"urgent":1})", 0
  );
  ASSERT_TRUE(grant.ok());
  EXPECT_EQ(grant->urgent, 1);
  EXPECT_THAT(environment_of(*grant, {}), Contains(Pair("EVENER_UNREAD", "3")));
}

TEST(Environment, HoldsTheScalarsOfTheTasksData) {
  const Variables variables = environment(
      R"({"id":"t1","data":{"port":8000,"host-name":"a b","dry":true,"ratio":0.5,"list":[1],)"
      R"("deep":{"x":1},"none":null}})"
  );
  EXPECT_THAT(variables, Contains(Pair("EVENER_DATA_PORT", "8000")));
  EXPECT_THAT(variables, Contains(Pair("EVENER_DATA_HOST_NAME", "a b")));
  EXPECT_THAT(variables, Contains(Pair("EVENER_DATA_DRY", "true")));
  EXPECT_THAT(variables, Contains(Pair("EVENER_DATA_RATIO", "0.5")));
  for (const char* name : {"EVENER_DATA_LIST", "EVENER_DATA_DEEP", "EVENER_DATA_NONE"}) {
    EXPECT_THAT(variables, Not(Contains(Pair(name, testing::_)))) << name;
  }
}

TEST(Environment, TakesTheFirstOfTwoMembersWithOneName) {
  const Variables variables = environment(R"({"id":"t1","data":{"a-b":"1","a_b":"2","":"3"}})");
  EXPECT_THAT(variables, Contains(Pair("EVENER_DATA_A_B", "1")));
  EXPECT_THAT(variables, Not(Contains(Pair("EVENER_DATA_A_B", "2"))));
  EXPECT_THAT(variables, Not(Contains(Pair("EVENER_DATA_", "3"))));
}

TEST(Environment, HoldsNoNul) {
  const Variables variables = environment(R"({"id":"t1","data":{"x":"a\u0000b"}})");
  EXPECT_THAT(variables, Contains(Pair("EVENER_DATA_X", "a\uFFFDb")));
}

TEST(Environment, NamesTheExitOfRunForVerifyOnly) {
  const Grant grant = grant_of(R"({"id":"t1"})");
  EXPECT_THAT(environment_of(grant, {}, 0), Contains(Pair("EVENER_RUN_EXIT", "0")));
  EXPECT_THAT(environment_of(grant, {}), Not(Contains(Pair("EVENER_RUN_EXIT", testing::_))));
}

}  // namespace
}  // namespace evener
