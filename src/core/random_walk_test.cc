// Thousands of random commands against a naive model (naive_pool.h) and a recount of everything
// that is kept. A failure prints the seed.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/conditions.h"
#include "core/decide.h"
#include "core/naive_pool.h"
#include "core/recount.h"
#include "core/snapshot_codec.h"

namespace evener {
namespace {

class RandomWalk {
 public:
  // With `slices`, path lengths are repaired by that many edges a step and may lag.
  // What is learned of durations is not in the naive model: with `learns` lengths of paths are only
  // recounted.
  RandomWalk(unsigned seed, std::size_t slices, bool learns)
      : random_(seed), slices_(slices), learns_(learns) {
    give(Configure{.settings = PoolSettings{.learn = learns}});
  }

  void step() {
    const int pick = below(100);
    if (pick < 14) {
      add();
    } else if (pick < 44) {
      claim();
    } else if (pick < 62) {
      end();
    } else if (pick < 80) {
      change();
    } else {
      advance();
    }
    pool_->repair(slices_);
    pool_->look_ahead();
  }

  void check_invariants() {
    EXPECT_EQ(fmt::format("{}", fmt::join(Recount::differences(*pool_), "\n")), "");
    std::size_t all = 0;
    for (std::size_t i = 0; i < EnumNames<TaskState>::names.size(); ++i) {
      all += pool_->count(static_cast<TaskState>(i));
    }
    EXPECT_EQ(all, naive_.tasks.size());
    naive_.expect_no_conflicts();
    std::size_t stuck = 0;
    for (std::uint32_t i = 0; i < pool_->state().tasks.size(); ++i) {
      const bool is_open = pool_->state().task(TaskIndex{i}).stage == Stage::open;
      stuck += is_open && !stuck_behind(*pool_, TaskIndex{i}).empty() ? 1U : 0U;
    }
    EXPECT_EQ(stuck_count(*pool_), stuck);
  }

