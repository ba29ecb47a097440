// A verb of the command line: its flags, its help with examples, and what it does. One file a verb.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/session.h"

namespace evener {

using Action = std::function<ExitCode(Session&)>;

// Where verbs are added, and where the chosen one leaves its exit code.
struct CommandLine {
  CLI::App& app;
  Session& session;
  ExitCode exit = ExitCode::done;

  // `examples` end the verb's help, one a line.
  CLI::App* add(
      const std::string& name,
      const std::string& summary,
      const std::string& examples,
      Action action
  );
};

// Adds a flag that takes a duration ("30s"); the text is read by duration_of().
void add_duration(
    CLI::App* verb, const std::string& flag, std::string& text, const std::string& help
);

// 0 stands for "not given". Fails with `bad_duration`.
Result<Millis> duration_of(const std::string& text);

// For how long something is good, by `--expires`; 0 if nothing was given. Fails with `usage` for 0,
// which would be taken for that, and with `bad_duration`.
Result<Millis> lifetime_of(const std::optional<std::string>& text);

// Checks what a flag that counts was given: "" if it is a whole number from 0, else what is wrong.
std::string whole_number(const std::string& text);

void add_add(CommandLine& line);
void add_approve(CommandLine& line);
void add_beat(CommandLine& line);
void add_block(CommandLine& line);
void add_blockers(CommandLine& line);
void add_cancel(CommandLine& line);
void add_claim(CommandLine& line);
void add_completion(CommandLine& line);
void add_configure(CommandLine& line);
void add_doctor(CommandLine& line);
void add_drain(CommandLine& line);
void add_edit(CommandLine& line);
void add_estimates(CommandLine& line);
void add_export(CommandLine& line);
void add_fail(CommandLine& line);
void add_files(CommandLine& line);
void add_finish(CommandLine& line);
void add_forecast(CommandLine& line);
void add_forward(CommandLine& line);
void add_gate(CommandLine& line);
void add_hold(CommandLine& line);
void add_hook(CommandLine& line);
void add_import(CommandLine& line);
void add_init(CommandLine& line);
void add_invite(CommandLine& line);
void add_join(CommandLine& line);
void add_list(CommandLine& line);
void add_lock(CommandLine& line);
void add_locks(CommandLine& line);
void add_log(CommandLine& line);
void add_machine(CommandLine& line);
void add_machines(CommandLine& line);
void add_note(CommandLine& line);
void add_open(CommandLine& line);
void add_phase(CommandLine& line);
void add_phases(CommandLine& line);
void add_plan(CommandLine& line);
void add_progress(CommandLine& line);
void add_release(CommandLine& line);
void add_reopen(CommandLine& line);
void add_report(CommandLine& line);
void add_resolve(CommandLine& line);
void add_resume(CommandLine& line);
void add_show(CommandLine& line);
void add_status(CommandLine& line);
void add_tick(CommandLine& line);
void add_token(CommandLine& line);
void add_top(CommandLine& line);
void add_up(CommandLine& line);
void add_version(CommandLine& line);
void add_why(CommandLine& line);
void add_work(CommandLine& line);
void add_workers(CommandLine& line);
void add_send(CommandLine& line);
void add_inbox(CommandLine& line);
void add_ack(CommandLine& line);
void add_follow(CommandLine& line);
void add_lead(CommandLine& line);
void add_journal(CommandLine& line);
void add_mark(CommandLine& line);
void add_marks(CommandLine& line);
void add_measure(CommandLine& line);
void add_measures(CommandLine& line);
void add_schedule(CommandLine& line);
void add_schedules(CommandLine& line);

}  // namespace evener
