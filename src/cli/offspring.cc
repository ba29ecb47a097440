#include "cli/offspring.h"

namespace evener {

Offspring::Offspring(pid_t parent) : parent_(parent) {
  for (const ProcessInfo& process : descendants_of(parent_, all_processes())) {
    spared_.insert(process.identity);
  }
}

std::vector<ProcessInfo> Offspring::living() const {
  std::vector<ProcessInfo> found = descendants_of(parent_, all_processes());
  std::erase_if(found, [&](const ProcessInfo& process) {
    return process.dead() || spared_.contains(process.identity) || is_guard(process.identity.pid);
  });
  return found;
}

}  // namespace evener
