#include "server/serve.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/file_limit.h"
#include "base/random.h"
#include "base/socket_address.h"
#include "engine/pool_file.h"
#include "server/access.h"
#include "server/archive.h"
#include "server/events.h"
#include "server/http_listener.h"
#include "server/questions.h"
#include "server/routes.h"
#include "server/service.h"
#include "server/tls_identity.h"
#include "server/upkeep.h"

namespace evener {
namespace {

constexpr Millis lock_patience_ms = 5000;
constexpr Millis lock_retry_ms = 2;  // commands hold it for a few milliseconds, one after another
constexpr Millis drain_ms = 5000;
constexpr std::chrono::milliseconds look_pause{500};
constexpr std::uint16_t usual_port = 7878;
constexpr std::int64_t facts_worth_a_snapshot = 2000;  // at the end: so many replay in a blink

std::shared_ptr<spdlog::logger> make_log(bool is_quiet) {
  auto log =
      std::make_shared<spdlog::logger>("evener", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  log->set_level(is_quiet ? spdlog::level::warn : spdlog::level::info);
  return log;
}

// ---- the lock ----------------------------------------------------------------------------------

std::optional<ServerCard> read_card(const PoolFolder& folder) {
  const Result<std::string> text = read_file(folder.server());
  if (!text.ok()) return std::nullopt;
  const Result<Json> json = parse_json(*text);
  Result<ServerCard> card = json.ok() ? from_json<ServerCard>(*json) : json.error();
  return card.ok() ? std::optional(std::move(*card)) : std::nullopt;
}

std::string holder_of(const PoolFolder& folder) {
  const std::optional<ServerCard> card = read_card(folder);
  return card ? fmt::format("the server with process id {}", card->pid) : "another process";
}

// Unless it is another server's by now: the folder may have been made anew under this one.
void remove_card(const PoolFolder& folder, const std::string& instance) {
  const std::optional<ServerCard> card = read_card(folder);
  if (card && card->instance == instance) ::unlink(folder.server().c_str());
}

Result<PoolLock> take_lock(const PoolFolder& folder, int stop_fd, Clock& clock) {
  const Millis start = clock.read().monotonic;
  for (;;) {
    Result<PoolLock> lock = PoolLock::take(folder);
    if (lock.ok() || lock.error().code != "pool_busy") return lock;
    if (clock.read().monotonic - start >= lock_patience_ms) {
      return Error{
          "pool_busy", fmt::format("{} has the pool open", holder_of(folder)), folder.path
      };
    }
    pollfd stop{stop_fd, POLLIN, 0};
    if (::poll(&stop, 1, static_cast<int>(lock_retry_ms)) > 0) {
      return Error{"interrupted", "told to stop while another process had the pool open"};
    }
  }
}

// ---- addresses ---------------------------------------------------------------------------------

struct TcpChoice {
  std::optional<Endpoint> endpoint;
  bool may_move = false;  // to a free port, if its own is taken
};

Result<TcpChoice> choose_tcp(const std::string& listen) {
  if (listen == "none") return TcpChoice{};
  if (listen.empty()) {
    return TcpChoice{Endpoint{.host = "127.0.0.1", .port = usual_port}, true};
  }
  const Endpoint endpoint = TRY(parse_endpoint(listen));
  if (endpoint.is_unix()) {
    return Error{
        "bad_address", "the server's unix socket has its place; expected HOST:PORT or none", listen
    };
  }
  return TcpChoice{endpoint, false};
}

// Tokens travel in the clear only where they do not leave this machine.
Result<std::optional<TlsIdentity>> choose_identity(
    const ServeOptions& options, const TcpChoice& tcp, Clock& clock
) {
  const bool wants_tls =
      options.wants_tls || !options.tls_certificate.empty() || !options.tls_key.empty();
  if (!tcp.endpoint && wants_tls) {
    return Error{"usage", "TLS is for TCP; say where: --listen HOST:PORT"};
  }
  if (!tcp.endpoint || (is_loopback(*tcp.endpoint) && !wants_tls)) {
    if (options.tls_names.empty()) return std::optional<TlsIdentity>();
    return Error{"usage", "another name is for TLS, which this server does not speak: --tls"};
  }
  const TlsIdentityOptions identity{
      .folder = options.folder,
      .host = tcp.endpoint->host,
      .certificate = options.tls_certificate,
      .key = options.tls_key,
      .names = options.tls_names
  };
  return std::optional(TRY(open_tls_identity(identity, clock.read().wall)));
}

// The address of a unix socket is short. Where the folder's own place is too long for one, it
// stands among the user's runtime files, and server.json says where.
Result<std::string> choose_socket(const PoolFolder& folder, const std::string& pool) {
  if (folder.socket().size() <= max_unix_path_bytes) return folder.socket();
  const char* runtime = ::getenv("XDG_RUNTIME_DIR");
  const std::string place = runtime != nullptr && *runtime != '\0'
                                ? fmt::format("{}/evener", runtime)
                                : fmt::format("/tmp/evener-{}", ::geteuid());
  TRY(ensure_directory(place, 0700));
  struct stat found{};
  const bool is_ours = ::lstat(place.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                       found.st_uid == ::geteuid() && (found.st_mode & 077U) == 0;
  if (is_ours) return fmt::format("{}/{}.sock", place, pool);
  return Error{"cannot_listen", "the folder is not ours alone", place};
}

// Each start writes facts, and extends leases: one that cannot listen must not come so far.
Status try_to_listen(const ServeOptions& options, const TcpChoice& tcp, const std::string& pool) {
  constexpr mode_t ours = 0600;
  const std::string path = TRY(choose_socket(options.folder, pool));
  const UnixListener local = TRY(open_unix_listener(path, ours));
  ::close(local.descriptor);
  remove_unix_listener(path, local);
  if (!tcp.endpoint || tcp.may_move) return Done{};
  const TcpListener tried = TRY(open_tcp_listener(tcp.endpoint->host, tcp.endpoint->port));
  ::close(tried.descriptor);
  return Done{};
}

Result<std::vector<Answer>> read_answers(const std::string& text) {
  const Json json = TRY(parse_json(text));
  Answers answers = TRY(from_json<Answers>(json, "answer"));
  return std::move(answers.answers);
}

// ---- the server --------------------------------------------------------------------------------

// Invariant: while it stands, the lock is held. Members are destroyed from last to first: the HTTP
// server before the replies that others hold, threads before what they use, the loop at the end.
class Server {
 public:
  Server(
      const ServeOptions& options,
      const std::string& instance,
      PoolLock lock,
      std::unique_ptr<PoolFile> file,
      Tokens tokens,
      BrowserSessions sessions,
      std::optional<TlsIdentity> identity
  );

  Status listen(const TcpChoice& tcp);
  Status run();

  // Writes down what only this process knows, once nobody asks any more.
  Status close();

 private:
  void watch_stop();
  void begin_stop();
  void look_later();
  void look();
  void give(std::vector<Request> requests, ServeOptions::Answered answered);
  AccessParts access_parts(Tokens tokens, BrowserSessions sessions);
  EventFeedOptions feed_options() const;
  UpkeepReports upkeep_reports();

  const ServeOptions& options_;
  PoolLock lock_;
  std::shared_ptr<spdlog::logger> log_;
  SystemClock clock_;
  std::unique_ptr<PoolFile> file_;
  std::optional<TlsIdentity> identity_;
  ServerCard card_;
  Access access_;
  boost::asio::io_context loop_{1};
  std::optional<boost::asio::posix::stream_descriptor> stop_;
  boost::asio::steady_timer look_timer_{loop_};
  Archive archive_;
  EventFeed feed_;
  Upkeep upkeep_;
  Service service_;
  Questions questions_;
  Routes routes_;
  HttpServer http_;
};

Server::Server(
    const ServeOptions& options,
    const std::string& instance,
    PoolLock lock,
    std::unique_ptr<PoolFile> file,
    Tokens tokens,
    BrowserSessions sessions,
    std::optional<TlsIdentity> identity
)
    : options_(options),
      lock_(std::move(lock)),
      log_(make_log(options.is_quiet)),
      file_(std::move(file)),
      identity_(std::move(identity)),
      card_{
          .pool = file_->engine().pool().state().pool,
          .instance = instance,
          .socket = {},
          .address = {},
          .fingerprint = identity_ ? identity_->certificate.fingerprint() : "",
          .pid = ::getpid()
      },
      access_(access_parts(std::move(tokens), std::move(sessions))),
      archive_(loop_, options.folder, [this](const Error& damage) { service_.fail(damage); }),
      feed_(
          feed_options(),
          [this](Seq from, Seq to, EventFeed::PageRead done) {
            return archive_.read_events(from, to, std::move(done));
          }
      ),
      upkeep_(
          loop_,
          options.folder,
          {.snapshot = Seq{file_->engine().durable().value - file_->facts_since_snapshot()}},
          upkeep_reports()
      ),
      service_(
          loop_,
          {.engine = file_->engine(),
           .journal = file_->journal(),
           .feed = feed_,
           .clock = clock_,
           .on_facts =
               [this](const Pool& pool, Instant now) {
                 upkeep_.consider_snapshot(*file_);
                 if (options_.on_facts) options_.on_facts(pool, now);
               }}
      ),
      questions_(service_, archive_),
      routes_(
          {.service = service_,
           .questions = questions_,
           .archive = archive_,
           .feed = feed_,
           .access = access_,
           .card = card_,
           .version = options.version,
           .http_counts = [this] { return http_.counts(); },
           .pages = options.pages,
           .on_joined = [this](const NamedToken& token
                        ) { log_->info("{} joined from {}", token.name, token.from); }}
      ),
      http_(loop_, options.limits, [this](HttpRequest&& request, HttpReply reply) {
        routes_.handle(std::move(request), std::move(reply));
      }) {
  for (const Error& skipped : file_->skipped_snapshots()) {
    log_->warn("a snapshot was passed over: {}", skipped.text());
  }
}

AccessParts Server::access_parts(Tokens tokens, BrowserSessions sessions) {
  if (sessions.damage()) log_->warn("{}", sessions.damage()->text());
  return {
      .folder = options_.folder,
      .tokens = std::move(tokens),
      .sessions = std::move(sessions),
      .pool = card_.pool,
      .user = options_.user,
      .clock = clock_,
      .has_name =
          [this](const std::string& host) {
            const std::vector<std::string>& also = options_.tls_names;
            return std::ranges::find(also, host) != also.end() ||
                   (identity_ && identity_->certificate.names(host));
          },
      .on_list =
          [this](const std::string& problem) {
            if (problem.empty()) return log_->info("the list of tokens can be read again");
            log_->error("nobody comes in by a named token, whose list is not read: {}", problem);
          }
  };
}

EventFeedOptions Server::feed_options() const {
  EventFeedOptions options;
  options.epoch = file_->engine().epoch();
  options.last = file_->engine().durable();
  return options;
}

UpkeepReports Server::upkeep_reports() {
  return {
      .on_checked =
          [this](const Result<Seq>& checked) {
            if (checked.ok()) {
              log_->info("the journal is whole up to fact {}", checked->value);
            } else if (checked.error().code == "journal_damaged") {
              service_.fail(checked.error());
            } else {
              log_->warn("the journal could not be checked: {}", checked.error().text());
            }
          },
      .on_snapshot_done =
          [this](const Result<Seq>& saved) {
            if (saved.ok()) {
              log_->info("saved a snapshot at fact {}", saved->value);
            } else {
              log_->warn("could not save a snapshot: {}", saved.error().text());
            }
          }
  };
}

Status Server::listen(const TcpChoice& tcp) {
  card_.socket = TRY(choose_socket(options_.folder, card_.pool));
  TRY(http_.listen_unix(card_.socket));
  if (tcp.endpoint) {
    Endpoint at = *tcp.endpoint;
    std::optional<TlsContext> tls;
    if (identity_) tls = identity_->context;
    Result<std::uint16_t> port = http_.listen_tcp(at.host, at.port, tls);
    if (!port.ok() && tcp.may_move && port.error().code == "address_in_use") {
      port = http_.listen_tcp(at.host, 0, tls);
    }
    at.port = TRY(std::move(port));
    card_.address = at.text();
  }
  return write_file_atomic(options_.folder.server(), to_json_text(card_) + "\n", 0600);
}

Status Server::run() {
  watch_stop();
  upkeep_.check_journal();
  log_->info(
      "serving {} at {}{}{}",
      options_.folder.path,
      card_.socket,
      card_.address.empty() ? "" : (identity_ ? " and https://" : " and http://"),
      card_.address
  );
  if (options_.on_started) options_.on_started(card_);
  if (options_.on_dashboard && !options_.pages.empty() && !card_.address.empty()) {
    options_.on_dashboard(sign_in_address(browser_address(card_), access_.own_code()));
  }
  // What was true before may have been written for other files, or be changed by somebody since.
  if (options_.on_facts) options_.on_facts(file_->engine().pool(), file_->engine().now());
  look_later();
  Status status = service_.run();
  if (!status.ok()) log_->critical("cannot go on: {}", status.error().text());
  return status;
}

void Server::watch_stop() {
  if (options_.stop_fd < 0) return;
  stop_.emplace(loop_, ::dup(options_.stop_fd));
  stop_->async_wait(
      boost::asio::posix::stream_descriptor::wait_read,
      [this](const boost::system::error_code& failure) {
        if (!failure) begin_stop();
      }
  );
}

void Server::look_later() {
  look_timer_.expires_after(look_pause);
  look_timer_.async_wait([this](const boost::system::error_code& failure) {
    if (!failure) look();
  });
}

void Server::look() {
  if (service_.is_stopping()) return;
  const Status place = lock_.check_place(options_.folder);
  if (!place.ok()) return service_.fail(place.error());
  routes_.end_revoked();
  const Engine& engine = file_->engine();
  if (options_.on_look && engine.durable() == engine.pool().state().last) {
    options_.on_look(
        engine.pool(),
        [this](std::vector<Request> requests, ServeOptions::Answered answered) {
          give(std::move(requests), std::move(answered));
        }
    );
  }
  look_later();
}

void Server::give(std::vector<Request> requests, ServeOptions::Answered answered) {
  service_.submit(
      Author{.name = options_.user, .scope = Scope::operate},
      std::move(requests),
      [answered = std::move(answered)](const Result<std::string>& text) {
        answered(text.ok() ? read_answers(*text) : text.error());
      }
  );
}

// What was asked before is still answered.
void Server::begin_stop() {
  log_->info("stopping");
  look_timer_.cancel();
  service_.begin_stop();
  http_.drain(drain_ms, [this] { service_.stop(); });
}

Status Server::close() {
  Engine& engine = file_->engine();
  engine.tick(clock_.read());
  for (std::vector<FactBody>& facts : facts_on_closing(engine.pool(), card_.instance)) {
    engine.record("evener", std::move(facts));
  }
  TRY(file_->flush());
  upkeep_.finish();
  if (engine.durable().value - upkeep_.snapshot().value > facts_worth_a_snapshot) {
    const Status saved = file_->save_snapshot();
    if (!saved.ok()) log_->warn("could not save a snapshot: {}", saved.error().text());
  }
  if (options_.on_facts) options_.on_facts(engine.pool(), engine.now());
  log_->info("stopped at fact {}", engine.durable().value);
  return Done{};
}

}  // namespace

Status serve(const ServeOptions& options) {
  allow_many_files();
  TRY(check_folder(options.folder));
  const TcpChoice tcp = TRY(choose_tcp(options.listen));
  SystemClock clock;
  PoolLock lock = TRY(take_lock(options.folder, options.stop_fd, clock));
  ::unlink(options.folder.server().c_str());  // of a server that did not end in good order
  std::optional<TlsIdentity> identity = TRY(choose_identity(options, tcp, clock));
  TRY(read_access_list(options.folder));
  Tokens tokens = TRY(Tokens::open(options.folder.tokens(), options.user));
  BrowserSessions sessions = TRY(BrowserSessions::open(options.folder));
  EngineOptions engine_options;
  engine_options.serves = true;
  engine_options.epoch = clock.read().wall;
  std::unique_ptr<PoolFile> file = TRY(PoolFile::open(options.folder, engine_options));

  TRY(try_to_listen(options, tcp, file->engine().pool().state().pool));

  PoolFile& opened = *file;
  opened.engine().begin(clock.read());
  const std::string instance = random_hex(8);
  opened.engine().record("evener", {ServerOpened{instance}});
  TRY(opened.flush());
  static_cast<void>(opened.engine().take_effects());

  Server server(
      options,
      instance,
      std::move(lock),
      std::move(file),
      std::move(tokens),
      std::move(sessions),
      std::move(identity)
  );
  const Status listening = server.listen(tcp);
  const Status ran = listening.ok() ? server.run() : listening;
  // After a failed append, or when the journal is damaged, nothing more is written to it.
  const bool may_write = ran.ok() || !listening.ok();
  const Status closed = may_write ? server.close() : Status(Done{});
  remove_card(options.folder, instance);
  return ran.ok() ? closed : ran;
}

}  // namespace evener
