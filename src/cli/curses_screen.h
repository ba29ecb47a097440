// A terminal in ncurses' hands: lines are drawn, keys are read. The terminal is as it was before
// when this ends. One at a time in a process.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "views/top.h"

namespace evener {

class CursesScreen {
 public:
  // Nothing where this terminal cannot be drawn on: TERM names none that is known.
  static std::unique_ptr<CursesScreen> open(bool colour);

  CursesScreen(const CursesScreen&) = delete;
  CursesScreen& operator=(const CursesScreen&) = delete;
  ~CursesScreen();

  int width() const;
  int height() const;

  void draw(const std::vector<TopLine>& lines);

  // The next key that was typed; nothing if none was. Never waits.
  std::optional<TopKey> key();

 private:
  struct Terminal;

  CursesScreen(std::unique_ptr<Terminal> terminal, bool colour);

  std::unique_ptr<Terminal> terminal_;
  bool colour_;
};

}  // namespace evener
