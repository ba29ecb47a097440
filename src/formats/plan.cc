// Which format a file has, and the way from its text to a plan.
#include "formats/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/dashboard.h"
#include "formats/document.h"
#include "formats/framework.h"
#include "formats/markdown.h"
#include "formats/plan_tree.h"
#include "formats/task_master.h"

namespace evener {
namespace {

constexpr std::string_view known_formats =
    "known are our plans in TOML ([[task]]) and in JSON (an object with tasks), Task Master's "
    "tasks.json (tags with tasks), plans in Markdown (a .md file), and the framework's task pool "
    "(an object with task_pool, or one task a line in a .jsonl file) and dashboard (an object with "
    "experiment_start)";

std::string lower_extension(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  const std::size_t slash = file.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash)) return "";
  std::string extension(file.substr(dot + 1));
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// Whether the first line that says something could be TOML: a table's header or `key = value`.
bool looks_like_toml(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty() || line.front() == '#') continue;
    return line.front() == '[' || line.find('=') != std::string_view::npos;
  }
  return true;  // comments only
}

bool looks_like_json(std::string_view text) {
  return text[text.find_first_not_of(" \t\r\n")] == '{';
}

// The first line that says something is a heading, and another line is no comment of TOML's.
bool looks_like_markdown(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '#') return false;
  const std::size_t words = text.find_first_not_of('#', first);
  if (words == std::string_view::npos || text[words] != ' ') return false;
  return text.find("\n- ") != std::string_view::npos ||
         text.find("\n## ") != std::string_view::npos;
}

// One task a line: the first line is a whole object, and no plan of ours or theirs by itself.
bool looks_like_lines(std::string_view text, const std::string& file) {
  const auto line = read_json_document(first_line(text), file);
  return line.ok() && line->root.is_object() && line->root.get_object().contains("id");
}

PlanFormat format_of(const JsonObject& object) {
  const auto has = [&](std::string_view name) { return object.contains(name); };
  if (has("task_pool")) return PlanFormat::framework_json;
  if (has("experiment_start") || (has("tasks") && object.at("tasks").is_object())) {
    return PlanFormat::dashboard;
  }
  if (is_task_master(object)) return PlanFormat::task_master;
  const bool is_plan =
      std::any_of(plan_parts.begin(), plan_parts.end(), [&](std::string_view part) {
        return part != "$schema" && has(part);
      });
  return is_plan ? PlanFormat::json : PlanFormat::detect;
}

class PlanReading {
 public:
  PlanReading(const std::string& file, FrameworkOptions options) : file_(file), options_(options) {}

  void read(std::string_view raw, PlanFormat format) {
    const Result<std::string_view> text = checked_text(raw, file_);
    if (!text.ok()) return problems.add(text.error());
    if (format == PlanFormat::detect) format = format_by_name(*text);
    found = format;
    switch (format) {
      case PlanFormat::detect:
        return problems.add(
            {"unknown_format", fmt::format("no plan format that we know; {}", known_formats), file_}
        );
      case PlanFormat::toml:
        return read_document(read_toml_document(*text, file_), PlanFormat::toml);
      case PlanFormat::framework_jsonl:
        return read_framework_lines(*text, file_, options_, plan, problems);
      case PlanFormat::markdown:
        return read_markdown(*text, file_, plan, problems);
      case PlanFormat::json:
      case PlanFormat::framework_json:
      case PlanFormat::dashboard:
      case PlanFormat::task_master:
        return read_document(read_json_document(*text, file_), format);
    }
  }

  Plan plan;
  Problems problems;
  PlanFormat found = PlanFormat::detect;

 private:
  // The format by the file's extension and the look of its text. `json` stands for any of the
  // JSON formats here: which it is, the parsed object tells.
  PlanFormat format_by_name(std::string_view text) {
    const std::string extension = lower_extension(file_);
    if (extension == "toml") return PlanFormat::toml;
    if (extension == "jsonl" || extension == "ndjson") return PlanFormat::framework_jsonl;
    if (extension == "yaml" || extension == "yml") return PlanFormat::detect;
    if (extension == "md" || extension == "markdown") return PlanFormat::markdown;
    by_content_ = true;
    if (looks_like_json(text)) {
      return looks_like_lines(text, file_) ? PlanFormat::framework_jsonl : PlanFormat::json;
    }
    if (extension == "json") return PlanFormat::json;
    if (looks_like_markdown(text)) return PlanFormat::markdown;
    return looks_like_toml(text) ? PlanFormat::toml : PlanFormat::detect;
  }

  void read_document(Result<Document> document, PlanFormat format) {
    if (!document.ok()) return problems.add(document.error());
    if (by_content_ && format == PlanFormat::json && document->root.is_object()) {
      format = format_of(document->root.get_object());
    }
    found = format;
    switch (format) {
      case PlanFormat::framework_json:
        return read_framework_pool(*document, options_, plan, problems);
      case PlanFormat::dashboard:
        return read_dashboard(*document, plan, problems);
      case PlanFormat::task_master:
        return read_task_master(*document, plan, problems);
      case PlanFormat::toml:
      case PlanFormat::json:
        return read_plan_tree(*document, plan, problems);
      case PlanFormat::detect:
      case PlanFormat::framework_jsonl:
      case PlanFormat::markdown:
        problems.add(
            {"unknown_format",
             fmt::format("JSON, but no plan that we know; {}", known_formats),
             file_}
        );
    }
  }

  const std::string& file_;
  FrameworkOptions options_;
  bool by_content_ = false;
};

}  // namespace

Result<Plan> read_plan(
    std::string_view text, const std::string& file_name, PlanFormat format, FrameworkOptions options
) {
  PlanReading reading(file_name, options);
  reading.read(text, format);
  if (!reading.problems.empty()) return reading.problems.errors().front();
  return std::move(reading.plan);
}

PlanFormat plan_format(std::string_view text, const std::string& file_name, PlanFormat format) {
  PlanReading reading(file_name, {});
  reading.read(text, format);
  return reading.found;
}

std::vector<Error> plan_problems(
    std::string_view text, const std::string& file_name, PlanFormat format, FrameworkOptions options
) {
  PlanReading reading(file_name, options);
  reading.read(text, format);
  return reading.problems.errors();
}

}  // namespace evener
