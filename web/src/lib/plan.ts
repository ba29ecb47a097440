// How a plan's forecast and findings are put before people.
import type { ForecastCase, PlanFinding } from "../api/client";
import { count } from "./format";

// Where the ranges of all cases lie on one scale that begins now: shares of a hundred.
export interface RangeBar {
  left: number;
  width: number;
  middle: number;
}

export function barsOf(cases: ForecastCase[]): RangeBar[] {
  const longest = Math.max(1, ...cases.map((row) => row.p90_ms));
  const share = (ms: number) => (100 * ms) / longest;
  return cases.map((row) => ({
    left: share(row.p10_ms),
    width: Math.max(0.5, share(row.p90_ms - row.p10_ms)),
    middle: share(row.p50_ms),
  }));
}

// What a forecast tells the end of: those that nobody can do are no part of it.
export function allBut(leftOut: number): string {
  return leftOut > 0 ? `All but ${count(leftOut)} done` : "All done";
}

export interface FindingGroup {
  code: string;
  severity: PlanFinding["severity"];
  findings: PlanFinding[];
}

// Those of one kind together, errors first, in the order in which the server tells them.
export function groupsOf(findings: PlanFinding[]): FindingGroup[] {
  const groups = new Map<string, FindingGroup>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.code}`;
    const group = groups.get(key) ?? { code: finding.code, severity: finding.severity, findings: [] };
    group.findings.push(finding);
    groups.set(key, group);
  }
  return [...groups.values()];
}

// A change is a command line, or a sentence.
export function isCommand(change: string): boolean {
  return /^evener [a-z]/.test(change) && !/, (or|once) /.test(change);
}
