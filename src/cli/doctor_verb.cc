#include <fmt/format.h>

#include "cli/verb.h"
#include "core/recount.h"
#include "engine/pool_file.h"

namespace evener {
namespace {

// Everything that can be checked without changing anything, and what came of each check.
ExitCode examine(Session& session) {
  const Result<PoolFolder> folder = session.own_folder();
  if (!folder.ok()) return session.failed(folder.error());
  if (!session.json) session.print("pool     " + folder->path);
  const Status verified = verify_pool(*folder);
  if (!verified.ok()) return session.failed(verified.error());
  const auto history = PoolHistory::open(*folder);
  if (!history.ok()) return session.failed(history.error());
  const Result<Recovered> recovered = (*history)->now();
  if (!recovered.ok()) return session.failed(recovered.error());
  const std::vector<std::string> wrong = Recount::differences(*recovered->pool);
  if (!wrong.empty()) return session.failed({"recount_differs", wrong.front(), folder->path});
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const State& state = recovered->pool->state();
  return session.done(
      JsonObject{
          {"path", folder->path},
          {"facts", state.last.value},
          {"tasks", state.tasks.size()},
          {"workers", state.workers.size()},
          {"place", (*client)->place()}
      },
      fmt::format(
          "journal  {} facts, the chain is whole\n"
          "state    {} tasks, {} workers; replay, snapshot and recount agree\n"
          "reached  through {}",
          state.last.value,
          state.tasks.size(),
          state.workers.size(),
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
