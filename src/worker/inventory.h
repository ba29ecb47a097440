// What a machine has: what work could be given to it by. Looked up in /proc and /sys, and asked of
// the models' server that runs beside; nothing is started, and nothing that is missing is an error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace evener {

struct Inventory {
  std::string hostname;             // up to the first dot
  std::int64_t cores = 0;           // that this process may use, as far as its group says
  std::int64_t memory_mb = 0;       // likewise
  std::vector<std::string> gpus;    // their names, one for each
  std::vector<std::string> models;  // of a local Ollama

  bool operator==(const Inventory&) const = default;
};

struct InventorySources {
  std::string root = {};  // before /proc and /sys
  // The body of what is at a place of the models' server: "/api/tags".
  std::function<Result<std::string>(const std::string& target)> ask_models = {};
};

Inventory take_inventory(const InventorySources& sources);

// This machine, and http://127.0.0.1:11434 (or OLLAMA_HOST, if that is on this machine, too), which
// is given 500 ms.
InventorySources system_sources();

}  // namespace evener
