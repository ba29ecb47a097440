// What a command printed for a terminal, as pieces of text with their colours. Escape sequences are
// read by anser; nothing of the text is ever markup, and what would move a cursor is left out.
import Anser, { type AnserJsonEntry } from "anser";
import { plain } from "./format";

export interface Piece {
  text: string;
  // Names of the sixteen colours, and bold, italic and such.
  classes: string;
  // Of the others: made readable on what lies below.
  colour: string | undefined;
  ground: string | undefined;
}

type Rgb = [number, number, number];

// The ground on which output is shown, light or dark: terminals' colours were made for a dark one.
const ground: Rgb = [16, 22, 26];
const text: Rgb = [232, 238, 234];
const leastContrast = 4.5; // WCAG 2.2, 1.4.3

// Relative luminance and contrast as WCAG 2.2 defines them.
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

// As near to the colour as can be read: moved towards white or black in tenths.
export function readable(colour: Rgb, against: Rgb, towards: number): Rgb {
  for (let step = 0; step <= 10; ++step) {
    const moved = colour.map((part) => Math.round(part + ((towards - part) * step) / 10)) as Rgb;
    if (contrast(moved, against) >= leastContrast) return moved;
  }
  return [towards, towards, towards];
}

// The 240 colours behind the sixteen: a cube of six levels a side, and greys.
export function paletteColour(index: number): Rgb {
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return [grey, grey, grey];
  }
  const level = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}

function rgbOf(name: string | null, truecolor: string | null): Rgb | undefined {
  if (name === "ansi-truecolor" && truecolor) {
    const parts = truecolor.split(",").map(Number);
    return parts.length === 3 && parts.every((part) => part >= 0 && part <= 255) ? (parts as Rgb) : undefined;
  }
  const palette = /^ansi-palette-(\d+)$/.exec(name ?? "");
  const index = Number(palette?.[1] ?? 0);
  return index >= 16 && index <= 255 ? paletteColour(index) : undefined;
}

const css = (colour: Rgb | undefined) => (colour === undefined ? undefined : `rgb(${colour.join(" ")})`);

function pieceOf(entry: AnserJsonEntry): Piece {
  const below = rgbOf(entry.bg, entry.bg_truecolor);
  const above = rgbOf(entry.fg, entry.fg_truecolor);
  const dark = below === undefined ? undefined : readable(below, text, 0);
  const light = above === undefined ? undefined : readable(above, dark ?? ground, 255);
  const named = [
    above === undefined && entry.fg ? `f-${entry.fg.replace(/^ansi-/, "")}` : "",
    below === undefined && entry.bg ? `b-${entry.bg.replace(/^ansi-/, "")}` : "",
    ...(entry.decorations ?? []).map((one) => `d-${one}`),
  ];
  return { text: plain(entry.content), classes: named.filter((one) => one !== "").join(" "), colour: css(light), ground: css(dark) };
}

// A line as it stands once all of it was printed: what follows the last return to its beginning.
function overwritten(line: string): string {
  const whole = line.replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

export function piecesOf(printed: string): Piece[] {
  const coloured = printed
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, "")
    .replace(/\u001b\[[0-?]*[ -/]*[@-ln-~]/g, "")
    .replace(/\u001b(?!\[)[ -/]*[0-~]?/g, "")
    .split("\n")
    .map(overwritten)
    .join("\n");
  return Anser.ansiToJson(coloured, { json: true, remove_empty: true, use_classes: true }).map(pieceOf);
}
