// `evener plan decompose`: a goal, or a task of the pool, made into tasks by a language model.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "cli/decomposition.h"
#include "cli/import_plan.h"
#include "cli/plan_file.h"
#include "cli/plan_source.h"
#include "cli/plan_verb.h"
#include "cli/stop_signal.h"
#include "formats/answer_plan.h"
#include "views/plan_text.h"

namespace evener {
namespace {

constexpr std::size_t longest_spec_bytes = std::size_t{256} * 1024;
constexpr Millis default_answer_ms = 300'000;
constexpr std::int64_t most_rounds = 20;

struct DecomposeOptions {
  std::string goal;
  std::string file;
  std::string command;
  std::string endpoint;
  std::string model;
  std::string key_env;
  std::string timeout;
  std::string task;
  std::string output;
  std::int64_t rounds = 3;
  bool apply = false;
};

// A folder of its own for as long as it lives.
class PassingFolder {
 public:
  static Result<std::unique_ptr<PassingFolder>> make() {
    std::string path = environment("TMPDIR");
    path = (path.empty() ? "/tmp" : path) + "/evener-decompose.XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return system_error(errno, "make the folder", path);
    return std::make_unique<PassingFolder>(std::move(path));
  }

  explicit PassingFolder(std::string path) : path_(std::move(path)) {}

  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;

