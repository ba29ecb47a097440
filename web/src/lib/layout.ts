// Where the tasks of a graph stand: in layers, what comes first to the left.
import dagre from "@dagrejs/dagre";
import { box, type Layout, type Placed } from "./box";

export function layoutOf(nodes: string[], edges: { from: string; to: string }[]): Layout {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 60, marginx: 20, marginy: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of nodes) graph.setNode(id, { ...box });
  for (const edge of edges) graph.setEdge(edge.from, edge.to);
  dagre.layout(graph);
  const at = new Map(nodes.map((id) => [id, { x: graph.node(id).x, y: graph.node(id).y }]));
  const paths = edges.map((edge) => ({ ...edge, d: curveOf(graph.edge(edge.from, edge.to).points ?? []) }));
  const size = graph.graph();
  return { at, paths, width: size.width ?? 0, height: size.height ?? 0 };
}

// Through the middles between the points, so that lines bend softly.
export function curveOf(points: Placed[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return "";
  let d = `M${Math.round(first.x)},${Math.round(first.y)}`;
  for (let i = 0; i + 1 < rest.length; ++i) {
    const at = rest[i] as Placed;
    const next = rest[i + 1] as Placed;
    d += `Q${Math.round(at.x)},${Math.round(at.y)} ${Math.round((at.x + next.x) / 2)},${Math.round((at.y + next.y) / 2)}`;
  }
  return `${d}L${Math.round(last.x)},${Math.round(last.y)}`;
}
