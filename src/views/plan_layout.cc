#include "views/plan_layout.h"

#include <algorithm>
#include <cmath>

namespace evener {
namespace {

constexpr double layer_distance = plan_box_width + 70;
constexpr double box_distance = plan_box_height + 16;
constexpr double line_distance = 14;  // where a line passes a layer
constexpr double picture_margin = 24;
constexpr int order_rounds = 8;
constexpr int height_rounds = 6;
constexpr std::size_t most_line_points = 100'000;

// Boxes that hang together, and the points where lines pass layers, as one layered graph.
class LayerGraph {
 public:
  explicit LayerGraph(const PlanPicture& picture) : picture_(picture) {
    layer_of_.reserve(picture.boxes.size());
    for (const PlanPicture::Box& box : picture.boxes) layer_of_.push_back(box.layer);
    before_.resize(layer_of_.size());
    after_.resize(layer_of_.size());
    for (std::uint32_t i = 0; i < picture.lines.size(); ++i) add_line(i);
    for (std::uint32_t node = 0; node < layer_of_.size(); ++node) {
      if (is_box(node) && before_[node].empty() && after_[node].empty()) continue;
      if (layers_.size() <= layer_of_[node]) layers_.resize(layer_of_[node] + 1);
      layers_[layer_of_[node]].push_back(node);
    }
    place_.resize(layer_of_.size(), 0);
    y_.resize(layer_of_.size(), 0);
    for (const auto& layer : layers_) number(layer);
  }

  void arrange() {
    for (int round = 0; round < order_rounds; ++round) {
      for (std::size_t i = 1; i < layers_.size(); ++i) sort_layer(layers_[i], before_);
      for (std::size_t i = layers_.size(); i-- > 1;) sort_layer(layers_[i - 1], after_);
    }
    for (auto& layer : layers_) stack(layer);
    for (int round = 0; round < height_rounds; ++round) {
      for (std::size_t i = 1; i < layers_.size(); ++i) straighten(layers_[i], before_);
      for (std::size_t i = layers_.size(); i-- > 1;) straighten(layers_[i - 1], after_);
    }
  }

  PlanLayout layout() const {
    PlanLayout out;
    double lowest = 0;
    for (const auto& layer : layers_) {
      if (!layer.empty()) lowest = std::min(lowest, y_[layer.front()]);
    }
    const double top = picture_margin + plan_box_height / 2 - lowest;
    const double left = picture_margin + plan_box_width / 2;
    const auto at = [&](std::uint32_t node) {
      return PlanPoint{left + layer_distance * layer_of_[node], top + y_[node]};
    };
    out.boxes.resize(picture_.boxes.size());
    for (const auto& layer : layers_) {
      for (const std::uint32_t node : layer) {
        const PlanPoint point = at(node);
        if (is_box(node)) out.boxes[node] = point;
        out.width = std::max(out.width, point.x + plan_box_width / 2 + picture_margin);
        out.height = std::max(out.height, point.y + plan_box_height / 2 + picture_margin);
      }
    }
    for (const std::vector<std::uint32_t>& points : points_) {
      std::vector<PlanPoint>& line = out.lines.emplace_back();
      for (const std::uint32_t node : points) line.push_back(at(node));
    }
    add_alone(out);
    return out;
  }

 private:
  using Neighbours = std::vector<std::vector<std::uint32_t>>;

  bool is_box(std::uint32_t node) const { return node < picture_.boxes.size(); }

  void join(std::uint32_t from, std::uint32_t to) {
    after_[from].push_back(to);
    before_[to].push_back(from);
  }

  void add_line(std::uint32_t number) {
    const PlanPicture::Line& line = picture_.lines[number];
    std::vector<std::uint32_t>& points = points_.emplace_back();
    const std::uint32_t last = layer_of_[line.to];
    std::uint32_t at = line.from;
    if (layer_of_.size() + last < most_line_points + picture_.boxes.size()) {
      for (std::uint32_t layer = layer_of_[line.from] + 1; layer < last; ++layer) {
        const auto point = static_cast<std::uint32_t>(layer_of_.size());
        layer_of_.push_back(layer);
        before_.emplace_back();
        after_.emplace_back();
        points.push_back(point);
        join(at, point);
        at = point;
      }
    }
    join(at, line.to);
  }

