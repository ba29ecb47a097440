#include "cli/unread_line.h"

#include <fmt/format.h>

namespace evener {
namespace {

std::int64_t number_in(const Json& answer, std::string_view name) {
  const Json* member = answer.is_object() ? answer.get_object().if_contains(name) : nullptr;
  return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

}  // namespace

std::string unread_line(const Json& answer, const std::string& worker) {
  const std::int64_t unread = number_in(answer, "unread");
  const std::int64_t urgent = number_in(answer, "urgent");
  if (unread == 0) return {};
  return fmt::format(
      "{} message{} to read{}: evener inbox --worker {}",
      unread,
      unread == 1 ? "" : "s",
      urgent > 0 ? fmt::format(", {} urgent", urgent) : "",
      worker
  );
}

}  // namespace evener
