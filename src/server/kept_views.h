// Views that were worked out a moment ago, for the many pages that show the same: each asks for its
// views again after every change, and two hundred pages must not cost two hundred times as much.
//
// Only who allows it is answered so: it names the oldest fact that will do (`Evener-Least`), one
// behind what it shows. A kept view may then be older than the pool by sixty times as long as it
// took to work out, two minutes at most, so that no view takes more than a sixtieth of the loop, or
// a thirtieth of the thread that reads the log, however many ask.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace evener {

// A view's JSON text, the newest fact that it tells of at least, and what it took to work out.
struct View {
  std::string text;
  Seq seq;
  std::chrono::steady_clock::duration cost{};
};

class KeptViews {  // Invariant: holds at most most_views, and most_bytes of text and one view more.
 public:
  using Steady = std::chrono::steady_clock;
  using Answered = std::function<void(Result<View>)>;
  using Again = std::function<void()>;

  static constexpr std::size_t most_views = 512;
  static constexpr std::size_t most_bytes = 32U << 20U;

  // What was kept under this name, if it tells of `least` and is young enough; valid until the next
  // call.
  const View* find(const std::string& name, Seq least, Steady::time_point now);

  // True if the same is being worked out already. The answer will come to `answered` too, if that
  // was begun when `least` was known; else `again` is called once it is over.
  bool join(const std::string& name, Seq least, Answered answered, Again again);

  // It is being worked out from now on, by a pool that has come at least as far as `seq`.
  void begin(const std::string& name, Seq seq) { under_way_[name] = {.seq = seq}; }

  // Whoever joined is answered; what is no error is kept.
  void finish(const std::string& name, const Result<View>& view, Steady::time_point now);

 private:
  struct Kept {
    View view;
    Steady::time_point made;
  };

  struct UnderWay {
    Seq seq;
    std::vector<Answered> others = {};
    std::vector<Again> later = {};
  };

  void make_room();

  std::map<std::string, Kept> kept_;
  std::map<std::string, UnderWay> under_way_;
  std::size_t bytes_ = 0;
};

}  // namespace evener
