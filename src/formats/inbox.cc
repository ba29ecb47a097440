#include "formats/inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/utf8.h"
#include "formats/kept_block.h"

namespace evener {
namespace {

constexpr std::string_view bullet = "- ";
constexpr std::string_view expected =
    "expected 'note TASK: text', 'task: title', 'hold TASK: reason' or 'blocker TASK: text'";

// The lines of a text, each with its line break; the last may have none.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

std::string_view without_break(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return trimmed(line);
}

bool is_answered(std::string_view line) {
  return line.starts_with("- [done ") || line.starts_with("- [refused: ");
}

// The text of the line that was answered.
std::string_view text_of_answered(std::string_view line) {
  const std::size_t end = line.find("] ");
  return end == std::string_view::npos ? std::string_view{} : line.substr(end + 2);
}

// The text of a line that waits; nothing if it is no such line.
std::optional<std::string_view> waiting_text(std::string_view line) {
  if (!line.ends_with('\n')) return std::nullopt;
  line = without_break(line);
  if (!line.starts_with(bullet) || is_answered(line)) return std::nullopt;
  const std::string_view text = trimmed(line.substr(bullet.size()));
  if (text.empty()) return std::nullopt;
  return text;
}

Error bad_line(std::string message) {
  return {"bad_line", std::move(message)};
}

// A blocker stops its task's start until somebody resolves it.
Command blocker_command(std::string task, std::string text) {
  RaiseBlocker command;
  command.task = std::move(task);
  command.text = std::move(text);
  return command;
}

// A command is held to the bounds of one that comes over the wire.
Result<Command> checked(Command command) {
  const Json json = TRY(parse_json(to_json_text(Request{"", std::move(command)})));
  Request request = TRY(read_request(json, Path{}));
  return std::move(request.command);
}

}  // namespace

Result<std::vector<InboxLine>> read_inbox(std::string_view file, const std::string& where) {
  const std::vector<KeptRegion> regions = TRY(find_regions(file, where));
  const KeptRegion* const inbox = region_named(regions, "");
  std::vector<InboxLine> waiting;
  if (inbox == nullptr) return waiting;
  const auto lines = lines_of(file.substr(inbox->begin, inbox->end - inbox->begin));
  std::map<std::string_view, std::int64_t> counts;
  for (const std::string_view line : lines) {
    const std::string_view text = without_break(line);
    if (is_answered(text)) ++counts[text_of_answered(text)];
  }
  for (const std::string_view line : lines) {
    if (const auto text = waiting_text(line)) {
      waiting.push_back({std::string(*text), counts[*text]++});
    }
  }
  return waiting;
}

Result<Command> command_of(std::string_view line) {
  if (!is_utf8(line)) return bad_line("this is not UTF-8; save the file as UTF-8");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad_line(std::string(expected));
  const std::string_view head = trimmed(line.substr(0, colon));
  const std::size_t space = std::min(head.find_first_of(" \t"), head.size());
  const std::string_view word = head.substr(0, space);
  std::string task(trimmed(head.substr(space)));
  std::string text(trimmed(line.substr(colon + 1)));
  if (text.empty()) return bad_line("there is no text behind the colon");
  if (word == "task") {
    if (!task.empty()) return bad_line("a new task has no id here; expected 'task: title'");
    AddTasks add;
    add.tasks.emplace_back().title = std::move(text);
    return checked(std::move(add));
  }
  if (word != "note" && word != "hold" && word != "blocker") {
    return bad_line(std::string(expected));
  }
  if (task.empty()) return bad_line(fmt::format("expected '{} TASK: text'", word));
  if (word == "note") {
    AddNote note;
    note.task = std::move(task);
    note.text = std::move(text);
    return checked(std::move(note));
  }
  if (word == "hold") return checked(Hold{.task = std::move(task), .reason = std::move(text)});
  return checked(blocker_command(std::move(task), std::move(text)));
}

Result<std::string> answer_inbox(
    std::string_view file,
    const std::vector<InboxAnswer>& answers,
    std::size_t most,
    const std::string& where
) {
  const std::vector<KeptRegion> regions = TRY(find_regions(file, where));
  const KeptRegion* const inbox = region_named(regions, "");
  if (inbox == nullptr) return Error{"no_inbox", "there is no inbox in this file", where};
  std::map<std::string_view, std::size_t> to_move;
  for (const InboxAnswer& answer : answers) ++to_move[answer.text];
  std::string waiting;
  std::vector<std::string> answered;
  for (const std::string_view line :
       lines_of(file.substr(inbox->begin, inbox->end - inbox->begin))) {
    if (is_answered(without_break(line))) {
      answered.emplace_back(without_break(line));
      continue;
    }
    const auto text = waiting_text(line);
    const auto moved = text ? to_move.find(*text) : to_move.end();
    if (moved != to_move.end() && moved->second > 0) {
      --moved->second;
    } else {
      waiting += line;
    }
  }
  for (const InboxAnswer& answer : answers) {
    std::string words = answer.answer;
    std::replace(words.begin(), words.end(), ']', ')');
    std::replace(words.begin(), words.end(), '\n', ' ');
    answered.push_back(fmt::format("- [{}] {}", words, answer.text));
  }
  if (answered.size() > most) {
    answered.erase(answered.begin(), answered.end() - static_cast<std::ptrdiff_t>(most));
  }
  std::string out(file.substr(0, inbox->begin));
  out += waiting;
  for (const std::string& line : answered) out += line + "\n";
  return out.append(file.substr(inbox->end));
}

}  // namespace evener
