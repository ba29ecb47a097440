// A pool driven by commands in a short form, through decide() and apply(): what is said, and how it
// stands then. For the golden scripts (golden_test.cc has the grammar).
#pragma once

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/conditions.h"
#include "core/decide.h"
#include "core/due.h"
#include "core/outcome.h"
#include "core/recount.h"
#include "core/relief.h"
#include "core/snapshot_codec.h"

namespace evener {

struct Word {
  std::string key;  // "" for a bare word
  std::string value;
};

// "<x*600>" as 600 times x.
inline std::string expanded(std::string text) {
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    const std::size_t star = text.find('*', at);
    const std::size_t end = text.find('>', at);
    if (star == std::string::npos || end == std::string::npos || star > end) break;
    std::string many;
    for (int left = std::stoi(text.substr(star + 1, end - star - 1)); left > 0; --left) {
      many += text.substr(at + 1, star - at - 1);
    }
    text.replace(at, end - at + 1, many);
    at += many.size();
  }
  return text;
}

// Splits at `separator`, but not within quotes, braces or brackets.
inline std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  int depth = 0;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '{' || c == '[')) ++depth;
    if (!quoted && (c == '}' || c == ']')) --depth;
    if (c == separator && !quoted && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase_if(parts, [](const std::string& part) {
    return part.find_first_not_of(' ') == std::string::npos;
  });
  return parts;
}

inline std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  for (std::string& text : split(line, ' ')) {
    const std::size_t equals = text.starts_with('{') ? std::string::npos : text.find('=');
    Word word{"", text};
    if (equals != std::string::npos) word = {text.substr(0, equals), text.substr(equals + 1)};
    if (word.value.size() >= 2 && word.value.front() == '"') {
      word.value = word.value.substr(1, word.value.size() - 2);
    }
    word.value = expanded(word.value);
    words.push_back(std::move(word));
  }
  return words;
}

inline JsonArray list_of(std::string_view text, char separator) {
  JsonArray list;
  for (const std::string& item : split(text, separator)) list.emplace_back(item);
  return list;
}

// What a key means in JSON: durations, lists, numbers, JSON itself; else text.
inline void put_member(JsonObject& object, const std::string& key, const std::string& value) {
  static const std::map<std::string, std::string> durations{
      {"lease", "lease_ms"},
      {"delay", "assignee_delay_ms"},
      {"estimate", "estimate_ms"},
      {"backoff", "backoff_ms"},
      {"cap", "backoff_cap_ms"},
      {"age_limit", "age_limit_ms"},
      {"escalate", "escalate_ms"},
      {"stall", "stall_ms"},
      {"report_every", "report_every_ms"},
      {"every", "every_ms"},
  };
  static const std::set<std::string> lists{
      "needs",
      "requires",
      "prefers",
      "focus",
      "labels",
      "capabilities",
      "add_needs",
      "drop_needs",
      "after",
      "tasks",
      "escalate_to",
      "paths",
      "locks",
      "secrets",
      "gpus",
      "models",
      "on"
  };
  if (const auto duration = durations.find(key); duration != durations.end()) {
    object[duration->second] = parse_duration(value).value();
  } else if (lists.contains(key)) {
    object[key] = value.starts_with('[') ? parse_json(value).value() : list_of(value, ',');
  } else if (key == "criteria" || key == "findings") {
    object[key] = list_of(value, '|');
  } else if (key == "verified") {
    object["verify"] = JsonObject{{"exit_code", std::stoi(value)}};
  } else if (const Result<Json> json = parse_json(value); json.ok() && !json->is_string()) {
    object[key] = *json;
  } else {
    object[key] = value;
  }
}

