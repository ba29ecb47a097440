#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "cli/verb.h"
#include "core/path_glob.h"
#include "views/text.h"

namespace evener {
namespace {

struct HookOptions {
  std::string name;
  bool install = false;
  bool check = false;
  std::string worker;
};

constexpr std::string_view hook_mark = "evener hook pre-commit --check";

constexpr std::string_view hook_text =
    "#!/bin/sh\n"
    "# Refuses a commit that touches paths which another worker holds. EVENER_WORKER says who we\n"
    "# are; git commit --no-verify goes ahead all the same.\n"
    "command -v evener >/dev/null 2>&1 || exit 0\n"
    "exec evener hook pre-commit --check\n";

// What a git command prints.
Result<std::string> git(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "git");
  std::string line;
  for (const std::string& word : arguments) line += (line.empty() ? "" : " ") + word;
  std::FILE* const pipe = popen((line + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return system_error(errno, "run", line);
  std::string out;
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, got);
  }
  if (pclose(pipe) != 0) return Error{"usage", "this is no git repository", line};
  return out;
}

ExitCode install(Session& session) {
  Result<std::string> path = git({"rev-parse", "--git-path", "hooks/pre-commit"});
  if (!path.ok()) return session.failed(path.error());
  while (path->ends_with('\n')) path->pop_back();
  const Result<std::string> there = read_file(*path);
  if (there.ok() && there->find(hook_mark) == std::string::npos) {
    return session.failed(
        {"usage", fmt::format("there is another hook; add to it the line: {}", hook_mark), *path}
    );
  }
  std::error_code problem;
  std::filesystem::create_directories(std::filesystem::path(*path).parent_path(), problem);
  const Status written = write_file_atomic(*path, std::string(hook_text), 0755, false);
  if (!written.ok()) return session.failed(written.error());
  return session.done(JsonObject{{"hook", *path}}, "installed " + *path);
}

// Every staged path, also of what is deleted, and both names of what is moved.
Result<std::vector<std::string>> staged_paths() {
  const std::string text = TRY(git({"diff", "--cached", "--name-only", "--no-renames", "-z"}));
  std::vector<std::string> paths;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    paths.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return paths;
}

// The staged paths that others hold, a line each.
Result<std::vector<std::string>> conflicts(Session& session, const std::string& worker) {
  const std::vector<std::string> paths = TRY(staged_paths());
  Client* const client = TRY(session.client());
  Query query;
  query.kind = QueryKind::locks;
  query.filter.limit = 0;
  const auto view = TRY(ask_for<LocksView>(*client, query));
  std::vector<std::string> lines;
  for (const HeldLock& held : view.held) {
    if (!held.is_path || held.worker == worker) continue;
    const Result<PathGlob> glob = PathGlob::parse(held.lock);
    if (!glob.ok()) continue;
    for (const std::string& path : paths) {
      if (!matches(*glob, path)) continue;
      lines.push_back(fmt::format(
          "{}: {} holds {} for {}{}",
          safe_text(path),
          held.worker,
          held.lock,
          held.task,
          held.title.empty() ? "" : " (" + safe_text(held.title) + ")"
      ));
    }
  }
  return lines;
}

ExitCode check(Session& session, const HookOptions& options) {
  const std::string worker = options.worker.empty() ? session.worker() : options.worker;
  const Result<std::vector<std::string>> found = conflicts(session, worker);
  // Without a pool nobody holds anything.
  if (!found.ok() && found.error().code == "pool_missing") return ExitCode::done;
  if (!found.ok()) return session.failed(found.error());
  if (found->empty()) return session.done(JsonObject{{"held", JsonArray{}}}, "");
  for (const std::string& line : *found) session.say("  " + line);
  return session.refused(
      {"locked",
       fmt::format("{} may not commit what others hold", worker),
       "wait until they are done, or: git commit --no-verify"}
  );
}

ExitCode hook(Session& session, const HookOptions& options) {
  if (options.install) return install(session);
  if (options.check) return check(session, options);
  session.print(hook_text);
  return ExitCode::done;
}

}  // namespace

void add_hook(CommandLine& line) {
  const auto options = std::make_shared<HookOptions>();
  CLI::App* const verb = line.add(
      "hook",
      "Print or install a git hook that refuses commits of paths which another worker holds",
      "  evener hook pre-commit\n"
      "  evener hook pre-commit --install",
      [options](Session& session) { return hook(session, *options); }
  );
  verb->add_option("name", options->name, "Which hook: pre-commit")
      ->required()
      ->check(CLI::IsMember({"pre-commit"}))
      ->type_name("HOOK");
  verb->add_flag("--install", options->install, "Write it into this repository");
  verb->add_flag("--check", options->check, "What the hook does: look at what is staged");
  verb->add_option("--worker", options->worker, "Who commits (else EVENER_WORKER, this terminal)")
      ->type_name("NAME");
}

}  // namespace evener
