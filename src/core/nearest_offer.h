// How near those who are known come to a capability that is wanted: "largest ram_gb offered is 32
// by walnut-1". Said wherever it is said that nobody has it.
#pragma once

#include <set>
#include <span>
#include <string>

#include "core/state.h"
#include "model/capability.h"

namespace evener {

class NearestOffer {  // `wanted` must outlive it
 public:
  explicit NearestOffer(std::string_view wanted) : text_(wanted), wanted_(read_wanted(wanted)) {}

  // Of several that come as near, the one seen first is named.
  void see(std::string_view who, std::span<const std::string> offered);

  // "" if somebody seen has it, if nobody offers anything of that name, or if a number is wanted
  // and nobody offers one.
  std::string text() const;

 private:
  std::string_view text_;
  std::optional<WantedCapability> wanted_;
  bool is_had_ = false;
  std::optional<Decimal> number_;
  std::string who_;
  std::set<std::string> values_;  // other than numbers are wanted
};

// The text, where there is one, for each of those that are wanted, over the workers of the pool
// that are not draining.
std::vector<std::string> nearest_offers(const State& state, const std::vector<std::string>& wanted);

}  // namespace evener
