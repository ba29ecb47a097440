// COORDINATION_LOG.md: who took, finished, lost or handed over what, by day, newest first.
#include <fmt/format.h>

#include <array>

#include "views/status_files.h"

namespace evener {
namespace {

constexpr std::size_t most_entries = 200;

std::string log_title(const StatusPage&) {
  return "# Coordination log\n";
}

std::string days(const StatusPage& page) {
  return entries_by_day(page, most_entries, "##", [](const RecentEntry& entry) {
    return entry.kind == RecentEntry::Kind::coordination;
  });
}

constexpr std::array<StatusSection, 2> log_sections{log_title, days};

}  // namespace

std::string log_file(const StatusPage& page) {
  return sections_text(page, log_sections);
}

}  // namespace evener
