// The lines of a followed file on their way into the pool, one after another. A line whose needs or
// parent no line has brought yet waits for them.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "cli/session.h"
#include "formats/framework.h"

namespace evener {

class FollowedLines {
 public:
  static constexpr std::size_t most_waiting = 100'000;

  FollowedLines(Session& session, Client& client) : session_(session), client_(client) {}

  // Says what came of it, and of lines that waited for it.
  void take(const Result<FollowedTask>& line);

  // Tries those that wait again: what they wait for may have come by another way. Takes at most a
  // twentieth of the time.
  void try_again();

  // Says what still waits.
  void finish() const;

  std::size_t waiting() const { return waiting_.size(); }

 private:
  enum class Came { into_pool, to_wait, to_nothing };

  Came give(const FollowedTask& line, bool is_new);
  void give_those_behind(const std::string& task);

  Session& session_;
  Client& client_;
  std::map<std::string, FollowedTask> waiting_;  // by their ids
  Millis next_try_ = 0;                          // monotonic
};

}  // namespace evener
