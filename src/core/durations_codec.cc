#include "core/durations_codec.h"

namespace evener {
namespace {

void encode_moments(Encoder& out, const Moments& seen) {
  for (const std::int64_t number : {seen.weight, seen.mean, seen.spread, seen.count}) {
    out.number(number);
  }
}

void decode_moments(Decoder& in, Moments& seen) {
  for (std::int64_t* number : {&seen.weight, &seen.mean, &seen.spread, &seen.count}) {
    *number = in.number();
  }
}

void encode_tries(Encoder& out, const Tries& tries) {
  for (const std::int64_t number :
       {tries.done, tries.failed, tries.reworked, tries.weight, tries.good}) {
    out.number(number);
  }
}

void decode_tries(Decoder& in, Tries& tries) {
  for (std::int64_t* number :
       {&tries.done, &tries.failed, &tries.reworked, &tries.weight, &tries.good}) {
    *number = in.number();
  }
}

void encode_within(Encoder& out, const Within& within) {
  out.number(within.weight);
  out.number(within.spread);
}

void decode_within(Decoder& in, Within& within) {
  within.weight = in.number();
  within.spread = in.number();
}

void encode_kind(Encoder& out, const KindRecord& kind) {
  out.text(kind.name);
  encode_moments(out, kind.all);
  encode_tries(out, kind.tries);
  encode_within(out, kind.within);
  encode_moments(out, kind.bias);
  const Planned& planned = kind.planned;
  out.number(planned.seen);
  out.number(planned.weight);
  out.number(planned.expected);
  out.number(planned.bias);
  out.number(planned.strength);
  out.number(kind.scored);
  out.number(kind.inside);
  out.number(kind.used);
}

KindRecord decode_kind(Decoder& in) {
  KindRecord kind;
  kind.name = in.text();
  decode_moments(in, kind.all);
  decode_tries(in, kind.tries);
  decode_within(in, kind.within);
  decode_moments(in, kind.bias);
  Planned& planned = kind.planned;
  planned.seen = in.number();
  planned.weight = in.number();
  planned.expected = in.number();
  planned.bias = in.number();
  planned.strength = in.number();
  kind.scored = in.number();
  kind.inside = in.number();
  kind.used = in.number();
  return kind;
}

}  // namespace

void DurationsCodec::encode(Encoder& out, const Durations& durations) {
  encode_moments(out, durations.all_);
  encode_within(out, durations.within_);
  encode_moments(out, durations.bias_);
  out.number(static_cast<std::int64_t>(durations.kinds_.size()));
  for (const KindRecord& kind : durations.kinds_) encode_kind(out, kind);
  out.number(static_cast<std::int64_t>(durations.models_.size()));
  for (const std::string& model : durations.models_) out.text(model);
  out.number(static_cast<std::int64_t>(durations.pair_by_key_.size()));
  // From the one used longest ago, so that reading them brings the same order.
  for (std::uint32_t at = durations.pairs_[0].before; at != 0; at = durations.pairs_[at].before) {
    const Durations::Pair& pair = durations.pairs_[at];
    if (pair.key == 0) continue;
    out.number(static_cast<std::int64_t>(pair.key));
    encode_moments(out, pair.kept.seen);
    encode_tries(out, pair.kept.tries);
  }
  out.number(static_cast<std::int64_t>(durations.scores_.size()));
  for (const std::int64_t score : durations.scores_) out.number(score);
  out.number(durations.scored_);
  out.number(durations.uses_);
  out.number(durations.credit_);
}

void DurationsCodec::decode(Decoder& in, Durations& durations) {
  decode_moments(in, durations.all_);
  decode_within(in, durations.within_);
  decode_moments(in, durations.bias_);
  durations.kinds_.clear();
  durations.kind_by_name_.clear();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const KindIndex index{static_cast<std::uint32_t>(durations.kinds_.size())};
    durations.kinds_.push_back(decode_kind(in));
    durations.kind_by_name_.emplace(durations.kinds_.back().name, index);
  }
  if (durations.kinds_.empty()) in.index(0);  // a failure: the first is always there
  for (std::size_t left = in.count(); left > 0; --left) durations.models_.push_back(in.text());
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const auto key = static_cast<std::uint64_t>(in.number());
    Durations::Record& kept = durations.pair(key);
    decode_moments(in, kept.seen);
    decode_tries(in, kept.tries);
  }
  for (std::size_t left = in.count(); left > 0; --left) durations.scores_.push_back(in.number());
  durations.scored_ = in.number();
  durations.uses_ = in.number();
  durations.credit_ = in.number();
}

void DurationsCodec::encode(Encoder& out, const Expectation& expectation) {
  out.number(expectation.p10);
  out.number(expectation.p50);
  out.number(expectation.p90);
  out.number(static_cast<std::int64_t>(expectation.source));
  out.number(expectation.count);
}

Expectation DurationsCodec::decode_expectation(Decoder& in) {
  Expectation expectation;
  expectation.p10 = in.number();
  expectation.p50 = in.number();
  expectation.p90 = in.number();
  expectation.source = static_cast<Source>(in.index(EnumNames<Source>::names.size()));
  expectation.count = in.number();
  return expectation;
}

}  // namespace evener
