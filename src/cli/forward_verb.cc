#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "cli/forwarder.h"
#include "cli/stop_signal.h"
#include "cli/verb.h"

namespace evener {
namespace {

constexpr Millis default_timeout_ms = 30'000;
constexpr std::size_t longest_secret_bytes = 4096;

struct ForwardFlags {
  std::string name;
  ForwardOptions forward;
  std::string post;
  std::string secret_file;
  std::string command;
  std::string timeout;
  std::string place;
  bool list = false;
  bool forget = false;
};

// With a server elsewhere there may be no pool's folder here.
bool is_elsewhere(const Session& session) {
  return !session.server_address().empty();
}

Result<std::string> place_of(const Session& session, const ForwardFlags& options) {
  if (!options.place.empty()) return options.place;
  if (!is_elsewhere(session)) return TRY(session.folder()).forward();
  return Error{"usage", "with a server elsewhere, say where to keep the position", "--place"};
}

Result<std::string> read_secret(const Session& session, const std::string& path) {
  std::string secret = TRY(read_file(path));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty() || secret.size() > longest_secret_bytes) {
    return Error{
        "usage", fmt::format("expected a secret of 1 to {} bytes", longest_secret_bytes), path
    };
  }
  struct stat found{};
  constexpr mode_t others = S_IRWXG | S_IRWXO;
  if (::stat(path.c_str(), &found) == 0 && (found.st_mode & others) != 0) {
    session.say("warning: others may read the secret: chmod 600 " + safe_line(path));
  }
  return secret;
}

Status check(const ForwardFlags& options) {
  TRY(check_forward_name(options.name));
  TRY(check_fact_types(options.forward.choice.types, "--on"));
  if (options.post.empty() == options.command.empty()) {
    return Error{"usage", "where to: one of --post URL and --exec COMMAND"};
  }
  if (!options.secret_file.empty() && options.post.empty()) {
    return Error{"usage", "a secret signs what is posted: --post URL", "--secret-file"};
  }
  if (options.forward.skip && options.forward.give_up == 0) {
    return Error{"usage", "what is given up is passed over: --give-up N", "--skip"};
  }
  return Done{};
}

Result<ForwardSummary> run(
    Session& session, const ForwardFlags& options, Receiver& receiver, int stop
) {
  const ForwardPlace place = TRY(ForwardPlace::take(TRY(place_of(session, options)), options.name));
  Client* const client = TRY(session.client(stop));
  if (!options.forward.once && !client->is_served()) {
    session.say(
        "no server is up: leases that lapse, escalations and what is scheduled come when somebody "
        "next writes to the pool; in time with: evener up"
    );
  }
  Forwarder forwarder(
      options.forward,
      {.client = *client,
       .place = place,
       .receiver = receiver,
       .clock = session.clock(),
       .pause =
           [stop](Millis wait) {
             pollfd stopped{stop, POLLIN, 0};
             return ::poll(&stopped, 1, static_cast<int>(wait)) == 0;
           },
       .say = [&](std::string_view text) { session.say(text); }}
  );
  return forwarder.run();
}

Result<ForwardSummary> post(
    Session& session, const ForwardFlags& options, Millis timeout, int stop
) {
  PostReceiver::Options posting{.url = TRY(parse_url(options.post))};
  if (!options.secret_file.empty()) posting.secret = TRY(read_secret(session, options.secret_file));
  posting.timeout_ms = timeout;
  posting.stop_descriptor = stop;
  PostReceiver receiver(std::move(posting), session.clock());
  return run(session, options, receiver, stop);
}

Result<ForwardSummary> execute(
    Session& session, const ForwardFlags& options, Millis timeout, int stop
) {
  const std::string place = TRY(place_of(session, options));
  ProcessTable table = TRY(ProcessTable::open(place + "/running"));
  TRY(table.clean_up());
  SystemProcessRunner processes(keeper_command(), std::move(table));
  CommandReceiver::Options running{.command = options.command, .server = session.server_address()};
  if (!is_elsewhere(session)) running.pool_folder = TRY(session.folder()).path;
  running.timeout_ms = timeout;
  running.stop_descriptor = stop;
  running.show = [&](std::string_view text) {
    session.json ? session.say(text) : session.print(text);
  };
  CommandReceiver receiver(std::move(running), processes);
  return run(session, options, receiver, stop);
}

ExitCode forward(Session& session, const ForwardFlags& options) {
  const Status checked = check(options);
  if (!checked.ok()) return session.failed(checked.error());
  const Result<Millis> timeout = duration_of(options.timeout);
  if (!timeout.ok()) return session.failed(timeout.error());
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  const Millis limit = *timeout > 0 ? *timeout : default_timeout_ms;
  const Result<ForwardSummary> summary = options.post.empty()
                                             ? execute(session, options, limit, *stop)
                                             : post(session, options, limit, *stop);
  if (!summary.ok()) return session.failed(summary.error());
  if (!session.json) {
    session.say(fmt::format(
        "{}: {} delivered, {} passed over, up to fact {}",
        options.name,
        summary->delivered,
        summary->passed_over,
        summary->position.value
    ));
    return ExitCode::done;
  }
  return session.done(
      JsonObject{
          {"name", options.name},
          {"delivered", summary->delivered},
          {"passed_over", summary->passed_over},
          {"position", summary->position.value}
      },
      ""
  );
}

ExitCode forget(Session& session, const ForwardFlags& options) {
  const auto forgotten = [&]() -> Status {
    return TRY(ForwardPlace::take(TRY(place_of(session, options)), options.name)).forget();
  }();
  if (!forgotten.ok()) return session.failed(forgotten.error());
  return session.done(JsonObject{{"name", options.name}}, "forgot " + options.name);
}

// How many chosen facts each has before it, in one pass over the log.
Result<std::vector<std::int64_t>> count_behind(
    Client& client, const std::vector<ForwardName>& names
) {
  std::vector<std::int64_t> behind(names.size());
  const auto is_whole = [](const ForwardName& name) { return name.damage.empty(); };
  if (std::ranges::none_of(names, is_whole)) return behind;
  Query query;
  query.kind = QueryKind::log;
  query.limit = 0;
  query.after = Seq{std::numeric_limits<std::int64_t>::max()};
  for (const ForwardName& name : names) {
    if (is_whole(name)) query.after = std::min(query.after, name.position);
  }
  for (;;) {
    const auto page = TRY(ask_for<LogView>(client, query));
    for (const RawJson& raw : page.facts) {
      const Json read = TRY(parse_json(raw.text));
      const Fact fact = TRY(read_fact(read));
      for (std::size_t i = 0; i < names.size(); ++i) {
        const bool is_before = is_whole(names[i]) && fact.seq > names[i].position;
        if (is_before && names[i].card.choice.matches(fact)) ++behind[i];
      }
    }
    if (page.next.value == 0) return behind;
    query.after = page.next;
  }
}

std::string trouble_text(const ForwardName& name, Instant now) {
  const ForwardTrouble& trouble = name.card.trouble;
  if (!name.damage.empty()) return "damaged: " + name.damage;
  if (trouble.message.empty()) return "";
  return fmt::format(
      "attempt {}, {} ago: {}",
      trouble.attempts,
      format_duration(std::max<Millis>(0, now - trouble.at)),
      trouble.message
  );
}

void show_list(
    Session& session, const std::vector<ForwardName>& names, const std::vector<std::int64_t>& behind
) {
  Table table;
  table.columns = {
      {"NAME"}, {"PROCESS"}, {"POSITION", true}, {"BEHIND", true}, {"LAST ERROR", false, true}
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ForwardName& name = names[i];
    const bool is_whole = name.damage.empty();
    const std::string trouble = trouble_text(name, session.clock().read().wall);
    table.rows.push_back(
        {{name.name, Colour::bold},
         {name.is_running ? "running" : "none", name.is_running ? Colour::green : Colour::dim},
         {is_whole ? std::to_string(name.position.value) : "?"},
         {is_whole ? std::to_string(behind[i]) : "?", behind[i] > 0 ? Colour::yellow : Colour::plain
         },
         {trouble.empty() ? "-" : trouble, trouble.empty() ? Colour::dim : Colour::red}}
    );
  }
  session.print(table.text(session.style()));
}

ExitCode list_receivers(Session& session, const ForwardFlags& options) {
  const Result<std::string> place = place_of(session, options);
  if (!place.ok()) return session.failed(place.error());
  const Result<std::vector<ForwardName>> names = forward_names(*place);
  if (!names.ok()) return session.failed(names.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const Result<std::vector<std::int64_t>> behind = count_behind(**client, *names);
  if (!behind.ok()) return session.failed(behind.error());
  if (!session.json) {
    if (names->empty()) return session.done({}, "nothing is forwarded: evener forward --help");
    show_list(session, *names, *behind);
    return ExitCode::done;
  }
  JsonArray rows;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const ForwardName& name = (*names)[i];
    if (!name.damage.empty()) {
      rows.push_back(
          JsonObject{{"name", name.name}, {"running", name.is_running}, {"damaged", name.damage}}
      );
      continue;
    }
    rows.push_back(
        {{"name", name.name},
         {"running", name.is_running},
         {"position", name.position.value},
         {"behind", (*behind)[i]},
         {"error", name.card.trouble.message},
         {"attempts", name.card.trouble.attempts}}
    );
  }
  return session.done(JsonObject{{"forwards", std::move(rows)}}, "");
}

}  // namespace

