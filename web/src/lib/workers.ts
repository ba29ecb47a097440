import type { RunningRow, WorkerRow } from "../api/client";

// Who is seen first: those that something is the matter with, those that work, those that are free.
export function orderOf(worker: WorkerRow): number {
  if (worker.liveness === "lost") return worker.holding.length > 0 ? 0 : 5;
  if ((worker.stalled ?? []).length > 0) return 1;
  if (worker.liveness === "quiet") return 2;
  return worker.holding.length > 0 ? 3 : 4;
}

// What a running task takes as a whole: what it took until now, and what is left.
export function expectedOf(row: RunningRow): { p50_ms: number; p90_ms: number } | undefined {
  if (row.left === undefined) return undefined;
  return { p50_ms: row.elapsed_ms + row.left.p50_ms, p90_ms: row.elapsed_ms + row.left.p90_ms };
}
