#include "bench_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"

namespace evener {
namespace {

bool is_whole_number(const std::string& text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

std::string parameters_json(const Parameters& parameters) {
  std::string out = "{";
  for (const auto& [name, value] : parameters) {
    if (out.size() > 1) out += ',';
    append_json_string(out, name);
    out += ':';
    if (is_whole_number(value)) {
      out += value;
    } else {
      append_json_string(out, value);
    }
  }
  return out + "}";
}

std::string parameters_text(const std::string& json) {
  const Result<Json> read = parse_json(json);
  if (!read.ok() || !read->is_object()) return json;
  std::string out;
  for (const auto& [name, value] : read->get_object()) {
    if (!out.empty()) out += ' ';
    out += std::string_view(name);
    out += '=';
    out += value.is_string() ? std::string(value.get_string()) : to_text(value);
  }
  return out;
}

Result<MeasuredSystem*> BenchContext::system(const std::string& name) {
  std::unique_ptr<MeasuredSystem>& known = systems[name];
  if (known == nullptr) known = TRY(MeasuredSystem::start(system_kind(name), programs));
  return known.get();
}

std::string BenchCase::text() const {
  return parameters.empty() ? name : name + " " + parameters_text(parameters_json(parameters));
}

// By one of the names or tags, if any are given, and by all of the parameters. A name stands for
// those that begin with it, too.
bool BenchCase::is_chosen_by(const std::vector<std::string>& choices) const {
  bool has_names = false;
  bool is_named = false;
  for (const std::string& choice : choices) {
    if (const std::size_t equals = choice.find('='); equals != std::string::npos) {
      const auto known = parameters.find(choice.substr(0, equals));
      if (known == parameters.end() || known->second != choice.substr(equals + 1)) return false;
      continue;
    }
    has_names = true;
    is_named = is_named || choice == "all" || name == choice || name.starts_with(choice + "/") ||
               std::ranges::find(tags, choice) != tags.end();
  }
  return is_named || !has_names;
}

}  // namespace evener
