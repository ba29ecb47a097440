// The screen of `evener top`: what is being done, by whom, what is stuck, when all will be done,
// and lists to act on. Pure: what was read of the pool, what was typed and how large the terminal
// is go in, lines and wishes come out. Whoever draws and asks is elsewhere (cli/top_verb.cc).
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/command.h"
#include "views/status.h"
#include "views/tasks.h"
#include "views/terminal.h"
#include "views/workers.h"

namespace evener {

// What was read of the pool last.
struct TopContent {
  StatusView status = {};
  WorkerListView workers = {};
  TaskListView tasks = {};
  TaskFilter filter = {};             // by which these were read
  std::vector<std::string> log = {};  // sentences, the newest last
  std::string problem = {};           // why what is shown may be old; "" if it is not
};

enum class TopPane : std::uint8_t { attention, workers, tasks };

// Which tasks are listed; `s` goes round.
enum class TopStates : std::uint8_t { open, every, over };

struct TopKey {
  enum class Named : std::uint8_t {
    character,
    up,
    down,
    page_up,
    page_down,
    first,
    last,
    enter,
    escape,
    backspace,
    tab,
    back_tab
  };
  Named named = Named::character;
  std::string text = {};  // of a character, UTF-8
};

// What the person wants that the screen cannot do by itself.
struct TopQuit {};

struct TopRead {};  // the pool again, at once: other tasks are to be listed

struct TopOpen {  // everything about it
  std::string task = {};
  std::string worker = {};  // one of the two
};

struct TopGive {
  Command command;
  std::string done = {};  // what to say when it was accepted
};

using TopWish = std::variant<std::monostate, TopQuit, TopRead, TopOpen, TopGive>;

struct TopState;

// A question on the last line. `answer` makes a wish of what was typed.
struct TopPrompt {
  std::string label = {};
  std::string text = {};
  std::function<TopWish(TopState& state, const std::string& text)> answer = {};
};

// Something opened, over the whole screen.
struct TopPage {
  std::string title = {};
  std::vector<std::string> lines = {};
  std::size_t first = 0;  // line shown at the top
};

// What is chosen in a pane (top_choice.h).
struct TopChoice {
  std::string name = {};  // "": nothing yet
  std::size_t row = 0;    // where it stood last

  bool operator==(const TopChoice&) const = default;
};

// How the person looks at it.
struct TopState {
  TopPane pane = TopPane::tasks;
  std::array<TopChoice, 3> chosen = {};  // by pane
  bool awaits_list = false;              // other tasks were asked for than were drawn last
  // What was drawn last as chosen: in that pane, under that name. A key that acts at once acts on
  // nothing else.
  std::optional<std::pair<TopPane, std::string>> seen = {};
  TopStates states = TopStates::open;
  std::string filter = {};  // of tasks: in ids and titles
  std::optional<TopPrompt> prompt = {};
  std::optional<TopPage> page = {};
  std::string said = {};  // on the last line: what came of the last wish
  int height = 24;        // rows of the terminal; a page key moves by them
};

struct TopLine {
  std::vector<Cell> cells = {};
  bool chosen = false;
};

// The tasks that the state asks for.
TaskFilter filter_of(const TopState& state);

// Running tasks first, then what is ready, waits, is held, failed, done, cancelled.
void order_tasks(TaskListView& tasks);

// What the key does: it changes the state, or is a wish.
TopWish press(TopState& state, const TopContent& content, const TopKey& key);

// At most `height` lines of at most `width` columns. What was chosen and is not listed any more is
// said to be gone: no other becomes the chosen one by itself.
std::vector<TopLine> draw_top(const TopContent& content, TopState& state, int width, int height);

}  // namespace evener
