#include "cli/claims_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "base/file.h"
#include "formats/dashboard.h"

namespace evener {
namespace {

using Texts = std::map<std::string, std::string>;  // of files, by their names

bool is_as_written(const Texts& ours, const std::string& name, const std::string& text) {
  const auto written = ours.find(name);
  return written != ours.end() && (written->second.empty() || written->second == text);
}

Texts wanted_files(const Pool& pool) {
  Texts wanted;
  const State& state = pool.state();
  for (const auto& [task, attempt] : state.attempts) {
    if (attempt.lapsed) continue;
    wanted[claim_file_name(state.task(task).id)] =
        state.worker(attempt.worker).spec.name + ":" + format_time(attempt.started) + "\n";
  }
  return wanted;
}

// What was written into `folder`; "" stands for a file that was about to be written, whose text may
// be the one from before. Where that is not known, nothing in it is ours.
Texts read_ours(const std::string& list, const std::string& folder) {
  Texts ours;
  const Result<std::string> text = read_file(list);
  if (!text.ok()) return ours;
  const Result<Json> json = parse_json(*text);
  const JsonObject* object = json.ok() ? json->if_object() : nullptr;
  if (object == nullptr) return ours;
  const Json* place = object->if_contains("folder");
  const Json* files = object->if_contains("files");
  if (place == nullptr || *place != Json(folder)) return ours;
  if (files == nullptr || !files->is_object()) return ours;
  for (const auto& [name, content] : files->get_object()) {
    if (content.is_string()) ours.emplace(name, content.get_string());
  }
  return ours;
}

Status write_ours(const std::string& list, const std::string& folder, const Texts& ours) {
  JsonObject files;
  for (const auto& [name, text] : ours) files[name] = text;
  const Json json(JsonObject{{"folder", folder}, {"files", std::move(files)}});
  return write_file_atomic(list, to_text(json) + "\n", 0600, false);
}

}  // namespace

Status write_claims(const PoolFolder& pool_folder, const std::string& folder, const Pool& pool) {
  TRY(ensure_directory(folder, 0755));
  const Texts wanted = wanted_files(pool);
  const Texts before = read_ours(pool_folder.claims(), folder);
  Texts known = before;
  Texts ours;
  Texts missing;
  std::vector<std::string> in_the_way;
  for (const auto& [name, text] : wanted) {
    const Result<std::string> found = read_file(folder + "/" + name);
    const bool is_free = !found.ok() && found.error().code == "file_missing";
    const bool is_ours = found.ok() && (*found == text || is_as_written(before, name, *found));
    if (!is_free && !is_ours) {
      in_the_way.push_back(name);
      known.erase(name);
      continue;
    }
    ours.emplace(name, text);
    if (found.ok() && *found == text) continue;
    missing.emplace(name, text);
    known[name] = "";
  }
  // They are known as ours before they are there: whoever is killed in between leaves no strangers.
  if (!missing.empty() && known != before) TRY(write_ours(pool_folder.claims(), folder, known));
  for (const auto& [name, text] : before) {
    if (wanted.contains(name)) continue;
    const std::string path = folder + "/" + name;
    const Result<std::string> found = read_file(path);
    if (found.ok() && is_as_written(before, name, *found)) ::unlink(path.c_str());
  }
  for (const auto& [name, text] : missing) {
    TRY(write_file_atomic(folder + "/" + name, text, 0644, false));
  }
  if (ours != (missing.empty() ? before : known)) {
    TRY(write_ours(pool_folder.claims(), folder, ours));
  }
  if (in_the_way.empty()) return Done{};
  return Error{
      "not_ours",
      fmt::format(
          "left as they are, since they were not written for this pool: {}",
          fmt::join(in_the_way, ", ")
      ),
      folder
  };
}

}  // namespace evener
