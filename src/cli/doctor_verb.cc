#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/verb.h"
#include "core/recount.h"
#include "engine/blobs.h"
#include "engine/pool_file.h"
#include "server/access_list.h"
#include "server/tokens.h"

namespace evener {
namespace {

// What commands printed, of the attempts that facts tell the end of.
void add_outputs(const FactBody& body, std::vector<BlobRef>& outputs) {
  const auto add = [&](const Evidence& evidence) {
    if (evidence.output) outputs.push_back(*evidence.output);
  };
  std::visit(
      [&](const auto& fact) {
        if constexpr (requires { fact.run.output; }) add(fact.run);
        if constexpr (requires { fact.verify.output; }) add(fact.verify);
      },
      body
  );
}

struct Outputs {
  std::size_t named = 0;          // by facts
  std::vector<Error> wrong = {};  // missing or damaged
};

Result<Outputs> check_outputs(PoolHistory& history, const PoolFolder& folder) {
  std::vector<BlobRef> named;
  TRY(history.read(Seq{1}, history.end(), [&](const Fact& fact) {
    add_outputs(fact.body, named);
    return true;
  }));
  Outputs outputs{.named = named.size()};
  const BlobStore blobs(folder.blobs());
  for (const BlobRef& output : named) {
    const Result<std::string> bytes = blobs.get(output);
    if (!bytes.ok()) outputs.wrong.push_back(bytes.error());
  }
  return outputs;
}

// What else keeps a server from its start; with the lock, every command.
Status check_start(const PoolFolder& folder) {
  struct stat lock{};
  if (::stat(folder.lock().c_str(), &lock) == 0 && !S_ISREG(lock.st_mode)) {
    return damaged_file(
        {"file_damaged", "it is no regular file", folder.lock()},
        "remove it, and the next command makes it anew"
    );
  }
  const Result<Tokens> tokens = Tokens::read(folder.tokens());
  if (!tokens.ok() && tokens.error().code != "file_missing") return tokens.error();
  return Done{};
}

struct Findings {
  Recovered recovered;
  Outputs outputs = {};
};

// Everything that can be checked without changing anything.
Result<Findings> findings_of(const PoolFolder& folder) {
  // Before the journal is looked at: a server may go on meanwhile.
  const std::vector<Seq> saved = SnapshotStore(folder.snapshots()).saved();
  TRY(verify_pool(folder));
  TRY(read_access_list(folder));
  TRY(check_start(folder));
  const auto history = TRY(PoolHistory::open(folder));
  if (!saved.empty() && saved.front() > history->end()) {
    return Error{
        "journal_damaged",
        fmt::format(
            "there is a snapshot of fact {}, and the journal ends at fact {}: its newest facts are "
            "lost. If an older copy was put back on purpose, remove the snapshots",
            saved.front().value,
            history->end().value
        ),
        folder.journal()
    };
  }
  Findings found{.recovered = TRY(history->now())};
  const std::vector<std::string> wrong = Recount::differences(*found.recovered.pool);
  if (!wrong.empty()) return Error{"recount_differs", wrong.front(), folder.path};
  found.outputs = TRY(check_outputs(*history, folder));
  return found;
}

std::string snapshot_text(const Recovered& recovered) {
  std::string text = recovered.snapshot.value == 0
                         ? "none; a start replays the whole log"
                         : fmt::format("of fact {}", recovered.snapshot.value);
  for (const Error& skipped : recovered.skipped)
    text += "\n         passed over: " + skipped.text();
  return text;
}

ExitCode examine(Session& session) {
  const Result<PoolFolder> folder = session.own_folder();
  if (!folder.ok()) return session.failed(folder.error());
  if (!session.json) session.print("pool     " + folder->path);
  const Result<Findings> found = findings_of(*folder);
  if (!found.ok()) return session.failed(found.error());
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const State& state = found->recovered.pool->state();
  const Outputs& outputs = found->outputs;
  JsonArray skipped;
  for (const Error& error : found->recovered.skipped) skipped.emplace_back(error.text());
  const std::string text = fmt::format(
      "journal  {} facts, the chain is whole\n"
      "snapshot {}\n"
      "state    {} tasks, {} workers; what is kept of it, replay and recount agree\n"
      "outputs  {} named by facts, {}\n"
      "reached  through {}",
      state.last.value,
      snapshot_text(found->recovered),
      state.tasks.size(),
      state.workers.size(),
      outputs.named,
      outputs.wrong.empty() ? "all there and whole"
                            : fmt::format("{} missing or damaged", outputs.wrong.size()),
      (*client)->place()
  );
  if (!outputs.wrong.empty()) {
    if (!session.json) session.print(text);
    return session.failed(outputs.wrong.front());
  }
  return session.done(
      JsonObject{
          {"path", folder->path},
          {"facts", state.last.value},
          {"tasks", state.tasks.size()},
          {"workers", state.workers.size()},
          {"snapshot", found->recovered.snapshot.value},
          {"skipped", std::move(skipped)},
          {"outputs", outputs.named},
          {"place", (*client)->place()}
      },
      text
  );
}

}  // namespace

void add_doctor(CommandLine& line) {
  line.add(
      "doctor",
      "Check the pool's files from end to end; changes nothing",
      "  evener doctor",
      examine
  );
}

}  // namespace evener
