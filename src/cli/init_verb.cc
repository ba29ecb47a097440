#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "cli/identity.h"
#include "cli/verb.h"
#include "client/find_pool.h"
#include "client/remote_pool.h"
#include "engine/pool_file.h"

namespace evener {
namespace {

ExitCode init(Session& session, PoolCard card) {
  char here[4096];
  const std::string directory =
      !session.pool.empty() ? session.pool : (getcwd(here, sizeof here) != nullptr ? here : ".");
  const PoolFolder folder = session.pool.empty()
                                ? place_for_pool(directory)
                                : PoolFolder{std::filesystem::path(directory) / ".evener"};
  if (card.name.empty()) {
    card.name = id_from_title(
        std::filesystem::absolute(folder.path).lexically_normal().parent_path().filename().string()
    );
  }
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
  const Status made = make_folder(folder);
  if (!made.ok()) return session.failed(made.error());
  const Status created = PoolFile::create(folder, user_name(), card, session.clock());
  if (!created.ok()) return session.failed(created.error());
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
