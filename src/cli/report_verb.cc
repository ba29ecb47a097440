#include <fmt/format.h>

#include "base/file.h"
#include "cli/verb.h"
#include "views/report_html.h"

namespace evener {
namespace {

struct ReportOptions {
  std::string format = "text";
  std::string chapter;
  bool html = false;
  std::vector<std::string> beside;  // files, each with the JSON of a report
};

std::string stem_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (const std::size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0)
    name.resize(dot);
  return name;
}

// What `evener report --json` printed of another run.
Result<NamedReport> read_run(const std::string& path) {
  const std::string text = TRY(read_file(path));
  const Json json = TRY(parse_json(text, path));
  const Json* result = json.is_object() ? json.get_object().if_contains("result") : nullptr;
  return NamedReport{
      stem_of(path), TRY(from_json<Report>(result == nullptr ? json : *result, path))
  };
}

Result<std::string> html_of(const Report& report, const ReportOptions& options) {
  std::vector<NamedReport> runs{{report.card.name.empty() ? "this pool" : report.card.name, report}
  };
  for (const std::string& path : options.beside) runs.push_back(TRY(read_run(path)));
  return report_html(runs);
}

ExitCode show_report(Session& session, const ReportOptions& options) {
  const bool html = options.html || options.format == "html";
  if (!options.beside.empty() && !html) {
    return session.failed(
        {"usage", "--beside needs --html: it adds rows to that page's table of runs"}
    );
  }
  Query query;
  query.kind = QueryKind::report;
  query.chapter = options.chapter;
  return session.ask(query, [&](const std::string& text) -> Status {
    constexpr int piped_width = 100;
    const Json json = TRY(parse_json(text, "answer"));
    const auto report = TRY(from_json<Report>(json, "answer"));
    const int width = session.style().width;
    if (html) {
      session.print(TRY(html_of(report, options)));
    } else if (options.format == "markdown") {
      session.print(report_markdown(report));
    } else {
      session.print(report_text(report, width > 0 ? width : piped_width));
    }
    return Done{};
  });
}

}  // namespace

void add_report(CommandLine& line) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* const verb = line.add(
      "report",
      "Sum up the run: timeline, speed-up, parallelism, what crashes and coordination cost",
      "  evener report\n"
      "  evener report --format markdown > report.md\n"
      "  evener report --html > report.html\n"
      "  evener report --html --beside two-workers.json --beside four-workers.json > runs.html\n"
      "  evener report --chapter last\n"
      "  evener report --json",
      [options](Session& session) { return show_report(session, *options); }
  );
  verb->add_option("--chapter", options->chapter, "Only this chapter; 0 is before the first mark")
      ->type_name("N|last");
  verb->add_option("--format", options->format, "text, markdown or html")
      ->check(CLI::IsMember({"text", "markdown", "html"}));
  verb->add_flag("--html", options->html, "One file that needs nothing else, for a browser");
  verb->add_option(
          "--beside", options->beside, "Another run's report --json, in the page's table of runs"
  )
      ->type_name("FILE");
}

}  // namespace evener
