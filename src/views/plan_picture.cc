#include "views/plan_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/plan_figures.h"
#include "views/terminal.h"

namespace evener {
namespace {

constexpr int title_columns = 40;

class PictureBuilder {
 public:
  PictureBuilder(
      const PlanGraph& graph, std::span<const PhaseSpec> phases, std::span<const GateSpec> gates
  )
      : graph_(graph), phases_(phases), gates_(gates) {}

  PlanPicture build(const PoolSettings& settings) {
    for (PlanNode task = 0; task < graph_.task_count(); ++task) add_task(task);
    for (const PhaseSpec& phase : phases_) add_gate(phase.id, phase.title);
    for (const GateSpec& gate : gates_) add_gate(gate.id, gate.title);
    add_lines();
    mark_critical(settings);
    set_layers();
    return std::move(picture_);
  }

 private:
  using LineKind = PlanPicture::LineKind;
  using BoxKind = PlanPicture::BoxKind;

  void add_task(PlanNode task) {
    const TaskSpec& spec = graph_.tasks()[task];
    picture_.boxes.push_back(
        {.id = safe_line(spec.id),
         .title = fit(safe_line(spec.title), title_columns),
         .kind = graph_.has_subtasks(task) ? BoxKind::parent : BoxKind::task}
    );
  }

  void add_gate(const std::string& id, const std::string& title) {
    gate_boxes_.emplace(id, static_cast<std::uint32_t>(picture_.boxes.size()));
    picture_.boxes.push_back(
        {.id = safe_line(id), .title = fit(safe_line(title), title_columns), .kind = BoxKind::gate}
    );
  }

  void add_line(std::uint32_t from, std::uint32_t to, LineKind kind) {
    if (from != to) picture_.lines.push_back({from, to, kind});
  }

  void add_lines() {
    const std::vector<bool> followed = followed_in_phase();
    for (PlanNode task = 0; task < graph_.task_count(); ++task) {
      const TaskSpec& spec = graph_.tasks()[task];
      for (const Need& need : spec.needs) {
        const PlanNode needed = graph_.find(need.task);
        if (needed != no_node) add_line(needed, task, LineKind::need);
      }
      if (graph_.parent(task) != no_node) add_line(task, graph_.parent(task), LineKind::part);
      const auto phase = gate_boxes_.find(spec.phase);
      if (phase != gate_boxes_.end() && !followed[task]) {
        add_line(task, phase->second, LineKind::gate);
      }
    }
    for (const GateSpec& gate : gates_) {
      for (const std::string& id : gate.tasks) {
        const PlanNode task = graph_.find(id);
        if (task != no_node) add_line(task, gate_boxes_.at(gate.id), LineKind::gate);
      }
    }
    for (const PhaseSpec& phase : phases_) add_lines_after(phase);
  }

  // Of each task, whether another of its phase comes after it, which then leads to the gate.
  std::vector<bool> followed_in_phase() const {
    std::vector<bool> out(graph_.task_count(), false);
    const auto follow = [&](PlanNode before, PlanNode task) {
      if (before == no_node || task == no_node) return;
      if (graph_.tasks()[before].phase == graph_.tasks()[task].phase) out[before] = true;
    };
    for (PlanNode task = 0; task < graph_.task_count(); ++task) {
      for (const Need& need : graph_.tasks()[task].needs) follow(graph_.find(need.task), task);
      follow(task, graph_.parent(task));
    }
    return out;
  }

  // From the gates that a phase comes after to those of its tasks that begin it; to its own gate if
  // it has none.
  void add_lines_after(const PhaseSpec& phase) {
    std::vector<std::uint32_t> first;
    for (PlanNode task = 0; task < graph_.task_count(); ++task) {
      if (graph_.tasks()[task].phase == phase.id && begins_phase(task)) first.push_back(task);
    }
    if (first.empty()) first.push_back(gate_boxes_.at(phase.id));
    for (const std::string& id : phase.after) {
      const auto gate = gate_boxes_.find(id);
      if (gate == gate_boxes_.end()) continue;
      for (const std::uint32_t box : first) add_line(gate->second, box, LineKind::gate);
    }
  }

  // No other task of its phase comes before it, as far as it says itself.
  bool begins_phase(PlanNode task) const {
    const TaskSpec& spec = graph_.tasks()[task];
    return !graph_.has_subtasks(task) &&
           std::none_of(spec.needs.begin(), spec.needs.end(), [&](const Need& need) {
             const PlanNode needed = graph_.find(need.task);
             return needed != no_node && graph_.tasks()[needed].phase == spec.phase;
           });
  }

  void mark_critical(const PoolSettings& settings) {
    const std::vector<std::string> critical = plan_figures(graph_, settings, 1).critical;
    std::map<std::uint32_t, std::uint32_t> next;
    for (std::size_t i = 0; i < critical.size(); ++i) {
      const PlanNode task = graph_.find(critical[i]);
      picture_.boxes[task].is_critical = true;
      if (i + 1 < critical.size()) next[task] = graph_.find(critical[i + 1]);
    }
    for (PlanPicture::Line& line : picture_.lines) {
      const auto found = next.find(line.from);
      line.is_critical = found != next.end() && found->second == line.to;
    }
  }

