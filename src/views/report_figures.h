// What every form of a report says in words: its title and its figures.
#pragma once

#include <string>
#include <vector>

#include "views/report.h"

namespace evener {

struct ReportFigure {
  std::string name;
  std::string value;
};

// "report of NAME, chapter 2: the load test begins"; safe for a terminal.
std::string report_title(const Report& report);

// Those of a pool in which nothing was claimed are few.
std::vector<ReportFigure> report_figures(const Report& report);

// What stands where the attempts would, if there are none: "no task has been claimed yet", and the
// same as a sentence. What an import closed was not claimed by anybody here.
std::string nothing_claimed_text(const Report& report);
std::string nothing_claimed_sentence(const Report& report);

// A worker's row of a table: its name, attempts, done, failed, lapsed, released, busy, share.
std::vector<std::string> worker_cells(const WorkerShare& share);

std::string share_text(std::int64_t permille);  // "12.5%"
std::string times_text(std::int64_t permille);  // "3.90x"
std::string second_text(Instant instant);       // "2026-11-21T12:00:30Z"

}  // namespace evener
