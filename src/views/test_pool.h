// A pool for tests, made by applying facts as a log would hold them; the facts can be read back.
#pragma once

#include <string>
#include <vector>

#include "core/due.h"
#include "core/pool.h"
#include "views/facts.h"
#include "views/terminal.h"

namespace evener {

// "a" or "a", "b": needs until done.
inline TaskSpec task_spec(std::string id, std::vector<std::string> needs = {}) {
  TaskSpec spec;
  spec.id = std::move(id);
  for (std::string& need : needs) spec.needs.push_back({std::move(need)});
  return spec;
}

inline WorkerSpec worker_spec(std::string name, std::vector<std::string> capabilities = {}) {
  WorkerSpec spec;
  spec.name = std::move(name);
  spec.capabilities = std::move(capabilities);
  return spec;
}

inline constexpr Millis minute = 60'000;

// Output as a pipe gets it, and as a narrow terminal without colours does.
inline constexpr Style plain{.colour = false, .width = 0};
inline constexpr Style narrow{.colour = false, .width = 80};

// Time is `now`, in milliseconds; every fact is written at it.
class TestPool {
 public:
  static constexpr Instant start = 1'000'000;

  TestPool() {
    PoolCard card;
    card.goal = "bring the services back";
    write(PoolCreated{"demo", card});
  }

  void write(FactBody body, std::string by = "rod") {
    Fact fact{.seq = pool.state().last.next(), .prev = {}, .at = now, .by = by, .body = body};
    if (const std::string_view id = task_of(body); !id.empty()) {
      const TaskIndex task = pool.state().find_task(id);
      if (task != no_task) fact.prev = pool.state().task(task).last_fact;
    }
    pool.advance(now);
    pool.apply(fact);
    while (!pool.paths().up_to_date()) pool.repair(SIZE_MAX);
    facts.push_back(std::move(fact));
  }

  // What follows from what has happened, as an engine writes it down.
  void follow_up() {
    for (auto due = decide_due(pool, now); !due.empty(); due = decide_due(pool, now)) {
      for (FactBody& body : due) write(std::move(body), "evener");
    }
  }

  void after(Millis millis) {
    now += millis;
    pool.advance(now);
  }

  void add(const TaskSpec& spec) { write(TaskAdded{spec}); }

  void add(std::string id, std::vector<std::string> needs = {}) {
    add(task_spec(std::move(id), std::move(needs)));
  }

  void join(const WorkerSpec& spec) { write(WorkerRegistered{spec}); }

  void join(std::string name) { join(worker_spec(std::move(name))); }

  Fence claim(const std::string& task, const std::string& worker, Millis lease_ms = 30'000) {
    const Fence fence = pool.state().last_fence.next();
    const auto attempts = pool.state().task(index(task)).attempts;
    write(TaskClaimed{task, worker, fence, attempts + 1, lease_ms, now + lease_ms});
    return fence;
  }

  // What the newest attempt of a task came to.
  void finish(const std::string& task, const std::string& result = "") {
    write(AttemptFinished{task, holder(task), fence(task), result, {}, {}});
  }

  void fail(
      const std::string& task, const std::string& reason, std::optional<Instant> retry_at = {}
  ) {
    write(AttemptFailed{task, holder(task), fence(task), reason, retry_at, {}, {}});
  }

  void release(const std::string& task, const std::string& reason = "") {
    write(AttemptReleased{task, holder(task), fence(task), reason});
  }

  void lapse(const std::string& task) {
    write(AttemptLapsed{task, holder(task), fence(task), "nothing was heard"}, "evener");
  }

  TaskIndex index(const std::string& task) const { return pool.state().find_task(task); }

  WorkerIndex worker(const std::string& name) const { return pool.state().find_worker(name); }

  FactSource source() const {
    return [this](Seq from, Seq to, const std::function<bool(const Fact&)>& visit) -> Status {
      for (std::int64_t seq = from.value; seq <= to.value; ++seq) {
        if (!visit(facts.at(static_cast<std::size_t>(seq - 1)))) break;
      }
      return Done{};
    };
  }

  Pool pool;
  std::vector<Fact> facts;
  Instant now = start;

 private:
  std::string holder(const std::string& task) const {
    return pool.state().worker(pool.state().task(index(task)).worker).spec.name;
  }

  Fence fence(const std::string& task) const { return pool.state().task(index(task)).fence; }
};

}  // namespace evener
