#include "history/operation.h"

#include <fmt/format.h>

namespace evener::history {
namespace {

constexpr double micros_a_second = 1e6;

std::string what_was_told(const Operation& operation) {
  if (operation.ending == Ending::silence) return "silence";
  if (operation.ending == Ending::refused) return operation.refusal;
  if (operation.kind == Kind::claim) return fmt::format("fence {}", operation.fence);
  if (operation.kind != Kind::read) return "done";
  if (operation.shown != Shown::running) return std::string(name_of(operation.shown));
  return fmt::format("running by {} under {}", operation.worker, operation.fence);
}

}  // namespace

std::string to_line(const Operation& operation) {
  return to_json_text(operation);
}

std::string describe(const Operation& operation) {
  const bool is_holders = operation.kind == Kind::renew || operation.kind == Kind::finish ||
                          operation.kind == Kind::release;
  std::string asked = fmt::format("{} {}", name_of(operation.kind), operation.task);
  if (is_holders || operation.kind == Kind::claim) asked += " by " + operation.worker;
  if (is_holders) asked += fmt::format(" under {}", operation.fence);
  const std::string end =
      operation.returned == never
          ? "no end"
          : fmt::format("{:.6f} s", static_cast<double>(operation.returned) / micros_a_second);
  return fmt::format(
      "client {}: {} -> {}, {:.6f} to {}",
      operation.client,
      asked,
      what_was_told(operation),
      static_cast<double>(operation.called) / micros_a_second,
      end
  );
}

}  // namespace evener::history