  void number(const std::vector<std::uint32_t>& layer) {
    for (std::size_t i = 0; i < layer.size(); ++i) place_[layer[i]] = static_cast<double>(i);
  }

  // The mean of `values` of the neighbours; its own where it has none.
  double mean(std::uint32_t node, const Neighbours& neighbours, const std::vector<double>& values)
      const {
    if (neighbours[node].empty()) return values[node];
    double sum = 0;
    for (const std::uint32_t other : neighbours[node]) sum += values[other];
    return sum / static_cast<double>(neighbours[node].size());
  }

  void sort_layer(std::vector<std::uint32_t>& layer, const Neighbours& neighbours) {
    std::vector<std::pair<double, std::uint32_t>> keys;
    for (const std::uint32_t node : layer) keys.emplace_back(mean(node, neighbours, place_), node);
    std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
      return a.first < b.first;
    });
    for (std::size_t i = 0; i < layer.size(); ++i) layer[i] = keys[i].second;
    number(layer);
  }

  // How far apart the centres of two neighbours in a layer must be.
  double distance(std::uint32_t a, std::uint32_t b) const {
    const double boxes = (is_box(a) ? 1 : 0) + (is_box(b) ? 1 : 0);
    return line_distance + boxes / 2 * (box_distance - line_distance);
  }

  void stack(const std::vector<std::uint32_t>& layer) {
    for (std::size_t i = 1; i < layer.size(); ++i) {
      y_[layer[i]] = y_[layer[i - 1]] + distance(layer[i - 1], layer[i]);
    }
    if (layer.empty()) return;
    const double middle = y_[layer.back()] / 2;
    for (const std::uint32_t node : layer) y_[node] -= middle;
  }

  // As near as can be to the means of the neighbours without changing the order: least squares
  // under least distances, by joining blocks that would overlap.
  void straighten(const std::vector<std::uint32_t>& layer, const Neighbours& neighbours) {
    struct Block {
      double sum = 0;  // of what its nodes wish, each less its offset
      std::size_t count = 0;

      double at() const { return sum / static_cast<double>(count); }
    };

    std::vector<Block> blocks;
    std::vector<double> offsets;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      offsets.push_back(i == 0 ? 0 : offsets.back() + distance(layer[i - 1], layer[i]));
      blocks.push_back({mean(layer[i], neighbours, y_) - offsets[i], 1});
      while (blocks.size() > 1 && blocks.back().at() < blocks[blocks.size() - 2].at()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().count += last.count;
      }
    }
    std::size_t i = 0;
    for (const Block& block : blocks) {
      for (std::size_t k = 0; k < block.count; ++k, ++i) y_[layer[i]] = block.at() + offsets[i];
    }
  }

  // Boxes without any line, in rows below the rest.
  void add_alone(PlanLayout& out) const {
    std::vector<std::uint32_t> alone;
    for (std::uint32_t box = 0; box < picture_.boxes.size(); ++box) {
      if (before_[box].empty() && after_[box].empty()) alone.push_back(box);
    }
    if (alone.empty()) return;
    const double square = std::ceil(std::sqrt(static_cast<double>(alone.size()) / 4));
    const double fitting =
        std::floor((out.width - picture_margin) / (plan_box_width + picture_margin));
    const auto columns = static_cast<std::size_t>(std::max({square, fitting, 4.0}));
    const double top = std::max(out.height, picture_margin) + plan_box_height / 2;
    for (std::size_t i = 0; i < alone.size(); ++i) {
      const PlanPoint point{
          picture_margin + plan_box_width / 2 +
              (plan_box_width + picture_margin) * static_cast<double>(i % columns),
          top + box_distance * static_cast<double>(i / columns)
      };
      out.boxes[alone[i]] = point;
      out.width = std::max(out.width, point.x + plan_box_width / 2 + picture_margin);
      out.height = std::max(out.height, point.y + plan_box_height / 2 + picture_margin);
    }
  }

  const PlanPicture& picture_;
  std::vector<std::uint32_t> layer_of_;
  Neighbours before_;
  Neighbours after_;
  std::vector<std::vector<std::uint32_t>> points_;  // of each line
  std::vector<std::vector<std::uint32_t>> layers_;
  std::vector<double> place_;  // in its layer
  std::vector<double> y_;
};

}  // namespace

PlanLayout plan_layout(const PlanPicture& picture) {
  LayerGraph graph(picture);
  graph.arrange();
  return graph.layout();
}

}  // namespace evener
