#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "cli/this_machine.h"
#include "cli/verb.h"
#include "client/find_pool.h"
#include "client/remote_client.h"
#include "client/remote_pool.h"
#include "views/status.h"

namespace evener {
namespace {

struct JoinOptions {
  std::string invitation;
  std::string machine;
  bool replace = false;
  bool no_detect = false;
};

Status check_not_joined(const PoolFolder& folder) {
  const std::optional<RemotePool> before = TRY(read_remote(folder));
  if (!before) return Done{};
  return Error{
      "already_joined",
      fmt::format(
          "this folder has joined {} at {} as {}; join another with --replace",
          before->pool,
          before->server,
          before->name
      ),
      folder.path
  };
}

// The folder that will keep the token. One that this made is removed again, unless it is kept: an
// empty one would be taken for a pool.
class JoiningFolder {
 public:
  static Result<JoiningFolder> open(const PoolFolder& folder, bool replace) {
    std::error_code ignored;
    const bool is_new = !std::filesystem::exists(folder.path, ignored);
    TRY(make_folder(folder));
    if (!replace) TRY(check_not_joined(folder));
    return JoiningFolder(folder, is_new);
  }

  JoiningFolder(JoiningFolder&& other) noexcept
      : folder_(std::move(other.folder_)), is_passing_(std::exchange(other.is_passing_, false)) {}

  JoiningFolder(const JoiningFolder&) = delete;
  JoiningFolder& operator=(const JoiningFolder&) = delete;
  JoiningFolder& operator=(JoiningFolder&&) = delete;

  ~JoiningFolder() {
    std::error_code ignored;
    if (is_passing_) std::filesystem::remove_all(folder_.path, ignored);
  }

  Status keep(const RemotePool& remote) {
    TRY(write_remote(folder_, remote));
    is_passing_ = false;
    return Done{};
  }

 private:
  JoiningFolder(PoolFolder folder, bool is_passing)
      : folder_(std::move(folder)), is_passing_(is_passing) {}

  PoolFolder folder_;
  bool is_passing_;
};

// Whether the pool answers; and what this machine has is said there, so that its workers need not.
Result<StatusView> first_look(
    Session& session, const RemotePool& remote, const Inventory& inventory
) {
  RemoteClient client(TRY(options_of(remote)), session.clock());
  if (remote.detects) {
    const Status described = describe_this_machine(client, remote.machine, inventory);
    if (!described.ok()) session.say("warning: " + safe_text(described.error().text()));
  }
  return ask_for<StatusView>(client, Query());  // the status
}

// From the line that was printed, or what of it matters.
std::string read_invitation() {
  std::string line;
  std::getline(std::cin, line);
  line.erase(0, std::min(line.size(), line.find("evener://")));
  return line.substr(0, line.find('\''));
}

Result<RemotePool> join(const Session& session, const JoinOptions& options) {
  const std::string asked = session.pool.empty() ? environment("EVENER_POOL") : session.pool;
  const PoolFolder folder = TRY(place_for_pool(asked, current_folder()));
  const std::string text = options.invitation == "-" ? read_invitation() : options.invitation;
  const Invitation invitation = TRY(parse_invitation(text));
  JoiningFolder joining = TRY(JoiningFolder::open(folder, options.replace));
  RemotePool remote = TRY(join_pool(invitation));
  if (!options.machine.empty()) remote.machine = options.machine;
  remote.detects = !options.no_detect;
  TRY(joining.keep(remote));
  return remote;
}

std::string suggestion(const Inventory& inventory) {
  return inventory.cores > 1 ? fmt::format("evener work --slots {}", inventory.cores)
                             : "evener work";
}

std::string hardware(const Inventory& inventory) {
  const auto list = [](const std::vector<std::string>& names, std::string_view none) {
    return names.empty() ? std::string(none) : fmt::format("{}", fmt::join(names, ", "));
  };
  return fmt::format(
      "{} core{}, {} MB of memory; {}; {}",
      inventory.cores,
      inventory.cores == 1 ? "" : "s",
      inventory.memory_mb,
      list(inventory.gpus, "no GPU"),
      list(inventory.models, "no local models")
  );
}

JsonArray array_of(const std::vector<std::string>& texts) {
  JsonArray array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

ExitCode join_pool(Session& session, const JoinOptions& options) {
  const Status name =
      check_text(options.machine, {.form = TextForm::id}, Path{nullptr, "--machine", -1});
  if (!options.machine.empty() && !name.ok()) return session.failed(name.error());
  const Result<RemotePool> remote = join(session, options);
  if (!remote.ok()) return session.failed(remote.error());
  const Inventory inventory = take_inventory(system_sources());
  const Result<StatusView> status = first_look(session, *remote, inventory);
  if (!status.ok()) return session.failed(status.error());
  const std::string next = suggestion(inventory);
  return session.done(
      JsonObject{
          {"pool", remote->pool},
          {"server", remote->server},
          {"name", remote->name},
          {"machine", remote->machine},
          {"hostname", inventory.hostname},
          {"cores", inventory.cores},
          {"memory_mb", inventory.memory_mb},
          {"gpus", array_of(inventory.gpus)},
          {"models", array_of(inventory.models)},
          {"next", next}
      },
      safe_text(fmt::format(
          "joined {} at {} as {}; it has {} task{}",
          remote->pool,
          remote->server,
          remote->name,
          status->tasks.total,
          status->tasks.total == 1 ? "" : "s"
      )) + "\n" +
          safe_text(fmt::format(
              "machine {}: {}",
              remote->machine,
              remote->detects ? hardware(inventory) : "as people describe it"
          )) +
          "\n" + safe_text("next: evener status; " + next)
  );
}

}  // namespace

void add_join(CommandLine& line) {
  const auto options = std::make_shared<JoinOptions>();
  CLI::App* const verb = line.add(
      "join",
      "Join a pool on another machine: all verbs in this folder reach it then",
      "  evener join 'evener://walnut:7710/tour#CODE.FINGERPRINT'\n"
      "  evener join - < invitation\n"
      "  evener join 'evener://walnut:7710/tour#CODE.FINGERPRINT' --machine chestnut",
      [options](Session& session) { return join_pool(session, *options); }
  );
  verb->add_option("invitation", options->invitation, "As `evener invite` printed it; - reads it")
      ->type_name("INVITATION")
      ->required();
  verb->add_option("--machine", options->machine, "What this machine is called (else as invited)")
      ->type_name("NAME");
  verb->add_flag("--no-detect", options->no_detect, "Leave the machine as people describe it");
  verb->add_flag("--replace", options->replace, "Leave the pool that this folder has joined");
}

}  // namespace evener
