#include <fmt/format.h>

#include "cli/verb.h"
#include "views/report.h"

namespace evener {

void add_report(CommandLine& line) {
  const auto format = std::make_shared<std::string>("text");
  CLI::App* const verb = line.add(
      "report",
      "Sum up the run: timeline, speed-up, parallelism, what crashes and coordination cost",
      "  evener report\n"
      "  evener report --format markdown > report.md\n"
      "  evener report --json",
      [format](Session& session) {
        Query query;
        query.kind = QueryKind::report;
        return session.ask(query, showing<Report>([&](const Report& report) {
                             constexpr int piped_width = 100;
                             const int width = session.style().width;
                             session.print(
                                 *format == "markdown"
                                     ? report_markdown(report)
                                     : report_text(report, width > 0 ? width : piped_width)
                             );
                           }));
      }
  );
  verb->add_option("--format", *format, "text or markdown")
      ->check(CLI::IsMember({"text", "markdown"}));
}

}  // namespace evener
