#include <fmt/format.h>
#include <poll.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "cli/import_order.h"
#include "cli/stop_signal.h"
#include "cli/verb.h"
#include "formats/dashboard.h"
#include "formats/framework.h"
#include "formats/plan.h"

namespace evener {
namespace {

struct Options {
  std::string file;
  std::string format = "detect";
  bool strict = false;
  bool dry_run = false;
  bool follow = false;
};

struct Imported {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  std::vector<std::string> notices;
};

Result<Plan> read_claims_folder(const std::string& path) {
  std::vector<ClaimFile> files;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(path, problem)) {
    if (!entry.is_regular_file()) continue;
    files.push_back({entry.path().filename().string(), TRY(read_file(entry.path().string()))});
  }
  if (problem) return Error{"file_missing", problem.message(), path};
  return read_claims(std::move(files));
}

Result<Plan> read_source(const Options& options) {
  if (std::filesystem::is_directory(options.file)) return read_claims_folder(options.file);
  const std::string text = TRY(read_file(options.file));
  return read_plan(
      text,
      options.file,
      enum_of<PlanFormat>(options.format).value_or(PlanFormat::detect),
      {.strict = options.strict}
  );
}

Result<bool> exists(Client& client, const std::string& task) {
  Query query;
  query.kind = QueryKind::task;
  query.task = task;
  const Result<std::string> found = client.ask(query);
  if (found.ok()) return true;
  if (found.error().code == "unknown_task") return false;
  return found.error();
}

// So that a plan in several pieces is not half in the pool before its last piece is refused.
Status check_needs(Client& client, const std::vector<TaskSpec>& tasks) {
  for (const std::string& id : missing_from(tasks)) {
    if (!TRY(exists(client, id))) {
      return Error{
          "need_missing",
          fmt::format("'{}' is needed, but is neither in the file nor in the pool", id)
      };
    }
  }
  return Done{};
}

Status accepted(const Answer& answer, const std::string& subject) {
  if (answer.ok) return Done{};
  return Error{answer.refusal->code, answer.refusal->message, subject};
}

void count(const Answer& answer, std::size_t given, Imported& imported) {
  const Result<Json> result = parse_json(answer.result.text);
  if (!result.ok()) return;
  const auto size = [&](std::string_view name) -> std::size_t {
    const Json* list = result->get_object().if_contains(name);
    return list != nullptr && list->is_array() ? list->get_array().size() : 0;
  };
  imported.added += size("added");
  imported.changed += size("changed");
  imported.unchanged += given - size("added") - size("changed");
}

// What another tool knew of a task, as far as it can be taken over: done, failed, cancelled and
// held are; work in progress is offered again, for nobody here holds a lease on it.
Result<std::string> take_over(Client& client, const ImportedState& state) {
  const std::string worker = state.worker.empty() ? "import" : state.worker;
  const auto text = fmt::format("was {} when it was imported", state.status);
  std::vector<Command> commands;
  if (state.status == "cancelled") {
    commands.emplace_back(Cancel{state.task, text});
  } else if (state.status == "held") {
    commands.emplace_back(Hold{state.task, text});
  } else if (state.status == "running") {
    commands.emplace_back(
        AddNote{.task = state.task, .text = fmt::format("{}, by {}", text, worker), .finding = true}
    );
  } else if (state.status == "done" || state.status == "failed") {
    const Answer claim = TRY(call_one(client, Claim{.worker = worker, .task = state.task}));
    if (!claim.ok) return fmt::format("{} stays open: {}", state.task, claim.refusal->message);
    const Json granted = TRY(parse_json(claim.result.text));
    const Fence fence{granted.at("fence").get_int64()};
    if (state.status == "failed") {
      Fail fail{.task = state.task, .worker = worker, .fence = fence};
      fail.reason = text;
      fail.final = true;
      commands.emplace_back(std::move(fail));
    } else {
      Finish finish{.task = state.task, .worker = worker, .fence = fence};
      finish.result = text;
      commands.emplace_back(std::move(finish));
    }
    const Answer answer = TRY(call_one(client, commands.back()));
    if (answer.ok) return std::string();
    Release release{.task = state.task, .worker = worker, .fence = fence};
    TRY(call_one(client, std::move(release)));
    return fmt::format("{} stays open: {}", state.task, answer.refusal->message);
  }
  for (Command& command : commands) {
    const Answer answer = TRY(call_one(client, std::move(command)));
    if (!answer.ok) return fmt::format("{}: {}", state.task, answer.refusal->message);
  }
  return std::string();
}

bool says_nothing(const PoolCard& card) {
  return card == PoolCard{};
}

Status import_all(Client& client, Plan plan, Imported& imported) {
  TRY(check_needs(client, plan.tasks));
  std::vector<Request> described;
  for (const WorkerSpec& worker : plan.workers) described.push_back({"", RegisterWorker{worker}});
  if (plan.settings || !says_nothing(plan.card)) {
    Configure configure;
    if (!says_nothing(plan.card)) configure.card = plan.card;
    configure.settings = plan.settings;
    described.push_back({"", std::move(configure)});
  }
  std::vector<AddTasks> commands = TRY(import_commands(std::move(plan.tasks)));
  if (!described.empty()) {
    const std::vector<Answer> answers = TRY(client.call(std::move(described)));
    for (const Answer& answer : answers) TRY(accepted(answer, "workers and settings"));
  }
  for (AddTasks& command : commands) {
    const std::size_t given = command.tasks.size();
    const Answer answer = TRY(call_one(client, std::move(command)));
    TRY(accepted(answer, "tasks"));
    count(answer, given, imported);
  }
  for (const ImportedState& state : plan.states) {
    if (!TRY(exists(client, state.task))) {
      TaskSpec known;
      known.id = state.task;
      AddTasks command;
      command.tasks.push_back(std::move(known));
      TRY(call_one(client, std::move(command)));
      ++imported.added;
    }
    if (std::string notice = TRY(take_over(client, state)); !notice.empty()) {
      imported.notices.push_back(std::move(notice));
    }
  }
  return Done{};
}

ExitCode import_once(Session& session, const Options& options) {
  Result<Plan> plan = read_source(options);
  if (!plan.ok()) return session.failed(plan.error());
  for (const std::string& notice : plan->notices) session.say("note: " + safe_text(notice));
  if (options.dry_run) {
    return session.done(
        JsonObject{{"tasks", plan->tasks.size()}, {"states", plan->states.size()}},
        fmt::format(
            "{} holds {} tasks and {} states; nothing was imported",
            options.file,
            plan->tasks.size(),
            plan->states.size()
        )
    );
  }
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Imported imported;
  const Status done = import_all(**client, std::move(*plan), imported);
  for (const std::string& notice : imported.notices) session.say("note: " + safe_text(notice));
  if (!done.ok()) return session.failed(done.error());
  return session.done(
      JsonObject{
          {"added", imported.added},
          {"changed", imported.changed},
          {"unchanged", imported.unchanged}
      },
      fmt::format(
          "added {}, changed {}, unchanged {}", imported.added, imported.changed, imported.unchanged
      )
  );
}

// One line of a followed file is one task; a line that is wrong is named, and the next is read.
void import_line(Session& session, Client& client, const Result<FollowedTask>& line) {
  if (!line.ok()) {
    session.say("error: " + safe_text(line.error().text()));
    return;
  }
  AddTasks command;
  command.tasks.push_back(line->task);
  command.update = true;
  const Result<Answer> answer = call_one(client, std::move(command));
  if (!answer.ok()) {
    session.say("error: " + safe_text(answer.error().text()));
  } else if (!answer->ok) {
    session.say(fmt::format("refused: line {}: {}", line->line, safe_text(answer->refusal->message))
    );
  } else {
    session.print(fmt::format("line {}: {}", line->line, line->task.id));
  }
}

ExitCode import_following(Session& session, const Options& options) {
  constexpr int look_again_ms = 200;
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  std::ifstream file(options.file, std::ios::binary);
  if (!file) return session.failed({"file_missing", "it cannot be opened", options.file});
  JsonlFollower follower(options.file, {.strict = options.strict});
  std::string bytes(64 * 1024, '\0');
  for (;;) {
    file.clear();
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    for (const auto& line : follower.feed(std::string_view(bytes).substr(0, count))) {
      import_line(session, **client, line);
    }
    pollfd stopped{*stop, POLLIN, 0};
    if (::poll(&stopped, 1, count > 0 ? 0 : look_again_ms) > 0) return ExitCode::done;
  }
}

}  // namespace

void add_import(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "import",
      "Import a plan; importing it again changes only what differs",
      "  evener import plan.toml\n"
      "  evener import pool.json --strict\n"
      "  evener import --follow /tmp/task_pool.jsonl\n"
      "  evener import /tmp/claims",
      [options](Session& session) {
        return options->follow ? import_following(session, *options)
                               : import_once(session, *options);
      }
  );
  verb->add_option("file", options->file, "The plan's file, or a folder of claims")
      ->type_name("FILE")
      ->required();
  verb->add_option("--format", options->format, "Its format, if it is not seen")
      ->check(CLI::IsMember(std::vector<std::string>(
          EnumNames<PlanFormat>::names.begin(), EnumNames<PlanFormat>::names.end()
      )));
  verb->add_flag(
      "--strict",
      options->strict,
      "Capabilities of the framework's pool are required, not preferred"
  );
  verb->add_flag("--dry-run", options->dry_run, "Only read and check it");
  verb->add_flag("--follow", options->follow, "Add lines of a JSONL file as they appear");
}

}  // namespace evener
