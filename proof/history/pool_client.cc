#include "history/pool_client.h"

#include <chrono>

namespace evener::history {
namespace {

const Json* member(const Json* json, std::string_view name) {
  return json != nullptr && json->is_object() ? json->get_object().if_contains(name) : nullptr;
}

std::string text_of(const Json* json) {
  return json != nullptr && json->is_string() ? std::string(json->get_string()) : "";
}

std::int64_t number_of(const Json* json) {
  return json != nullptr && json->is_int64() ? json->get_int64() : 0;
}

Shown shown_of(const std::string& state) {
  for (const Shown shown : {Shown::ready, Shown::running, Shown::done, Shown::cancelled}) {
    if (state == name_of(shown)) return shown;
  }
  return Shown::nothing;
}

}  // namespace

Micros micros_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

void take_answer(Operation& operation, const Json& answer) {
  const Json* ok = member(&answer, "ok");
  if (ok == nullptr || !ok->is_bool()) return;
  if (const Json* refusal = member(&answer, "refusal"); refusal != nullptr && !ok->get_bool()) {
    operation.ending = Ending::refused;
    operation.refusal = text_of(member(refusal, "code"));
  }
  if (!ok->get_bool()) return;
  operation.ending = Ending::done;
  if (operation.kind != Kind::claim) return;
  const Json* result = member(&answer, "result");
  operation.fence = number_of(member(result, "fence"));
  operation.task = text_of(member(member(result, "task"), "id"));
}

void take_view(Operation& operation, const Json& view) {
  operation.shown = shown_of(text_of(member(&view, "state")));
  if (operation.shown == Shown::nothing) return;
  operation.ending = Ending::done;
  const Json* lease = member(&view, "lease");
  operation.worker = text_of(member(lease, "worker"));
  operation.fence = number_of(member(lease, "fence"));
}

}  // namespace evener::history
