#include "core/skill.h"

#include <algorithm>

namespace evener {
namespace {

constexpr std::int64_t kind_strength = 2 * micros;  // attempts that a kind is believed to be good
constexpr std::int64_t part_strength =
    4 * micros;  // and what a kind is worth to one worker, at least
constexpr std::int64_t variance_between = 62'500;  // of workers' means: a quarter either way
constexpr std::int64_t plain_every = 16;           // claims

// How many observations of one worker's durations the kind's mean is worth: the more, the more they
// vary by themselves (the mean of a normal variable, Gelman et al., Bayesian Data Analysis, 3rd
// ed., section 2.5).
std::int64_t strength_of(const KindRecord& kind) {
  if (kind.all.weight == 0) return part_strength;
  const std::int64_t within = kind.within.variance(kind.all.spread * micros / kind.all.weight);
  return std::max(part_strength, within * micros / variance_between);
}

// The mean of a part of what has the mean `above`, as long as little was seen drawn towards that.
LogMicros drawn(const Moments& part, LogMicros above, std::int64_t strength) {
  return above + (part.mean - above) * part.weight / (strength + part.weight);
}

}  // namespace

Skill skill_of(const Durations& durations, const Work& work) {
  const KindRecord& kind = durations.kind(work.kind);
  const std::int64_t kind_share = kind.tries.share(micros, kind_strength);
  Skill skill{.share = kind_share, .duration = kind.all.mean};
  const std::int64_t strength = strength_of(kind);
  const auto narrow = [&](const Durations::Record* record) {
    if (record == nullptr) return;
    skill.share = record->tries.share(skill.share, part_strength);
    skill.duration = drawn(record->seen, skill.duration, strength);
  };
  if (work.model != no_model) narrow(durations.find(work.kind, work.model));
  if (work.worker != no_worker) narrow(durations.find(work.kind, work.worker));
  const LogMicros done_sooner = kind.all.mean - skill.duration;
  const LogMicros done_oftener = log_of(skill.share) - log_of(kind_share);
  skill.fit = std::clamp(done_sooner + done_oftener, -most_fit, most_fit);
  return skill;
}

std::int32_t preference_steps(const State& state, const Worker& worker, CapabilitySet prefers) {
  if (prefers == CapabilitySet{0}) return 0;
  const auto all = static_cast<std::int32_t>(state.capabilities(prefers).size());
  const auto lacking = static_cast<std::int32_t>(state.count_lacking(worker.capabilities, prefers));
  return most_fit_steps - 2 * most_fit_steps * lacking / all;
}

bool is_next_claim_plain(const State& state) {
  return state.last_fence.next().value % plain_every == 0;
}

WorkerFit::WorkerFit(const State& state, const Worker& worker) : state_(state), worker_(worker) {
  if (state.settings.learn && !is_next_claim_plain(state)) {
    index_ = state.find_worker(worker.spec.name);
  }
}

std::int32_t WorkerFit::look_up(KindIndex kind) const {
  kind_ = kind;
  steps_ = 0;
  if (index_ == no_worker || kind == other_kind || kind == no_kind) return 0;
  const Durations& durations = state_.durations;
  if (durations.kind(kind).tries.weight == 0) return 0;
  if (!model_) model_ = state_.model_of(worker_.capabilities);
  const Skill skill = skill_of(durations, {.kind = kind, .worker = index_, .model = *model_});
  steps_ = static_cast<std::int32_t>(skill.fit * most_fit_steps / most_fit);
  return steps_;
}

}  // namespace evener
