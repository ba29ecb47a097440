// TOML is parsed by toml++, whose nodes know their places in the text.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "formats/document.h"

namespace evener {
namespace {

Error too_deep(std::string where) {
  return {
      "too_deep", fmt::format("nested deeper than {} levels", max_document_depth), std::move(where)
  };
}

Position position_in(const toml::source_position& place) {
  return {static_cast<std::int64_t>(place.line), static_cast<std::int64_t>(place.column)};
}

// The last byte of the TOML string that starts at `start`; the end of the text if it is not closed.
std::size_t end_of_string(std::string_view text, std::size_t start) {
  const char quote = text[start];
  const std::string triple(3, quote);
  const bool long_form = text.substr(start).starts_with(triple);
  std::size_t i = start + (long_form ? 3 : 1);
  for (; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (!long_form && (text[i] == quote || text[i] == '\n')) {
      return i;
    } else if (long_form && text.substr(i).starts_with(triple)) {
      i += 2;
      while (i + 1 < text.size() && text[i + 1] == quote) ++i;
      return i;
    }
  }
  return text.size();
}

// Where brackets or dotted keys nest too deeply. toml++ builds and frees its tables recursively,
// and a key of 50,000 dots would run it out of stack, so this is looked at before it parses.
std::optional<std::size_t> too_deep_at(std::string_view text) {
  std::size_t brackets = 0;
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '#':
        i = std::min(text.find('\n', i), text.size());
        dots = 0;
        break;
      case '"':
      case '\'':
        i = end_of_string(text, i);
        break;
      case '[':
      case '{':
        ++brackets;
        dots = 0;
        break;
      case ']':
      case '}':
        if (brackets > 0) --brackets;
        break;
      case '.':
        ++dots;
        break;
      case '\n':
      case '=':
      case ',':
        dots = 0;
        break;
      default:
        break;
    }
    if (brackets > max_document_depth || dots > max_document_depth) return i;
  }
  return std::nullopt;
}

std::string time_text(const toml::time& time) {
  std::string text = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
  if (time.nanosecond == 0) return text;
  text += fmt::format(".{:09}", time.nanosecond);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string date_text(const toml::date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string date_time_text(const toml::date_time& moment) {
  std::string text = date_text(moment.date) + "T" + time_text(moment.time);
  if (!moment.offset) return text;
  const int minutes = moment.offset->minutes;
  if (minutes == 0) return text + "Z";
  const int size = std::abs(minutes);
  return text + fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

class TomlToJson {
 public:
  explicit TomlToJson(const std::string& file) : file_(file) {}

  Result<Json> convert(const toml::node& node, std::size_t depth) const {
    if (depth > max_document_depth) return too_deep(place(node));
    switch (node.type()) {
      case toml::node_type::table:
        return convert_table(*node.as_table(), depth);
      case toml::node_type::array: {
        JsonArray items;
        for (const toml::node& item : *node.as_array()) {
          items.push_back(TRY(convert(item, depth + 1)));
        }
        return Json(std::move(items));
      }
      case toml::node_type::string:
        return Json(std::string_view(node.as_string()->get()));
      case toml::node_type::integer:
        return Json(node.as_integer()->get());
      case toml::node_type::boolean:
        return Json(node.as_boolean()->get());
      case toml::node_type::floating_point:
        if (std::isfinite(node.as_floating_point()->get())) {
          return Json(node.as_floating_point()->get());
        }
        return Error{"bad_value", "expected a finite number, found inf or nan", place(node)};
      case toml::node_type::date:
        return Json(date_text(node.as_date()->get()));
      case toml::node_type::time:
        return Json(time_text(node.as_time()->get()));
      case toml::node_type::date_time:
        return Json(date_time_text(node.as_date_time()->get()));
      case toml::node_type::none:
        break;
    }
    CHECK(false, "toml++ gave a node without a type");
  }

 private:
  // toml++ sorts keys; `data` keeps the order in which they were written.
  Result<Json> convert_table(const toml::table& table, std::size_t depth) const {
    struct Member {
      const toml::key* key;
      const toml::node* value;
    };

    std::vector<Member> members;
    members.reserve(table.size());
    for (auto entry = table.begin(); entry != table.end(); ++entry) {
      members.push_back({&entry->first, &entry->second});
    }
    std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
      return a.key->source().begin < b.key->source().begin;
    });
    JsonObject object;
    object.reserve(members.size());
    for (const Member& member : members) {
      object.emplace(member.key->str(), TRY(convert(*member.value, depth + 1)));
    }
    return Json(std::move(object));
  }

  std::string place(const toml::node& node) const {
    return file_place(file_, position_in(node.source().begin));
  }

  const std::string& file_;
};

Position find_in(const toml::table& table, std::string_view path) {
  const toml::node* node = &table;
  Position found{1, 1};
  for (const PathStep& step : steps_of(path)) {
    if (step.index >= 0) {
      const toml::array* items = node->as_array();
      node = items == nullptr ? nullptr : items->get(static_cast<std::size_t>(step.index));
    } else {
      const toml::table* members = node->as_table();
      node = members == nullptr ? nullptr : members->get(step.name);
    }
    if (node == nullptr) break;
    if (node->source().begin) found = position_in(node->source().begin);
  }
  return found;
}

}  // namespace

Result<Document> read_toml_document(std::string_view text, const std::string& file) {
  if (const auto deep = too_deep_at(text)) {
    return too_deep(file_place(file, position_of(text, *deep)));
  }
  std::shared_ptr<const toml::table> table;
  try {
    table = std::make_shared<const toml::table>(toml::parse(text));
  } catch (const toml::parse_error& problem) {
    return Error{
        "bad_toml",
        std::string(problem.description()),
        file_place(file, position_in(problem.source().begin))
    };
  }
  Json root = TRY(TomlToJson(file).convert(*table, 1));
  return Document{file, std::move(root), [table](std::string_view path) {
                    return find_in(*table, path);
                  }};
}

}  // namespace evener
