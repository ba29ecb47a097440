#include <algorithm>
#include <cstdlib>

#include "cli/attempt_flags.h"
#include "cli/verb.h"

namespace evener {
namespace {

// Whoever holds the task here writes the note: it is a report of that worker.
std::string holder_here(const Session& session, const std::string& task) {
  const char* const running = std::getenv("EVENER_TASK");
  const bool is_ours = running != nullptr && std::getenv("EVENER_WORKER") != nullptr;
  if (is_ours && task == running) return session.worker();
  const Result<Ticket> ticket = ticket_of(session, session.worker()).read();
  const bool is_held =
      ticket.ok() &&
      std::any_of(ticket->claims.begin(), ticket->claims.end(), [&](const TicketEntry& entry) {
        return entry.task == task;
      });
  return is_held ? session.worker() : "";
}

}  // namespace

void add_note(CommandLine& line) {
  struct Options {
    std::string task;
    std::vector<std::string> words;
    std::string worker;
    bool finding = false;
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "note",
      "Write a note on a task; a finding is handed to its next holder",
      "  evener note restore-8000 'the port is taken by an old process'\n"
      "  evener note restore-8000 --finding 'start it with --no-cache'\n"
      "  evener note --worker walnut-1 'back after lunch'",
      [options](Session& session) {
        AddNote command{
            .task = options->task, .worker = options->worker, .finding = options->finding
        };
        std::vector<std::string> words = options->words;
        if (words.empty() && !options->worker.empty())
          std::swap(words.emplace_back(), command.task);
        for (const std::string& word : words) {
          command.text += (command.text.empty() ? "" : " ") + word;
        }
        if (command.finding && command.task.empty()) {
          return session.failed(
              {"usage",
               "a finding is handed to the next holder of a task: evener note TASK --finding TEXT",
               "--finding"}
          );
        }
        if (command.worker.empty()) command.worker = holder_here(session, command.task);
        return session.give(std::move(command), [&](const Json&) { session.print("noted"); });
      }
  );
  verb->add_option("task", options->task, "On this task")->type_name("TASK");
  verb->add_option("text", options->words, "The note")->type_name("TEXT");
  verb->add_option(
          "--worker",
          options->worker,
          "On this worker, or by it (else by whoever holds the task here)"
  )
      ->type_name("NAME");
  verb->add_flag("--finding", options->finding, "Hand it to the task's next holder");
}

}  // namespace evener
