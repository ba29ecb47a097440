#include <fmt/format.h>

#include "cli/verb.h"
#include "views/report.h"

namespace evener {

void add_report(CommandLine& line) {
  struct Options {
    std::string format = "text";
    std::string chapter;
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "report",
      "Sum up the run: timeline, speed-up, parallelism, what crashes and coordination cost",
      "  evener report\n"
      "  evener report --format markdown > report.md\n"
      "  evener report --chapter last\n"
      "  evener report --json",
      [options](Session& session) {
        Query query;
        query.kind = QueryKind::report;
        query.chapter = options->chapter;
        return session.ask(query, showing<Report>([&](const Report& report) {
                             constexpr int piped_width = 100;
                             const int width = session.style().width;
                             session.print(
                                 options->format == "markdown"
                                     ? report_markdown(report)
                                     : report_text(report, width > 0 ? width : piped_width)
                             );
                           }));
      }
  );
  verb->add_option("--chapter", options->chapter, "Only this chapter; 0 is before the first mark")
      ->type_name("N|last");
  verb->add_option("--format", options->format, "text or markdown")
      ->check(CLI::IsMember({"text", "markdown"}));
}

}  // namespace evener
