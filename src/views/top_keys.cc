// What the keys of `evener top` do (top.h).
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "views/top_choice.h"

namespace evener {
namespace {

// Moves by `steps` lines, and no further than there are.
void move_by(std::size_t& at, std::int64_t steps, std::size_t rows) {
  const auto last = static_cast<std::int64_t>(rows) - 1;
  at = static_cast<std::size_t>(std::clamp(
      static_cast<std::int64_t>(at) + steps, std::int64_t{0}, std::max<std::int64_t>(last, 0)
  ));
}

// By how many rows the key moves; 0 if it does not.
std::int64_t steps_of(const TopKey& key, int height) {
  constexpr std::int64_t all = INT32_MAX;
  const std::int64_t screen = std::max(1, height / 2);
  switch (key.named) {
    case TopKey::Named::up:
      return -1;
    case TopKey::Named::down:
      return 1;
    case TopKey::Named::page_up:
      return -screen;
    case TopKey::Named::page_down:
      return screen;
    case TopKey::Named::first:
      return -all;
    case TopKey::Named::last:
      return all;
    default:
      break;
  }
  if (key.text == "k") return -1;
  if (key.text == "j") return 1;
  if (key.text == "g") return -all;
  if (key.text == "G") return all;
  return 0;
}

TopWish answer_prompt(TopState& state, const TopKey& key) {
  TopPrompt& prompt = *state.prompt;
  switch (key.named) {
    case TopKey::Named::escape:
      state.prompt.reset();
      return {};
    case TopKey::Named::enter: {
      const TopPrompt answered = *std::exchange(state.prompt, std::nullopt);
      return answered.answer(state, answered.text);
    }
    case TopKey::Named::backspace: {
      while (!prompt.text.empty() &&
             (static_cast<unsigned char>(prompt.text.back()) & 0xC0U) == 0x80U)
        prompt.text.pop_back();
      if (!prompt.text.empty()) prompt.text.pop_back();
      return {};
    }
    case TopKey::Named::character:
      prompt.text += key.text;
      return {};
    default:
      return {};
  }
}

TopWish turn_page(TopState& state, const TopKey& key) {
  if (const std::int64_t steps = steps_of(key, state.height); steps != 0) {
    const auto rows = static_cast<std::size_t>(std::max(1, state.height - 2));
    const std::size_t lines = state.page->lines.size();
    move_by(state.page->first, steps, lines > rows ? lines - rows + 1 : 1);
  } else if (key.named == TopKey::Named::escape || key.named == TopKey::Named::enter ||
             key.named == TopKey::Named::backspace || key.text == "q" || key.text == "?") {
    state.page.reset();
  }
  return {};
}

template <typename Given>
void ask_reason(TopState& state, const std::string& what, const std::string& task) {
  state.prompt = TopPrompt{
      fmt::format("{} {}, because (Enter: do it, Esc: leave it): ", what, task),
      {},
      [task](TopState&, const std::string& reason) -> TopWish {
        return TopGive{
            Given{.task = task, .reason = reason}, fmt::format("{} {}", Given::type, task)
        };
      }
  };
}

void ask_priority(TopState& state, const std::string& task) {
  state.prompt = TopPrompt{
      fmt::format("priority of {} (urgent, high, normal, low): ", task),
      {},
      [task](TopState&, const std::string& text) -> TopWish {
        std::string changes = R"({"priority":)";
        append_json_string(changes, text);
        changes += '}';
        return TopGive{
            EditTask{.task = task, .changes = RawJson{changes}},
            fmt::format("{} is {} now", task, text)
        };
      }
  };
}

void ask_note(TopState& state, const std::string& task) {
  state.prompt = TopPrompt{
      fmt::format("note on {}: ", task),
      {},
      [task](TopState&, const std::string& text) -> TopWish {
        if (text.empty()) return {};
        return TopGive{AddNote{.task = task, .text = text}, "noted on " + task};
      }
  };
}

void ask_filter(TopState& state) {
  state.prompt = TopPrompt{
      "tasks with this in their id or title: ",
      state.filter,
      [](TopState& filtered, const std::string& text) -> TopWish {
        filtered.filter = text;
        filtered.pane = TopPane::tasks;
        await_list(filtered, false);
        return TopRead{};
      }
  };
}

// Does at once what concerns what was drawn as chosen; else asks first, and names it.
TopWish give_or_ask(TopState& state, TopPane pane, TopGive give) {
  const TopChoice& choice = state.chosen[static_cast<std::size_t>(state.pane)];
  const bool is_about_row = state.pane == pane || state.pane == TopPane::attention;
  if (is_about_row && state.seen == std::pair(state.pane, choice.name)) return give;
  state.prompt = TopPrompt{
      fmt::format("{}? (Enter: do it, Esc: leave it) ", give.done),
      {},
      [give = std::move(give)](TopState&, const std::string&) -> TopWish { return give; }
  };
  return {};
}

TopWish turn_drain(TopState& state, const TopContent& content, const std::string& name) {
  const auto& workers = content.workers.workers;
  const auto found = std::find_if(workers.begin(), workers.end(), [&](const WorkerRow& row) {
    return row.name == name;
  });
  if (found == workers.end()) {
    state.said = fmt::format("{} is not among the workers", name);
    return {};
  }
  const bool off = found->draining || found->set_aside_until.has_value();
  return give_or_ask(
      state,
      TopPane::workers,
      {DrainWorker{.worker = name, .draining = !off},
       fmt::format("{} {}", name, off ? "takes work again" : "gets no new task")}
  );
}

void help(TopState& state) {
  state.page = TopPage{
      "Keys",
      {"Up Down j k      the row above, below        PgUp PgDn g G    further, first, last",
       "Tab              needs somebody, workers, tasks",
       "Enter            everything about the task or worker, and why it waits",
       "/                only tasks with a text in their id or title",
       "s                open tasks, all tasks, those that are over",
       "",
       "On a task:",
       "h  hold          u  resume         c  cancel       o  reopen",
       "p  priority      n  note",
       "On a worker:",
       "d  drain, or let it take work again",
       "",
       "r  read again    ?  these keys     q  quit         Esc  back"}
  };
}

// The keys that act on the task or the worker of the chosen row.
TopWish act(TopState& state, const TopContent& content, char key) {
  if (!chosen_row(state, content, state.pane)) {
    state.said = nothing_chosen(state, content);
    return {};
  }
  const TopSubject chosen = chosen_subject(state, content);
  if (key == 'd') {
    if (!chosen.worker.empty()) return turn_drain(state, content, chosen.worker);
    state.said = "no worker is chosen";
    return {};
  }
  if (chosen.task.empty()) {
    state.said = "no task is chosen";
    return {};
  }
  switch (key) {
    case 'h':
      ask_reason<Hold>(state, "hold", chosen.task);
      return {};
    case 'c':
      ask_reason<Cancel>(state, "cancel", chosen.task);
      return {};
    case 'o':
      ask_reason<Reopen>(state, "reopen", chosen.task);
      return {};
    case 'u':
      return give_or_ask(
          state, TopPane::tasks, {Resume{.task = chosen.task}, "resume " + chosen.task}
      );
    case 'p':
      ask_priority(state, chosen.task);
      return {};
    default:
      ask_note(state, chosen.task);
      return {};
  }
}

TopWish open_chosen(TopState& state, const TopContent& content) {
  if (!chosen_row(state, content, state.pane)) state.said = nothing_chosen(state, content);
  const TopSubject chosen = chosen_subject(state, content);
  const bool worker = state.pane == TopPane::workers || chosen.task.empty();
  if (worker && chosen.worker.empty()) return {};
  return worker ? TopOpen{.worker = chosen.worker} : TopOpen{.task = chosen.task};
}

}  // namespace

TaskFilter filter_of(const TopState& state) {
  constexpr std::int64_t most = 500;
  TaskFilter filter;
  filter.limit = most;
  filter.text = state.filter;
  if (state.states == TopStates::open) {
    filter.states = {
        TaskState::waiting, TaskState::ready, TaskState::running, TaskState::held, TaskState::failed
    };
  } else if (state.states == TopStates::over) {
    filter.states = {TaskState::done, TaskState::failed, TaskState::cancelled};
  }
  return filter;
}

void order_tasks(TaskListView& tasks) {
  const auto rank = [](const TaskRow& row) {
    constexpr std::array order{
        TaskState::running,
        TaskState::ready,
        TaskState::failed,
        TaskState::waiting,
        TaskState::held,
        TaskState::done,
        TaskState::cancelled
    };
    return std::find(order.begin(), order.end(), row.state) - order.begin();
  };
  std::stable_sort(tasks.tasks.begin(), tasks.tasks.end(), [&](const TaskRow& a, const TaskRow& b) {
    return rank(a) < rank(b);
  });
}

TopWish press(TopState& state, const TopContent& content, const TopKey& key) {
  if (state.prompt) return answer_prompt(state, key);
  state.said.clear();
  if (state.page) return turn_page(state, key);
  const auto pane = static_cast<std::size_t>(state.pane);
  if (const std::int64_t steps = steps_of(key, state.height); steps != 0) {
    choose_by(state, content, steps);
    return {};
  }
  constexpr std::size_t panes = 3;
  if (key.named == TopKey::Named::tab) state.pane = static_cast<TopPane>((pane + 1) % panes);
  if (key.named == TopKey::Named::back_tab)
    state.pane = static_cast<TopPane>((pane + panes - 1) % panes);
  if (key.named == TopKey::Named::enter) return open_chosen(state, content);
  if (key.named == TopKey::Named::escape && !state.filter.empty()) {
    state.filter.clear();
    await_list(state, true);
    return TopRead{};
  }
  if (key.named != TopKey::Named::character || key.text.size() != 1) return {};
  switch (const char typed = key.text.front()) {
    case 'q':
      return TopQuit{};
    case 'r':
      return TopRead{};
    case '?':
      help(state);
      return {};
    case '/':
      ask_filter(state);
      return {};
    case 's':
      state.states = static_cast<TopStates>((static_cast<std::size_t>(state.states) + 1) % panes);
      await_list(state, true);
      return TopRead{};
    case 'h':
    case 'c':
    case 'o':
    case 'u':
    case 'p':
    case 'n':
    case 'd':
      return act(state, content, typed);
    default:
      return {};
  }
}

}  // namespace evener
