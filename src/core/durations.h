// What was learned of how long tasks take: for each kind, each worker and model that did tasks of
// the kind, the users' estimates, and the pool as a whole; how good the predictions were; what
// the order of claims takes a kind's tasks to last; and how often each kind, worker and model
// succeeded (skill.h). A part of the state: integers, the same after a replay. docs/estimates.md
// tells it with its formulas.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/kind.h"
#include "core/messages.h"
#include "core/moments.h"
#include "core/tries.h"

namespace evener {

// A model by which workers do tasks, as `model=NAME` stands among their capabilities.
using ModelIndex = StrongInt<struct ModelIndexTag, std::uint32_t>;

inline constexpr ModelIndex no_model{UINT32_MAX};

// From where an expectation comes: the finest that has seen enough.
enum class Source : std::uint8_t { nothing, pool, estimate, kind, model, worker };

template <>
struct EnumNames<Source> {
  static constexpr std::array<std::string_view, 6> names{
      "nothing", "pool", "estimate", "kind", "model", "worker"
  };
};

// How long a task is expected to take; 80 % take from p10 to p90.
struct Expectation {
  LogMicros p10 = 0;
  LogMicros p50 = 0;
  LogMicros p90 = 0;
  Source source = Source::nothing;
  std::int64_t count = 0;  // finished tasks that it comes from

  bool operator==(const Expectation&) const = default;
};

// What the expectation of a task depends on.
struct Work {
  KindIndex kind = other_kind;
  WorkerIndex worker = no_worker;
  ModelIndex model = no_model;
  Millis estimate = -1;  // -1: none given
};

// What the order of claims takes a kind's tasks to last, until it is renewed: small movements of
// what is believed then touch no task.
struct Planned {
  LogMicros seen = 0;         // the mean of the kind when this was set
  std::int64_t weight = 0;    // and its weight; 0: nothing of it was seen
  LogMicros expected = 0;     // of a task without an estimate; 0: nothing is planned yet
  LogMicros bias = 0;         // of estimates
  std::int64_t strength = 0;  // what a task's own estimate is worth, in observations

  bool operator==(const Planned&) const = default;
};

struct KindRecord {
  std::string name;
  Moments all;
  Tries tries;
  Within within;  // its workers and models
  Moments bias;   // ln(actual / estimate) of tasks that had one
  Planned planned;
  std::int64_t scored = 0;  // predictions that were put to the test
  std::int64_t inside = 0;  // that held what came
  std::int64_t used = 0;    // larger with every use
  std::uint32_t open = 0;   // derived: tasks of it that are not closed
};

// Invariant: at most `most_kinds` kinds, `most_pairs` pairs and `most_scores` scores. What was used
// longest ago makes room; every observation of a pair counts for its kind too, and of a kind for
// the pool, so nothing is lost but detail. A kind with open tasks stays.
class Durations {
 public:
  static constexpr std::size_t most_kinds = 1024;
  static constexpr std::size_t most_pairs = 4096;
  static constexpr std::size_t most_models = 1024;
  static constexpr std::size_t most_scores = 1024;

  Durations();

  // The kind of that name, new if there was none; other_kind if no room can be made.
  KindIndex intern_kind(const std::string& name);
  // The kind that tasks with this one's name count for.
  KindIndex kind_named(std::string_view name) const;

  const KindRecord& kind(KindIndex index) const { return kinds_[index.value]; }

  const std::vector<KindRecord>& kinds() const { return kinds_; }

  void count_open(KindIndex kind, bool opens) { kinds_[kind.value].open += opens ? 1U : -1U; }

  // Whether there is a `model=NAME` among the capabilities, which are sorted.
  static bool names_model(const std::vector<std::string>& capabilities);
  // Of the first such.
  ModelIndex intern_model(const std::vector<std::string>& capabilities);
  ModelIndex find_model(const std::vector<std::string>& capabilities) const;

  const std::string& model(ModelIndex index) const { return models_[index.value]; }

  // What is believed of a task's duration; `default_estimate` is where the pool begins.
  struct Believed {
    Belief next;
    Source source = Source::nothing;
    std::int64_t count = 0;
  };

  Believed believe(const Work& work, Millis default_estimate) const;

  // The same as quantiles.
  Expectation expect(const Work& work, Millis default_estimate) const;

  // A task was finished after `took`; `predicted` is what expect() said when it was claimed.
  void finished(const Work& work, Millis took, const Expectation& predicted);

  // An attempt ended after `held` without having finished.
  void outlasted(const Work& work, Millis held, Millis default_estimate);