inline JsonObject object_of(
    std::string_view subject, const std::vector<Word>& words, std::size_t from, std::size_t to
) {
  static const std::set<std::string> flags{
      "parents", "final", "finding", "update", "urgent", "all", "stop", "stopped"
  };
  JsonObject object;
  for (std::size_t i = from; i < to; ++i) {
    const auto& [key, value] = words[i];
    if (key.empty() && flags.contains(value)) {
      object[value] = true;
    } else if (key.empty() && value == "off") {
      object[subject == "worker" ? "draining" : "done"] = false;
    } else if (key.empty() && value == "by") {
      object["worker"] = words[++i].value;
    } else if (key.empty() && object.contains(subject)) {
      object["criterion"] = std::stoi(value);
    } else {
      put_member(object, key.empty() ? std::string(subject) : key, value);
    }
  }
  return object;
}

class ScriptedPool {
 public:
  // Runs a command and returns what was said, each line with its newline.
  std::string run(const std::string& line) {
    std::vector<Word> words = words_of(line);
    const std::string verb = words.front().value;
    words.erase(words.begin());
    if (verb == "advance") return advance(parse_duration(words.front().value).value());
    if (verb == "relief") return relief();
    if (verb == "inbox") return inbox(words.front().value);
    Author author{"rod", Scope::operate};
    std::string id;
    Instant id_time = now_;
    std::erase_if(words, [&](const Word& word) {
      if (word.key == "scope") author.scope = *enum_of<Scope>(word.value);
      if (word.key == "author") author.name = word.value;
      if (word.key == "id") id = word.value;
      if (word.key == "before") id_time -= parse_duration(word.value).value();
      const bool is_time = word.key == "after" && verb != "set_phase";
      if (is_time) id_time += parse_duration(word.value).value();
      static const std::set<std::string> ours{"scope", "author", "id", "before"};
      return is_time || ours.contains(word.key);
    });
    JsonObject json = command_of(verb, words);
    if (!id.empty()) json["request_id"] = id.find('!') == 0 ? id.substr(1) : stamped(id_time, id);
    const Result<Request> request = read_request(json, Path{});
    if (!request.ok()) return fmt::format("error: {}\n", request.error().text());
    return give(author, *request);
  }

  std::string state() const {
    std::string out;
    for (std::uint32_t i = 0; i < pool_.state().tasks.size(); ++i) out += line_of(TaskIndex{i});
    return out;
  }

  // What must hold after every script, whatever it tells.
  void check() const {
    EXPECT_EQ(fmt::format("{}", fmt::join(Recount::differences(pool_), "\n")), "");
    Pool replayed;
    for (const std::string& text : facts_) {
      const Result<Fact> fact = read_fact(parse_json(text).value());
      ASSERT_TRUE(fact.ok()) << fact.error().text();
      replayed.apply(*fact);
    }
    EXPECT_EQ(state_digest(replayed.state()), state_digest(pool_.state()));
  }

 private:
  static std::string stamped(Instant time, const std::string& id) {
    return fmt::format("{}-{}", time, id);
  }

  std::string advance(Millis by) {
    now_ += by;
    pool_.advance(now_);
    while (const auto lapsed = decide_lapse(pool_, {.now = now_})) {
      write("evener", {.facts = {*lapsed}});
    }
    return told();
  }

  // "evener resume a (held): a is held; frees 3 of 4, stops 1"
  std::string relief() const {
    const auto found = best_relief(pool_, now_);
    if (!found) return "no relief: it goes on by itself\n";
    return fmt::format(
        "{} ({}): {}; frees {} of {}, stops {}\n",
        found->command,
        found->cause,
        found->text,
        found->frees,
        found->open,
        found->stops
    );
  }

  // What a worker has not read: "2 from w1: text".
  std::string inbox(const std::string& name) const {
    const WorkerIndex worker = pool_.state().find_worker(name);
    std::string out;
    for (const MessageId id : pool_.unread().inbox(worker)) {
      if (pool_.unread().is_read(id, worker)) continue;
      const Message& message = pool_.state().messages.live.at(id);
      out += fmt::format(
          "{} {}reads {} from {}: {}\n",
          name,
          message.urgent ? "at once " : "",
          id,
          message.automatic ? "the pool" : message.sender,
          message.text
      );
    }
    return out.empty() ? name + " has read everything\n" : out;
  }

