#include "cli/inboxes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/sha256.h"
#include "views/markdown.h"

namespace evener {
namespace {

constexpr std::size_t most_at_once = 200;     // lines of one look
constexpr std::size_t most_records = 50'000;  // of a day
constexpr std::size_t most_answers = 100;     // that stay in a file

std::string request_key_of(const std::string& file, const InboxLine& line) {
  constexpr std::size_t digits = 32;
  Sha256 digest;
  digest.update(file);
  digest.update(std::string_view("\0", 1));
  digest.update(line.text);
  digest.update(std::string_view("\0", 1));
  digest.update(std::to_string(line.count));
  return digest.finish().substr(0, digits);
}

std::string answer_text(const Answer& answer, Instant wall) {
  if (!answer.ok) return "refused: " + (answer.refusal ? answer.refusal->message : "no reason");
  std::string text = "done " + minute_text(wall);
  const Result<Json> result = parse_json(answer.result.text);
  if (!result.ok() || !result->is_object()) return text;
  const Json* added = result->get_object().if_contains("added");
  if (added == nullptr || !added->is_array() || added->get_array().size() != 1) return text;
  const Json& id = added->get_array().front();
  return id.is_string() ? fmt::format("{}: added {}", text, std::string_view(id.get_string()))
                        : text;
}

}  // namespace

std::vector<Request> Inboxes::take(Instant wall) {
  if (lock_ != nullptr) return {};
  has_left_over_ = false;
  Result<std::vector<Request>> requests = look(wall);
  if (!requests.ok()) {
    leave_over(requests.error());
    close();
    return {};
  }
  if (requests->empty()) {
    write_answers();
    close();
  }
  return std::move(*requests);
}

void Inboxes::answer(const Result<std::vector<Answer>>& answers, Instant wall) {
  if (!answers.ok()) {
    leave_over(answers.error());
    return close();
  }
  auto answer = answers->begin();
  for (Taken& taken : taken_) {
    if (!taken.is_given) continue;
    if (answer == answers->end()) break;
    taken.answer = answer_text(*answer++, wall);
    if (Record* record = find(taken.key)) record->answer = taken.answer;
  }
  if (const Status saved = save(); !saved.ok()) warn_(saved.error());
  write_answers();
  close();
}

std::string Inboxes::signature() const {
  const Result<std::vector<std::string>> names = folder_.inbox_files();
  return names.ok() ? folder_.signature_of(*names) : names.error().text();
}

void Inboxes::leave_over(const Error& problem) {
  has_left_over_ = true;
  if (problem.code != "pool_busy") warn_(problem);
}

// Takes the lock and reads what was written down.
Status Inboxes::open() {
  auto lock = std::make_unique<FileDescriptor>(
      ::open(pool_.inboxes_lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)
  );
  if (lock->number() < 0) return system_error(errno, "open", pool_.inboxes_lock());
  if (::flock(lock->number(), LOCK_EX | LOCK_NB) != 0) {
    return Error{"pool_busy", "another process reads the inboxes", pool_.inboxes_lock()};
  }
  lock_ = std::move(lock);
  ledger_ = {};
  taken_.clear();
  const Result<std::string> text = read_file(pool_.inboxes());
  if (!text.ok()) {
    if (text.error().code == "file_missing") return Done{};
    return text.error();
  }
  const Json json = TRY(parse_json(*text, pool_.inboxes()));
  ledger_ = TRY(from_json<Ledger>(json, pool_.inboxes()));
  return Done{};
}

Status Inboxes::save() {
  return write_file_atomic(pool_.inboxes(), to_json_text(ledger_) + "\n", 0600);
}

void Inboxes::close() {
  taken_.clear();
  lock_.reset();
}

Result<std::vector<Request>> Inboxes::look(Instant wall) {
  std::vector<Request> requests;
  const std::vector<std::string> names = TRY(folder_.inbox_files());
  if (names.empty()) return requests;
  TRY(open());
  // An id of which it is not known any more whether it was used would be refused.
  std::erase_if(ledger_.lines, [&](const Record& record) {
    return record.at < wall - limits::request_window;
  });
  for (const std::string& name : names) {
    if (const Status looked = look_into(name, wall, requests); !looked.ok()) {
      leave_over(looked.error());
    }
  }
  if (!requests.empty()) TRY(save());
  return requests;
}

Status Inboxes::look_into(const std::string& name, Instant wall, std::vector<Request>& requests) {
  const std::optional<std::string> text = TRY(folder_.read(name));
  if (!text) return Done{};
  const std::string path = folder_.path() + "/" + name;
  const std::vector<InboxLine> lines = TRY(read_inbox(*text, path));
  if (lines.empty()) return Done{};
  TRY(folder_.check_closed(name));
  // What cannot be answered in its place is not carried out: it would wait there for ever.
  if (::access(folder_.path().c_str(), W_OK) != 0) {
    return system_error(errno, "answer lines in", path);
  }
  for (const InboxLine& line : lines) {
    if (taken_.size() == most_at_once) {
      has_left_over_ = true;
      break;
    }
    take_line(name, line, wall, requests);
  }
  return Done{};
}

void Inboxes::take_line(
    const std::string& name, const InboxLine& line, Instant wall, std::vector<Request>& requests
) {
  Taken taken{.file = name, .text = line.text, .key = request_key_of(name, line)};
  const Record* record = find(taken.key);
  if (record != nullptr && !record->answer.empty()) {
    taken.answer = record->answer;
    if (record->is_shown) {
      taken.answer = "refused: answered before (" + record->answer +
                     "); if it is meant again, say it in other words";
    }
    taken_.push_back(std::move(taken));
    return;
  }
  Result<Command> command = command_of(line.text);
  if (!command.ok()) {
    taken.key.clear();
    taken.answer = "refused: " + command.error().message;
    taken_.push_back(std::move(taken));
    return;
  }
  if (record == nullptr) {
    if (ledger_.lines.size() == most_records) return;
    record = &ledger_.lines.emplace_back(Record{.key = taken.key, .at = wall});
  }
  requests.push_back({fmt::format("{}-inbox-{}", record->at, taken.key), std::move(*command)});
  taken.is_given = true;
  taken_.push_back(std::move(taken));
}

Inboxes::Record* Inboxes::find(const std::string& key) {
  const auto found = std::find_if(ledger_.lines.begin(), ledger_.lines.end(), [&](const Record& r) {
    return r.key == key;
  });
  return found == ledger_.lines.end() ? nullptr : &*found;
}

// Moves the lines below, answered, file by file.
void Inboxes::write_answers() {
  std::map<std::string, std::vector<InboxAnswer>> by_file;
  for (const Taken& taken : taken_) {
    if (!taken.answer.empty()) by_file[taken.file].push_back({taken.text, taken.answer});
  }
  bool is_shown = false;
  for (const auto& [name, answers] : by_file) {
    const auto rewrite = [&, &file = name, &its = answers]() -> Status {
      const std::optional<std::string> text = TRY(folder_.read(file));
      const std::string path = folder_.path() + "/" + file;
      const std::string answered = TRY(answer_inbox(text.value_or(""), its, most_answers, path));
      return folder_.replace(file, text, answered);
    };
    Status rewritten = rewrite();
    if (!rewritten.ok() && rewritten.error().code == "changed_meanwhile") rewritten = rewrite();
    if (!rewritten.ok()) {
      leave_over(rewritten.error());
      continue;
    }
    answered_ += answers.size();
    for (const Taken& taken : taken_) {
      Record* const record = taken.file == name ? find(taken.key) : nullptr;
      if (record == nullptr) continue;
      record->is_shown = true;
      is_shown = true;
    }
  }
  if (!is_shown) return;
  if (const Status saved = save(); !saved.ok()) warn_(saved.error());
}

}  // namespace evener
