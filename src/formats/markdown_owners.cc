#include "formats/markdown_owners.h"

#include <algorithm>

#include "base/text.h"
#include "formats/markdown_words.h"

namespace evener {
namespace {

std::vector<std::string> listed_parts(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (!trimmed(part).empty()) parts.emplace_back(trimmed(part));
  }
  return parts;
}

std::string words_for(std::string_view text) {
  std::string words = lower_case(trimmed(text.substr(0, text.find_first_of("(:"))));
  std::erase(words, '*');
  return words;
}

void add_once(std::vector<std::string>& list, std::string text, std::size_t most) {
  const bool is_known = std::find(list.begin(), list.end(), text) != list.end();
  if (!is_known && list.size() < most) list.push_back(std::move(text));
}

void add_capability(WorkerSpec& worker, std::string_view kind, const std::string& what) {
  const std::string capability = std::string(kind) + "=" + what;
  if (capability.size() <= limits::id_bytes) {
    add_once(worker.capabilities, capability, limits::capabilities_per_worker);
  }
}

// Whether `words` stand in `text` (both in lower case) by themselves: "instance 2" does not stand
// in "instance 2-a" or "instance 21".
bool stands_in(std::string_view text, std::string_view words) {
  const auto goes_on = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  for (std::size_t at = 0; (at = text.find(words, at)) != std::string_view::npos; ++at) {
    const std::size_t end = at + words.size();
    const bool starts = at == 0 || !goes_on(text[at - 1]);
    if (starts && (end == text.size() || !goes_on(text[end]))) return true;
  }
  return false;
}

}  // namespace

WorkerSpec* Owners::worker(const std::string& name) {
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const WorkerSpec& w) {
    return w.name == name;
  });
  return found == workers_.end() ? nullptr : &*found;
}

std::string Owners::add(std::string_view words) {
  const OwnerName owner = owner_name(words);
  WorkerSpec* known = worker(owner.name);
  if (known == nullptr) {
    known = &workers_.emplace_back();
    known->name = owner.name;
    words_.emplace(owner.name, words_for(words));
  }
  if (known->role.empty()) known->role = owner.role;
  return owner.name;
}

std::string Owners::find(std::string_view words) const {
  const std::string wanted = words_for(words);
  for (const auto& [name, known] : words_) {
    if (known == wanted) return name;
  }
  return "";
}

std::vector<std::string> Owners::named_in(std::string_view text) const {
  std::vector<std::string> names;
  const std::string lower = lower_case(text);
  for (const WorkerSpec& owner : workers_) {
    if (stands_in(lower, words_.at(owner.name))) names.push_back(owner.name);
  }
  return names;
}

std::vector<std::string> Owners::all() const {
  std::vector<std::string> names;
  for (const WorkerSpec& owner : workers_) names.push_back(owner.name);
  return names;
}

void Owners::set_role(const std::string& owner, std::string_view text) {
  if (WorkerSpec* known = worker(owner)) known->role = id_from_title(text);
}

void Owners::add_hardware(const std::string& owner, std::string_view text) {
  WorkerSpec* known = worker(owner);
  if (known == nullptr) return;
  known->machine = owner;
  for (const std::string& part : listed_parts(text)) add_capability(*known, "hardware", part);
}

void Owners::add_models(const std::string& owner, std::string_view text) {
  WorkerSpec* known = worker(owner);
  if (known == nullptr) return;
  constexpr std::string_view before_names = "including ";
  const std::size_t at = text.find(before_names);
  if (at != std::string_view::npos) text.remove_prefix(at + before_names.size());
  for (const std::string& part : listed_parts(text)) {
    if (part.find(' ') == std::string::npos) add_capability(*known, "model", part);
  }
}

void Owners::add_focus(const std::string& owner, const std::string& path) {
  if (WorkerSpec* known = worker(owner)) add_once(known->focus, path, limits::names_per_task);
}

void Owners::add_folder(const std::string& owner, const std::string& path) {
  add_focus(owner, path);
  if (worker(owner) != nullptr) add_once(folders_[owner], path, limits::names_per_task);
}

bool Owners::has_model(const std::string& owner, std::string_view model) const {
  const std::string wanted = "model=" + std::string(model);
  return std::any_of(workers_.begin(), workers_.end(), [&](const WorkerSpec& known) {
    return known.name == owner &&
           std::find(known.capabilities.begin(), known.capabilities.end(), wanted) !=
               known.capabilities.end();
  });
}

const std::vector<std::string>& Owners::folders(const std::string& owner) const {
  static const std::vector<std::string> none;
  const auto found = folders_.find(owner);
  return found == folders_.end() ? none : found->second;
}

}  // namespace evener