void add_forward(CommandLine& line) {
  const auto options = std::make_shared<ForwardFlags>();
  CLI::App* const verb = line.add(
      "forward",
      "Hand chosen facts to a webhook or a command, in order, each at least once",
      "  evener forward alarms --on blocker_escalated --exec 'notify-send \"$EVENER_TASK\"'\n"
      "  evener forward chat --on task_claimed,attempt_finished --post https://example.org/hook "
      "\\\n"
      "      --secret-file ~/.hook-secret\n"
      "  evener forward audit --from start --exec 'cat >> audit.jsonl; echo >> audit.jsonl' "
      "--once\n"
      "  evener forward --list",
      [options](Session& session) {
        if (options->list) return list_receivers(session, *options);
        return options->forget ? forget(session, *options) : forward(session, *options);
      }
  );
  ForwardOptions& forward = options->forward;
  FactChoice& choice = forward.choice;
  verb->add_option("name", options->name, "Under which the position is kept")->type_name("NAME");
  verb->add_option("--on", choice.types, "Facts of these types; else all")
      ->type_name("TYPE,...")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--task", choice.task, "About such tasks")->type_name("GLOB");
  verb->add_option("--worker", choice.worker, "About such workers")->type_name("GLOB");
  verb->add_option("--from", forward.from, "Where a new name begins; now by default")
      ->type_name("now|start|SEQ");
  verb->add_option("--post", options->post, "POST each fact as JSON to this address")
      ->type_name("URL");
  verb->add_option("--secret-file", options->secret_file, "Sign with the secret in this file")
      ->type_name("FILE");
  verb->add_option("--exec", options->command, "Run this for each fact, with its JSON on stdin")
      ->type_name("COMMAND");
  add_duration(verb, "--timeout", options->timeout, "How long a delivery may take; 30s by default");
  verb->add_option("--give-up", forward.give_up, "End after so many attempts at a fact; else never")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}));
  verb->add_flag("--skip", forward.skip, "Pass over what was given up, and go on");
  verb->add_flag("--once", forward.once, "End with what is now the newest fact");
  verb->add_option(
          "--place", options->place, "Where positions are kept; the pool's folder by default"
  )
      ->type_name("DIR");
  verb->add_flag("--list", options->list, "List the names: how far they are, what went wrong");
  verb->add_flag("--forget", options->forget, "Remove this name's position");
}

}  // namespace evener
