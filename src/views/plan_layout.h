// Where the boxes of a plan's picture stand: layers from left to right, within each an order in
// which few lines cross (barycentres, as in Sugiyama, Tagawa and Toda, 1981), and heights that make
// lines straight. Lines over several layers pass each of them at a point of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "views/plan_picture.h"

namespace evener {

struct PlanPoint {
  double x = 0;
  double y = 0;
};

struct PlanLayout {
  double width = 0;
  double height = 0;
  std::vector<PlanPoint> boxes = {};               // their centres
  std::vector<std::vector<PlanPoint>> lines = {};  // between the boxes: what each passes
};

inline constexpr double plan_box_width = 200;
inline constexpr double plan_box_height = 40;

// Deterministic. Time grows with lines times layers; lines over very many layers go straight.
PlanLayout plan_layout(const PlanPicture& picture);

}  // namespace evener
