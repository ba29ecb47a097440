// A graph in which subtasks stand in one box with their parent: fewer boxes, the same order.
import type { GraphView, TaskState } from "../api/client";

export type Drawn = GraphView["nodes"][number] & {
  // Of a box of several tasks: how many. Its `task` is the parent.
  members?: number;
};
type Edge = GraphView["edges"][number];

// Every parent that has subtasks among the nodes.
export function parentsOf(nodes: GraphView["nodes"]): string[] {
  return [...new Set(nodes.flatMap((node) => (node.parent ? [node.parent] : [])))];
}

// What most needs to be seen of several.
function stateOf(states: TaskState[]): TaskState {
  const order: TaskState[] = ["failed", "running", "held", "ready", "waiting", "done", "cancelled"];
  return order.find((state) => states.includes(state)) ?? "waiting";
}

export function collapse(view: GraphView, isFolded: (parent: string) => boolean): { nodes: Drawn[]; edges: Edge[] } {
  const nodes = new Map(view.nodes.map((node) => [node.task, node]));
  const isParent = new Set(parentsOf(view.nodes));

  // The outermost folded task in which a task lies.
  const place = (task: string): string => {
    let inside = isParent.has(task) && isFolded(task) ? task : "";
    const seen = new Set<string>();
    for (let parent = nodes.get(task)?.parent; parent && !seen.has(parent); parent = nodes.get(parent)?.parent) {
      seen.add(parent);
      if (isFolded(parent)) inside = parent;
    }
    return inside;
  };

  const groups = new Map<string, GraphView["nodes"]>();
  const drawn: Drawn[] = [];
  const boxOf = new Map<string, string>();
  for (const node of view.nodes) {
    const inside = place(node.task);
    boxOf.set(node.task, inside || node.task);
    const group = groups.get(inside);
    if (inside === "") drawn.push(node);
    else if (group) group.push(node);
    else groups.set(inside, [node]);
  }
  for (const [parent, members] of groups) {
    drawn.push({
      task: parent,
      title: nodes.get(parent)?.title || parent,
      state: stateOf(members.map((node) => node.state)),
      on_longest_path: members.some((node) => node.on_longest_path),
      path_ms: Math.max(...members.map((node) => node.path_ms ?? 0)),
      members: members.length,
    });
  }
  const edges = new Map<string, Edge>();
  for (const edge of view.edges) {
    const from = boxOf.get(edge.from) ?? edge.from;
    const to = boxOf.get(edge.to) ?? edge.to;
    if (from !== to) edges.set(`${from}\u0000${to}`, { from, to });
  }
  return { nodes: drawn, edges: [...edges.values()] };
}
