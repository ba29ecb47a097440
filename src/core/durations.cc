#include "core/durations.h"

#include <cstdlib>
#include <utility>

namespace evener {
namespace {

constexpr std::uint64_t free_pair = 0;
constexpr std::int64_t most_credit = 16'000'000;
constexpr LogMicros planned_step = 113'329;  // ln 1.12
constexpr std::int64_t enough_to_name = 3;   // observations: then it is where it comes from
constexpr std::int64_t unknown_variance = 2'250'000;  // a factor of 4.5 either way
constexpr std::int64_t unknown_bias = 1'000'000;      // of estimates: a factor of e
// What is assumed of tasks of a kind, and of how far estimates are off, weighs one observation.
constexpr std::int64_t assumed_variance = 500'000;     // a factor of 2
constexpr std::int64_t assumed_variance_off = 40'000;  // of 1.2
constexpr std::int64_t least_share = micros / 100;     // what outlasted fewer tells nothing

std::string_view model_in(const std::vector<std::string>& capabilities) {
  constexpr std::string_view prefix = "model=";
  const auto found = std::lower_bound(capabilities.begin(), capabilities.end(), prefix);
  if (found == capabilities.end() || !found->starts_with(prefix)) return {};
  return std::string_view(*found).substr(prefix.size());
}

std::int64_t variance_of(const Moments& seen, std::int64_t assumed) {
  return std::max<std::int64_t>(1, (seen.spread + assumed) * micros / (seen.weight + micros));
}

LogMicros rounded(LogMicros value) {
  return (value + planned_step / 2) / planned_step * planned_step;
}

}  // namespace

Durations::Durations() : kinds_(1), pairs_(1) {
  kind_by_name_.emplace("", other_kind);
}

// ---- kinds and models --------------------------------------------------------------------------

KindIndex Durations::intern_kind(const std::string& name) {
  if (const auto found = kind_by_name_.find(name); found != kind_by_name_.end()) {
    kinds_[found->second.value].used = ++uses_;
    return found->second;
  }
  KindIndex index{static_cast<std::uint32_t>(kinds_.size())};
  if (kinds_.size() < most_kinds) {
    kinds_.emplace_back();
  } else {
    index = other_kind;
    for (std::uint32_t i = 1; i < kinds_.size(); ++i) {
      if (kinds_[i].open > 0) continue;
      const bool is_older = index == other_kind || kinds_[i].used < kinds_[index.value].used;
      if (is_older) index = KindIndex{i};
    }
    if (index == other_kind) return other_kind;
    drop_pairs_of(index);
    kind_by_name_.erase(kinds_[index.value].name);
    kinds_[index.value] = {};
  }
  kinds_[index.value].name = name;
  kinds_[index.value].used = ++uses_;
  kind_by_name_.emplace(name, index);
  return index;
}

KindIndex Durations::kind_named(std::string_view name) const {
  const auto found = kind_by_name_.find(std::string(name));
  return found == kind_by_name_.end() ? other_kind : found->second;
}

bool Durations::names_model(const std::vector<std::string>& capabilities) {
  return !model_in(capabilities).empty();
}

ModelIndex Durations::find_model(const std::vector<std::string>& capabilities) const {
  const std::string_view name = model_in(capabilities);
  if (name.empty()) return no_model;
  const auto found = std::find(models_.begin(), models_.end(), name);
  if (found == models_.end()) return no_model;
  return ModelIndex{static_cast<std::uint32_t>(found - models_.begin())};
}

ModelIndex Durations::intern_model(const std::vector<std::string>& capabilities) {
  const std::string_view name = model_in(capabilities);
  const ModelIndex known = find_model(capabilities);
  if (known != no_model || name.empty() || models_.size() == most_models) return known;
  models_.emplace_back(name);
  return ModelIndex{static_cast<std::uint32_t>(models_.size() - 1)};
}

// ---- pairs of a kind and a worker or model -----------------------------------------------------

std::uint64_t Durations::key_of(KindIndex kind, WorkerIndex worker) {
  return ((kind.value + std::uint64_t{1}) << 32U) | worker.value;
}

std::uint64_t Durations::key_of(KindIndex kind, ModelIndex model) {
  return ((kind.value + std::uint64_t{1}) << 32U) | is_model | model.value;
}

const Durations::Record* Durations::find_pair(std::uint64_t key) const {
  const auto found = pair_by_key_.find(key);
  return found == pair_by_key_.end() ? nullptr : &pairs_[found->second].kept;
}

const Durations::Record* Durations::find(KindIndex kind, WorkerIndex worker) const {
  return find_pair(key_of(kind, worker));
}

const Durations::Record* Durations::find(KindIndex kind, ModelIndex model) const {
  return find_pair(key_of(kind, model));
}

void Durations::unlink(std::uint32_t at) {
  pairs_[pairs_[at].before].after = pairs_[at].after;
  pairs_[pairs_[at].after].before = pairs_[at].before;
}

void Durations::link_first(std::uint32_t at) {
  pairs_[at].before = 0;
  pairs_[at].after = pairs_[0].after;
  pairs_[pairs_[0].after].before = at;
  pairs_[0].after = at;
}

// Room for a new pair, in no order yet.
std::uint32_t Durations::make_room() {
  const std::uint32_t oldest = pairs_[0].before;
  const bool is_free = oldest != 0 && pairs_[oldest].key == free_pair;
  if (!is_free && pairs_.size() <= most_pairs) {
    pairs_.emplace_back();
    return static_cast<std::uint32_t>(pairs_.size() - 1);
  }
  if (!is_free) pair_by_key_.erase(pairs_[oldest].key);
  unlink(oldest);
  return oldest;
}

Durations::Record& Durations::pair(std::uint64_t key) {
  const auto found = pair_by_key_.find(key);
  if (found != pair_by_key_.end()) {
    unlink(found->second);
    link_first(found->second);
    return pairs_[found->second].kept;
  }
  const std::uint32_t at = make_room();
  pairs_[at].key = key;
  pairs_[at].kept = {};
  link_first(at);
  pair_by_key_.emplace(key, at);
  return pairs_[at].kept;
}

// What they stood in becomes the first to be used again.
void Durations::drop_pairs_of(KindIndex kind) {
  for (std::uint32_t i = 1; i < pairs_.size(); ++i) {
    if (pairs_[i].key >> 32U != kind.value + std::uint64_t{1}) continue;
    pair_by_key_.erase(pairs_[i].key);
    unlink(i);
    pairs_[i].key = free_pair;
    pairs_[i].before = pairs_[0].before;
    pairs_[i].after = 0;
    pairs_[pairs_[0].before].after = i;
    pairs_[0].before = i;
  }
}

// ---- what is expected --------------------------------------------------------------------------

Belief Durations::of_pool(Millis default_estimate) const {
  const Belief before{
      .mean = log_of(default_estimate),
      .variance = unknown_variance,
      .strength = micros / 4,
      .freedom = 2 * micros
  };
  if (all_.weight == 0) return before;
  return before.narrowed(all_, unknown_variance, before.strength);
}

Belief Durations::of_estimate(Millis estimate) const {
  const Belief before{
      .mean = 0, .variance = unknown_bias, .strength = 2 * micros, .freedom = 2 * micros
  };
  Belief belief =
      bias_.weight == 0 ? before : before.narrowed(bias_, unknown_bias, before.strength);
  belief.mean += log_of(estimate);
  return belief;
}

Durations::Believed Durations::believe(const Work& work, Millis default_estimate) const {
  Believed out;
  if (work.estimate >= 0) {
    out = {of_estimate(work.estimate), Source::estimate, bias_.count};
  } else {
    out.next = of_pool(default_estimate);
    if (all_.count > 0) out = {out.next, Source::pool, all_.count};
  }
  const auto narrow = [&](const Moments& seen, const Within& within, Source source) {
    if (seen.weight == 0) return;
    const std::int64_t variance = within.variance(out.next.variance);
    const std::int64_t strength = out.next.strength_below(variance);
    out.next = out.next.narrowed(seen, variance, strength);
    if (seen.count < enough_to_name) return;
    out.source = source;
    out.count = seen.count;
  };
  const KindRecord& kind = kinds_[work.kind.value];
  narrow(kind.all, within_, Source::kind);
  const auto narrow_to = [&](const Record* record, Source source) {
    if (record != nullptr) narrow(record->seen, kind.within, source);
  };
  if (work.model != no_model) narrow_to(find(work.kind, work.model), Source::model);
  if (work.worker != no_worker) narrow_to(find(work.kind, work.worker), Source::worker);
  return out;
}

Expectation Durations::expect(const Work& work, Millis default_estimate) const {
  const Believed believed = believe(work, default_estimate);
  const LogMicros reach = believed.next.reach();
  const LogMicros middle = believed.next.mean;
  return {middle - reach, middle, middle + reach, believed.source, believed.count};
}

// ---- what was seen -----------------------------------------------------------------------------

void Durations::take_in(
    const Work& work, LogMicros value, std::int64_t part, std::int64_t variance
) {
  KindRecord& kind = kinds_[work.kind.value];
  const bool is_whole = part == micros && variance == 0;
  kind.used = ++uses_;
  const auto add = [&](Moments& seen) {
    seen.add(value, part, variance);
    if (is_whole) ++seen.count;
  };
  if (is_whole) within_.add(kind.all, value);
  add(all_);
  add(kind.all);
  if (work.model != no_model) add(pair(key_of(work.kind, work.model)).seen);
  Moments& by_worker = pair(key_of(work.kind, work.worker)).seen;
  if (is_whole) kind.within.add(by_worker, value);
  add(by_worker);
}

void Durations::score(KindRecord& kind, LogMicros took, const Expectation& predicted) {
  if (predicted.source == Source::nothing) return;
  const bool inside = predicted.p10 <= took && took <= predicted.p90;
  const std::int64_t told = 2 * std::abs(took - predicted.p50) + (inside ? 1 : 0);
  const auto at = static_cast<std::size_t>(scored_) % most_scores;
  if (at == scores_.size()) {
    scores_.push_back(told);
  } else {
    scores_[at] = told;
  }
  ++scored_;
  ++kind.scored;
  if (inside) ++kind.inside;
}

void Durations::finished(const Work& work, Millis took, const Expectation& predicted) {
  const LogMicros value = log_of(took);
  KindRecord& kind = kinds_[work.kind.value];
  score(kind, value, predicted);
  if (work.estimate >= 0) {
    const LogMicros off = value - log_of(work.estimate);
    for (Moments* bias : {&bias_, &kind.bias}) {
      bias->add(off);
      ++bias->count;
    }
  }
  take_in(work, value, micros, 0);
  credit_ = std::min(credit_ + 1, most_credit);
}

// One step of expectation maximisation (Dempster, Laird and Rubin, JRSS B 39, 1977) for a
// value that is known only to be larger: it counts as the mean of those that are, with their
// variance, and weighs the share of values that it outlasted, so that what was given up at once
// tells nothing.
void Durations::outlasted(const Work& work, Millis held, Millis default_estimate) {
  const Belief next = believe(work, default_estimate).next;
  const std::int64_t deviation = std::max<std::int64_t>(1, root_of(next.variance * micros));
  constexpr std::int64_t farthest = 3 * micros;
  const LogMicros at = log_of(held);
  const std::int64_t z = (at - next.mean) * micros / deviation;
  const Above told = above(std::clamp(z, -farthest, farthest));
  if (told.share_below < least_share) return;
  const LogMicros beyond = std::max<LogMicros>(0, z - farthest) * deviation / micros;
  const LogMicros value = next.mean + told.mean * deviation / micros + beyond;
  const std::int64_t variance = next.variance * told.variance / micros;
  take_in(work, value, told.share_below, variance);
}

void Durations::tried(const Work& work, bool is_done) {
  kinds_[work.kind.value].tries.add(is_done);
  if (work.model != no_model) pair(key_of(work.kind, work.model)).tries.add(is_done);
  pair(key_of(work.kind, work.worker)).tries.add(is_done);
}

// Where what was counted as done made room meanwhile, or changed its kind, nothing is taken back.
void Durations::reworked(const Work& work) {
  const auto take_back = [](Tries& tries) {
    if (tries.reworked < tries.done) tries.rework();
  };
  take_back(kinds_[work.kind.value].tries);
  if (work.model != no_model) take_back(pair(key_of(work.kind, work.model)).tries);
  take_back(pair(key_of(work.kind, work.worker)).tries);
}

std::vector<Durations::Score> Durations::scores() const {
  std::vector<Score> out;
  for (const std::int64_t told : scores_) out.push_back({told / 2, told % 2 == 1});
  return out;
}

// ---- what the order goes by --------------------------------------------------------------------

bool Durations::wants_renewal(KindIndex index) const {
  const KindRecord& kind = kinds_[index.value];
  if (kind.all.weight == 0 || credit_ < kind.open) return false;
  if (kind.planned.weight == 0 || kind.all.weight >= 2 * kind.planned.weight) return true;
  return std::abs(kind.all.mean - kind.planned.seen) > planned_step;
}

void Durations::renew(KindIndex index, Millis default_estimate) {
  KindRecord& kind = kinds_[index.value];
  credit_ -= kind.open;
  // Of a kind's mean and a task's own estimate, each tells the more the less it is off by: the mean
  // of a normal variable that was measured once (Gelman et al., section 2.5).
  const std::int64_t variance = variance_of(kind.all, assumed_variance);
  const std::int64_t variance_off = variance_of(bias_, assumed_variance_off);
  kind.planned = {
      .seen = kind.all.mean,
      .weight = kind.all.weight,
      .expected = rounded(believe({.kind = index}, default_estimate).next.mean),
      .bias = of_estimate(1).mean,
      .strength = kind.all.weight * variance / variance_off
  };
}

std::optional<KindIndex> Durations::unseen_to_renew(Millis default_estimate) const {
  constexpr std::uint64_t looked_at = 4;
  for (std::uint64_t i = 0; i < looked_at; ++i) {
    const std::uint64_t at = (static_cast<std::uint64_t>(uses_) * looked_at + i) % kinds_.size();
    const KindRecord& kind = kinds_[at];
    if (kind.all.weight > 0 || kind.open == 0 || credit_ < kind.open) continue;
    const LogMicros expected = rounded(of_pool(default_estimate).mean);
    if (std::abs(expected - kind.planned.expected) <= 2 * planned_step) continue;
    return KindIndex{static_cast<std::uint32_t>(at)};
  }
  return std::nullopt;
}

Millis Durations::planned(KindIndex index, Millis estimate, Millis plain) const {
  const Planned& planned = kinds_[index.value].planned;
  if (estimate < 0) return planned.expected == 0 ? plain : millis_of(planned.expected);
  if (planned.weight == 0) return plain;
  const LogMicros by_estimate = log_of(estimate) + planned.bias;
  return millis_of(
      by_estimate +
      (planned.seen - by_estimate) * planned.weight / (planned.strength + planned.weight)
  );
}

}  // namespace evener
