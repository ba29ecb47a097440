#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/kept_files.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct FilesOptions {
  std::string folder;
};

// Carries out what the inboxes hold, by whoever has the pool open now.
Result<std::size_t> empty_inboxes(Session& session, const PoolFolder& pool, std::string path) {
  Inboxes inboxes(pool, std::move(path), [&](const Error& problem) {
    session.say("warning: " + problem.text());
  });
  std::vector<Request> requests = inboxes.take(session.clock().read().wall);
  if (!requests.empty()) {
    Client* const client = TRY(session.client());
    inboxes.answer(client->call(std::move(requests)), session.clock().read().wall);
  }
  return inboxes.answered();
}

ExitCode files(Session& session, const FilesOptions& options) {
  const Result<PoolFolder> pool = session.own_folder();
  if (!pool.ok()) return session.failed(pool.error());
  const Result<FolderConfig> config = read_config(*pool);
  if (!config.ok()) return session.failed(config.error());
  std::string path = config->status_dir;
  if (!options.folder.empty()) {
    path = std::filesystem::absolute(options.folder).lexically_normal().string();
  }
  if (path.empty()) {
    return session.failed(
        {"usage", "no folder is named; name one, or keep one: evener configure --status-dir DIR"}
    );
  }
  const Result<std::size_t> answered = empty_inboxes(session, *pool, path);
  if (!answered.ok()) return session.failed(answered.error());
  const Result<StatusChange> change = refresh_status(*pool, *config, path);
  if (!change.ok()) return session.failed(change.error());
  for (const Error& problem : change->problems) session.say("warning: " + problem.text());
  // What Git says against a commit leaves no file alone.
  const auto left_alone =
      std::count_if(change->problems.begin(), change->problems.end(), [](const Error& problem) {
        return problem.code != "git_failed";
      });
  JsonArray written;
  for (const std::string& name : change->written) written.emplace_back(name);
  const ExitCode done = session.done(
      JsonObject{
          {"written", std::move(written)},
          {"unchanged", change->unchanged},
          {"left_alone", left_alone},
          {"answered", *answered}
      },
      fmt::format(
          "{} written, {} unchanged; {} inbox line{} answered",
          change->written.size(),
          change->unchanged,
          *answered,
          *answered == 1 ? "" : "s"
      )
  );
  return left_alone == 0 ? done : ExitCode::refused;
}

}  // namespace

void add_files(CommandLine& line) {
  const auto options = std::make_shared<FilesOptions>();
  CLI::App* const verb = line.add(
      "files",
      "Refresh the Markdown files that people read, and carry out what they wrote there",
      "  evener files\n"
      "  evener files status",
      [options](Session& session) { return files(session, *options); }
  );
  verb->add_option("folder", options->folder, "Where (else the configured one)")->type_name("DIR");
}

}  // namespace evener
