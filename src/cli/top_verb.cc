#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "cli/curses_screen.h"
#include "cli/status_watch.h"
#include "cli/stop_signal.h"
#include "cli/top_reader.h"
#include "cli/verb.h"
#include "views/text.h"

namespace evener {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Everything about a task, and why it waits; or what a worker is offered, and why.
Result<TopPage> page_of(Client& client, const TopOpen& open, Instant now, int width) {
  const Style style{.colour = false, .width = width};
  TopPage page{.title = open.task.empty() ? open.worker : open.task};
  if (!open.task.empty()) {
    const auto view = TRY(ask_for<TaskView>(client, {.kind = QueryKind::task, .task = open.task}));
    page.lines = lines_of(task_text(view, now, style));
    page.lines.emplace_back();
  }
  const auto why = TRY(
      ask_for<WhyView>(client, {.kind = QueryKind::why, .task = open.task, .worker = open.worker})
  );
  for (std::string& line : lines_of(why_text(why, style))) page.lines.push_back(std::move(line));
  return page;
}

std::string refusal_text(const Answer& answer) {
  if (!answer.refusal) return "refused";
  const Refusal& refusal = *answer.refusal;
  return fmt::format(
      "refused: {} ({}){}{}",
      refusal.message,
      refusal.code,
      refusal.remedy.empty() ? "" : "; try: ",
      refusal.remedy
  );
}

class Top {
 public:
  Top(CursesScreen& screen, TopReader& reader, Client& client)
      : screen_(screen), reader_(reader), client_(client) {}

  // Until `q`, or until the stop descriptor is readable.
  void run(int stop) {
    for (;;) {
      screen_.draw(draw_top(content_, state_, screen_.width(), screen_.height()));
      std::array<pollfd, 3> watched{
          pollfd{STDIN_FILENO, POLLIN, 0}, {stop, POLLIN, 0}, {reader_.descriptor(), POLLIN, 0}
      };
      static_cast<void>(::poll(watched.data(), watched.size(), -1));  // a resize interrupts it
      if (watched[1].revents != 0 || (watched[0].revents & POLLHUP) != 0) return;
      // Keys first: they were pressed at what is drawn, and not at what has come since.
      while (const std::optional<TopKey> key = screen_.key()) {
        if (!fulfil(press(state_, content_, *key))) return;
      }
      if (watched[2].revents != 0) content_ = reader_.take();
    }
  }

 private:
  // What came of it. What is not held is resumed without a word, and would be said to be done.
  Result<std::string> give_command(const TopGive& give) {
    if (const auto* resume = std::get_if<Resume>(&give.command)) {
      const std::string idle = TRY(why_not_resumed(resume->task));
      if (!idle.empty()) return idle;
    }
    const Answer answer = TRY(call_one(client_, give.command));
    return answer.ok ? "done: " + give.done : refusal_text(answer);
  }

  // "" if the task itself is held.
  Result<std::string> why_not_resumed(const std::string& task) {
    const auto why = TRY(ask_for<WhyView>(client_, {.kind = QueryKind::why, .task = task}));
    const auto held =
        std::find_if(why.conditions.begin(), why.conditions.end(), [](const ConditionRow& row) {
          return row.code == "held" && !row.holds;
        });
    if (held == why.conditions.end()) return fmt::format("{} is not held: {}", task, why.summary);
    if (held->remedy == "evener resume " + task) return std::string();
    return fmt::format("{} is not held: {}; try: {}", task, held->text, held->remedy);
  }

  // Whether to go on.
  bool fulfil(const TopWish& wish) {
    if (std::holds_alternative<TopQuit>(wish)) return false;
    if (std::holds_alternative<TopRead>(wish)) reader_.list(filter_of(state_));
    if (const auto* open = std::get_if<TopOpen>(&wish)) {
      Result<TopPage> page = page_of(client_, *open, content_.status.log_time, screen_.width());
      if (page.ok())
        state_.page = std::move(*page);
      else
        state_.said = page.error().text();
    }
    if (const auto* give = std::get_if<TopGive>(&wish)) {
      const Result<std::string> said = give_command(*give);
      state_.said = said.ok() ? *said : said.error().text();
      reader_.list(filter_of(state_));
    }
    return true;
  }

  CursesScreen& screen_;
  TopReader& reader_;
  Client& client_;
  TopContent content_;
  TopState state_;
};

ExitCode show_top(Session& session, const std::string& every) {
  const std::string kind = environment("TERM");
  const bool terminal =
      isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 && !kind.empty() && kind != "dumb";
  if (!terminal || session.json) return watch_status(session, {}, every);
  const Result<Millis> pause = duration_of(every);
  if (!pause.ok()) return session.failed(pause.error());
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  const Result<Client*> client = session.client(*stop);
  if (!client.ok()) return session.failed(client.error());
  const auto reader = TopReader::start(session, *pause);
  if (!reader.ok()) return session.failed(reader.error());
  const std::unique_ptr<CursesScreen> screen = CursesScreen::open(session.style().colour);
  if (screen == nullptr) return watch_status(session, {}, every);
  Top(*screen, **reader, **client).run(*stop);
  return ExitCode::done;
}

}  // namespace

void add_top(CommandLine& line) {
  const auto every = std::make_shared<std::string>("1s");
  CLI::App* const verb = line.add(
      "top",
      "Watch the pool on this terminal: what is done, by whom, what is stuck; and act",
      "  evener top\n"
      "  evener top --every 5s",
      [every](Session& session) { return show_top(session, *every); }
  );
  add_duration(verb, "--every", *every, "How often to read at least; what happens is seen at once");
}

}  // namespace evener
