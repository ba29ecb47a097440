#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "cli/identity.h"
#include "cli/verb.h"
#include "client/find_pool.h"
#include "client/remote_pool.h"
#include "engine/pool_file.h"
#include "views/terminal.h"

namespace evener {
namespace {

std::filesystem::path holding(const PoolFolder& folder) {
  return std::filesystem::path(folder.path).parent_path();
}

// Who works beside `here` goes on with the pool before, and nobody sees that these are two.
void tell_of_change(const Session& session, const PoolFolder& before, const std::string& here) {
  const Result<PoolFolder> now = find_pool("", here);
  if (!now.ok() || now->path == before.path) return;
  session.say(fmt::format(
      "note: {} has a pool too; below this folder commands use the new one",
      safe_text(holding(before).string())
  ));
}

ExitCode init(Session& session, PoolCard card) {
  const std::string asked = session.pool.empty() ? environment("EVENER_POOL") : session.pool;
  const std::string here = current_folder();
  const Result<PoolFolder> place = place_for_pool(asked, here);
  if (!place.ok()) return session.failed(place.error());
  const PoolFolder& folder = *place;
  const Result<PoolFolder> used_before = find_pool("", here);
  if (card.name.empty()) card.name = id_from_title(holding(folder).filename().string());
  const Status sound = check_card(card);
  if (!sound.ok()) return session.failed(sound.error());
  const Result<std::optional<RemotePool>> remote = read_remote(folder);
  if (!remote.ok()) return session.failed(remote.error());
  if (*remote) {
    return session.failed(
        {"already_joined",
         fmt::format("this folder has joined {} at {}", (*remote)->pool, (*remote)->server),
         folder.path}
    );
  }
  std::error_code problem;
  std::filesystem::create_directories(holding(folder), problem);
  if (problem) {
    return session.failed(
        system_error(problem.value(), "create the folder", holding(folder).string())
    );
  }
  const Status made = make_folder(folder);
  if (!made.ok()) return session.failed(made.error());
  const Status created = PoolFile::create(folder, user_name(), card, session.clock());
  if (!created.ok()) return session.failed(created.error());
  if (asked.empty() && used_before.ok()) tell_of_change(session, *used_before, here);
  return session.done(
      JsonObject{{"pool", card.name}, {"path", folder.path}},
      fmt::format(
          "made the pool {} in {}\nnext: evener add \"What is to be done\"", card.name, folder.path
      )
  );
}

}  // namespace

void add_init(CommandLine& line) {
  const auto card = std::make_shared<PoolCard>();
  CLI::App* const verb = line.add(
      "init",
      "Make a pool for this repository or folder",
      "  evener init\n"
      "  evener init --name restore --goal 'All ten services answer'",
      [card](Session& session) { return init(session, *card); }
  );
  verb->add_option("--name", card->name, "Its name (else the folder's)")->type_name("NAME");
  verb->add_option("--project", card->project, "The project it serves")->type_name("TEXT");
  verb->add_option("--goal", card->goal, "What is to be reached")->type_name("TEXT");
}

}  // namespace evener
