#include "cli/curses_screen.h"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

#include <clocale>
#include <cstdio>
#include <map>

namespace evener {
namespace {

constexpr int escape_delay_ms = 25;  // Esc alone, or the beginning of a key's sequence

// Curses counts pairs of colours from 1.
short pair_of(Colour colour) {
  switch (colour) {
    case Colour::red:
      return 1;
    case Colour::green:
      return 2;
    case Colour::yellow:
      return 3;
    case Colour::blue:
      return 4;
    case Colour::cyan:
      return 5;
    default:
      return 0;
  }
}

void name_colours() {
  ::start_color();
  ::use_default_colors();
  constexpr std::array<std::pair<Colour, short>, 5> colours{{
      {Colour::red, COLOR_RED},
      {Colour::green, COLOR_GREEN},
      {Colour::yellow, COLOR_YELLOW},
      {Colour::blue, COLOR_BLUE},
      {Colour::cyan, COLOR_CYAN},
  }};
  for (const auto& [colour, number] : colours) ::init_pair(pair_of(colour), number, -1);
}

std::string utf8_of(wint_t typed) {
  std::string text(MB_CUR_MAX, '\0');
  std::mbstate_t state{};
  const std::size_t bytes = std::wcrtomb(text.data(), static_cast<wchar_t>(typed), &state);
  text.resize(bytes == static_cast<std::size_t>(-1) ? 0 : bytes);
  return text;
}

std::optional<TopKey::Named> named_key(wint_t code) {
  using Named = TopKey::Named;
  static const std::map<wint_t, Named> keys{
      {KEY_UP, Named::up},
      {KEY_DOWN, Named::down},
      {KEY_PPAGE, Named::page_up},
      {KEY_NPAGE, Named::page_down},
      {KEY_HOME, Named::first},
      {KEY_END, Named::last},
      {KEY_ENTER, Named::enter},
      {KEY_BTAB, Named::back_tab},
      {KEY_BACKSPACE, Named::backspace}
  };
  const auto found = keys.find(code);
  return found == keys.end() ? std::nullopt : std::optional(found->second);
}

TopKey typed_key(wint_t typed) {
  switch (typed) {
    case '\n':
    case '\r':
      return {.named = TopKey::Named::enter};
    case '\t':
      return {.named = TopKey::Named::tab};
    case 0x1B:
      return {.named = TopKey::Named::escape};
    case 0x08:
    case 0x7F:
      return {.named = TopKey::Named::backspace};
    default:
      return {.text = typed < 0x20 ? "" : utf8_of(typed)};
  }
}

}  // namespace

struct CursesScreen::Terminal {
  explicit Terminal(SCREEN* taken) : screen(taken) {}

  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  ~Terminal() {
    ::endwin();
    ::delscreen(screen);
  }

  SCREEN* screen;
};

std::unique_ptr<CursesScreen> CursesScreen::open(bool colour) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // our texts are UTF-8, whatever the environment says
  SCREEN* const screen = ::newterm(nullptr, stdout, stdin);
  if (screen == nullptr) return nullptr;
  auto terminal = std::make_unique<Terminal>(screen);
  ::cbreak();
  ::noecho();
  ::curs_set(0);
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(escape_delay_ms);
  const bool has_colours = colour && ::has_colors();
  if (has_colours) name_colours();
  return std::unique_ptr<CursesScreen>(new CursesScreen(std::move(terminal), has_colours));
}

CursesScreen::CursesScreen(std::unique_ptr<Terminal> terminal, bool colour)
    : terminal_(std::move(terminal)), colour_(colour) {}

CursesScreen::~CursesScreen() = default;

int CursesScreen::width() const {
  return ::getmaxx(stdscr);
}

int CursesScreen::height() const {
  return ::getmaxy(stdscr);
}

void CursesScreen::draw(const std::vector<TopLine>& lines) {
  ::werase(stdscr);
  int row = 0;
  for (const TopLine& line : lines) {
    ::wmove(stdscr, row++, 0);
    for (const Cell& cell : line.cells) {
      attr_t how = line.chosen ? A_REVERSE : A_NORMAL;
      if (cell.colour == Colour::bold) how |= A_BOLD;
      if (cell.colour == Colour::dim && !line.chosen) how |= A_DIM;
      ::wattr_set(stdscr, how, colour_ && !line.chosen ? pair_of(cell.colour) : 0, nullptr);
      ::waddnstr(stdscr, cell.text.c_str(), -1);
    }
  }
  ::wattr_set(stdscr, A_NORMAL, 0, nullptr);
  ::wrefresh(stdscr);
}

std::optional<TopKey> CursesScreen::key() {
  wint_t typed = 0;
  for (;;) {
    const int kind = ::wget_wch(stdscr, &typed);
    if (kind == ERR) return std::nullopt;
    if (kind != KEY_CODE_YES) return typed_key(typed);
    if (const auto named = named_key(typed)) return TopKey{.named = *named};
  }
}

}  // namespace evener