  JsonObject command_of(const std::string& verb, const std::vector<Word>& words) const {
    JsonObject json;
    if (verb == "add" || verb == "update") {
      JsonArray tasks;
      std::size_t from = 0;
      for (std::size_t i = 0; i <= words.size(); ++i) {
        if (i < words.size() && words[i].value != "+") continue;
        tasks.emplace_back(object_of("id", words, from, i));
        from = i + 1;
      }
      json = {{"tasks", tasks}};
      if (verb == "update") json["update"] = true;
    } else if (verb == "register") {
      json = {{"worker", object_of("name", words, 0, words.size())}};
    } else if (verb == "set_phase" || verb == "set_gate") {
      json = {{verb == "set_phase" ? "phase" : "gate", object_of("id", words, 0, words.size())}};
    } else if (verb == "set_machine") {
      json = {{"machine", object_of("name", words, 0, words.size())}};
    } else if (verb == "set_schedule") {
      JsonObject whole = object_of("id", words, 0, words.size());
      JsonObject schedule;
      for (const char* own : {"id", "every_ms", "on", "stopped"}) {
        if (whole.contains(own)) schedule[own] = whole.at(own);
        whole.erase(own);
      }
      if (!whole.empty()) schedule["task"] = std::move(whole);
      json = {{"schedule", std::move(schedule)}};
    } else if (verb == "measure") {
      json = object_of("name", words, 0, words.size());
    } else if (verb == "mark") {
      json = object_of("text", words, 0, words.size());
    } else if (verb == "approve") {
      json = object_of("gate", words, 0, words.size());
    } else if (verb == "send" || verb == "acknowledge") {
      json = object_of(verb == "send" ? "to" : "messages", words, 0, words.size());
    } else if (verb == "resolve_blocker") {
      json = object_of("blocker", words, 0, words.size());
    } else if (verb == "configure") {
      json = {{"settings", object_of("", words, 0, words.size())}};
    } else {
      json = object_of(verb == "drain" ? "worker" : "task", words, 0, words.size());
    }
    if (verb == "edit" && !json.contains("changes")) {
      JsonObject changes = std::exchange(json, {});
      for (const char* own : {"task", "add_needs", "drop_needs"}) {
        if (!changes.contains(own)) continue;
        json[own] = changes.at(own);
        changes.erase(own);
      }
      if (!changes.empty()) json["changes"] = changes;
    }
    json["type"] = verb == "update" ? "add" : verb;
    static const std::set<std::string> fenced{"finish", "fail", "release", "renew"};
    if (fenced.contains(verb) && json.contains("task") && !json.contains("fence")) {
      const TaskIndex task = pool_.state().find_task(std::string_view(json["task"].as_string()));
      if (task != no_task) json["fence"] = pool_.state().task(task).fence.value;
    }
    return json;
  }

  std::string give(const Author& author, const Request& request) {
    const Moment moment{.now = now_, .wall = now_};
    const Decision decision = decide(pool_, author, request, moment);
    write(author.name, decision);
    const std::string answer = answer_to(request, decision);
    return answer + told();
  }

