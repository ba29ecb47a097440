// A plan's picture as SVG.
#include <fmt/format.h>

#include "views/plan_layout.h"
#include "views/svg.h"
#include "views/terminal.h"

namespace evener {
namespace {

constexpr int id_columns = 21;     // of 13 px in a box
constexpr int label_columns = 32;  // of 10 px
constexpr double legend_height = 44;

constexpr std::string_view svg_style =
    "<style>"
    "text{font-family:sans-serif;fill:#1b1f24}"
    ".id{font-size:13px;font-weight:bold}.title{font-size:10px}.head{font-size:15px}"
    ".box{fill:#f6f8fa;stroke:#57606a}.parent{stroke-dasharray:6 3}.gate{fill:#fff3d6}"
    ".line{fill:none;stroke:#57606a}.part{stroke-dasharray:6 3}.gateline{stroke-dasharray:2 3}"
    ".box.critical,.line.critical{stroke:#b35900;stroke-width:3}"
    "</style>";

void append_line(
    std::string& out,
    const PlanPicture::Line& line,
    const PlanPoint& from,
    const PlanPoint& to,
    const std::vector<PlanPoint>& between
) {
  constexpr double arrow = 6;
  std::string_view look;
  if (line.kind == PlanPicture::LineKind::part) look = " part";
  if (line.kind == PlanPicture::LineKind::gate) look = " gateline";
  out += fmt::format(
      "<path class=\"line{}{}\" marker-end=\"url(#arrow)\" d=\"M{:.0f} {:.0f}",
      look,
      line.is_critical ? " critical" : "",
      from.x + plan_box_width / 2,
      from.y
  );
  PlanPoint at{from.x + plan_box_width / 2, from.y};
  const auto curve_to = [&](double x, double y) {
    const double middle = (at.x + x) / 2;
    out += fmt::format("C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}", middle, at.y, middle, y, x, y);
    at = {x, y};
  };
  // Straight through a layer that it passes, so that it touches no box there.
  for (const PlanPoint& point : between) {
    curve_to(point.x - plan_box_width / 2, point.y);
    at.x = point.x + plan_box_width / 2;
    out += fmt::format("H{:.0f}", at.x);
  }
  curve_to(to.x - plan_box_width / 2 - arrow, to.y);
  out += "\"/>\n";
}

void append_box(std::string& out, const PlanPicture::Box& box, const PlanPoint& at) {
  std::string_view look;
  if (box.kind == PlanPicture::BoxKind::parent) look = " parent";
  if (box.kind == PlanPicture::BoxKind::gate) look = " gate";
  out += fmt::format(
      "<g><title>{}</title><rect class=\"box{}{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" "
      "height=\"{:.0f}\" rx=\"{}\"/>",
      svg_text(box.title.empty() ? box.id : box.id + ": " + box.title),
      look,
      box.is_critical ? " critical" : "",
      at.x - plan_box_width / 2,
      at.y - plan_box_height / 2,
      plan_box_width,
      plan_box_height,
      box.kind == PlanPicture::BoxKind::gate ? 20 : 4
  );
  const auto label = [&](std::string_view what, const std::string& text, int columns, double y) {
    out += fmt::format(
        "<text class=\"{}\" text-anchor=\"middle\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>",
        what,
        at.x,
        y,
        svg_text(fit(text, columns))
    );
  };
  label("id", box.id, id_columns, box.title.empty() ? at.y + 5 : at.y - 2);
  if (!box.title.empty()) label("title", box.title, label_columns, at.y + 13);
  out += "</g>\n";
}

std::string legend_of(const PlanPicture& picture) {
  bool has_parent = false;
  bool has_gate = false;
  for (const PlanPicture::Box& box : picture.boxes) {
    has_parent = has_parent || box.kind == PlanPicture::BoxKind::parent;
    has_gate = has_gate || box.kind == PlanPicture::BoxKind::gate;
  }
  std::string out = "Arrows lead to what comes after; thick: the longest path";
  if (has_parent) out += "; dashed: parents";
  if (has_gate) out += "; round: phases and gates";
  return out;
}

}  // namespace

std::string plan_svg(const PlanPicture& picture) {
  const PlanLayout layout = plan_layout(picture);
  const double width = std::max(layout.width, 480.0);
  const double height = layout.height + legend_height;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n{2}\n"
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"2\" refY=\"4\" markerWidth=\"8\" "
      "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
      "<path d=\"M0 0L8 4L0 8z\" fill=\"#57606a\"/></marker></defs>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
      "<text class=\"head\" x=\"24\" y=\"24\">{3}</text>\n"
      "<text class=\"title\" x=\"24\" y=\"40\">{4}</text>\n"
      "<g transform=\"translate(0 {5:.0f})\">\n",
      width,
      height,
      svg_style,
      svg_text(picture.name),
      legend_of(picture),
      legend_height
  );
  for (std::size_t i = 0; i < picture.lines.size(); ++i) {
    const PlanPicture::Line& line = picture.lines[i];
    append_line(out, line, layout.boxes[line.from], layout.boxes[line.to], layout.lines[i]);
  }
  for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
    append_box(out, picture.boxes[i], layout.boxes[i]);
  }
  return out + "</g>\n</svg>\n";
}

}  // namespace evener
