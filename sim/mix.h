// What one run does, and how often: drawn from its seed. Each run leaves many kinds of steps out,
// because some combinations show only where others do not get in their way: swarm testing (Groce,
// Zhang, Eide, Chen, Regehr, "Swarm Testing", ISSTA 2012).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/seeded.h"
#include "base/time.h"

namespace evener::sim {

class World;

enum class StepGroup {
  work,
  users,
  teams,
  runners,
  territory,
  time,
  network,
  disk,
  process,
  clock
};

// A kind of step. Its numbers come from the step's own seed, so that a step does the same whichever
// others are left out.
struct StepKind {
  std::string_view name;
  StepGroup group;
  int weight;  // among those of a run, 1 to 100
  void (World::*act)(SeededNumbers&);
};

std::span<const StepKind> step_kinds();

struct Step {
  const StepKind* kind = nullptr;
  std::uint64_t seed = 0;
};

// A run of one character; `mixed` has all.
struct Scenario {
  std::string_view name;
  std::string_view about;
  std::vector<StepGroup> groups;
  int most_workers = 12;
  bool without_server = false;  // commands open the file themselves
  bool large = false;           // chains and fan-outs of thousands
};

std::span<const Scenario> scenarios();
const Scenario* find_scenario(std::string_view name);

struct Mix {
  const Scenario* scenario = nullptr;
  std::uint64_t seed = 0;
  int workers = 3;
  int tasks = 40;              // how many different ids there are
  int runners = 0;             // that run commands, beside the workers
  bool has_teams = false;      // phases, blockers, messages and the like
  bool has_territory = false;  // paths that overlap, roles that are led
  bool without_server = false;
  std::int64_t lost = 0;     // of 1000 messages
  std::int64_t doubled = 0;  // of 1000 messages
  Millis most_delay = 0;     // of a message
  Millis most_flush = 0;     // how long a flush takes
  Millis longest_lease = 30'000;
  Millis pause = 20;  // between two steps, at most
  std::int64_t drift_ppm = 0;
  bool wall_jumps = false;
  std::size_t most_parked = 1000;
  std::vector<Step> steps = {};
};

Mix draw_mix(std::uint64_t seed, std::size_t steps, const Scenario& scenario);

}  // namespace evener::sim
