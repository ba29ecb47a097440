// A timeline's lanes: a worker that runs several tasks at once gets as many rows.
import { timeOfDay } from "./format";

export interface Span {
  task: string;
  worker: string;
  fence: number;
  started: number;
  ended: number;
  outcome: string;
}

export interface Lane<T extends Span> {
  worker: string;
  rows: number;
  bars: { row: T; level: number }[];
}

const endless = (row: Span) => (row.outcome === "running" ? Number.MAX_SAFE_INTEGER : row.ended);

// By name. Of attempts that overlap, each goes into the first row that is free when it begins; until
// when it fills its row is for `endOf` to say.
export function lanesOf<T extends Span>(spans: readonly T[], endOf: (row: T) => number = endless): Lane<T>[] {
  const lanes = new Map<string, { ends: number[]; bars: { row: T; level: number }[] }>();
  for (const row of [...spans].sort((one, other) => one.started - other.started)) {
    const lane = lanes.get(row.worker) ?? { ends: [], bars: [] };
    lanes.set(row.worker, lane);
    const free = lane.ends.findIndex((end) => end <= row.started);
    const level = free < 0 ? lane.ends.length : free;
    lane.ends[level] = endOf(row);
    lane.bars.push({ row, level });
  }
  return [...lanes]
    .map(([worker, lane]) => ({ worker, rows: lane.ends.length, bars: lane.bars }))
    .sort((one, other) => one.worker.localeCompare(other.worker, undefined, { numeric: true }));
}

// What a worker is expected to do, in milliseconds after the moment at which that was said.
export interface Step {
  worker: string;
  task: string;
  from_ms: number;
  until_ms: number;
}

const oldest = 120_000; // ms: what the server answered may have been worked out so long before

// The slots of each worker that a course fills at once.
function slotsOf(course: readonly Step[]): Map<string, number> {
  const ends = new Map<string, number[]>();
  for (const step of [...course].sort((one, other) => one.from_ms - other.from_ms)) {
    const slots = ends.get(step.worker) ?? [];
    const free = slots.findIndex((end) => end <= step.from_ms);
    slots[free < 0 ? slots.length : free] = step.until_ms;
    ends.set(step.worker, slots);
  }
  return new Map([...ends].map(([worker, slots]) => [worker, slots.length]));
}

// The same as bars to the right of `now`, each after what its slot does before. A task that was begun
// since it was said, or is over by that account, is told by what happened instead.
export function aheadOf<T extends Span>(course: readonly Step[], said: number, now: number, attempts: readonly T[], endOf: (row: T) => number): (Span & { attempt: number })[] {
  const isKnown = (row: Span) => row.outcome === "running" || row.started > said || (row.outcome === "done" && row.ended > said - oldest);
  const begun = new Set(attempts.filter(isKnown).map((row) => row.task));
  const free = new Map([...slotsOf(course)].map(([worker, slots]) => [worker, Array<number>(slots).fill(now)]));
  for (const row of attempts) {
    const ends = row.outcome === "running" ? free.get(row.worker) : undefined;
    const at = ends?.indexOf(now) ?? -1;
    if (ends && at >= 0) ends[at] = Math.max(now, endOf(row));
  }
  return course
    .filter((step) => !begun.has(step.task) && said + step.until_ms > now)
    .sort((one, other) => one.from_ms - other.from_ms)
    .map((step, index) => {
      const ends = free.get(step.worker) ?? [];
      const slot = ends.indexOf(Math.min(...ends));
      const started = Math.max(said + step.from_ms, ends[slot] ?? now);
      const ended = started + step.until_ms - step.from_ms;
      ends[slot] = ended;
      return { task: step.task, worker: step.worker, fence: -1 - index, attempt: 0, started, ended, outcome: "expected" };
    });
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
  10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000,
];
const hour = 3_600_000;
const day = 86_400_000;

// About `n` round moments between two, each as it is written on the axis.
export function ticksOf(first: number, last: number, n: number): { at: number; text: string }[] {
  const step = steps.find((one) => (last - first) / one <= n) ?? 604_800_000;
  // Hours and days are round where the reader is.
  const shift = step >= hour ? new Date(first).getTimezoneOffset() * 60_000 : 0;
  const ticks = [];
  for (let at = Math.ceil((first - shift) / step) * step + shift; at < last && ticks.length < 500; at += step) {
    ticks.push({ at, text: axisText(at, step, last) });
  }
  return ticks;
}

// A moment on an axis whose marks are `step` apart: no more of it than tells it from the next.
export function axisText(at: number, step: number, last: number): string {
  if (step >= day) return new Date(at).toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" });
  if (step >= 60_000) return timeOfDay(at, last);
  const seconds = new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return step >= 1000 ? seconds : `${seconds}.${String(at % 1000).padStart(3, "0")}`;
}

// ---- the part of time that is seen -------------------------------------------------------------

export interface Seen {
  from: number;
  to: number;
}

const leastSpan = 20; // ms
const mostSpan = 12 * 604_800_000;

// Nearer by `factor`, with the moment `at` where it stands.
export function zoomed(seen: Seen, factor: number, at: number): Seen {
  const span = seen.to - seen.from;
  const next = Math.min(mostSpan, Math.max(leastSpan, span / factor));
  const share = span > 0 ? (at - seen.from) / span : 0.5;
  const from = at - next * share;
  return { from, to: from + next };
}

export function panned(seen: Seen, share: number): Seen {
  const by = (seen.to - seen.from) * share;
  return { from: seen.from + by, to: seen.to + by };
}

// What stands in the seen part, at most `most`: the longest, for nobody sees more bars than that.
export function inSight<T extends { started: number; ended: number }>(rows: readonly T[], seen: Seen, most: number): T[] {
  const there = rows.filter((row) => row.ended >= seen.from && row.started <= seen.to);
  if (there.length <= most) return there;
  return [...there].sort((one, other) => other.ended - other.started - (one.ended - one.started)).slice(0, most);
}

// Since when a task that is tried again had waited for that: the end of the try before. By fence.
export function waitsOf(rows: readonly Span[]): Map<number, number> {
  const ends = new Map<string, number>();
  const waits = new Map<number, number>();
  for (const row of [...rows].sort((one, other) => one.started - other.started)) {
    const before = ends.get(row.task);
    if (before !== undefined && before < row.started) waits.set(row.fence, before);
    if (row.outcome !== "running") ends.set(row.task, row.ended);
  }
  return waits;
}
