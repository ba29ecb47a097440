// evener-history: takes a history from real processes, and judges it. Exits with 0 if it can be
// explained, 1 if it cannot, 2 if it was not worth judging.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <span>

#include "base/file.h"
#include "history/linearizability.h"
#include "history/pool_client.h"
#include "history/trial.h"

namespace evener::history {
namespace {

constexpr int explained = 0;
constexpr int broken = 1;
constexpr int unusable = 2;
constexpr std::size_t shown_at_most = 60;

struct Wish {
  TrialOptions trial;
  std::string keep;
};

constexpr std::string_view usage =
    "usage: evener-history EVENER [--way served|files|mixed] [--seconds N] [--clients N] [--seed "
    "N]\n"
    "                      [--keep FILE]\n"
    "Clients work on a pool that the program EVENER keeps, while its server is killed and started\n"
    "again; then what they were told is held against what one task may answer.\n";

bool read_number(std::string_view text, auto& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out > 0;
}

bool read_option(Wish& wish, std::string_view name, std::string_view value) {
  if (name == "--seconds") return read_number(value, wish.trial.seconds);
  if (name == "--clients") return read_number(value, wish.trial.clients);
  if (name == "--seed") return read_number(value, wish.trial.seed);
  if (name == "--keep") {
    wish.keep = value;
    return true;
  }
  const std::optional<Way> way = name == "--way" ? enum_of<Way>(value) : std::nullopt;
  if (way) wish.trial.way = *way;
  return way.has_value();
}

std::optional<Wish> read_wish(std::span<char* const> arguments) {
  if (arguments.size() < 2 || arguments.size() % 2 != 0) return std::nullopt;
  Wish wish;
  wish.trial.evener = arguments[1];
  for (std::size_t i = 2; i < arguments.size(); i += 2) {
    if (!read_option(wish, arguments[i], arguments[i + 1])) return std::nullopt;
  }
  return wish;
}

Status keep(const std::string& path, const History& history) {
  std::string text;
  for (const Operation& operation : history) text += to_line(operation) + "\n";
  return write_file_atomic(path, text, 0600);
}

void show_part(const Verdict& verdict, Micros began) {
  const std::size_t from =
      verdict.part.size() > shown_at_most ? verdict.part.size() - shown_at_most : 0;
  for (Operation operation : std::span(verdict.part).subspan(from)) {
    operation.called -= began;
    if (operation.returned != never) operation.returned -= began;
    fmt::print("  {}\n", describe(operation));
  }
}

// A run in which hardly anything was answered, or nobody was killed, says nothing.
std::string why_unusable(const TrialOptions& options, const Trial& trial, std::int64_t answered) {
  const std::int64_t least = options.seconds * (options.way == Way::served ? 100 : 10);
  if (answered < least) return fmt::format("only {} operations were answered", answered);
  if (options.way != Way::files && trial.ends == 0) return "the server was never killed";
  return "";
}

int run(const Wish& wish) {
  const Micros began = micros_now();
  const Result<Trial> trial = run_trial(wish.trial);
  if (!trial.ok()) {
    fmt::print(stderr, "evener-history: {}\n", trial.error().text());
    return unusable;
  }
  const auto silent =
      std::count_if(trial->history.begin(), trial->history.end(), [](const Operation& operation) {
        return operation.ending == Ending::silence;
      });
  const auto answered = std::ssize(trial->history) - silent;
  const Micros judging = micros_now();
  const Verdict verdict = judge(trial->history);
  fmt::print(
      "{}: seed {}, {} clients, {} s: {} operations answered, {} without an answer, "
      "server killed {} times, stopped {} times; judged {} states in {} ms\n",
      name_of(wish.trial.way),
      wish.trial.seed,
      wish.trial.clients,
      wish.trial.seconds,
      answered,
      silent,
      trial->ends,
      trial->pauses,
      verdict.states,
      (micros_now() - judging) / 1000
  );
  if (!wish.keep.empty()) {
    const Status kept = keep(wish.keep, trial->history);
    if (!kept.ok()) fmt::print(stderr, "evener-history: {}\n", kept.error().text());
  }
  if (!trial->wrong.empty() || !verdict.is_explained) {
    fmt::print("BROKEN: {}\n", trial->wrong.empty() ? verdict.broken : trial->wrong);
    show_part(verdict, began);
    return broken;
  }
  if (const std::string why = why_unusable(wish.trial, *trial, answered); !why.empty()) {
    fmt::print(stderr, "evener-history: {}\n", why);
    return unusable;
  }
  fmt::print("every answer can be explained\n");
  return explained;
}

}  // namespace
}  // namespace evener::history

int main(int argc, char** argv) {
  const auto wish = evener::history::read_wish(std::span(argv, static_cast<std::size_t>(argc)));
  if (!wish) {
    fmt::print(stderr, "{}", evener::history::usage);
    return evener::history::unusable;
  }
  return evener::history::run(*wish);
}
