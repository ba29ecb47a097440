// What importing a plan would change in a pool besides its tasks: its card and settings, machines,
// workers, phases, gates, measures and schedules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/held_pool.h"
#include "formats/plan.h"

namespace evener {

struct FieldChange {
  std::string name = {};
  std::string from = {};    // JSON
  std::string to = {};      // JSON
  bool falls_back = false;  // `to` is the default, which is also what a plan says by leaving it out

  bool operator==(const FieldChange&) const = default;
};

struct RecordDifference {
  std::string_view kind = {};  // "pool" (its card), "settings", "gate", ...
  std::string name = {};       // "" of the card and the settings, of which there is one
  std::string about = {};      // what a person is told of one that is new
  bool is_new = false;
  std::vector<FieldChange> fields = {};  // that differ; empty if it is new

  bool operator==(const RecordDifference&) const = default;
};

inline constexpr std::string_view card_kind = "pool";
inline constexpr std::string_view settings_kind = "settings";

// Of a plan that was reconciled. What the pool knows the same is left out.
std::vector<RecordDifference> record_differences(const Plan& plan, const HeldPool& held);

// "settings: retries from 9 to 2, which is the default": of the card or the settings.
std::string values_text(const RecordDifference& record);

}  // namespace evener
