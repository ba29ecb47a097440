#include "formats/markdown_sections.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "formats/markdown_words.h"
#include "model/task.h"

namespace evener {
namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return has_word(text, word); });
}

std::string_view before_parenthesis(std::string_view text) {
  text = text.substr(0, text.find('('));
  while (!text.empty() && (text.back() == ' ' || text.back() == ':')) text.remove_suffix(1);
  return text;
}

// "Primary Tasks", "In-Progress Tasks", "Backlog", "High-Priority Pending".
bool opens_tasks(std::string_view title) {
  const std::string lower = lower_case(before_parenthesis(title));
  for (const std::string_view end :
       {"tasks",
        "subtasks",
        "todo",
        "to do",
        "to-do",
        "backlog",
        "work items",
        "pending",
        "checklist",
        "in progress",
        "in-progress"}) {
    if (!lower.ends_with(end)) continue;
    const std::size_t before = lower.size() - end.size();
    if (before == 0 || lower[before - 1] == ' ' || lower[before - 1] == '-') return true;
  }
  return false;
}

bool is_phase(std::string_view title) {
  const std::string lower = lower_case(title);
  for (const std::string_view word : {"phase ", "milestone ", "stage ", "sprint "}) {
    if (lower.starts_with(word) && lower.size() > word.size()) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 8> worker_words{
    "instance", "agent", "worker", "session", "terminal", "machine", "node", "team"
};

}  // namespace

SectionKind section_kind(std::string_view title, SectionKind above) {
  const bool is_below_owners = above == SectionKind::owners;
  if (is_below_owners && names_worker(title)) return SectionKind::owner;
  if (is_phase(title)) return SectionKind::phase;
  const std::string_view words = before_parenthesis(title);
  if (has_any(words, {"integration points", "integration point"})) return SectionKind::points;
  if (has_any(
          words,
          {"success metrics",
           "success criteria",
           "metrics",
           "completion rates",
           "kpis",
           "acceptance criteria"}
      )) {
    return SectionKind::measures;
  }
  if (has_any(
          words,
          {"work division",
           "assignments",
           "owners",
           "instances",
           "agents",
           "workers",
           "machines",
           "division"}
      )) {
    return SectionKind::owners;
  }
  if (has_any(
          words,
          {"progress updates",
           "progress update",
           "history",
           "changelog",
           "achievements",
           "lessons",
           "learning",
           "problems",
           "retrospective"}
      )) {
    return SectionKind::history;
  }
  if (has_any(words, {"communication", "protocol", "protocols",    "resources",  "channels",
                      "notes",         "risk",     "risks",        "next steps", "monitoring",
                      "ideas",         "examples", "example",      "practices",  "escalation",
                      "mitigation",    "overview", "improvements", "files",      "types"})) {
    return SectionKind::remarks;
  }
  if (above == SectionKind::history || above == SectionKind::remarks) return above;
  if (opens_tasks(title)) return SectionKind::tasks;
  if (is_below_owners) return SectionKind::owner;
  return is_inherited(above) ? above : SectionKind::other;
}

bool is_inherited(SectionKind kind) {
  return kind == SectionKind::history || kind == SectionKind::remarks ||
         kind == SectionKind::measures || kind == SectionKind::points;
}

LabelKind label_kind(std::string_view label) {
  const std::string lower = lower_case(before_parenthesis(label));
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), lower) != names.end();
  };
  if (opens_tasks(label)) return LabelKind::tasks;
  if (is({"working directory", "working directories", "work dir", "directory", "folder", "folders"}
      )) {
    return LabelKind::folders;
  }
  if (is({"key files", "key file", "files", "paths", "file paths"})) return LabelKind::files;
  if (is({"primary focus", "focus", "focus area", "focus areas"})) return LabelKind::focus;
  if (is({"role"})) return LabelKind::role;
  if (is({"hardware"})) return LabelKind::hardware;
  if (is({"ai models available", "models available", "ai models", "models", "model"})) {
    return LabelKind::models;
  }
  if (is({"project"})) return LabelKind::project;
  if (is({"repository", "repo"})) return LabelKind::repository;
  if (is({"goal", "goals"})) return LabelKind::goal;
  if (is({"status",
          "communication protocol",
          "communication",
          "timeline",
          "objective",
          "priority",
          "deployment target",
          "coordinator",
          "last updated",
          "system status",
          "note",
          "notes",
          "based on",
          "date",
          "setup",
          "result"})) {
    return LabelKind::remark;
  }
  return LabelKind::unknown;
}

OwnerName owner_name(std::string_view text) {
  OwnerName owner;
  const std::size_t end = text.find_first_of("(:");
  owner.name = id_from_title(before_parenthesis(text.substr(0, end)));
  if (end == std::string_view::npos) return owner;
  std::string role(text.substr(end + 1));
  const std::size_t close = role.find(')');
  if (text[end] == '(' && close != std::string::npos) role.resize(close);
  // Where it is to be found, which is nothing that it does: "Tab 2", "192.168.1.27".
  const bool is_place = has_word(role, "tab") || has_word(role, "terminal") ||
                        role.find_first_not_of("0123456789. ") == std::string::npos;
  if (!is_place && id_from_title(role) != "task") owner.role = id_from_title(role);
  return owner;
}

bool names_worker(std::string_view text) {
  const std::string lower = lower_case(before_parenthesis(text.substr(0, text.find(':'))));
  if (std::count(lower.begin(), lower.end(), ' ') > 2) return false;
  return std::any_of(worker_words.begin(), worker_words.end(), [&](std::string_view word) {
    const std::size_t at = lower.find(word);
    if (at == std::string::npos) return false;
    const std::string_view behind = std::string_view(lower).substr(at + word.size());
    // "Main Instance", "Instance 2", "Instance 2-A"; not "Instance health".
    return behind.empty() || (behind.size() >= 2 && behind[0] == ' ' &&
                              (behind.size() <= 4 || (behind[1] >= '0' && behind[1] <= '9')));
  });
}

}  // namespace evener
