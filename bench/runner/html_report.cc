#include "html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "bench_case.h"
#include "comparison.h"

namespace evener {
namespace {

constexpr std::string_view page_head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Evener: what was measured</title><style>
:root{color-scheme:light dark;--bar:#3a7bbf;--line:#8886}
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:middle}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{height:.8rem;background:var(--bar);min-width:1px}td.b{width:30%}
@media(max-width:600px){td.b,th.b{display:none}}
</style></head><body>
)html";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

// Figures that can be drawn beside each other: the same metric of one family of cases.
std::string family_of(const Figure& figure) {
  const std::string& name = figure.name.case_name;
  return fmt::format(
      "{}: {} ({})", name.substr(0, name.find('/')), figure.name.metric, figure.unit
  );
}

void append_row(std::string& out, const Figure& figure, double longest) {
  const Spread spread = spread_of(figure.values);
  fmt::format_to(
      std::back_inserter(out),
      "<tr><td>{} {}</td><td class=n>{}</td><td class=n>{} &ndash; {}</td><td class=n>{}</td>"
      "<td class=b><div class=bar style=\"width:{:.1f}%\"></div></td></tr>\n",
      escaped(figure.name.case_name),
      escaped(parameters_text(figure.name.parameters)),
      figure_text(spread.median),
      figure_text(spread.least),
      figure_text(spread.most),
      spread.count,
      longest > 0 ? 100 * spread.median / longest : 0
  );
}

}  // namespace

std::string html_report(const RunRow& run, const std::vector<Measurement>& measurements) {
  const std::vector<Figure> figures = figures_of(measurements);
  std::vector<std::string> families;
  std::map<std::string, std::vector<const Figure*>> rows;
  for (const Figure& figure : figures) {
    const std::string family = family_of(figure);
    if (!rows.contains(family)) families.push_back(family);
    rows[family].push_back(&figure);
  }
  std::string out(page_head);
  fmt::format_to(
      std::back_inserter(out),
      "<h1>What was measured</h1><p>Run {} of {}, commit {}. {}</p><p>{}</p>\n",
      run.id,
      escaped(run.started),
      escaped(run.commit),
      escaped(run.note),
      escaped(parameters_text(run.machine))
  );
  for (const std::string& family : families) {
    double longest = 0;
    for (const Figure* figure : rows[family]) {
      longest = std::max(longest, spread_of(figure->values).median);
    }
    const bool higher = rows[family].front()->higher_is_better;
    fmt::format_to(
        std::back_inserter(out),
        "<table><caption>{}, {} is better</caption><tr><th>case</th><th>median</th><th>least to "
        "most"
        "</th><th>times</th><th class=b></th></tr>\n",
        escaped(family),
        higher ? "more" : "less"
    );
    for (const Figure* figure : rows[family]) append_row(out, *figure, longest);
    out += "</table>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace evener