  // An attempt was finished or failed; what was finished is to be done again.
  void tried(const Work& work, bool is_done);
  void reworked(const Work& work);

  // What is kept of a worker or model at a kind.
  struct Record {
    Moments seen = {};
    Tries tries = {};
  };

  // nullptr if nothing is.
  const Record* find(KindIndex kind, WorkerIndex worker) const;
  const Record* find(KindIndex kind, ModelIndex model) const;

  // Whether a claim's prediction is to be kept: of the first most_scores all, later every eighth.
  bool keeps_prediction(Fence fence) const {
    return scored_ < static_cast<std::int64_t>(most_scores) || fence.value % 8 == 0;
  }

  // Whether what is planned of the kind is to be renewed now: its mean moved by more than a step,
  // or its weight doubled; and as many tasks were finished as are open of it, but for the first
  // 4,096.
  bool wants_renewal(KindIndex kind) const;
  void renew(KindIndex kind, Millis default_estimate);

  // A kind of which nothing was seen yet, and whose tasks are planned at two steps more or less
  // than what all the pool's take by now. Few kinds are looked at, others the next time.
  std::optional<KindIndex> unseen_to_renew(Millis default_estimate) const;

  // What the order of claims takes a task to last; `plain` is what it would without learning.
  Millis planned(KindIndex kind, Millis estimate, Millis plain) const;

  const Moments& all() const { return all_; }

  const Moments& bias() const { return bias_; }

  std::int64_t scored() const { return scored_; }

  // Of the newest most_scores predictions that were put to the test.
  struct Score {
    LogMicros error = 0;  // |ln(actual / expected)|
    bool inside = false;  // between p10 and p90
  };

  std::vector<Score> scores() const;

  // Calls `visit(KindIndex, WorkerIndex, const Moments&)` for each worker that did tasks of a kind,
  // in no order.
  template <typename Visit>
  void for_each_worker(const Visit& visit) const {
    for_each_record([&](KindIndex kind, WorkerIndex worker, ModelIndex, const Record& record) {
      if (worker != no_worker && record.seen.weight > 0) visit(kind, worker, record.seen);
    });
  }

  // The same for `visit(KindIndex, WorkerIndex, ModelIndex, const Record&)`, also for models and
  // for what never succeeded; one of worker and model is none.
  template <typename Visit>
  void for_each_record(const Visit& visit) const {
    for (const auto& [key, place] : pair_by_key_) {
      const auto low = static_cast<std::uint32_t>(key);
      const bool of_model = (low & is_model) != 0;
      const KindIndex kind{static_cast<std::uint32_t>(key >> 32U) - 1};
      visit(
          kind,
          of_model ? no_worker : WorkerIndex{low},
          of_model ? ModelIndex{low & ~is_model} : no_model,
          pairs_[place].kept
      );
    }
  }

  std::size_t pairs() const { return pair_by_key_.size(); }

 private:
  friend class DurationsCodec;
  friend class Recount;

  // A pair of a kind and a worker or model, in a ring from the one used last to that used longest
  // ago; pairs_[0] is the ring's head.
  struct Pair {
    std::uint64_t key = 0;
    Record kept = {};
    std::uint32_t before = 0;
    std::uint32_t after = 0;
  };

  static constexpr std::uint32_t is_model = 1U << 31U;

  static std::uint64_t key_of(KindIndex kind, WorkerIndex worker);
  static std::uint64_t key_of(KindIndex kind, ModelIndex model);
  const Record* find_pair(std::uint64_t key) const;
  Record& pair(std::uint64_t key);
  std::uint32_t make_room();
  void unlink(std::uint32_t pair);
  void link_first(std::uint32_t pair);
  void drop_pairs_of(KindIndex kind);
  Belief of_pool(Millis default_estimate) const;
  Belief of_estimate(Millis estimate) const;
  void take_in(const Work& work, LogMicros value, std::int64_t part, std::int64_t variance);
  void score(KindRecord& kind, LogMicros took, const Expectation& predicted);

  Moments all_;
  Within within_;  // kinds
  Moments bias_;   // of estimates
  std::vector<KindRecord> kinds_;
  boost::unordered_flat_map<std::string, KindIndex> kind_by_name_;
  std::vector<std::string> models_;
  std::vector<Pair> pairs_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> pair_by_key_;
  std::vector<std::int64_t> scores_;  // twice the error, and 1 if inside
  std::int64_t scored_ = 0;           // the next stands at this, modulo most_scores
  std::int64_t uses_ = 0;
  std::int64_t credit_ = 4096;  // of tasks that may be planned anew
};

}  // namespace evener
