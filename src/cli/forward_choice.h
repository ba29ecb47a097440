// Which facts are forwarded: by type, and by the task or worker that they speak of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "model/fact.h"

namespace evener {

// What is empty does not narrow. `task` and `worker` are shell patterns: `*` stands for any
// characters, `?` for one, `[a-c]` for one of a set.
struct FactChoice {
  std::vector<std::string> types = {};
  std::string task = {};
  std::string worker = {};

  bool matches(const Fact& fact) const;
  bool operator==(const FactChoice&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("types", &FactChoice::types, "Of these types"),
        field("task", &FactChoice::task, "About such tasks", {.max_bytes = 4096}),
        field("worker", &FactChoice::worker, "About such workers", {.max_bytes = 4096}),
    };
  }
};

// Every type that a fact can have.
const std::vector<std::string_view>& fact_types();

// Fails with `usage` for a type that no fact has, and names those that are near it.
Status check_fact_types(const std::vector<std::string>& types, const std::string& flag);

}  // namespace evener
