// The graph as a picture of its own.
import { box, type Layout } from "./box";
import type { Drawn } from "./collapse";
import { clipped, ink, inkOf, svgOf, xml } from "./picture";

export function graphPicture(title: string, layout: Layout, nodes: Drawn[]): string {
  const longest = new Set(nodes.filter((node) => node.on_longest_path).map((node) => node.task));
  const lines = layout.paths.map((path) => {
    const isLongest = longest.has(path.from) && longest.has(path.to);
    return `<path d="${path.d}" fill="none" stroke="${isLongest ? ink.accent : ink.waiting}" stroke-width="${isLongest ? 3 : 1.3}"/>`;
  });
  const boxes = nodes.flatMap((node) => {
    const at = layout.at.get(node.task);
    if (!at) return [];
    const x = at.x - box.width / 2;
    const y = at.y - box.height / 2;
    const name = node.members ? `${node.title ?? node.task} (${node.members})` : node.title || node.task;
    return [
      `<g><title>${xml(`${node.task}: ${node.state}`)}</title>` +
        `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="7" fill="${ink.ground}" stroke="${node.on_longest_path ? ink.accent : ink.line}" stroke-width="${node.on_longest_path ? 2 : 1}"/>` +
        `<rect x="${x + 6}" y="${y + 8}" width="5" height="${box.height - 16}" rx="2" fill="${inkOf(node.state)}"/>` +
        `<text x="${x + 18}" y="${y + 20}" fill="${ink.text}">${xml(clipped(name, 26))}</text>` +
        `<text x="${x + 18}" y="${y + 36}" fill="${ink.soft}" font-size="10">${xml(clipped(node.state, 26))}</text></g>`,
    ];
  });
  return svgOf(layout.width, layout.height, title, lines.join("") + boxes.join(""));
}
