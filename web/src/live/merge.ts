// The reducer of the page. A new answer of the server is merged into what is shown: rows that did not
// change keep their identity, so that only what did is drawn again.

const keys = ["id", "task", "name", "blocker", "lock", "fence", "worker"] as const;

type Row = Record<string, unknown>;

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// What tells a row of a list from the others: all that names it. Rows of one task differ by kind or
// fence.
function keyOf(row: Row): string {
  let key = String(row["kind"] ?? "");
  for (const name of keys) {
    const part = row[name];
    if (typeof part === "string" || typeof part === "number") key += `\u0000${name}=${part}`;
  }
  return key;
}

function mergeList(before: unknown[], after: unknown[]): unknown[] {
  const known = new Map<string, unknown>();
  for (const item of before) if (isRow(item)) known.set(keyOf(item), item);
  let same = before.length === after.length;
  const merged = after.map((item, index) => {
    const old = isRow(item) ? known.get(keyOf(item)) : before[index];
    const value = old === undefined ? item : merge(old, item);
    same &&= value === before[index];
    return value;
  });
  return same ? before : merged;
}

// `after`, with every part of `before` that is equal in its place.
export function merge<T>(before: T | undefined, after: T): T {
  if (before === undefined || Object.is(before, after)) return after;
  if (Array.isArray(before) && Array.isArray(after)) return mergeList(before, after) as T;
  if (!isRow(before) || !isRow(after)) return after;
  let same = Object.keys(before).length === Object.keys(after).length;
  const merged: Row = {};
  for (const [name, value] of Object.entries(after)) {
    merged[name] = merge((before as Row)[name], value);
    same &&= name in before && merged[name] === (before as Row)[name];
  }
  return (same ? before : merged) as T;
}

export interface Vital {
  task?: string;
  worker?: string;
  progress?: { percent?: number; line?: string };
}

interface HasRunning {
  running: { task: string; worker: string; progress?: Vital["progress"] }[];
}

// A renewal is no fact: what it tells stands beside the log until the view is asked for again.
export function applyVitals<T extends HasRunning>(view: T, vitals: readonly Vital[]): T {
  const told = new Map<string, Vital>();
  for (const vital of vitals) {
    if (vital.progress !== undefined) told.set(`${vital.task}\u0000${vital.worker}`, vital);
  }
  let changed = false;
  const running = view.running.map((row) => {
    const vital = told.get(`${row.task}\u0000${row.worker}`);
    if (vital === undefined) return row;
    changed = true;
    return { ...row, progress: { ...row.progress, ...vital.progress } };
  });
  return changed ? { ...view, running } : view;
}
