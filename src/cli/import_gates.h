// Phases and gates of a plan, brought into a pool in an order in which nothing can be taken too
// early: phases before their tasks, and each behind what it comes after; a gate that joins tasks
// first without them, which keeps it closed, and with them once they are there.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "formats/plan.h"
#include "model/command.h"

namespace evener {

class GateImport {
 public:
  // Fails with `unknown_gate` or `cycle` before anything is changed.
  static Result<GateImport> plan(const Plan& plan, const HeldPool& held);

  // Before the tasks are added; what each is about.
  std::vector<Request> describing() const;
  std::vector<std::string> described_ids() const;

  // Behind them.
  std::vector<Request> joining() const;
  std::vector<std::string> joined_ids() const;

 private:
  std::vector<PhaseSpec> phases_;  // each behind those it comes after
  std::vector<GateSpec> gates_;
  std::set<std::string> known_;  // in the pool before
};

}  // namespace evener
