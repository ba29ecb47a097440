import { describe, expect, it } from "vitest";
import { applyVitals, merge } from "./merge";

describe("merge", () => {
  it("answers what was there when nothing changed", () => {
    const before = { tasks: [{ id: "a", state: "ready" }], total: 1 };
    expect(merge(before, structuredClone(before))).toBe(before);
  });

  it("keeps rows that did not change, wherever they stand now", () => {
    const before = { tasks: [{ id: "a", state: "ready" }, { id: "b", state: "ready" }] };
    const after = merge(before, { tasks: [{ id: "b", state: "ready" }, { id: "a", state: "done" }, { id: "c", state: "ready" }] });
    expect(after.tasks[0]).toBe(before.tasks[1]);
    expect(after.tasks[1]).toEqual({ id: "a", state: "done" });
    expect(after.tasks[1]).not.toBe(before.tasks[0]);
    expect(after.tasks).toHaveLength(3);
  });

  it("takes out rows and members that are gone", () => {
    expect(merge({ rows: [{ id: "a" }], note: "x" }, { rows: [] } as { rows: { id: string }[]; note?: string })).toEqual({ rows: [] });
  });

  it("tells rows of one task apart by what else names them", () => {
    const before = [{ task: "a", fence: 1, outcome: "failed" }, { task: "a", fence: 2, outcome: "running" }];
    const after = merge(before, [{ task: "a", fence: 1, outcome: "failed" }, { task: "a", fence: 2, outcome: "done" }]);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toEqual({ task: "a", fence: 2, outcome: "done" });
  });

  it("merges plain lists by their places", () => {
    const before = { labels: ["a", "b"] };
    expect(merge(before, { labels: ["a", "b"] })).toBe(before);
    expect(merge(before, { labels: ["a", "c"] })).toEqual({ labels: ["a", "c"] });
  });

  it("never answers anything but what came", () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    const make = () => ({ rows: Array.from({ length: random(6) }, () => ({ id: `t${random(5)}`, n: random(3), more: { x: random(2) } })), n: random(2) });
    for (let i = 0; i < 500; ++i) {
      const after = make();
      expect(merge(make(), structuredClone(after))).toEqual(after);
    }
  });
});

describe("applyVitals", () => {
  const view = { running: [{ task: "a", worker: "w", progress: { percent: 1 } }, { task: "b", worker: "w" }], total: 2 };

  it("changes the row that it tells of, and no other", () => {
    const after = applyVitals(view, [{ task: "a", worker: "w", progress: { percent: 40, line: "half" } }]);
    expect(after.running[0]?.progress).toEqual({ percent: 40, line: "half" });
    expect(after.running[1]).toBe(view.running[1]);
    expect(view.running[0]?.progress).toEqual({ percent: 1 });
  });

  it("leaves the view where it tells of nothing that is shown", () => {
    expect(applyVitals(view, [{ task: "a", worker: "x", progress: { percent: 2 } }])).toBe(view);
    expect(applyVitals(view, [{ task: "a", worker: "w" }])).toBe(view);
  });
});
