// The timeline as a picture of its own: the part of time that is seen.
import { duration } from "./format";
import { clipped, ink, inkOf, svgOf, xml } from "./picture";
import { type Lane, type Seen, type Span, ticksOf } from "./timeline";

const nameWidth = 150;
const axis = 26;
const row = 20;
const barsWidth = 1100;

export function timelinePicture(title: string, lanes: Lane<Span>[], seen: Seen, now: number): string {
  const scale = barsWidth / Math.max(1, seen.to - seen.from);
  const x = (moment: number) => nameWidth + Math.min(barsWidth, Math.max(0, (moment - seen.from) * scale));
  const height = axis + lanes.reduce((sum, lane) => sum + lane.rows * row, 0) + 8;
  const parts: string[] = [];
  for (const tick of ticksOf(seen.from, seen.to, 8)) {
    parts.push(`<path d="M${x(tick.at)},4V${height}" stroke="${ink.line}"/><text x="${x(tick.at) + 4}" y="16" fill="${ink.soft}" font-size="10">${xml(tick.text)}</text>`);
  }
  let top = axis;
  for (const lane of lanes) {
    parts.push(`<path d="M0,${top}H${nameWidth + barsWidth}" stroke="${ink.line}"/><text x="8" y="${top + 14}" fill="${ink.text}">${xml(clipped(lane.worker, 20))}</text>`);
    for (const bar of lane.bars) {
      const ended = bar.row.outcome === "running" ? now : bar.row.ended;
      if (ended < seen.from || bar.row.started > seen.to) continue;
      const left = x(bar.row.started);
      const width = Math.max(1, x(ended) - left);
      const y = top + bar.level * row + 3;
      parts.push(
        `<g><title>${xml(`${bar.row.task}: ${bar.row.outcome}, ${duration(ended - bar.row.started)}`)}</title>` +
          `<rect x="${left}" y="${y}" width="${width}" height="14" rx="2" ${bar.row.outcome === "expected" ? `fill="none" stroke="${inkOf("running")}" stroke-dasharray="3 2"` : `fill="${inkOf(bar.row.outcome)}"`}/>` +
          (width > 40 ? `<text x="${left + 4}" y="${y + 11}" fill="${bar.row.outcome === "expected" ? ink.soft : "#ffffff"}" font-size="10">${xml(clipped(bar.row.task, Math.floor(width / 6.5)))}</text>` : "") +
          "</g>",
      );
    }
    top += lane.rows * row;
  }
  if (now > seen.from && now < seen.to) parts.push(`<path d="M${x(now)},4V${height}" stroke="${ink.accent}" stroke-width="2"/>`);
  return svgOf(nameWidth + barsWidth + 10, height, title, parts.join(""));
}