  // Goes on with a pool that was written down and read again.
  void restart() {
    auto restored = std::make_unique<Pool>();
    const auto bytes = std::make_shared<const std::string>(encode_state(pool_->state()));
    const Status decoded = decode_state(*bytes, restored->state_to_fill(), bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().text();
    restored->adopt();
    restored->advance(now_);
    EXPECT_EQ(encode_state(restored->state()), *bytes);
    if (pool_->paths().up_to_date() && pool_->ready().advice().empty()) {
      for (std::uint32_t i = 0; i < pool_->state().workers.size(); ++i) {
        const TaskIndex before = pool_->ready().best_for(pool_->state().workers[i], now_);
        EXPECT_EQ(restored->ready().best_for(restored->state().workers[i], now_), before);
      }
    }
    pool_ = std::move(restored);
  }

  void replay() const {
    Pool replayed;
    for (const std::string& text : facts_) {
      const Result<Fact> fact = read_fact(parse_json(text).value());
      ASSERT_TRUE(fact.ok()) << fact.error().text();
      replayed.apply(*fact);
      std::string again;
      append_fact(again, *fact);
      ASSERT_EQ(again, text);
    }
    EXPECT_EQ(state_digest(replayed.state()), state_digest(pool_->state()));
  }

  std::size_t tasks() const { return naive_.tasks.size(); }

  std::size_t claims() const { return claims_; }

  const std::map<std::string, int>& refusals() const { return refusals_; }

 private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  bool one_in(int n) { return below(n) == 0; }

  std::string some_worker() { return fmt::format("w{}", below(30)); }

  std::string some_task() {
    if (naive_.tasks.empty() || one_in(50)) return "nobody";
    return pool_->state().task(TaskIndex{std::uint32_t(below(int(tasks())))}).id;
  }

  std::vector<std::string> some_capabilities() {
    std::vector<std::string> names;
    for (const char* name : {"gpu", "linux", "db"}) {
      if (one_in(3)) names.emplace_back(name);
    }
    if (one_in(4)) names.emplace_back("secret:KEY");
    if (one_in(2)) names.push_back(fmt::format("level={}", below(5)));
    return names;
  }

  std::vector<std::string> some_requirements() {
    std::vector<std::string> names = some_capabilities();
    if (names.empty() || !names.back().starts_with("level")) return names;
    static const std::vector<std::string> signs{"", "=", ">=", "<="};
    const std::string& sign = signs[static_cast<std::size_t>(below(4))];
    names.back() = sign.empty() ? "level" : fmt::format("level{}{}", sign, below(5));
    return names;
  }

  std::string some_machine() { return one_in(2) ? "" : fmt::format("m{}", below(4)); }

  std::vector<std::string> some_paths() {
    static const std::vector<std::string> all{
        "src/**",
        "src/a/**",
        "src/b/**",
        "src/a/1",
        "src/a/2",
        "docs/1",
        "shared:src/a/**",
        "shared:docs/**",
        "shared:src/**"
    };
    std::vector<std::string> paths;
    for (int left = 1 + below(2); left > 0; --left) {
      paths.push_back(all[std::size_t(below(int(all.size())))]);
    }
    return paths;
  }

  std::vector<std::string> some_focus() {
    if (!one_in(3)) return {};
    return {one_in(2) ? "src/a" : "docs"};
  }

  std::vector<std::string> some_locks() {
    static const std::vector<std::string> all{"db", "shared:db", "gpu", "gpu", "gpu*2"};
    const std::string first = all[std::size_t(below(int(all.size())))];
    // Two of the pool's resources are wished only while it has them.
    return {first == "gpu*2" && naive_.capacity("gpu") < 2 ? "gpu" : first};
  }

  std::string some_assignee() {
    switch (below(8)) {
      case 0:
        return some_worker();
      case 1:
        return "role:reviewer";
      case 2:
        return "team:red";
      default:
        return "";
    }
  }

  TaskSpec some_spec() {
    TaskSpec spec;
    spec.id = fmt::format("t{}", below(140));
    for (int needs = one_in(3) ? 0 : below(3); needs > 0; --needs) {
      spec.needs.push_back({some_task()});
    }
    if (one_in(4)) spec.parent = some_task();
    spec.priority = static_cast<Priority>(below(4));
    spec.assignee = some_assignee();
    if (!spec.assignee.empty() && one_in(2)) spec.assignee_delay_ms = below(20'000);
    if (one_in(4)) spec.capabilities = some_requirements();
    if (one_in(4)) spec.prefers = {one_in(2) ? "gpu" : "db"};
    if (one_in(6)) spec.deadline_ms = now_ + below(4'000'000);
    if (one_in(2)) spec.estimate_ms = below(600'000);
    if (one_in(3)) spec.retries = below(3);
    if (one_in(8)) spec.verify = "true";
    if (one_in(3)) spec.paths = some_paths();
    if (one_in(4)) spec.locks = some_locks();
    if (one_in(8)) spec.criteria = {"one", "two"};
    if (one_in(12)) spec.secrets = {"KEY"};
    if (one_in(3)) spec.kind = one_in(2) ? "build" : "test";
    if (one_in(6)) spec.labels = {"slow"};
    return spec;
  }

  void add() {
    AddTasks command;
    for (int left = 1 + below(3); left > 0; --left) command.tasks.push_back(some_spec());
    command.update = one_in(3);
    give(std::move(command));
  }

  void claim() {
    Claim command{.worker = some_worker(), .task = {}, .lease_ms = 1000 + below(30'000)};
    if (one_in(4)) {
      command.task = some_task();
      command.parents = one_in(2);
      give(std::move(command));
      return;
    }
    const bool with_paths =
        pool_->paths().up_to_date() && pool_->ready().advice().empty() && !learns_;
    const std::vector<std::string> order = naive_.best_for(command.worker, now_, with_paths);
    const WorkerSpec who = naive_.worker(command.worker);
    const bool is_full = naive_.holding(command.worker) >= static_cast<std::size_t>(who.slots);
    const bool drains = naive_.draining[command.worker];
    const Decision decision = give(std::move(command));
    if (drains || is_full) {
      ASSERT_TRUE(decision.refusal);
      EXPECT_EQ(decision.refusal->code, drains ? "worker_draining" : "slots_full");
    } else if (order.empty()) {
      ASSERT_TRUE(decision.refusal);
      EXPECT_EQ(decision.refusal->code, "nothing_to_claim");
    } else {
      ASSERT_FALSE(decision.refusal) << decision.refusal->message << "; ready: " << order.front();
      const std::string& given = std::get<TaskClaimed>(decision.facts.back()).task;
      EXPECT_TRUE(!with_paths || given == order.front()) << given << " before " << order.front();
      EXPECT_TRUE(std::find(order.begin(), order.end(), given) != order.end());
      ++claims_;
    }
  }

  // Finishes, fails, releases or renews an attempt: mostly one that is live, with its own fence.
  void end() {
    std::vector<const NaiveTask*> live;
    for (const auto& [id, task] : naive_.tasks) {
      if (task.stage == "running" || task.may_be_revived || one_in(40)) live.push_back(&task);
    }
    if (live.empty()) return;
    const NaiveTask task = *live[std::size_t(below(int(live.size())))];
    const bool is_honest = !one_in(8);
    const Fence fence = is_honest ? task.fence : Fence{1 + below(int(naive_.last_fence.value) + 2)};
    const std::string worker = is_honest ? task.holder : some_worker();
    if (worker.empty()) return;
    const bool may = task.fence == fence && task.holder == worker &&
                     (task.stage == "running" || task.may_be_revived);
    Decision decision;
    switch (below(5)) {
      case 0:
      case 1: {
        Finish finish{.task = task.spec.id, .worker = worker, .fence = fence, .result = "done"};
        finish.verify.exit_code = one_in(8) ? 1 : 0;
        decision = give(std::move(finish));
        if (decision.refusal && may) {
          EXPECT_TRUE(std::set<std::string>({"verify_failed", "criteria_open", "children_open"})
                          .contains(decision.refusal->code));
        }
        EXPECT_TRUE(may || decision.refusal);
        return;
      }
      case 2:
        decision =
            give(Fail{.task = task.spec.id, .worker = worker, .fence = fence, .reason = "x"});
        break;
      case 3:
        decision = give(Release{.task = task.spec.id, .worker = worker, .fence = fence});
        break;
      default:
        decision = give(Renew{.worker = worker, .task = task.spec.id, .fence = fence});
    }
    const bool went = may && decision.refusal && decision.refusal->code == "locked";
    if (went) {
      EXPECT_TRUE(task.may_be_revived && naive_.is_locked(naive_.tasks.at(task.spec.id)));
      return;
    }
    EXPECT_EQ(!decision.refusal, may) << (may ? decision.refusal->message : "it was let through");
  }

  void change() {
    const std::string task = some_task();
    switch (below(10)) {
      case 0:
        give(Cancel{.task = task, .reason = "enough"});
        break;
      case 1:
        give(Hold{.task = task});
        break;
      case 2:
        give(Resume{.task = task});
        break;
      case 3:
      case 4:
        give(Reopen{.task = task});
        break;
      case 5:
        give(edit(task));
        break;
      case 6:
        give(RegisterWorker{
            {.name = some_worker(),
             .machine = some_machine(),
             .team = one_in(3) ? "red" : "",
             .role = one_in(3) ? "reviewer" : "",
             .capabilities = some_capabilities(),
             .focus = some_focus(),
             .slots = 1 + below(3)}
        });
        break;
      case 7:
        give(DrainWorker{.worker = some_worker(), .draining = one_in(3)});
        break;
      case 8: {
        Machine machine{.name = fmt::format("m{}", below(4))};
        if (one_in(2)) machine.gpus = {"A100"};
        if (one_in(2)) machine.labels = {"db"};
        give(SetMachine{std::move(machine)});
        break;
      }
      default:
        if (one_in(4)) {
          PoolSettings settings;
          settings.age_limit_ms = 10'000 + below(200'000);
          settings.default_estimate_ms = 1 + below(100'000);
          settings.learn = learns_;
          if (one_in(2)) settings.resources = {fmt::format("gpu={}", 1 + below(4))};
          give(Configure{.settings = settings});
        } else if (one_in(2)) {
          give(TickCriterion{.task = task, .criterion = 1 + below(2), .done = !one_in(4)});
        } else {
          give(AddNote{.task = task, .text = "found", .finding = one_in(2)});
        }
    }
  }

  EditTask edit(const std::string& task) {
    EditTask command{.task = task};
    const TaskSpec spec = some_spec();
    if (one_in(2)) command.add_needs = {{some_task()}};
    JsonObject changes;
    if (one_in(3)) changes["needs"] = JsonArray{};
    if (one_in(3)) changes["parent"] = spec.parent.empty() ? Json(nullptr) : Json(spec.parent);
    if (one_in(3)) changes["priority"] = name_of(spec.priority);
    if (one_in(4)) changes["estimate_ms"] = below(600'000);
    if (one_in(6))
      changes["deadline_ms"] = one_in(2) ? Json(nullptr) : Json(now_ + below(4'000'000));
    if (one_in(4))
      changes["assignee"] = spec.assignee.empty() ? Json(nullptr) : Json(spec.assignee);
    if (one_in(4)) changes["criteria"] = JsonArray{"only"};
    if (one_in(4)) changes["paths"] = one_in(2) ? Json(nullptr) : Json(JsonArray{"src/b/**"});
    if (one_in(8)) changes["locks"] = JsonArray{"shared:db"};
    command.changes.text = to_text(changes);
    return command;
  }

  void advance() {
    now_ += one_in(20) ? below(100'000) : below(2000);
    pool_->advance(now_);
    std::optional<Instant> before;
    while (const auto lapsed = decide_lapse(*pool_, {.now = now_})) {
      const TaskIndex task = pool_->state().find_task(task_of(*lapsed));
      const Instant end = pool_->vitals().find(task)->expires;
      EXPECT_LE(end, now_);
      EXPECT_GE(end, before.value_or(end)) << "a later lease lapsed first";
      before = end;
      write("evener", {*lapsed});
    }
  }

  template <typename C>
  Decision give(C command) {
    const Author author{"rod", Scope::operate};
    Decision decision =
        decide(*pool_, author, {{}, std::move(command)}, {.now = now_, .wall = now_});
    if (decision.refusal) ++refusals_[decision.refusal->code];
    write(author.name, decision.facts);
    return decision;
  }

  void write(const std::string& by, const std::vector<FactBody>& bodies) {
    for (const FactBody& body : bodies) {
      Fact fact{.seq = pool_->state().last.next(), .prev = {}, .at = now_, .by = by, .body = body};
      append_fact(facts_.emplace_back(), fact);
      pool_->apply(fact);
      naive_.apply(fact);
    }
  }

  std::mt19937 random_;
  std::size_t slices_;
  bool learns_;
  std::unique_ptr<Pool> pool_ = std::make_unique<Pool>();
  NaivePool naive_;
  Instant now_ = 1'763'726'400'000;
  std::vector<std::string> facts_;
  std::map<std::string, int> refusals_;
  std::size_t claims_ = 0;
};

class RandomWalks : public testing::TestWithParam<unsigned> {};

TEST_P(RandomWalks, AgreeWithTheNaiveModelAndTheRecount) {
  RandomWalk walk(GetParam(), GetParam() % 3 == 2 ? 20 : SIZE_MAX, GetParam() % 2 == 0);
  for (int step = 1; step <= 1500 && !testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE(fmt::format("seed {}, step {}", GetParam(), step));
    walk.step();
    if (step % 10 == 0) walk.check_invariants();
    if (step % 300 == 0) walk.restart();
  }
  walk.replay();
  EXPECT_GT(walk.tasks(), 50U);
  EXPECT_GT(walk.claims(), 50U);
  for (const char* code : {"cycle", "stale_fence", "nothing_to_claim", "slots_full", "locked"}) {
    EXPECT_TRUE(walk.refusals().contains(code)) << code << " never came up";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWalks, testing::Range(1U, 7U));

}  // namespace
}  // namespace evener