  ~PassingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// ---- whom to ask -------------------------------------------------------------------------------

std::string first_of_environment(std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    if (std::string value = environment(name); !value.empty()) return value;
  }
  return "";
}

// A key is for the server alone: in the clear it does not leave this machine.
Result<std::string> key_for(
    const Session& session, const DecomposeOptions& options, const Endpoint& endpoint
) {
  const bool is_named = !options.key_env.empty();
  const std::string name = is_named ? options.key_env : "OPENAI_API_KEY";
  const std::string value = environment(name.c_str());
  const std::string key(trimmed(value));
  if (key.empty() && is_named) {
    return Error{"usage", fmt::format("the environment has no key in {}", name), "--key-env"};
  }
  if (key.empty() || endpoint.is_tls || is_loopback(endpoint)) return key;
  if (is_named) {
    return Error{
        "needs_tls",
        fmt::format("the key would travel in the clear; expected https://{}", endpoint.authority()),
        endpoint.text()
    };
  }
  session.say(fmt::format(
      "note: {} is not shown to {}, which is not https", name, safe_line(endpoint.text())
  ));
  return std::string();
}

Result<std::unique_ptr<LanguageModel>> endpoint_model(
    const Session& session, const DecomposeOptions& options, Millis timeout, int stop
) {
  const std::string base = options.endpoint.empty()
                               ? first_of_environment({"EVENER_MODEL_URL", "OPENAI_BASE_URL"})
                               : options.endpoint;
  if (base.empty()) {
    return Error{"usage", "whom to ask: --with 'COMMAND', or --endpoint URL --model NAME"};
  }
  EndpointModel::Options asking{.url = TRY(parse_url(base))};
  asking.model = options.model.empty() ? environment("EVENER_MODEL") : options.model;
  if (asking.model.empty()) {
    return Error{"usage", "which model: --model NAME, or EVENER_MODEL", "--model"};
  }
  asking.key = TRY(key_for(session, options, asking.url.endpoint));
  asking.key_name = options.key_env.empty() ? "OPENAI_API_KEY" : options.key_env;
  asking.schema = answer_schema();
  asking.timeout_ms = timeout;
  asking.stop_descriptor = stop;
  asking.say = [&session](std::string_view text) { session.say(safe_text(text)); };
  return std::unique_ptr<LanguageModel>(std::make_unique<EndpointModel>(std::move(asking)));
}

Result<Decomposition> ask_model(
    const Session& session, const DecomposeOptions& options, const DecomposeQuestion& question
) {
  const Millis given = TRY(duration_of(options.timeout));
  const Millis timeout = given > 0 ? given : default_answer_ms;
  const int stop = TRY(stop_descriptor());
  const auto say = [&](std::string_view text) { session.say(safe_text(text)); };
  if (options.command.empty()) {
    const auto model = TRY(endpoint_model(session, options, timeout, stop));
    return decompose(*model, question, options.rounds, say);
  }
  const std::unique_ptr<PassingFolder> folder = TRY(PassingFolder::make());
  SystemProcessRunner processes(
      keeper_command(), TRY(ProcessTable::open(folder->path() + "/running"))
  );
  CommandModel model(
      {.command = options.command,
       .folder = folder->path(),
       .timeout_ms = timeout,
       .stop_descriptor = stop},
      processes
  );
  return decompose(model, question, options.rounds, say);
}

// ---- what to ask -------------------------------------------------------------------------------

Status check(const DecomposeOptions& options) {
  if (options.goal.empty() && options.file.empty() && options.task.empty()) {
    return Error{"usage", "what to divide: a goal, --file FILE or --task ID"};
  }
  if (!options.command.empty() && !options.endpoint.empty()) {
    return Error{"usage", "one of --with and --endpoint", "--with"};
  }
  // Before a model is asked: its answer may have cost minutes.
  if (!options.output.empty()) TRY(check_plan_file(options.output));
  return Done{};
}

Result<std::string> read_spec(const std::string& file) {
  if (file.empty()) return std::string();
  std::string text = TRY(read_plan_text(file));
  if (text.size() <= longest_spec_bytes) return text;
  return Error{
      "too_large",
      fmt::format("{} bytes; expected at most {}", text.size(), longest_spec_bytes),
      file
  };
}

// The pool, if there is one; there must be where something of it is asked for.
Result<std::optional<HeldPool>> pool_around(Session& session, const DecomposeOptions& options) {
  const bool is_wanted = options.apply || !options.task.empty();
  const Result<Client*> client = session.client();
  if (!client.ok()) {
    if (is_wanted) return client.error();
    if (client.error().code != "pool_missing") {
      session.say("note: " + safe_text(client.error().text()));
    }
    return std::optional<HeldPool>();
  }
  Result<HeldPool> held = read_held_pool(**client);
  if (!held.ok()) return held.error();
  return std::optional(std::move(*held));
}

Status check_split(const std::string& id, const HeldPool& pool) {
  if (pool.find(id) == nullptr) {
    return Error{"unknown_task", fmt::format("there is no task '{}'", id), "--task"};
  }
  const std::string state = pool.state(id);
  if (state != "done" && state != "cancelled" && state != "failed") return Done{};
  return Error{"wrong_state", fmt::format("{} is {}; expected an open task", id, state), "--task"};
}

// ---- what came of it ---------------------------------------------------------------------------

Result<Imported> apply_plan(Session& session, const Plan& plan) {
  Client* const client = TRY(session.client());
  const HeldPool held = TRY(held_for(*client, plan));
  Imported imported;
  TRY(import_plan(*client, plan, held, imported));
  return imported;
}

Status write_output(const DecomposeOptions& options, const Plan& plan) {
  if (options.output.empty()) return Done{};
  const bool is_json = is_json_file(options.output);
  return write_plan_file(options.output, is_json ? write_plan_json(plan) : write_plan_toml(plan));
}

JsonArray texts_of(const std::vector<std::string>& texts) {
  JsonArray out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

JsonObject json_of(const Decomposition& found, const std::optional<Imported>& imported) {
  JsonObject json{
      {"rounds", found.rounds},
      {"plan", nullptr},
      {"examined", parse_json(to_json_text(found.examined)).value()},
      {"problems", texts_of(found.problems)},
      {"commands", JsonArray{}}
  };
  if (found.plan) {
    json["plan"] = parse_json(write_plan_json(*found.plan)).value();
    json["commands"] = texts_of(tasks_with_commands(*found.plan));
  }
  if (imported) json["added"] = imported->added;
  return json;
}

// The plan on stdout, so that it can be redirected, and what is to be said of it on stderr; or the
// plan in a file, and that on stdout.
void tell_text(
    const Session& session, const DecomposeOptions& options, const Decomposition& found
) {
  std::string about;
  for (const std::string& problem : found.problems) about += safe_line(problem) + "\n";
  if (found.plan) {
    const std::vector<std::string> commands = tasks_with_commands(*found.plan);
    if (!commands.empty()) {
      about += fmt::format(
          "warning: tasks carry what a worker would run or be given; read it before they are "
          "imported: {}\n",
          safe_line(fmt::format("{}", fmt::join(commands, ", ")))
      );
    }
    about += plan_text("the plan", found.examined, session.style());
  }
  if (!options.output.empty()) {
    session.print(about);
    return;
  }
  if (found.plan) {
    const std::string plan = write_plan_toml(*found.plan);
    session.print(session.style().width > 0 ? safe_text(plan) : plan);
  }
  session.say(about);
}

// The plan is not lost with the file: it is where it can be copied from.
ExitCode failed_with(Session& session, const Error& error, const Plan& plan) {
  const std::string text = write_plan_toml(plan);
  if (session.json) {
    session.say(text);
  } else {
    session.print(session.style().width > 0 ? safe_text(text) : text);
  }
  return session.failed(error);
}

ExitCode tell_decomposition(
    Session& session, const DecomposeOptions& options, const Decomposition& found
) {
  if (found.plan) {
    const Status written = write_output(options, *found.plan);
    if (!written.ok()) return failed_with(session, written.error(), *found.plan);
  }
  if (!session.json) tell_text(session, options, found);
  std::optional<Imported> imported;
  if (options.apply && found.is_good()) {
    const Result<Imported> done = apply_plan(session, *found.plan);
    if (!done.ok()) return session.failed(done.error());
    imported = *done;
    if (!session.json) session.say(fmt::format("added {} tasks to the pool", imported->added));
  }
  if (session.json && found.is_good()) return session.done(json_of(found, imported), "");
  if (found.is_good()) return ExitCode::done;
  return session.refused(
      {"no_plan",
       fmt::format("after {} rounds there is no plan without errors", found.rounds),
       "say more of the goal in --file, allow more --rounds, or ask another model",
       {to_text(json_of(found, imported))}}
  );
}

ExitCode decompose_goal(Session& session, const DecomposeOptions& options) {
  const auto found = [&]() -> Result<Decomposition> {
    TRY(check(options));
    const std::string spec = TRY(read_spec(options.file));
    const std::optional<HeldPool> pool = TRY(pool_around(session, options));
    if (!options.task.empty()) TRY(check_split(options.task, *pool));
    return ask_model(
        session,
        options,
        {.goal = options.goal, .spec = spec, .split = options.task, .pool = pool ? &*pool : nullptr}
    );
  }();
  return found.ok() ? tell_decomposition(session, options, *found) : session.failed(found.error());
}

}  // namespace

Action add_plan_decompose(CLI::App* part) {
  const auto options = std::make_shared<DecomposeOptions>();
  part->add_option("goal", options->goal, "What is to be reached")->type_name("GOAL");
  part->add_option("--file", options->file, "What is known of it; - for standard input")
      ->type_name("FILE");
  part->add_option(
          "--with", options->command, "Ask this command: prompt on stdin, answer on stdout"
  )
      ->type_name("COMMAND");
  part->add_option(
          "--endpoint",
          options->endpoint,
          "Ask a model there, as OpenAI's API: http(s)://HOST/v1; else EVENER_MODEL_URL, "
          "OPENAI_BASE_URL"
  )
      ->type_name("URL");
  part->add_option("--model", options->model, "Which one; else EVENER_MODEL")->type_name("NAME");
  part->add_option(
          "--key-env", options->key_env, "The variable that holds the key; else OPENAI_API_KEY"
  )
      ->type_name("VARIABLE");
  add_duration(part, "--timeout", options->timeout, "How long an answer may take; 5m by default");
  part->add_option(
          "--rounds", options->rounds, "How often to ask, with what was wrong; 3 by default"
  )
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, most_rounds));
  part->add_option("--task", options->task, "Divide this task of the pool into subtasks")
      ->type_name("ID");
  part->add_flag("--apply", options->apply, "Import the plan into the pool");
  part->add_option(
          "-o,--output", options->output, "Write the plan there: TOML, or JSON by its name"
  )
      ->type_name("FILE");
  return [options](Session& session) { return decompose_goal(session, *options); };
}

}  // namespace evener
