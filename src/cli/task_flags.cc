#include "cli/task_flags.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "base/time.h"

namespace evener {
namespace {

bool is_duration(std::string_view field) {
  return field == "estimate_ms" || field == "backoff_ms" || field == "backoff_cap_ms" ||
         field == "assignee_delay_ms";
}

Result<Json> value_of(std::string_view field, const std::string& text) {
  if (text.empty()) return Json(nullptr);
  if (is_duration(field)) return Json(TRY(parse_duration(text)));
  if (field == "deadline_ms") return Json(TRY(parse_time(text)));
  if (field == "data") return parse_json(text, "--data");
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (field == "retries" && problem == std::errc{} && end == text.data() + text.size()) {
    return Json(number);
  }
  return Json(text);
}

}  // namespace

TaskFlags::Text* TaskFlags::text(const char* field) {
  return texts_.emplace_back(std::make_unique<Text>(Text{field, {}, nullptr})).get();
}

TaskFlags::List* TaskFlags::list(const char* field) {
  return lists_.emplace_back(std::make_unique<List>(List{field, {}, nullptr})).get();
}

void TaskFlags::add_to(CLI::App* verb) {
  struct Flag {
    const char* names;
    const char* field;
    const char* type;
    const char* help;
  };

  for (const Flag& flag : std::initializer_list<Flag>{
           {"-d,--description", "description", "TEXT", "What is to be done"},
           {"--parent", "parent", "TASK", "The task of which this is a subtask"},
           {"--phase", "phase", "NAME", "The phase it belongs to"},
           {"--kind", "kind", "NAME", "What sort of work it is"},
           {"-p,--priority", "priority", "LEVEL", "urgent, high, normal or low"},
           {"--assignee", "assignee", "NAME", "For whom: a worker, or role:, machine:, team: NAME"},
           {"--assignee-delay", "assignee_delay_ms", "DURATION", "Then anyone may take it"},
           {"--estimate", "estimate_ms", "DURATION", "How long it should take"},
           {"--deadline", "deadline_ms", "TIME", "To be done by (2026-11-21T18:00:00Z)"},
           {"--run", "run", "COMMAND", "The shell command that does it"},
           {"--verify", "verify", "COMMAND", "The shell command that must pass before done"},
           {"--review", "review", "NAME", "By whom it is reviewed"},
           {"--retries", "retries", "N", "Failed attempts that are tried again"},
           {"--backoff", "backoff_ms", "DURATION", "Wait after the first failure, then doubled"},
           {"--backoff-cap", "backoff_cap_ms", "DURATION", "Longest such wait"},
           {"--context", "context", "TEXT", "Findings handed over from the start"},
           {"--data", "data", "JSON", "Anything: carried, never read"}
       }) {
    Text* const added = text(flag.field);
    added->option = verb->add_option(flag.names, added->value, flag.help)->type_name(flag.type);
  }
  for (const Flag& flag : std::initializer_list<Flag>{
           {"-n,--need", "needs", "TASK", "A task that comes first (repeat for more)"},
           {"--requires", "requires", "CAPABILITY", "What a worker must have: gpu, 'ram_gb>=64'"},
           {"--prefers", "prefers", "CAPABILITY", "What suits it: the same"},
           {"--path", "paths", "GLOB", "Files that it will touch"},
           {"--lock", "locks", "NAME", "A resource that it wants"},
           {"--criterion", "criteria", "TEXT", "An entry of its checklist"},
           {"-l,--label", "labels", "WORD", "A word to filter by"},
           {"--secret", "secrets", "NAME", "A secret that its commands get from the worker"}
       }) {
    List* const added = list(flag.field);
    added->option = verb->add_option(flag.names, added->values, flag.help)
                        ->type_name(flag.type)
                        ->expected(1)
                        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  integrate_option_ = verb->add_flag("--integrate,!--no-integrate", integrate_, "Merge its work");
}

bool TaskFlags::is_given() const {
  const auto stands = [](const auto& flag) { return flag->option->count() > 0; };
  return integrate_option_->count() > 0 || std::any_of(texts_.begin(), texts_.end(), stands) ||
         std::any_of(lists_.begin(), lists_.end(), stands);
}

Result<JsonObject> TaskFlags::members() const {
  JsonObject members;
  for (const auto& flag : texts_) {
    if (flag->option->count() > 0) members[flag->field] = TRY(value_of(flag->field, flag->value));
  }
  for (const auto& flag : lists_) {
    if (flag->option->count() == 0) continue;
    JsonArray values;
    for (const std::string& value : flag->values) {
      if (!value.empty()) values.emplace_back(value);
    }
    members[flag->field] = std::move(values);
  }
  const std::vector<std::string>& said = integrate_option_->results();
  if (std::set<std::string>(said.begin(), said.end()).size() > 1) {
    return Error{"usage", "--integrate and --no-integrate contradict each other"};
  }
  if (!said.empty()) members["integrate"] = integrate_;
  return members;
}

}  // namespace evener
