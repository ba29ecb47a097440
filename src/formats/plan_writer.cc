// Plans as text. Both forms are made from the fields' own JSON, token by token, so that a number
// in `data` is never rounded on the way.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "formats/plan.h"
#include "formats/plan_tree.h"

namespace evener {
namespace {

constexpr std::size_t line_width = 100;

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// Where the JSON string at the front of `json` ends, behind its closing quote.
std::size_t string_end(std::string_view json) {
  std::size_t i = 1;
  while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
  return std::min(i + 1, json.size());
}

// Appends a JSON string as a TOML one. They differ in DEL, which TOML wants escaped, and in two
// escapes that TOML has not (\/ and surrogate pairs): false for those.
bool append_toml_string(std::string& out, std::string_view json) {
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '\x7F') {
      out += "\\u007F";
    } else if (json[i] != '\\') {
      out += json[i];
    } else {
      const std::string_view escape = json.substr(i);
      if (escape.starts_with("\\/")) return false;
      if (escape.starts_with("\\ud") || escape.starts_with("\\uD")) return false;
      out += json.substr(i++, 2);
    }
  }
  return true;
}

// Whether TOML has the JSON word (a number, true, false): it has no null, and whole numbers fit 64
// bits.
bool is_toml_word(std::string_view word) {
  if (word == "true" || word == "false") return true;
  if (word.empty() || (word.front() != '-' && (word.front() < '0' || word.front() > '9'))) {
    return false;
  }
  if (word.find_first_of(".eE") != std::string_view::npos) return true;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  return problem == std::errc{} && end == word.data() + word.size();
}

// Appends JSON as a TOML value on one line; false if TOML cannot say it.
bool append_inline(std::string& out, std::string_view json) {
  bool in_object = false;  // directly
  bool at_key = false;
  std::vector<bool> outer;
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    std::size_t length = 1;
    if (c == '{' || c == '[') {
      outer.push_back(in_object);
      in_object = at_key = c == '{';
      const bool is_empty = i + 1 < json.size() && json[i + 1] == '}';
      out += c == '[' ? "[" : is_empty ? "{" : "{ ";
    } else if (c == '}' || c == ']') {
      out += c == ']' ? "]" : out.ends_with('{') ? "}" : " }";
      in_object = outer.back();
      outer.pop_back();
    } else if (c == ',') {
      out += ", ";
      at_key = in_object;
    } else if (c == ':') {
      out += " = ";
      at_key = false;
    } else if (c == '"') {
      length = string_end(json.substr(i));
      const std::string_view token = json.substr(i, length);
      if (at_key && is_bare_key(token.substr(1, length - 2))) {
        out += token.substr(1, length - 2);
      } else if (!append_toml_string(out, token)) {
        return false;
      }
    } else {
      length = std::min(json.find_first_of(",:]}", i), json.size()) - i;
      if (!is_toml_word(json.substr(i, length))) return false;
      out += json.substr(i, length);
    }
    i += length;
  }
  return true;
}

// A text of several lines, as TOML's long form: lines stay lines, so that scripts can be read.
std::string long_text(std::string_view text) {
  std::string out = "\"\"\"\n";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool next_is_quote = i + 1 == text.size() || text[i + 1] == '"';
    if (text[i] == '\\' || (text[i] == '"' && next_is_quote)) {
      out += '\\';
      out += text[i];
    } else if (text[i] == '\n' || text[i] == '\t' || (byte >= 0x20 && byte != 0x7F)) {
      out += text[i];
    } else {
      out += fmt::format("\\u{:04X}", byte);
    }
  }
  return out + "\"\"\"";
}

std::string toml_text(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return long_text(text);
  std::string json;
  append_json_string(json, text);
  std::string out;
  CHECK(append_toml_string(out, json), "our own JSON string has an escape that TOML lacks");
  return out;
}

// "1h30m": exact, where format_duration() rounds.
std::string exact_duration(Millis duration) {
  struct Unit {
    std::string_view name;
    Millis millis;
  };

  constexpr std::array<Unit, 5> units = {
      {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}
  };
  if (duration == 0) return "0s";
  std::string out;
  for (const Unit& unit : units) {
    if (duration >= unit.millis) out += fmt::format("{}{}", duration / unit.millis, unit.name);
    duration %= unit.millis;
  }
  return out;
}

// A TOML date-time, with milliseconds only if there are any.
std::string exact_time(Instant instant) {
  std::string out = format_time(instant);
  if (out.ends_with(".000Z")) out.replace(out.size() - 5, 5, "Z");
  return out;
}

// `name = value` lines of one table.
class TomlFields {
 public:
  explicit TomlFields(std::string& out) : out_(out) {}

  template <Described T>
  void write(const T& value) {
    static const T defaults{};
    const auto write_field = [&](const auto& described) {
      const auto& member = value.*described.member;
      if (described.bounds.required || member != defaults.*described.member) {
        write_value(described.name, member);
      }
    };
    std::apply([&](const auto&... described) { (write_field(described), ...); }, T::fields());
  }

