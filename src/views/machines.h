// The inventory: every machine that somebody described or that a worker names, with its workers and
// what they do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/liveness.h"

namespace evener {

struct MachineWorker {
  std::string name = {};
  Liveness liveness = Liveness::live;
  std::vector<std::string> holding = {};
  std::int64_t slots = 1;
  std::int64_t free_slots = 0;

  bool operator==(const MachineWorker&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &MachineWorker::name, "Its name", always),
        field("liveness", &MachineWorker::liveness, "live, quiet or lost", always),
        field("holding", &MachineWorker::holding, "Tasks it runs", always),
        field("slots", &MachineWorker::slots, "Tasks it runs at once", always),
        field("free_slots", &MachineWorker::free_slots, "It could take so many more now", always),
    };
  }
};

struct MachineRow {
  std::string name = {};
  std::optional<Machine> spec = {};
  std::vector<std::string> lends = {};
  std::vector<MachineWorker> workers = {};
  std::int64_t slots = 0;
  std::int64_t free_slots = 0;
  std::optional<Instant> seen_ms = {};
  std::optional<Millis> unheard_ms = {};
  std::optional<MachineLoad> load = {};

  bool operator==(const MachineRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &MachineRow::name, "Unique in the pool", always),
        field("spec", &MachineRow::spec, "As it was described; none: only workers name it"),
        field("lends", &MachineRow::lends, "What every worker on it can do", shown),
        field("workers", &MachineRow::workers, "On it, by name", always),
        field("slots", &MachineRow::slots, "Of all of them", always),
        field("free_slots", &MachineRow::free_slots, "They could take so many more now", always),
        field("seen_ms", &MachineRow::seen_ms, "When any of them was heard last, log time"),
        field("unheard_ms", &MachineRow::unheard_ms, "Since then"),
        field("load", &MachineRow::load, "As its runners told it in the last minute"),
    };
  }
};

struct MachineListView {
  std::vector<MachineRow> machines = {};

  static constexpr auto fields() {
    return std::tuple{
        field("machines", &MachineListView::machines, "By name", always),
    };
  }
};

MachineListView machines_view(const Pool& pool, Instant now);

// "8 cores, 64 GB, 2 GPUs (A100, A100)": what is known; "" if nothing is.
std::string hardware_text(const Machine& machine);

}  // namespace evener
