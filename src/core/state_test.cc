#include "core/state.h"

#include <gtest/gtest.h>

#include <random>

#include "core/pool.h"
#include "core/snapshot_codec.h"
#include "model/filled.h"

namespace evener {
namespace {

void add(Pool& pool, const TaskSpec& spec) {
  pool.apply({.seq = pool.state().last.next(), .prev = {}, .by = "rod", .body = TaskAdded{spec}});
}

// Every field is set or not by chance.
class RandomSpecs {
 public:
  explicit RandomSpecs(unsigned seed) : random_(seed) {}

  TaskSpec next(const std::string& id) {
    TaskSpec spec;
    const auto perhaps = [&](const auto& described) {
      if (random_() % 2 == 0) fill(spec.*described.member, described.bounds, number_);
    };
    std::apply([&](const auto&... described) { (perhaps(described), ...); }, TaskSpec::fields());
    spec.id = id;
    spec.needs.clear();
    spec.parent.clear();
    std::sort(spec.capabilities.begin(), spec.capabilities.end());
    return spec;
  }

 private:
  std::mt19937 random_;
  int number_ = 0;
};

TEST(State, PutsATaskTogetherAgainAsItWasDescribed) {
  Pool pool;
  RandomSpecs random(1);
  for (int i = 0; i < 300; ++i) {
    TaskSpec spec = random.next("t" + std::to_string(i));
    if (i > 2) {
      spec.needs = {{"t0", Until::accepted}, {"t1", Until::done}};
      spec.parent = "t2";
    }
    add(pool, spec);
    const TaskIndex index = pool.state().find_task(spec.id);
    EXPECT_EQ(spec_of(pool.state(), index), spec) << to_json_text(spec);
    std::string text;
    append_spec(text, pool.state(), index);
    const Result<Json> json = parse_json(text);
    ASSERT_TRUE(json.ok()) << text;
    const Result<TaskSpec> read = from_json<TaskSpec>(*json);
    ASSERT_TRUE(read.ok()) << read.error().text();
    EXPECT_EQ(*read, spec);
  }
}

TEST(State, AWorkerMayBeNamedWithOrWithoutItsKind) {
  State state;
  EXPECT_EQ(state.intern_assignee("worker:w1"), state.intern_assignee("w1"));
  EXPECT_EQ(state.intern_assignee("worker:worker:w1"), state.intern_assignee("w1"));
  EXPECT_NE(state.intern_assignee("role:w1"), state.intern_assignee("w1"));
}

TEST(State, KnowsWhichCapabilitiesCoverWhich) {
  State state;
  const CapabilitySet none = state.intern_capabilities({});
  const CapabilitySet one = state.intern_capabilities({"gpu"});
  const CapabilitySet both = state.intern_capabilities({"linux", "gpu", "linux"});
  EXPECT_EQ(both, state.intern_capabilities({"gpu", "linux"}));
  EXPECT_TRUE(state.covers(both, one));
  EXPECT_TRUE(state.covers(one, none));
  EXPECT_FALSE(state.covers(none, one));
  const CapabilitySet later = state.intern_capabilities({"db"});
  EXPECT_FALSE(state.covers(both, later));
  EXPECT_TRUE(state.covers(later, later));
}

TEST(Snapshot, OfAnotherVersionOrCutShortIsRefused) {
  Pool pool;
  RandomSpecs random(2);
  for (int i = 0; i < 5; ++i) add(pool, random.next("t" + std::to_string(i)));
  const std::string bytes = encode_state(pool.state());
  State whole;
  EXPECT_TRUE(decode_state(bytes, whole).ok());
  EXPECT_EQ(encode_state(whole), bytes);
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    State state;
    const Status decoded = decode_state(std::string_view(bytes).substr(0, size), state);
    ASSERT_FALSE(decoded.ok()) << size;
    EXPECT_EQ(decoded.error().code, "bad_snapshot");
  }
  State longer;
  EXPECT_FALSE(decode_state(bytes + "x", longer).ok());
  State other;
  EXPECT_FALSE(decode_state(
                   "\x1c"
                   "evener-state-9" +
                       bytes.substr(15),
                   other
  )
                   .ok());
}

TEST(Snapshot, KeepsAssigneesApartHoweverTheyAreSpelt) {
  Pool pool;
  add(pool, {.id = "a", .assignee = "worker:worker:w1"});
  add(pool, {.id = "b", .assignee = "w1"});
  add(pool, {.id = "c", .assignee = "role:x"});
  State restored;
  ASSERT_TRUE(decode_state(encode_state(pool.state()), restored).ok());
  EXPECT_EQ(spec_of(restored, TaskIndex{1}).assignee, "w1");
  EXPECT_EQ(spec_of(restored, TaskIndex{2}).assignee, "role:x");
  EXPECT_EQ(state_digest(restored), state_digest(pool.state()));
}

TEST(ChunkedList, KeepsElementsWhereTheyAre) {
  ChunkedList<std::string, 2> list;
  EXPECT_TRUE(list.empty());
  list.emplace_back() = "0";
  const std::string* const first = &list[0];
  for (int i = 1; i < 10; ++i) list.emplace_back() = std::to_string(i);
  EXPECT_EQ(&list[0], first);
  ASSERT_EQ(list.size(), 10U);
  std::string all;
  for (const std::string& each : list) all += each;
  EXPECT_EQ(all, "0123456789");
  EXPECT_EQ(list[9], "9");
}

}  // namespace
}  // namespace evener