 private:
  void line(std::string_view name, std::string_view value) {
    out_ += name;
    out_ += " = ";
    out_ += value;
    out_ += '\n';
  }

  void write_value(std::string_view name, const std::string& text) { line(name, toml_text(text)); }

  // A schedule's task has a table of its own, behind all fields.
  void write_value(std::string_view, const TaskSpec&) {}

  void write_value(std::string_view name, const RawJson& json) {
    std::string value;
    if (json.text == "null") return;
    if (append_inline(value, json.text)) {
      line(name, value);
    } else {
      line(fmt::format("{}_json", name), toml_text(json.text));
    }
  }

  void write_value(std::string_view name, const std::optional<std::int64_t>& number) {
    write_value(name, *number);
  }

  void write_value(std::string_view name, std::int64_t number) {
    constexpr Instant year_10000 = 253'402'300'800'000;
    const std::string_view shorter = name_without_unit(name);
    if (!shorter.empty() && is_instant(name) && number >= 0 && number < year_10000) {
      line(shorter, exact_time(number));
    } else if (!shorter.empty() && !is_instant(name) && number >= 0) {
      line(shorter, '"' + exact_duration(number) + '"');
    } else {
      line(name, std::to_string(number));
    }
  }

  // One line if it fits, else an entry a line.
  template <typename Item>
  void write_value(std::string_view name, const std::vector<Item>& items) {
    std::vector<std::string> texts;
    std::size_t width = name.size() + 5;
    for (const Item& item : items) {
      width += texts.emplace_back(inline_text(item)).size() + 2;
    }
    if (width <= line_width) return line(name, fmt::format("[{}]", fmt::join(texts, ", ")));
    line(name, fmt::format("[\n  {},\n]", fmt::join(texts, ",\n  ")));
  }

  template <typename T>
  void write_value(std::string_view name, const T& value) {
    line(name, inline_text(value));
  }

  template <typename T>
  static std::string inline_text(const T& value) {
    std::string out;
    std::string json;
    append_value(json, value);
    CHECK(append_inline(out, json), "a field of ours holds what TOML cannot say");
    return out;
  }

  std::string& out_;
};

template <Described T>
void append_table(std::string& out, std::string_view header, const T& value) {
  if (!out.empty()) out += '\n';
  out += header;
  out += '\n';
  TomlFields(out).write(value);
}

// Appends compact JSON with two-space indents, an entry a line.
void append_indented(std::string& out, std::string_view json) {
  std::size_t depth = 0;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth * 2, ' ');
  };
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    const std::size_t length = c == '"' ? string_end(json.substr(i)) : 1;
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    const bool was_empty = closes && i > 0 && (json[i - 1] == '{' || json[i - 1] == '[');
    if (closes) --depth;
    if (closes && !was_empty) new_line();
    out += json.substr(i, length);
    if (opens) ++depth;
    i += length;
    const bool next_closes = i < json.size() && (json[i] == '}' || json[i] == ']');
    if ((opens && !next_closes) || c == ',') new_line();
    if (c == ':') out += ' ';
  }
}

}  // namespace

std::string write_plan_toml(const Plan& plan) {
  std::string out;
  append_table(out, "[pool]", plan.card);
  if (plan.settings) append_table(out, "[settings]", *plan.settings);
  for (const Machine& machine : plan.machines) append_table(out, "[[machine]]", machine);
  for (const WorkerSpec& worker : plan.workers) append_table(out, "[[worker]]", worker);
  for (const PhaseSpec& phase : plan.phases) append_table(out, "[[phase]]", phase);
  for (const GateSpec& gate : plan.gates) append_table(out, "[[gate]]", gate);
  for (const TaskSpec& task : plan.tasks) append_table(out, "[[task]]", task);
  for (const MeasureSpec& measure : plan.measure_specs) append_table(out, "[[measure]]", measure);
  for (const ScheduleSpec& schedule : plan.schedules) {
    append_table(out, "[[schedule]]", schedule);
    if (schedule.task != TaskSpec{}) append_table(out, "[schedule.task]", schedule.task);
  }
  return out;
}

std::string write_plan_json(const Plan& plan) {
  std::string json = "{\"pool\":";
  append_value(json, plan.card);
  if (plan.settings) {
    json += ",\"settings\":";
    append_value(json, *plan.settings);
  }
  if (!plan.machines.empty()) {
    json += ",\"machines\":";
    append_value(json, plan.machines);
  }
  json += ",\"workers\":";
  append_value(json, plan.workers);
  if (!plan.phases.empty()) {
    json += ",\"phases\":";
    append_value(json, plan.phases);
  }
  if (!plan.gates.empty()) {
    json += ",\"gates\":";
    append_value(json, plan.gates);
  }
  json += ",\"tasks\":";
  append_value(json, plan.tasks);
  if (!plan.measure_specs.empty()) {
    json += ",\"measures\":";
    append_value(json, plan.measure_specs);
  }
  if (!plan.schedules.empty()) {
    json += ",\"schedules\":";
    append_value(json, plan.schedules);
  }
  json += '}';
  std::string out;
  append_indented(out, json);
  return out + '\n';
}

}  // namespace evener
