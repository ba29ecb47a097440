#include "cli/attempt_flags.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

namespace evener {
namespace {

// What was shown must not be taken for nothing: then the ticket's would be used.
Result<Fence> read_fence(std::string_view name, const std::string& text) {
  Fence fence;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, fence.value);
  if (problem == std::errc{} && rest == end && fence.value > 0) return fence;
  return Error{"usage", fmt::format("{} is no fence: '{}'; expected a number from 1", name, text)};
}

}  // namespace

TicketFile ticket_of(const Session& session, const std::string& worker) {
  const Result<PoolFolder> folder = session.folder();
  if (folder.ok()) return {folder->tickets(), worker};
  const std::string state = environment("XDG_STATE_HOME");
  const std::string home = state.empty() ? environment("HOME") + "/.local/state" : state;
  return {home + "/evener/tickets", worker};
}

void AttemptFlags::add_to(CLI::App* verb) {
  verb->add_option("task", task_, "Its id; without it, the one that this terminal holds")
      ->type_name("TASK");
  verb->add_option("--worker", worker_, "Who holds it (else EVENER_WORKER, else this terminal)")
      ->type_name("NAME");
  fence_option_ =
      verb->add_option("--fence", fence_, "The claim's fence (else EVENER_FENCE, else the ticket)")
          ->type_name("N");
}

Result<AttemptName> AttemptFlags::resolve(const Session& session) const {
  AttemptName name{
      .task = task_.empty() ? environment("EVENER_TASK") : task_,
      .worker = worker_.empty() ? session.worker() : worker_
  };
  if (fence_option_->count() > 0) name.fence = TRY(read_fence("--fence", fence_));
  const std::string from_environment = environment("EVENER_FENCE");
  const bool same_task =
      task_.empty() || environment("EVENER_TASK").empty() || task_ == environment("EVENER_TASK");
  if (name.fence.value == 0 && !from_environment.empty() && same_task) {
    name.fence = TRY(read_fence("EVENER_FENCE", from_environment));
  }
  if (name.fence.value != 0 && !name.task.empty()) return name;
  const Ticket ticket = TRY(ticket_of(session, name.worker).read());
  for (const TicketEntry& entry : ticket.claims) {
    if (!name.task.empty() ? entry.task == name.task : ticket.claims.size() == 1) {
      name.task = entry.task;
      if (name.fence.value == 0) name.fence = entry.fence;
      return name;
    }
  }
  if (name.task.empty() && ticket.claims.size() > 1) {
    return Error{
        "usage", fmt::format("{} holds {} tasks; name one", name.worker, ticket.claims.size())
    };
  }
  return Error{
      "usage",
      fmt::format(
          "{} has no ticket{}; claim it first, or show its fence with --fence",
          name.worker,
          name.task.empty() ? "" : " for " + name.task
      )
  };
}

}  // namespace evener