  // By the longest way from the beginning, a step for each task and each gate.
  void set_layers() {
    std::vector<std::uint32_t> layers(graph_.node_count(), 0);
    for (const PlanNode node : graph_.order()) {
      const auto gate =
          graph_.is_task(node) ? gate_boxes_.end() : gate_boxes_.find(graph_.name(node));
      const bool is_gate = gate != gate_boxes_.end() && graph_.is_gate(node);
      if (is_gate) picture_.boxes[gate->second].layer = layers[node];
      if (graph_.is_task(node)) picture_.boxes[node].layer = layers[node];
      const std::uint32_t step = is_gate || graph_.is_task(node) ? 1 : 0;
      for (const PlanNode next : graph_.after(node)) {
        layers[next] = std::max(layers[next], layers[node] + step);
      }
    }
  }

  const PlanGraph& graph_;
  std::span<const PhaseSpec> phases_;
  std::span<const GateSpec> gates_;
  std::map<std::string, std::uint32_t> gate_boxes_;
  PlanPicture picture_;
};

// Within double quotes, in DOT and, with its own escapes, in Mermaid.
std::string quoted_for_dot(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string quoted_for_mermaid(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "#quot;";
        break;
      case '#':
        out += "#35;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      case '`':
        out += "#96;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

Result<PlanPicture> plan_picture(
    const std::string& name,
    std::span<const TaskSpec> tasks,
    std::span<const PhaseSpec> phases,
    std::span<const GateSpec> gates,
    const PoolSettings& settings
) {
  const std::size_t boxes = tasks.size() + phases.size() + gates.size();
  if (boxes > most_boxes_drawn) {
    return Error{
        "too_large",
        fmt::format(
            "{} tasks, phases and gates; at most {} are drawn, for nobody could read more",
            boxes,
            most_boxes_drawn
        ),
        name
    };
  }
  const PlanGraph graph(tasks, phases, gates);
  if (graph.has_cycle()) {
    return Error{"cycle", "tasks wait for one another; evener plan check names them", name};
  }
  PlanPicture picture = PictureBuilder(graph, phases, gates).build(settings);
  picture.name = safe_line(name);
  return picture;
}

std::string plan_dot(const PlanPicture& picture) {
  std::string out = fmt::format(
      "digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n", quoted_for_dot(picture.name)
  );
  for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
    const PlanPicture::Box& box = picture.boxes[i];
    std::string label = quoted_for_dot(box.id);
    if (!box.title.empty()) label += "\\n" + quoted_for_dot(box.title);
    std::string_view shape;
    if (box.kind == PlanPicture::BoxKind::parent) shape = ", style=dashed";
    if (box.kind == PlanPicture::BoxKind::gate) shape = ", shape=hexagon";
    out += fmt::format(
        "  n{} [label=\"{}\"{}{}];\n", i, label, shape, box.is_critical ? ", penwidth=3" : ""
    );
  }
  for (const PlanPicture::Line& line : picture.lines) {
    std::string_view look;
    if (line.is_critical) look = " [penwidth=3]";
    if (line.kind == PlanPicture::LineKind::part) look = " [style=dashed]";
    if (line.kind == PlanPicture::LineKind::gate) look = " [style=dotted]";
    out += fmt::format("  n{} -> n{}{};\n", line.from, line.to, look);
  }
  return out + "}\n";
}

std::string plan_mermaid(const PlanPicture& picture) {
  std::string out = "flowchart LR\n";
  std::string critical;
  for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
    const PlanPicture::Box& box = picture.boxes[i];
    std::string label = quoted_for_mermaid(box.id);
    if (!box.title.empty()) label += "<br/>" + quoted_for_mermaid(box.title);
    const bool is_gate = box.kind == PlanPicture::BoxKind::gate;
    const bool is_parent = box.kind == PlanPicture::BoxKind::parent;
    out += fmt::format(
        "  n{}{}\"{}\"{}\n",
        i,
        is_gate     ? "{{"
        : is_parent ? "("
                    : "[",
        label,
        is_gate     ? "}}"
        : is_parent ? ")"
                    : "]"
    );
    if (box.is_critical) critical += fmt::format("{}n{}", critical.empty() ? "" : ",", i);
  }
  for (const PlanPicture::Line& line : picture.lines) {
    const bool is_need = line.kind == PlanPicture::LineKind::need;
    out += fmt::format(
        "  n{} {} n{}\n",
        line.from,
        line.is_critical ? "==>"
        : is_need        ? "-->"
                         : "-.->",
        line.to
    );
  }
  if (!critical.empty()) {
    out += "  classDef critical stroke-width:3px\n  class " + critical + " critical\n";
  }
  return out;
}

}  // namespace evener
