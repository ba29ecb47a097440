#include <fmt/format.h>

#include "cli/dashboard_pages.h"
#include "cli/identity.h"
#include "cli/kept_files.h"
#include "cli/stop_signal.h"
#include "cli/verb.h"
#include "server/serve.h"

namespace evener {
namespace {

struct UpOptions {
  std::string listen;
  bool tls = false;
  std::string tls_certificate;
  std::string tls_key;
  std::vector<std::string> tls_names;
  std::string dashboard_file;
  std::string claims_dir;
  std::string status_dir;
  std::string status_branch;
  bool quiet = false;
};

// What was asked for on this start, else what the folder's configuration says.
Result<FolderConfig> kept_files_of(const PoolFolder& folder, const UpOptions& options) {
  FolderConfig config = TRY(read_config(folder));
  if (!options.dashboard_file.empty())
    config.dashboard_file = absolute_path(options.dashboard_file);
  if (!options.claims_dir.empty()) config.claims_dir = absolute_path(options.claims_dir);
  if (!options.status_dir.empty()) config.status_dir = absolute_path(options.status_dir);
  if (!options.status_branch.empty()) config.status_branch = options.status_branch;
  if (!options.status_branch.empty() && config.status_dir.empty()) {
    return Error{"usage", "--status-branch commits what --status-dir keeps; give that, too"};
  }
  return config;
}

void announce(const Session& session, const ServerCard& card) {
  if (session.json) {
    session.print(to_json_text(card));
    return;
  }
  session.print("listening on unix:" + card.socket);
  if (card.address.empty()) return;
  const bool is_tls = !card.fingerprint.empty();
  session.print((is_tls ? "listening on https://" : "listening on http://") + card.address);
  if (is_tls) session.print("certificate SHA-256 " + card.fingerprint);
}

ExitCode up(Session& session, const UpOptions& options) {
  const Result<PoolFolder> folder = session.folder_to_serve();
  if (!folder.ok()) return session.failed(folder.error());
  const Result<FolderConfig> kept = kept_files_of(*folder, options);
  if (!kept.ok()) return session.failed(kept.error());
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  ServeOptions serving;
  outlive_readers();
  serving.folder = *folder;
  serving.listen = options.listen;
  serving.wants_tls = options.tls;
  serving.tls_certificate = absolute_path(options.tls_certificate);
  serving.tls_key = absolute_path(options.tls_key);
  serving.tls_names = options.tls_names;
  serving.user = user_name();
  serving.version = EVENER_VERSION;
  serving.stop_fd = *stop;
  serving.is_quiet = options.quiet;
  serving.pages = dashboard_pages();
  serving.on_started = [&](const ServerCard& card) { announce(session, card); };
  serving.on_dashboard = [&](const std::string& address) {
    if (!session.json) session.print("dashboard " + address + " (good once, for 10 minutes)");
  };
  ServedFiles files(*folder, *kept, [&](std::string_view text) { session.say(text); });
  files.attach(serving);
  const Status served = serve(serving);
  if (served.ok()) files.finish();
  return served.ok() ? ExitCode::done : session.failed(served.error());
}

}  // namespace

void add_up(CommandLine& line) {
  const auto options = std::make_shared<UpOptions>();
  CLI::App* const verb = line.add(
      "up",
      "Serve the pool: faster claims that wait, live events, HTTP",
      "  evener up\n"
      "  evener up --listen 127.0.0.1:8080\n"
      "  evener up --listen 0.0.0.0:7710\n"
      "  evener up --listen none --dashboard-file /tmp/coordination_dashboard.json\n"
      "  evener up --status-dir status --status-branch evener-status",
      [options](Session& session) { return up(session, *options); }
  );
  verb->add_option("--listen", options->listen, "HOST:PORT beside the unix socket, or none")
      ->type_name("ADDRESS");
  verb->add_flag("--tls", options->tls, "Speak TLS also where only this machine may come");
  verb->add_option("--tls-cert", options->tls_certificate, "A certificate, instead of its own")
      ->type_name("FILE");
  verb->add_option("--tls-key", options->tls_key, "That certificate's key")->type_name("FILE");
  verb->add_option("--tls-name", options->tls_names, "Another name that it is asked by")
      ->type_name("HOST")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option(
          "--dashboard-file", options->dashboard_file, "Keep a file in the framework's form"
  )
      ->type_name("FILE");
  verb->add_option("--claims-dir", options->claims_dir, "Keep a file for every claimed task")
      ->type_name("DIR");
  verb->add_option("--status-dir", options->status_dir, "Keep Markdown files that people read")
      ->type_name("DIR");
  verb->add_option("--status-branch", options->status_branch, "Commit those to this Git branch")
      ->type_name("NAME");
  verb->add_flag("--quiet", options->quiet, "Log only warnings and errors");
}

}  // namespace evener
