// A plan as a picture: boxes and what comes after what, for Graphviz, Mermaid or as SVG. What is on
// the longest path stands out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/gate.h"
#include "model/worker.h"

namespace evener {

inline constexpr std::size_t most_boxes_drawn = 5'000;

struct PlanPicture {
  enum class BoxKind : std::uint8_t { task, parent, gate };
  enum class LineKind : std::uint8_t { need, part, gate };

  struct Box {
    std::string id = {};     // one line
    std::string title = {};  // one line
    BoxKind kind = BoxKind::task;
    bool is_critical = false;
    std::uint32_t layer = 0;  // behind those of all that come before
  };

  // From what comes first; `part`: from a subtask to its parent.
  struct Line {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    LineKind kind = LineKind::need;
    bool is_critical = false;
  };

  std::string name = {};
  std::vector<Box> boxes = {};
  std::vector<Line> lines = {};
};

// Fails with `cycle` if tasks wait for one another, and with `too_large` for more than
// most_boxes_drawn.
Result<PlanPicture> plan_picture(
    const std::string& name,
    std::span<const TaskSpec> tasks,
    std::span<const PhaseSpec> phases,
    std::span<const GateSpec> gates,
    const PoolSettings& settings
);

std::string plan_dot(const PlanPicture& picture);
std::string plan_mermaid(const PlanPicture& picture);

// Self-contained: no script, no font and no address of its own.
std::string plan_svg(const PlanPicture& picture);

}  // namespace evener
