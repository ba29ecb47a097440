#include "html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/json.h"
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
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th.g{font-weight:400;font-style:italic;padding-top:.8rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0}
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

void append_row(std::string& out, const Figure& figure, const std::string& name, double longest) {
  const Spread spread = spread_of(figure.values);
  fmt::format_to(
      std::back_inserter(out),
      "<tr><td>{}</td><td class=n>{}</td><td class=n>{} &ndash; {}</td><td class=n>{}</td>"
      "<td class=b><div class=bar style=\"width:{:.1f}%\"></div></td></tr>\n",
      escaped(name),
      figure_text(spread.median),
      figure_text(spread.least),
      figure_text(spread.most),
      spread.count,
      longest > 0 ? 100 * spread.median / longest : 0
  );
}

using Figures = std::vector<const Figure*>;

double longest_of(const Figures& figures) {
  double longest = 0;
  for (const Figure* figure : figures) {
    longest = std::max(longest, spread_of(figure->values).median);
  }
  return longest;
}

// Figures in groups, in the order of their first.
template <typename NameOf>
std::vector<std::pair<std::string, Figures>> grouped(
    const Figures& figures, const NameOf& name_of
) {
  std::vector<std::pair<std::string, Figures>> groups;
  std::map<std::string, std::size_t> places;
  for (const Figure* figure : figures) {
    const std::string name = name_of(*figure);
    const auto [place, is_new] = places.try_emplace(name, groups.size());
    if (is_new) groups.push_back({name, {}});
    groups[place->second].second.push_back(figure);
  }
  return groups;
}

// Cases that differ by more than their parameters are held against each other where these are the
// same; others, where they are not.
void append_rows(std::string& out, const Figures& figures) {
  const auto parameters = [](const Figure& figure) {
    return parameters_text(figure.name.parameters);
  };
  const auto groups = grouped(figures, parameters);
  const bool are_several =
      std::ranges::any_of(groups, [](const auto& group) { return group.second.size() > 1; });
  if (!are_several) {
    for (const Figure* figure : figures) {
      const std::string name = figure->name.case_name + " " + parameters(*figure);
      append_row(out, *figure, name, longest_of(figures));
    }
    return;
  }
  for (const auto& [name, members] : groups) {
    if (!name.empty()) out += "<tr><th class=g colspan=5>" + escaped(name) + "</th></tr>\n";
    for (const Figure* figure : members) {
      append_row(out, *figure, figure->name.case_name, longest_of(members));
    }
  }
}

void append_machine(std::string& out, const std::string& machine) {
  const Result<Json> json = parse_json(machine);
  if (!json.ok() || !json->is_object()) return;
  out += "<dl>";
  for (const auto& [key, value] : json->get_object()) {
    std::string name(key);
    std::ranges::replace(name, '_', ' ');
    const std::string text = value.is_string() ? std::string(value.get_string()) : to_text(value);
    out += "<dt>" + escaped(name) + "</dt><dd>" + escaped(text) + "</dd>";
  }
  out += "</dl>\n";
}

}  // namespace

std::string html_report(const RunRow& run, const std::vector<Measurement>& measurements) {
  const std::vector<Figure> figures = figures_of(measurements);
  Figures all;
  for (const Figure& figure : figures) all.push_back(&figure);
  std::string out(page_head);
  fmt::format_to(
      std::back_inserter(out),
      "<h1>What was measured</h1><p>Run {} of {}, commit {}. {}</p>\n",
      run.id,
      escaped(run.started),
      escaped(run.commit),
      escaped(run.note)
  );
  append_machine(out, run.machine);
  for (const auto& [family, members] : grouped(all, family_of)) {
    fmt::format_to(
        std::back_inserter(out),
        "<table><caption>{}, {} is better</caption><tr><th>case</th><th class=n>median</th>"
        "<th class=n>least to most</th><th class=n>times</th><th class=b></th></tr>\n",
        escaped(family),
        members.front()->higher_is_better ? "more" : "less"
    );
    append_rows(out, members);
    out += "</table>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace evener
