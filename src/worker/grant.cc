#include "worker/grant.h"

#include <fmt/format.h>

#include <set>

#include "worker/output.h"

namespace evener {
namespace {

Error bad_grant(std::string_view what) {
  return {"bad_reply", fmt::format("the claim's result is not understood: {}", what)};
}

Result<std::int64_t> number_in(const JsonObject& object, std::string_view name) {
  const Json* member = object.if_contains(name);
  std::int64_t number = 0;
  if (member == nullptr) return bad_grant(fmt::format("'{}' is missing", name));
  TRY(read_int(*member, number, {}, Path{nullptr, name}));
  return number;
}

JsonObject known_members(const JsonObject& task) {
  JsonObject known;
  const auto copy = [&](const auto& described) {
    if (const Json* member = task.if_contains(described.name)) known[described.name] = *member;
  };
  std::apply([&](const auto&... described) { (copy(described), ...); }, TaskSpec::fields());
  return known;
}

// Letters in upper case, digits and _ stay; whatever else becomes _.
std::string variable_name(std::string_view member) {
  std::string name = "EVENER_DATA_";
  for (const char c : member) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += lower ? static_cast<char>(c - 'a' + 'A') : (kept ? c : '_');
  }
  return name;
}

std::optional<std::string> scalar_text(const Json& value) {
  if (value.is_string()) return valid_utf8(std::string_view(value.get_string()));
  if (value.is_double()) return fmt::format("{}", value.get_double());
  if (value.is_bool() || value.is_number()) return to_text(value);
  return std::nullopt;
}

void add_data(Variables& variables, const RawJson& data) {
  if (data.text.empty()) return;
  const Result<Json> json = parse_json(data.text);
  if (!json.ok() || !json->is_object()) return;
  std::set<std::string> taken;
  for (const auto& [member, value] : json->get_object()) {
    std::optional<std::string> text = scalar_text(value);
    std::string name = variable_name(member);
    if (!text || member.empty() || !taken.insert(name).second) continue;
    variables.emplace_back(std::move(name), std::move(*text));
  }
}

}  // namespace

Result<Grant> read_grant(std::string result, Millis claimed_at) {
  const Json json = TRY(parse_json(result, "claim"));
  if (!json.is_object()) return bad_grant("it is no object");
  const JsonObject& object = json.get_object();
  const Json* task = object.if_contains("task");
  if (task == nullptr || !task->is_object()) return bad_grant("it holds no task");
  Grant grant;
  grant.task = TRY(from_json<TaskSpec>(known_members(task->get_object()), "task"));
  grant.fence = Fence{TRY(number_in(object, "fence"))};
  grant.attempt = TRY(number_in(object, "attempt"));
  grant.lease_ms = TRY(number_in(object, "lease_ms"));
  grant.claimed_at = claimed_at;
  const auto count = [&](std::string_view name, std::int64_t& out) -> Status {
    if (object.contains(name)) out = TRY(number_in(object, name));
    return Done{};
  };
  TRY(count("unread", grant.unread));
  TRY(count("urgent", grant.urgent));
  grant.json = std::move(result);
  return grant;
}

Variables environment_of(
    const Grant& grant, const Surroundings& surroundings, std::optional<int> run_exit
) {
  const TaskSpec& task = grant.task;
  Variables variables = {
      {"EVENER_TASK", task.id},
      {"EVENER_TITLE", task.title},
      {"EVENER_DESCRIPTION", task.description},
      {"EVENER_KIND", task.kind},
      {"EVENER_PHASE", task.phase},
      {"EVENER_LABELS", fmt::format("{}", fmt::join(task.labels, ","))},
      {"EVENER_RUN", task.run},
      {"EVENER_ATTEMPT", grant.attempt > 0 ? fmt::format("{}", grant.attempt) : ""},
      {"EVENER_FENCE", fmt::format("{}", grant.fence.value)},
      {"EVENER_WORKER", surroundings.worker},
      {"EVENER_POOL", surroundings.pool},
      {"EVENER_SERVER", surroundings.server},
      {"EVENER_SECRETS", fmt::format("{}", fmt::join(task.secrets, ","))},
      {"EVENER_UNREAD", fmt::format("{}", grant.unread)},
  };
  if (run_exit) variables.emplace_back("EVENER_RUN_EXIT", fmt::format("{}", *run_exit));
  add_data(variables, task.data);
  return variables;
}

std::vector<std::string> shell_command(const std::string& command) {
  return {"/bin/sh", "-c", command};
}

}  // namespace evener
