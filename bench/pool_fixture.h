// A pool of many tasks of typical size, for benchmarks: an id, a title, a description, two needs, a
// label, an estimate and a kind.
#pragma once

#include <memory>

#include "engine/engine.h"
#include "journal/memory.h"

namespace evener {

// An engine over a journal in memory, with its appends done in place.
class BenchPool {
 public:
  BenchPool();

  // Adds `count` tasks; of every ten, one is for anybody, nine want a capability that few have.
  void add_tasks(std::size_t count);

  // Gives the commands, flushes, and answers the reply.
  std::string give(std::vector<Request> requests);

  void flush();

  Engine& engine() { return *engine_; }

 private:
  MemoryJournal journal_;
  std::unique_ptr<Engine> engine_;
  std::size_t added_ = 0;
};

// Resident memory of this process in bytes.
std::size_t resident_bytes();

}  // namespace evener
