#include "views/simulation_svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "views/simulation_lanes.h"
#include "views/simulation_text.h"
#include "views/svg.h"
#include "views/terminal.h"

namespace evener {
namespace {

constexpr int picture_width = 1200;
constexpr int name_width = 160;
constexpr int lane_height = 26;
constexpr int block_height = 20;
constexpr int picture_top = 56;
constexpr int picture_bottom = 40;
constexpr int picture_right = 16;
constexpr int columns_of_name = 20;

constexpr std::string_view picture_style = R"(<style>
text { font: 12px system-ui, sans-serif; fill: #1a1a1a }
.sheet { fill: #ffffff }
.block { fill: #9ecae1; stroke: #08519c }
.even { fill: #c6dbef }
.lost { fill: none; stroke-dasharray: 3 2 }
.rule { stroke: #bbbbbb }
.bound { stroke: #a63603; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #eeeeee }
  .sheet { fill: #16181d }
  .block { fill: #08519c; stroke: #9ecae1 }
  .even { fill: #2171b5 }
  .lost { fill: none }
  .rule { stroke: #555555 }
  .bound { stroke: #fdae6b }
}
</style>
)";

class Picture {
 public:
  explicit Picture(const Simulation& run) : run_(run), lanes_(lanes_of(run)) {}

  std::string text() {
    const int height = picture_top + picture_bottom + lane_height * static_cast<int>(lanes_.size());
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" role=\"img\">\n<title>{2}</title>\n",
        picture_width,
        height,
        svg_text(heading())
    );
    out += picture_style;
    out += fmt::format(
        "<rect class=\"sheet\" width=\"{}\" height=\"{}\"/>\n<text x=\"8\" y=\"20\">{}</text>\n",
        picture_width,
        height,
        svg_text(heading())
    );
    for (std::size_t i = 0; i < lanes_.size(); ++i) append_lane(out, static_cast<int>(i));
    append_mark(out, "rule", run_.makespan_ms, height);
    append_mark(out, "bound", run_.lower_bound_ms, height);
    return out + "</svg>\n";
  }

 private:
  std::string heading() const {
    std::string out = fmt::format(
        "{} tasks, {} workers: {}; none is below {} ({})",
        run_.tasks,
        run_.workers.size(),
        format_duration(run_.makespan_ms),
        format_duration(run_.lower_bound_ms),
        run_.lower_bound_by
    );
    if (!run_.never_started.empty()) {
      out += fmt::format("; {} never done", run_.never_started.size());
    }
    return out;
  }

  // Tenths of a pixel, in whole numbers: the text is the same everywhere.
  std::int64_t tenths_of(Millis duration) const {
    constexpr std::int64_t room = 10LL * (picture_width - name_width - picture_right);
    const Millis whole = std::max<Millis>({1, run_.makespan_ms, run_.lower_bound_ms});
    return duration * room / whole;
  }

  static std::string pixels(std::int64_t tenths) {
    return fmt::format("{}.{}", tenths / 10, tenths % 10);
  }

  std::string x_of(Millis at) const { return pixels(10LL * name_width + tenths_of(at)); }

  void append_lane(std::string& out, int number) const {
    const SimulationLane& lane = lanes_[static_cast<std::size_t>(number)];
    const int y = picture_top + number * lane_height;
    const int base = y + 14;
    const bool goes_on =
        number > 0 && lanes_[static_cast<std::size_t>(number - 1)].worker == lane.worker;
    if (!goes_on) {
      out += fmt::format(
          "<text x=\"8\" y=\"{}\">{}</text>\n", base, svg_text(fit(lane.worker, columns_of_name))
      );
    }
    bool is_even = false;
    for (const SimulatedAttempt* attempt : lane.attempts) {
      append_block(out, *attempt, y, is_even);
      is_even = !is_even;
    }
  }

  void append_block(std::string& out, const SimulatedAttempt& attempt, int y, bool is_even) const {
    constexpr std::int64_t tenths_a_sign = 80;
    constexpr std::int64_t least_tenths = 5;
    const std::int64_t tenths = tenths_of(attempt.ended_ms - attempt.started_ms);
    out += fmt::format(
        "<g><title>{}: {} to {}{}</title><rect class=\"block{}{}\" x=\"{}\" y=\"{}\" width=\"{}\" "
        "height=\"{}\"/>",
        svg_text(attempt.task),
        format_duration(attempt.started_ms),
        format_duration(attempt.ended_ms),
        attempt.lost ? ", lost with its worker" : "",
        is_even ? " even" : "",
        attempt.lost ? " lost" : "",
        x_of(attempt.started_ms),
        y,
        pixels(std::max(least_tenths, tenths)),
        block_height
    );
    if (const auto room = static_cast<int>(tenths / tenths_a_sign); room >= 2) {
      out += fmt::format(
          "<text x=\"{}\" y=\"{}\" dx=\"3\">{}</text>",
          x_of(attempt.started_ms),
          y + 14,
          svg_text(fit(attempt.task, room))
      );
    }
    out += "</g>\n";
  }

  void append_mark(std::string& out, std::string_view kind, Millis at, int height) const {
    const std::string x = x_of(at);
    out += fmt::format(
        "<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n"
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}{}</text>\n",
        kind,
        x,
        picture_top - 8,
        x,
        height - picture_bottom + 4,
        x,
        kind == "bound" ? height - 8 : picture_top - 12,
        kind == "bound" ? "bound " : "",
        format_duration(at)
    );
  }

  const Simulation& run_;
  std::vector<SimulationLane> lanes_;
};

}  // namespace

std::string simulation_svg(const Simulation& run) {
  return Picture(run).text();
}

}  // namespace evener
