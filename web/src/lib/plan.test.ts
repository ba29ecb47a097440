import { expect, test } from "vitest";
import type { ForecastCase, PlanFinding } from "../api/client";
import { allBut, barsOf, groupsOf, isCommand } from "./plan";

function forecast(p10_ms: number, p50_ms: number, p90_ms: number): ForecastCase {
  return { workers: "as it stands", slots: 1, runs: 20, p10_ms, p50_ms, p90_ms, idle_ms: 0, idle_permille: 0 };
}

test("ranges share a scale that begins now", () => {
  expect(barsOf([forecast(100, 150, 200), forecast(50, 75, 100)])).toEqual([
    { left: 50, width: 50, middle: 75 },
    { left: 25, width: 25, middle: 37.5 },
  ]);
  expect(barsOf([])).toEqual([]);
});

test("what nobody can do is no part of all that is done", () => {
  expect([0, 1, 1200].map(allBut)).toEqual(["All done", "All but 1 done", "All but 1\u2009200 done"]);
});

test("findings of one kind stand together, in the order in which they came", () => {
  const finding = (code: string, severity: "error" | "warning", task: string): PlanFinding => ({ severity, code, tasks: [task], reason: "", change: "" });
  const groups = groupsOf([finding("cycle", "error", "a"), finding("long", "warning", "b"), finding("cycle", "error", "c")]);
  expect(groups.map((group) => [group.code, group.findings.map((one) => one.tasks[0])])).toEqual([["cycle", ["a", "c"]], ["long", ["b"]]]);
});

test("what can be run is told from what is said", () => {
  expect(isCommand("evener edit a --drop-need b")).toBe(true);
  expect(isCommand("evener phase x, or take it out of `after`")).toBe(false);
  expect(isCommand("evener resolve 1, once it is out of the way")).toBe(false);
  expect(isCommand("say how long it takes")).toBe(false);
});
