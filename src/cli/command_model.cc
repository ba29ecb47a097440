#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "cli/language_model.h"

namespace evener {
namespace {

constexpr Millis grace_before_kill_ms = 2000;  // from SIGTERM to SIGKILL

// What a command reads: the first message alone, and behind it what was said since.
std::string prompt_of(const std::vector<ModelMessage>& messages) {
  std::string out;
  for (const ModelMessage& message : messages) {
    if (message.role == "assistant") out += "\n==== Your answer was:\n";
    if (message.role == "user" && !out.empty()) out += "\n==== ";
    out += message.text;
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

// Waits for the command's end, and sees to it when time is over or a stop came.
Status wait_for_end(Process& process, Millis timeout_ms, int stop_descriptor) {
  const Millis deadline = steady_ms() + timeout_ms;
  Status ended = Done{};
  bool is_told = false;
  for (;;) {
    const Millis left = std::max<Millis>(0, deadline - steady_ms());
    const Wake wake = process.poll(is_told ? -1 : left, is_told ? -1 : stop_descriptor);
    if (wake == Wake::exited) return ended;
    const bool is_too_long = process.output().total() > longest_model_answer;
    if (is_told || (wake == Wake::output && !is_too_long)) continue;
    is_told = true;
    if (wake == Wake::woken) {
      ended = Error{"interrupted", "stopped while the command ran"};
    } else if (is_too_long) {
      ended = Error{
          "bad_reply", fmt::format("the command printed more than {} bytes", longest_model_answer)
      };
    } else {
      ended = Error{
          "timeout", fmt::format("the command took longer than {}", format_duration(timeout_ms))
      };
    }
    TRY(process.kill(grace_before_kill_ms));
  }
}

std::string last_line_of(std::string_view text) {
  constexpr std::size_t longest = 300;
  const std::string_view said = trimmed(text);
  return valid_utf8(said.substr(said.rfind('\n') + 1).substr(0, longest));
}

}  // namespace

// Its stderr goes to a file: what a command says of itself is no part of its answer.
Result<ModelAnswer> CommandModel::ask(const std::vector<ModelMessage>& messages) {
  const std::string errors = options_.folder + "/stderr";
  const ProcessSpec spec{
      .argv = {"/bin/sh", "-c", "exec 2>\"$0\"; eval \"$1\"", errors, options_.command},
      .input = prompt_of(messages),
      .output = {.head = longest_model_answer, .tail = 0}
  };
  const std::unique_ptr<Process> process = TRY(processes_.start(spec));
  TRY(wait_for_end(*process, options_.timeout_ms, options_.stop_descriptor));
  const Exit exit = process->exit().value_or(Exit{.code = -1});
  if (exit.succeeded()) return ModelAnswer{.text = process->output().text()};
  std::string problem = exit.signal != 0 ? fmt::format("ended by signal {}", exit.signal)
                                         : fmt::format("ended with exit code {}", exit.code);
  const Result<std::string> said = read_file(errors);
  if (said.ok() && !trimmed(*said).empty()) problem += ": " + last_line_of(*said);
  return Error{"model_failed", "the command " + problem};
}

}  // namespace evener