  std::string answer_to(const Request& request, const Decision& decision) const {
    if (decision.refusal) {
      const Refusal& no = *decision.refusal;
      std::string out = fmt::format("refused {}: {}\n", no.code, no.message);
      if (!no.remedy.empty()) out += fmt::format("  remedy: {}\n", no.remedy);
      if (!no.detail.text.empty()) out += fmt::format("  detail: {}\n", no.detail.text);
      return out;
    }
    if (decision.repeat)
      return fmt::format("done before, by fact {}\n", decision.repeat->last.value);
    if (decision.vital) return "heard\n";
    std::string result;
    append_outcome(result, pool_, decision.facts);
    if (decision.facts.empty()) return "nothing changed\n";
    if (std::holds_alternative<TaskClaimed>(decision.facts.back())) return claimed(result);
    const auto* add = std::get_if<AddTasks>(&request.command);
    const bool names_one =
        add != nullptr &&
        std::any_of(add->tasks.begin(), add->tasks.end(), [](const TaskSpec& task) {
          return task.id.empty();
        });
    if (result.find("closed_gates") != std::string::npos) return result + "\n";
    const bool tells = std::holds_alternative<SendMessage>(request.command) ||
                       std::holds_alternative<Acknowledge>(request.command) ||
                       std::holds_alternative<RecordMeasure>(request.command) ||
                       std::holds_alternative<OpenChapter>(request.command);
    if (tells) return result + "\n";
    return names_one || std::holds_alternative<Cancel>(request.command) ||
                   (add != nullptr && add->update)
               ? result + "\n"
               : "";
  }

  // "w1 <- a fence=1 attempt=1", and what was handed over.
  static std::string claimed(const std::string& result) {
    const JsonObject claim = parse_json(result)->as_object();
    std::string out = fmt::format(
        "{} <- {} fence={} attempt={}",
        std::string_view(claim.at("worker").as_string()),
        std::string_view(claim.at("task").at("id").as_string()),
        claim.at("fence").as_int64(),
        claim.at("attempt").as_int64()
    );
    for (const char* handed : {"lacks", "findings", "handed", "left_out", "last_reason"}) {
      if (claim.contains(handed)) out += fmt::format(" {}={}", handed, to_text(claim.at(handed)));
    }
    if (claim.at("unread").as_int64() > 0) {
      out += fmt::format(
          " unread={} urgent={}", claim.at("unread").as_int64(), claim.at("urgent").as_int64()
      );
    }
    return out + "\n";
  }

  void write(const std::string& by, const Decision& decision) {
    for (const FactBody& body : decision.facts) {
      Fact fact{.seq = pool_.state().last.next(), .prev = {}, .at = now_, .by = by, .body = body};
      if (&body == &decision.facts.back()) fact.request = decision.mark;
      append_fact(facts_.emplace_back(), fact);
      pool_.apply(fact);
    }
    pool_.repair(SIZE_MAX);
  }

  // Writes down what follows, and says it.
  std::string told() {
    std::string said;
    for (auto due = decide_due(pool_, now_); !due.empty(); due = decide_due(pool_, now_)) {
      for (const FactBody& fact : due) said += fmt::format("({})\n", to_sentence(fact));
      write("evener", {.facts = due});
    }
    return said;
  }

  // "gate_opened design", "task_held a: ..."
  static std::string to_sentence(const FactBody& body) {
    std::string text;
    std::visit([&](const auto& fact) { append_members(text, fact); }, body);
    return fmt::format("{} {}", type_of(body), text.empty() ? text : text.substr(1));
  }

  std::string line_of(TaskIndex index) const {
    const State& state = pool_.state();
    const Task& task = state.task(index);
    std::string out = fmt::format("{} {}", task.id, describe_state(pool_, index));
    const auto tell = [&](std::string_view name, auto value) {
      if (value != decltype(value){}) out += fmt::format(" {}={}", name, value);
    };
    if (task.held && task.stage != Stage::open) out += " held";
    tell("attempts", task.attempts);
    tell("failures", task.failures);
    if (task.not_before > now_) tell("again_in", format_duration(task.not_before - now_));
    if (const TaskExtras* extras = state.find_extras(index)) {
      tell("lapses", extras->lapses);
      tell("ticked", extras->ticked);
      tell("salvage", extras->salvage.size());
      tell("findings", extras->findings.size());
      if (!extras->reason.empty()) out += fmt::format(" because=\"{}\"", extras->reason);
      if (!extras->result.empty()) out += fmt::format(" result=\"{}\"", extras->result);
    }
    return out + "\n";
  }

  Pool pool_;
  Instant now_ = 1'763'726'400'000;
  std::vector<std::string> facts_;
};

}  // namespace evener
