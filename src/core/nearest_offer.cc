#include "core/nearest_offer.h"

#include <fmt/ranges.h>

namespace evener {
namespace {

constexpr std::size_t most_values_named = 5;

bool is_nearer(const WantedCapability& wanted, Decimal a, Decimal b) {
  return wanted.test == CapabilityTest::at_most ? a < b : a > b;
}

}  // namespace

void NearestOffer::see(std::string_view who, std::span<const std::string> offered) {
  if (!wanted_ || wanted_->test == CapabilityTest::has || is_had_) return;
  is_had_ = has_capability(offered, text_);
  for (const std::string& text : offered) {
    const std::optional<OfferedCapability> offer = read_offered(text);
    if (!offer || offer->name != wanted_->name || offer->value.empty()) continue;
    if (wanted_->test == CapabilityTest::equals) {
      if (values_.size() < most_values_named) values_.emplace(offer->value);
      continue;
    }
    const Result<Decimal> number = parse_decimal(offer->value);
    if (!number.ok() || (number_ && !is_nearer(*wanted_, *number, *number_))) continue;
    number_ = *number;
    who_ = who;
  }
}

std::string NearestOffer::text() const {
  if (is_had_) return {};
  if (!values_.empty())
    return fmt::format("{} offered is {}", wanted_->name, fmt::join(values_, ", "));
  if (!number_) return {};
  return fmt::format(
      "{} {} offered is {} by {}",
      wanted_->test == CapabilityTest::at_most ? "smallest" : "largest",
      wanted_->name,
      format_decimal(*number_),
      who_
  );
}

std::vector<std::string> nearest_offers(
    const State& state, const std::vector<std::string>& wanted
) {
  std::vector<std::string> out;
  for (const std::string& capability : wanted) {
    NearestOffer nearest(capability);
    for (const Worker& worker : state.workers) {
      if (worker.draining) continue;
      nearest.see(worker.spec.name, state.capabilities(worker.capabilities));
    }
    if (std::string text = nearest.text(); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace evener
