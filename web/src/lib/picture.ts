// Pictures that leave, written as SVG by hand: what the page shows is laid out by the browser, but a
// picture must stand alone.
import { plain } from "./format";

// Text as it may stand in XML: what hides or turns text is shown, what XML forbids is left out.
export function xml(text: string): string {
  return plain(text)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

// At most `most` characters; the last is an ellipsis if some are left out.
export function clipped(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join("")}…`;
}

export const ink = {
  ground: "#ffffff", text: "#17201c", soft: "#55625c", line: "#d9dedb", accent: "#1c6a56",
  done: "#2b7a4b", running: "#1f5fae", ready: "#d9a514", waiting: "#b5bfc7", failed: "#b3261e", held: "#a873c9",
  cancelled: "#cfcfcf", lapsed: "#8f1f18", released: "#5d6872",
} as const;

export function inkOf(name: string): string {
  return (ink as Record<string, string>)[name] ?? ink.waiting;
}

export function svgOf(width: number, height: number, title: string, body: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" ` +
    `font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12"><title>${xml(title)}</title>` +
    `<rect width="100%" height="100%" fill="${ink.ground}"/>${body}</svg>\n`
  );
}

// How many pixels a picture's unit gets: two, and less where no browser would draw so many.
export function pixelsOf(width: number, height: number): number {
  const mostSide = 16_000;
  const mostPixels = 100_000_000;
  return Math.min(2, mostSide / width, mostSide / height, Math.sqrt(mostPixels / (width * height)));
}
