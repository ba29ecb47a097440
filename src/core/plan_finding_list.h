// How the parts of an examination give what they find: core/plan_findings.h.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/plan_findings.h"
#include "core/plan_reach.h"

namespace evener {

struct FindingList {
  std::vector<PlanFinding> findings = {};
  std::vector<SpareNeed> spare_needs = {};
  std::vector<std::string> unfinished = {};

  void error(
      std::string code, std::vector<std::string> tasks, std::string why, std::string change
  ) {
    findings.push_back(
        {PlanSeverity::error, std::move(code), std::move(tasks), std::move(why), std::move(change)}
    );
  }

  void warn(std::string code, std::vector<std::string> tasks, std::string why, std::string change) {
    findings.push_back(
        {PlanSeverity::warning, std::move(code), std::move(tasks), std::move(why), std::move(change)
        }
    );
  }
};

// Duplicates, needs and parents that are not there, cycles; gates that do not open by themselves;
// locks that can never be granted.
void find_broken_order(const PlanToExamine& plan, const PlanGraph& graph, FindingList& out);
void find_closed_gates(const PlanToExamine& plan, FindingList& out);
void find_impossible_locks(const PlanToExamine& plan, FindingList& out);

// What no known worker can do.
void find_missing_capabilities(const PlanToExamine& plan, FindingList& out);

// ---- of a plan without cycles ------------------------------------------------------------------

void find_meeting_paths(const PlanGraph& graph, FindingList& out);
void find_spare_needs(const PlanGraph& graph, FindingList& out);

// Needs where nothing of the first task is seen to be used by the second. Those in
// `out.spare_needs` are passed over.
void find_unused_needs(const PlanGraph& graph, FindingList& out);
void find_bottlenecks(const PlanGraph& graph, FindingList& out);
void find_long_tasks(const PlanGraph& graph, const PlanFigures& figures, FindingList& out);

// ---- of any plan -------------------------------------------------------------------------------

// Tasks pinned to one worker; estimates, criteria, verify commands and context that are not said.
void find_unsaid(const PlanGraph& graph, FindingList& out);

}  // namespace evener
