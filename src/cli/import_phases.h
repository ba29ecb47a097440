// Which tasks of a pool an import cannot close because their phases have not begun, as far as it
// can be foreseen: whether a gate was approved is not known here.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "formats/plan.h"

namespace evener {

class ImportPhases {
 public:
  // Tasks that the plan's states call done or cancelled count as over until stays_open() says
  // otherwise.
  ImportPhases(const Plan& plan, const HeldPool& held);

  void stays_open(const std::string& task);

  // "its phase build comes after design, which is not over": of the task or of one above it. "" if
  // nothing keeps it, and of a task that is new: that one gets its phase once it is closed.
  std::string why_shut(const std::string& task) const;

 private:
  struct Place {
    std::string parent;
    std::string phase;
  };

  bool is_shut(const std::string& gate) const;

  const HeldPool& held_;
  std::map<std::string, std::vector<std::string>> after_;   // by phases
  std::map<std::string, std::vector<std::string>> joined_;  // gates, by tasks
  std::map<std::string, Place> places_;                     // of tasks
  std::set<std::string> open_;                              // phases and gates with open tasks
};

}  // namespace evener
