// Random commands over phases, gates, blockers, machines and the tasks in them, and workers that
// fail; after each, everything kept
// beside the facts equals a recount, nothing runs that may not, and a replay comes to the same.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <random>

#include "core/decide.h"
#include "core/due.h"
#include "core/recount.h"
#include "core/snapshot_codec.h"

namespace evener {
namespace {

class CoordinationWalk {
 public:
  explicit CoordinationWalk(unsigned seed) : random_(seed) {
    give(RegisterWorker{{.name = "w0", .role = "coordinator", .slots = 8}});
    give(RegisterWorker{{.name = "w1", .machine = "m"}});
    give(RegisterWorker{{.name = "w2", .role = "dev", .report_every_ms = 300'000}});
  }

  void step() {
    switch (below(23)) {
      case 0:
      case 1:
        return add();
      case 2:
        return give(SetPhase{{.id = gate(), .after = some(gate()), .approver = approver()}});
      case 3:
        return give(SetGate{{.id = gate(), .tasks = some(task()), .approver = approver()}});
      case 4:
        return give(Approve{.gate = gate(), .worker = one_in(2) ? "w0" : ""});
      case 5:
        return give(RaiseBlocker{
            .task = task(),
            .text = "x",
            .severity = static_cast<Priority>(below(4)),
            .stops = static_cast<Stops>(below(3)),
            .owner = one_in(2) ? "rod" : ""
        });
      case 6:
        return give(ResolveBlocker{.blocker = 1 + below(12)});
      case 7:
        return edit();
      case 8:
        return change();
      case 9:
        return end();
      case 10:
        return advance();
      case 11:
        return send();
      case 12:
        return acknowledge();
      case 13:
        return give(FollowTask{.task = task(), .worker = worker(), .stop = one_in(3)});
      case 14:
        return describe();
      case 15:
        return give(SetMachine{{.name = "m0", .gpus = some("A100"), .labels = some("db")}});
      case 16:
        return serve();
      case 17:
        return measure();
      case 18:
        return set_schedule();
      case 19:
        return give(TickCriterion{.task = task(), .criterion = 1, .done = one_in(2)});
      default:
        give(Claim{.worker = fmt::format("w{}", below(3)), .lease_ms = 60'000});
    }
  }

  void check() const {
    ASSERT_EQ(fmt::format("{}", fmt::join(Recount::differences(*pool_), "\n")), "");
    EXPECT_TRUE(pool_->turned_gates().empty());
    EXPECT_TRUE(pool_->health_news().empty());
    EXPECT_TRUE(pool_->self_ticks().due().empty());
    EXPECT_TRUE(pool_->schedule_watch().called().empty());
  }

  // The state as a snapshot holds it comes to the same pool.
  void restart() {
    auto again = std::make_unique<Pool>();
    ASSERT_TRUE(decode_state(encode_state(pool_->state()), again->state_to_fill()).ok());
    again->adopt();
    pool_ = std::move(again);
    pool_->advance(now_);
  }

  void replay() const {
    Pool replayed;
    for (const std::string& text : facts_)
      replayed.apply(read_fact(parse_json(text).value()).value());
    EXPECT_EQ(state_digest(replayed.state()), state_digest(pool_->state()));
  }

  std::size_t opened() const { return opened_; }

  std::size_t acknowledged() const { return acknowledged_; }

  std::size_t overdue() const { return overdue_; }

  std::size_t escalated() const { return escalated_; }

  // Of what happens to workers, how often that did which happened least.
  std::size_t healed() const { return std::min({set_aside_, returned_, probes_}); }

  std::size_t ticked() const { return ticked_; }

  std::size_t came_again() const { return came_again_; }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  bool one_in(int n) { return below(n) == 0; }

  std::string gate() { return fmt::format("g{}", below(6)); }

  std::string task() { return fmt::format("t{}", below(40)); }

  std::string worker() { return fmt::format("w{}", below(3)); }

  void send() {
    static const std::vector<std::string> channels{
        "everyone", "role:coordinator", "role:dev", "machine:m"
    };
    std::string to = channels[static_cast<std::size_t>(below(4))];
    if (one_in(3)) to = one_in(2) ? worker() : "task:" + task();
    give(
        SendMessage{.to = to, .text = "x", .urgent = one_in(3), .worker = one_in(2) ? worker() : ""}
    );
  }

  void acknowledge() {
    Acknowledge command{.worker = worker(), .all = one_in(4)};
    const WorkerIndex index = pool_->state().find_worker(command.worker);
    for (const MessageId id : pool_->unread().inbox(index)) {
      if (!command.all && one_in(2)) command.messages.push_back(id);
    }
    if (command.all || !command.messages.empty()) give(command);
  }

  // A worker changes its role or machine, or how often it reports.
  void describe() {
    WorkerSpec spec = pool_->state().worker(WorkerIndex{0}).spec;
    spec.name = worker();
    spec.role = one_in(3) ? "" : one_in(2) ? "dev" : "coordinator";
    spec.machine = one_in(2) ? "m" : "";
    spec.report_every_ms.reset();
    if (one_in(2)) spec.report_every_ms = below(3) * 300'000;
    give(RegisterWorker{spec});
  }

  std::string approver() { return one_in(3) ? "role:coordinator" : ""; }

  std::vector<std::string> some(const std::string& name) {
    return one_in(3) ? std::vector<std::string>{} : std::vector<std::string>{name};
  }

  void add() {
    TaskSpec spec;
    spec.id = task();
    if (!one_in(3)) spec.phase = gate();
    if (one_in(5)) spec.parent = task();
    if (one_in(6)) spec.capabilities = {"gpu:A100"};
    spec.backoff_ms = 1000;
    spec.retries = 50;
    if (one_in(5)) spec.locks = {"role:dev"};
    if (one_in(5)) spec.assignee = one_in(2) ? worker() : "role:dev";
    if (one_in(3)) spec.criteria = {one_in(2) ? "m0 <= 3" : fmt::format("task:{} done", task())};
    give(AddTasks{.tasks = {spec}, .worker = one_in(3) ? worker() : ""});
  }

  void measure() {
    RecordMeasure command;
    command.name = fmt::format("m{}", below(2));
    command.value = Decimal{below(7) * Decimal::one};
    if (one_in(3)) command.task = task();
    if (one_in(5)) command.phase = gate();
    give(std::move(command));
  }

  void set_schedule() {
    ScheduleSpec spec{.id = fmt::format("s{}", below(3))};
    if (one_in(2)) spec.every_ms = 1000 + below(3'000'000);
    if (one_in(2)) spec.on = {"task_done:t*"};
    if (one_in(3)) spec.on.push_back("gate_opened:" + gate());
    if (one_in(3)) spec.on.push_back("phase_opened:" + gate());
    if (one_in(3)) spec.task.phase = gate();
    spec.stopped = one_in(6);
    give(SetSchedule{spec});
  }

  void edit() {
    EditTask command{.task = task()};
    JsonObject changes;
    changes["phase"] = one_in(4) ? Json(nullptr) : Json(gate());
    command.changes.text = to_text(changes);
    give(std::move(command));
  }

  void change() {
    switch (below(5)) {
      case 0:
        return give(Cancel{.task = task()});
      case 1:
        return give(Hold{.task = task()});
      case 2:
        return give(Resume{.task = task()});
      case 3:
        return give(Reopen{.task = task()});
      default: {
        PoolSettings settings;
        settings.escalate_ms = below(3) * 600'000;
        settings.lapse_limit = below(4);
        settings.fail_limit = below(4);
        settings.report_every_ms = below(3) * 600'000;
        settings.message_days = 1;
        give(Configure{.settings = settings});
      }
    }
  }

  void serve() {
    const std::string worker = fmt::format("w{}", below(3));
    if (one_in(2)) return give(DrainWorker{.worker = worker, .draining = one_in(4)});
    give(RegisterWorker{{.name = worker, .machine = one_in(2) ? "m0" : "", .slots = 8}});
  }

  void end() {
    const State& state = pool_->state();
    for (std::uint32_t i = 0; i < state.tasks.size(); ++i) {
      const Task& running = state.tasks[i];
      if (running.stage != Stage::running || one_in(2)) continue;
      const std::string worker = state.worker(running.worker).spec.name;
      if (one_in(3)) {
        return give(
            Fail{.task = running.id, .worker = worker, .fence = running.fence, .reason = "it broke"}
        );
      }
      if (one_in(4)) {
        return give(Release{.task = running.id, .worker = worker, .fence = running.fence});
      }
      return give(Finish{.task = running.id, .worker = worker, .fence = running.fence});
    }
  }

  void advance() {
    now_ += one_in(3) ? below(4'000'000) : below(30'000);
    pool_->advance(now_);
    while (const auto lapsed = decide_lapse(*pool_, {.now = now_})) write({*lapsed});
    write({});
  }

  void give(Command command) {
    const Decision decision = decide(
        *pool_, {"rod", Scope::operate}, {{}, std::move(command)}, {.now = now_, .wall = now_}
    );
    for (const FactBody& body : decision.facts) {
      if (const auto* claimed = std::get_if<TaskClaimed>(&body)) {
        EXPECT_TRUE(pool_->is_offerable(pool_->state().find_task(claimed->task)));
        const WorkerIndex known = pool_->state().find_worker(claimed->worker);
        if (known == no_worker) continue;
        const WorkerHealth& health = pool_->state().worker(known).health;
        EXPECT_TRUE(health.until <= now_ && health.probe == no_task) << "a second probe";
        if (health.is_set_aside()) ++probes_;
      }
    }
    write(decision.facts);
  }

  void write(const std::vector<FactBody>& bodies) {
    for (const FactBody& body : bodies) {
      opened_ += std::holds_alternative<GateOpened>(body) ? 1U : 0U;
      set_aside_ += std::holds_alternative<WorkerSetAside>(body) ? 1U : 0U;
      returned_ += std::holds_alternative<WorkerReturned>(body) ? 1U : 0U;
      const auto* ticked = std::get_if<CriterionTicked>(&body);
      ticked_ += ticked != nullptr && !ticked->reason.empty() ? 1U : 0U;
      const auto* added = std::get_if<TaskAdded>(&body);
      came_again_ += added != nullptr && added->spec.id.starts_with("s") ? 1U : 0U;
      escalated_ += std::holds_alternative<BlockerEscalated>(body) ? 1U : 0U;
      acknowledged_ += std::holds_alternative<MessageAcknowledged>(body) ? 1U : 0U;
      overdue_ += std::holds_alternative<ReportOverdue>(body) ? 1U : 0U;
      Fact fact{
          .seq = pool_->state().last.next(), .prev = {}, .at = now_, .by = "rod", .body = body
      };
      append_fact(facts_.emplace_back(), fact);
      pool_->apply(fact);
    }
    pool_->repair(SIZE_MAX);
    if (const auto due = decide_due(*pool_, now_); !due.empty()) write(due);
  }

  std::mt19937 random_;
  std::unique_ptr<Pool> pool_ = std::make_unique<Pool>();
  Instant now_ = 1'763'726'400'000;
  std::vector<std::string> facts_;
  std::size_t opened_ = 0;
  std::size_t escalated_ = 0;
  std::size_t set_aside_ = 0;
  std::size_t returned_ = 0;
  std::size_t probes_ = 0;
  std::size_t acknowledged_ = 0;
  std::size_t overdue_ = 0;
  std::size_t ticked_ = 0;
  std::size_t came_again_ = 0;
};

class CoordinationWalks : public testing::TestWithParam<unsigned> {};

TEST_P(CoordinationWalks, AgreeWithTheRecountAndTheReplay) {
  CoordinationWalk walk(GetParam());
  for (int step = 1; step <= 5000 && !testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE(fmt::format("seed {}, step {}", GetParam(), step));
    walk.step();
    walk.check();
    if (step % 100 == 0) walk.restart();
  }
  walk.replay();
  EXPECT_GT(walk.opened(), 0U);
  EXPECT_GT(walk.escalated(), 5U);
  EXPECT_GT(walk.healed(), 0U);
  EXPECT_GT(walk.acknowledged(), 0U);
  EXPECT_GT(walk.overdue(), 0U);
  EXPECT_GT(walk.ticked(), 0U);
  EXPECT_GT(walk.came_again(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CoordinationWalks, testing::Range(1U, 7U));

}  // namespace
}  // namespace evener
