// The load generator: many connections on one thread, each with one exchange in hand at a time.
// What is said and heard is a protocol's own affair (Conversation); how it is sent, awaited and
// timed is the same for all, so that rates differ by their servers alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evener {

// What a conversation made of the bytes that arrived.
struct Heard {
  std::size_t bytes = 0;        // how many it is done with
  bool is_whole = false;        // the answer is complete
  bool must_ask_again = false;  // it is, and the same step needs another question
  std::string problem = {};     // the answer is not what it has to be
};

// One client's side of a protocol. A round is a fixed number of steps, each a question and its
// answer; a question may hold many commands.
class Conversation {
 public:
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  virtual ~Conversation() = default;

  virtual int steps() const = 0;

  // Before the first round: appends what is to be said first, if anything is.
  virtual void greet(std::string& /*out*/) {}

  // Whole once the first round may begin. May answer in between.
  virtual Heard hear_greeting(std::string_view /*in*/, std::string& /*out*/) {
    return {.is_whole = true};
  }

  virtual void ask(int step, std::string& out) = 0;

  // Called once with what has arrived before, also if that is nothing.
  virtual Heard hear(int step, std::string_view in) = 0;
};

struct LoadSpec {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string unix_path = {};  // instead of host and port
  std::size_t clients = 1;
  double seconds = 1;
  std::size_t rounds = 0;        // ends after so many, if it is not 0
  double rounds_per_second = 0;  // of all clients together; 0: as many as they can
  std::function<std::unique_ptr<Conversation>(std::size_t client)> converse;
};

struct LoadResult {
  std::size_t rounds = 0;  // begun and ended within the time
  double seconds = 0;
  std::vector<std::vector<double>> step_us = {};  // of each step, one entry a round
  std::vector<double> round_us = {};
  double generator_cpu_us = 0;  // of this process while it measured
};

// Opens all connections and greets, then measures. Fails with `load_failed`: a connection broke, an
// answer was wrong, or nothing came for ten seconds.
Result<LoadResult> run_load(const LoadSpec& spec);

}  // namespace evener
