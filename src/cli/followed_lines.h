// The lines of a followed file on their way into the pool, one after another. A line whose needs or
// parent no line has brought yet waits for them; one that finds no pool waits until there is one;
// and one whose task is in the pool, but not as far there as it says, until that can be taken over.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/held_pool.h"
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
  // `unsent`: the pool was not reached, and the line waits until it is. `in_part`: the task is in
  // the pool, and the line waits until its state is, too.
  enum class Came { into_pool, in_part, to_wait, to_nothing, unsent };

  struct Waiting {
    FollowedTask line;
    bool is_added = false;  // its state is all that is left of it
    Millis pause_ms = 0;    // between tries, when it is added
    Millis next_try = 0;    // monotonic
  };

  void keep(FollowedTask line, Came came);
  void put_off(Waiting& waiting);
  Came give_again(Waiting& waiting);
  Came give(const FollowedTask& line, bool is_new);
  Came lost_way(const FollowedTask& line, const Error& error, bool is_new);
  Came refused(const FollowedTask& line, const Error& refusal, bool is_new);
  Came give_plan(const FollowedTask& line, bool is_new);
  Came give_state(const FollowedTask& line);
  Result<bool> import(Plan plan, const HeldPool& held, std::vector<std::string>& notices);
  void say_all(const std::vector<std::string>& notices) const;
  Result<HeldPool> held_around(const TaskSpec& task);
  void give_those_behind(const std::string& task);

  Session& session_;
  Client& client_;
  std::map<std::string, Waiting> waiting_;  // by their ids
  Millis next_try_ = 0;                     // monotonic
  std::string trouble_;                     // why the pool was not reached, said once
};

}  // namespace evener
