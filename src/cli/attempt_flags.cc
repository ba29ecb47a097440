#include "cli/attempt_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "views/tasks.h"

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

// Whether the attempt has ended, and not by a lapse, which its holder may still revive.
Result<bool> is_over(Client& client, const TicketEntry& entry) {
  Query query;
  query.kind = QueryKind::task;
  query.task = entry.task;
  const Result<TaskView> view = ask_for<TaskView>(client, query);
  if (!view.ok()) {
    if (view.error().code == "unknown_task") return true;
    return view.error();
  }
  if (view->attempts.empty()) return true;
  const AttemptRow& newest = view->attempts.front();
  return newest.fence != entry.fence ||
         (newest.outcome != AttemptOutcome::running && newest.outcome != AttemptOutcome::lapsed);
}

// Lets go of those that the pool says are over: their leases lapsed, say, and others took over.
Result<Ticket> without_ended(Session& session, const TicketFile& file, const Ticket& ticket) {
  Client* const client = TRY(session.client());
  Ticket left;
  for (const TicketEntry& entry : ticket.claims) {
    if (!TRY(is_over(*client, entry))) {
      left.claims.push_back(entry);
    } else {
      TRY(file.remove(entry));
    }
  }
  return left;
}

std::string variable_advice(const std::string& task) {
  return fmt::format("EVENER_TASK names {}; unset it", safe_text(task));
}

std::string names_in(const Ticket& ticket) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, ticket.claims.size()); ++i) {
    text += (i == 0 ? "" : ", ") + ticket.claims[i].task;
  }
  return ticket.claims.size() > most ? text + ", ..." : text;
}

}  // namespace

std::string name_advice(const std::string& given_name) {
  if (!given_name.empty() || !environment("EVENER_WORKER").empty()) return "";
  return has_terminal() ? "if another agent shares this terminal, give each a name of its own: "
                          "export EVENER_WORKER=NAME"
                        : "without a terminal every new session is another worker; keep one name: "
                          "export EVENER_WORKER=NAME";
}

std::string state_folder() {
  const std::string state = environment("XDG_STATE_HOME");
  return (state.empty() ? environment("HOME") + "/.local/state" : state) + "/evener";
}

// Pools at other addresses have tasks and fences of their own.
TicketFile ticket_of(const Session& session, const std::string& worker) {
  const std::string address = session.server_address();
  const Result<PoolFolder> folder = session.folder();
  if (address.empty() && folder.ok()) return {folder->tickets(), worker};
  return {state_folder() + "/tickets", worker + " at " + address};
}

ExitCode give_about(
    Session& session, const AttemptName& name, Command command, bool ends, const Session::Show& show
) {
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  const Result<Answer> answer = call_one(**client, std::move(command));
  if (!answer.ok()) return session.failed(answer.error());
  const std::string code = answer->refusal ? answer->refusal->code : "";
  if (answer->ok ? ends : code == "stale_fence" || code == "attempt_over") {
    const Status dropped = ticket_of(session, name.worker).remove({name.task, name.fence});
    if (!dropped.ok()) session.say("warning: its ticket is still there: " + dropped.error().text());
  }
  const ExitCode told = session.answered(*answer, show);
  // A variable that an earlier claim left in this shell is easily forgotten.
  if (name.is_from_environment && (code == "stale_fence" || code == "attempt_over")) {
    session.say("  or: " + variable_advice(name.task));
  }
  return told;
}

void AttemptFlags::add_to(CLI::App* verb) {
  verb->add_option(
          "task", task_, "Its id (else EVENER_TASK, else the one that this terminal holds)"
  )
      ->type_name("TASK");
  verb->add_option("--worker", worker_, "Who holds it (else EVENER_WORKER, else this terminal)")
      ->type_name("NAME");
  fence_option_ =
      verb->add_option("--fence", fence_, "The claim's fence (else EVENER_FENCE, else the ticket)")
          ->type_name("N");
}

Result<AttemptName> AttemptFlags::resolve(Session& session) const {
  AttemptName name{
      .task = task_.empty() ? environment("EVENER_TASK") : task_,
      .worker = worker_.empty() ? session.worker() : worker_
  };
  name.is_from_environment = task_.empty() && !name.task.empty();
  if (fence_option_->count() > 0) name.fence = TRY(read_fence("--fence", fence_));
  const std::string from_environment = environment("EVENER_FENCE");
  const bool same_task =
      task_.empty() || environment("EVENER_TASK").empty() || task_ == environment("EVENER_TASK");
  if (name.fence.value == 0 && !from_environment.empty() && same_task) {
    name.fence = TRY(read_fence("EVENER_FENCE", from_environment));
  }
  if (name.fence.value != 0 && !name.task.empty()) return name;
  return held(session, std::move(name));
}

// Completes it from the ticket.
Result<AttemptName> AttemptFlags::held(Session& session, AttemptName name) const {
  const TicketFile file = ticket_of(session, name.worker);
  Ticket ticket = TRY(file.read());
  if (name.task.empty() && ticket.claims.size() > 1) {
    const Ticket left = TRY(without_ended(session, file, ticket));
    // Whoever was at one of them must not end another by the same words.
    if (left.claims.size() == 1) {
      std::erase(ticket.claims, left.claims.front());
      return Error{
          "usage",
          fmt::format(
              "{} {} not held any more; name one: {}",
              names_in(ticket),
              ticket.claims.size() == 1 ? "is" : "are",
              names_in(left)
          )
      };
    }
    ticket = left;
  }
  for (const TicketEntry& entry : ticket.claims) {
    if (!name.task.empty() ? entry.task == name.task : ticket.claims.size() == 1) {
      name.task = entry.task;
      if (name.fence.value == 0) name.fence = entry.fence;
      return name;
    }
  }
  if (name.task.empty() && ticket.claims.size() > 1) {
    return Error{
        "usage",
        fmt::format(
            "{} holds {} tasks; name one: {}", name.worker, ticket.claims.size(), names_in(ticket)
        )
    };
  }
  std::string advice = name_advice(worker_);
  if (name.is_from_environment) {
    advice = variable_advice(name.task) + (advice.empty() ? "" : "; ") + advice;
  }
  return Error{
      "usage",
      fmt::format(
          "{} has no ticket{}; claim it first, or show its fence with --fence{}{}",
          name.worker,
          name.task.empty() ? "" : " for " + name.task,
          advice.empty() ? "" : "; ",
          advice
      )
  };
}

}  // namespace evener
