#include <fmt/format.h>

#include "cli/verb.h"
#include "core/recount.h"
#include "engine/blobs.h"
#include "engine/pool_file.h"
#include "server/access_list.h"

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

// How many of them are there and whole: all, or it fails.
Result<std::size_t> check_outputs(PoolHistory& history, const PoolFolder& folder) {
  std::vector<BlobRef> outputs;
  TRY(history.read(Seq{1}, history.end(), [&](const Fact& fact) {
    add_outputs(fact.body, outputs);
    return true;
  }));
  const BlobStore blobs(folder.blobs());
  for (const BlobRef& output : outputs) TRY(blobs.get(output));
  return outputs.size();
}

struct Findings {
  Recovered recovered;
  std::size_t outputs = 0;
};

// Everything that can be checked without changing anything.
Result<Findings> findings_of(const PoolFolder& folder) {
  // Before the journal is looked at: a server may go on meanwhile.
  const std::vector<Seq> saved = SnapshotStore(folder.snapshots()).saved();
  TRY(verify_pool(folder));
  TRY(read_access_list(folder));
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
  JsonArray skipped;
  for (const Error& error : found->recovered.skipped) skipped.emplace_back(error.text());
  return session.done(
      JsonObject{
          {"path", folder->path},
          {"facts", state.last.value},
          {"tasks", state.tasks.size()},
          {"workers", state.workers.size()},
          {"snapshot", found->recovered.snapshot.value},
          {"skipped", std::move(skipped)},
          {"outputs", found->outputs},
          {"place", (*client)->place()}
      },
      fmt::format(
          "journal  {} facts, the chain is whole\n"
          "snapshot {}\n"
          "state    {} tasks, {} workers; what is kept of it, replay and recount agree\n"
          "outputs  {} named by facts, all there and whole\n"
          "reached  through {}",
          state.last.value,
          snapshot_text(found->recovered),
          state.tasks.size(),
          state.workers.size(),
          found->outputs,
          (*client)->place()
      )
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
