// Series that the attempts of a report make, in equal slices of time.
import type { Point } from "./series";
import { slicesOf } from "./slices";

interface Attempt {
  started: number;
  ended: number;
  outcome: string;
}

// Tasks done, as so many an hour; each point stands in the middle of its slice.
export function throughputOf(rows: readonly Attempt[], end: number, n: number): { points: Point[]; sliceMs: number } {
  const { counts, sliceMs } = slicesOf(rows.filter((row) => row.outcome === "done").map((row) => row.ended), end, n);
  if (sliceMs === 0) return { points: [], sliceMs };
  const begin = end - n * sliceMs;
  const points = counts.map((count, index) => ({ at: (begin + (index + 0.5) * sliceMs) / 1000, value: (count * 3_600_000) / sliceMs }));
  return { points, sliceMs };
}

// How many attempts ran at once, on average over each slice.
export function runningOf(rows: readonly Attempt[], end: number, n: number): Point[] {
  if (rows.length === 0) return [];
  const first = rows.reduce((least, row) => Math.min(least, row.started), end);
  const sliceMs = Math.max(1000, (end - first) / n);
  const begin = end - n * sliceMs;
  const busy = new Array<number>(n).fill(0);
  for (const row of rows) {
    const ended = row.outcome === "running" ? end : Math.min(end, row.ended);
    const last = Math.min(n - 1, Math.floor((ended - begin) / sliceMs));
    for (let slice = Math.max(0, Math.floor((row.started - begin) / sliceMs)); slice <= last; ++slice) {
      const from = begin + slice * sliceMs;
      busy[slice] = (busy[slice] ?? 0) + Math.max(0, Math.min(ended, from + sliceMs) - Math.max(row.started, from));
    }
  }
  return busy.map((ms, slice) => ({ at: (begin + (slice + 0.5) * sliceMs) / 1000, value: ms / sliceMs }));
}
