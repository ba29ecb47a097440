import { describe, expect, it } from "vitest";
import { entriesOf } from "./entries";
import { count, duration, plain } from "./format";
import { curveOf, layoutOf } from "./layout";
import { hrefOf, parseRoute, target } from "./route";
import { slicesOf } from "./slices";
import { aheadOf, inSight, lanesOf, panned, ticksOf, waitsOf, zoomed } from "./timeline";
import { covers, drawnOf, windowOf } from "./window";
import { expectedOf, orderOf } from "./workers";

describe("format", () => {
  it("writes durations as the terminal does", () => {
    expect([0, 999, 1000, 61_000, 3_660_000, 90_000_000].map(duration)).toEqual(["0ms", "999ms", "1s", "1m 1s", "1h 1m", "1d 1h"]);
  });

  it("groups digits", () => expect(count(1234567)).toBe("1\u2009234\u2009567"));

  it("shows characters that hide or turn text", () => {
    expect(plain("a\u202egnp.exe")).toBe("a\\u202egnp.exe");
    expect(plain("a\u200bb\u0007")).toBe("a\\u200bb\\u0007");
    expect(plain("line\nnext\tcell – ü 漢字 😀")).toBe("line\nnext\tcell – ü 漢字 😀");
  });
});

describe("route", () => {
  it("reads back what it wrote", () => {
    const href = hrefOf("task", "a/b c?d#e%", { text: "x&y", none: undefined });
    expect(parseRoute(href)).toEqual({ page: "task", subject: "a/b c?d#e%", params: { text: "x&y" } });
    expect(parseRoute("")).toEqual({ page: "now", subject: "", params: {} });
    expect(parseRoute("#/task/%E0%A4%A")).toEqual({ page: "task", subject: "%E0%A4%A", params: {} });
  });

  it("leaves out empty parameters", () => {
    expect(target("tasks", { text: "", states: undefined, descending: false, limit: 5 })).toBe("tasks?limit=5");
    expect(target("status")).toBe("status");
  });
});

describe("windowOf", () => {
  it("holds all rows that are seen", () => {
    for (let top = 0; top < 90_000; top += 777) {
      const { skip, limit } = windowOf(top, 900, 30, 100_000);
      expect(skip * 30).toBeLessThanOrEqual(top);
      expect((skip + limit) * 30).toBeGreaterThanOrEqual(top + 900);
    }
  });

  it("asks for nothing new when little is scrolled", () => {
    expect(windowOf(3000, 900, 30, 5000)).toEqual(windowOf(3060, 900, 30, 5000));
  });

  it("stays within the list", () => expect(windowOf(90_000, 900, 30, 60).skip).toBe(50));

  it("reaches further where the list is scrolled to", () => {
    const still = windowOf(90_000, 900, 30, 100_000);
    const down = windowOf(90_000, 900, 30, 100_000, 1);
    const up = windowOf(90_000, 900, 30, 100_000, -1);
    expect(down.skip + down.limit).toBeGreaterThanOrEqual(still.skip + still.limit + 100);
    expect(up.skip).toBeLessThanOrEqual(still.skip - 100);
  });

  it("is asked for anew only when what is drawn comes near its end", () => {
    const asked = { skip: 1000, limit: 300 };
    expect(covers(asked, { first: 1040, last: 1260 }, 100_000)).toBe(true);
    expect(covers(asked, { first: 1020, last: 1060 }, 100_000)).toBe(false);
    expect(covers(asked, { first: 1240, last: 1280 }, 100_000)).toBe(false);
    expect(covers({ skip: 0, limit: 300 }, { first: 0, last: 20 }, 100_000)).toBe(true);
    expect(covers({ skip: 1000, limit: 300 }, { first: 1150, last: 1200 }, 1200)).toBe(true);
  });

  it("draws what is seen and a few rows around it", () => {
    expect(drawnOf(3000, 300, 30, 1000)).toEqual({ first: 92, last: 118 });
    expect(drawnOf(0, 300, 30, 5)).toEqual({ first: 0, last: 5 });
    expect(drawnOf(3000, 300, 30, 5)).toEqual({ first: 5, last: 5 });
  });
});

describe("slicesOf", () => {
  it("counts every moment once, the newest last", () => {
    const moments = [1_000, 50_000, 99_999, 100_000];
    const { counts, sliceMs } = slicesOf(moments, 100_000, 20);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(4);
    expect(counts[19]).toBe(2);
    expect(sliceMs).toBe(4951);
  });

  it("has no slice where nothing happened", () => expect(slicesOf([], 5, 3)).toEqual({ counts: [0, 0, 0], sliceMs: 0 }));
});

describe("timeline", () => {
  const span = (task: string, worker: string, started: number, ended: number, outcome = "done") => ({ task, worker, fence: started, started, ended, outcome });

  it("gives attempts that overlap rows of their own", () => {
    const lanes = lanesOf([span("a", "w2", 0, 10), span("b", "w2", 5, 20), span("c", "w2", 10, 12), span("d", "w10", 0, 1)]);
    expect(lanes.map((lane) => [lane.worker, lane.rows])).toEqual([["w2", 2], ["w10", 1]]);
    expect(lanes[0]?.bars.map((bar) => bar.level)).toEqual([0, 1, 0]);
  });

  it("keeps the row of what still runs", () => {
    const lanes = lanesOf([span("a", "w", 0, 10, "running"), span("b", "w", 20, 30)]);
    expect(lanes[0]?.rows).toBe(2);
  });

  it("puts what is expected behind what runs", () => {
    const rows = [span("a", "w", 0, 10, "running"), span("done-since", "w", 101, 102), span("done", "w", 20, 99)];
    const course = [
      { worker: "w", task: "a", from_ms: 0, until_ms: 40 },
      { worker: "w", task: "done", from_ms: 60, until_ms: 64 },
      { worker: "w", task: "b", from_ms: 40, until_ms: 60 },
      { worker: "other", task: "c", from_ms: 2, until_ms: 9 },
      { worker: "other", task: "over", from_ms: 0, until_ms: 4 },
      { worker: "other", task: "done-since", from_ms: 0, until_ms: 90 },
    ];
    const expected = aheadOf(course, 100, 105, rows, () => 150);
    expect(expected.map((bar) => [bar.task, bar.started, bar.ended, bar.outcome])).toEqual([
      ["c", 105, 112, "expected"],
      ["b", 150, 170, "expected"],
    ]);
    const lanes = lanesOf([...rows, ...expected], (row) => (row.outcome === "running" ? 150 : row.ended));
    expect(lanes.map((lane) => [lane.worker, lane.rows])).toEqual([["other", 1], ["w", 2]]);
    expect(lanes[1]?.bars.map((bar) => bar.level)).toEqual([0, 1, 1, 0]);
  });

  it("puts ticks at round moments, and never too many", () => {
    for (const length of [5, 800, 61_000, 7_200_000, 9e9, 1e13]) {
      const ticks = ticksOf(1_700_000_000_123, 1_700_000_000_123 + length, 6);
      expect(ticks.length).toBeLessThanOrEqual(500);
      if (length < 1e12) expect(ticks.length).toBeLessThanOrEqual(16);
    }
    expect(ticksOf(1_500, 10_500, 6).map((tick) => tick.at)).toEqual([2000, 4000, 6000, 8000, 10000]);
  });

  it("puts the days where the reader's days begin", () => {
    for (const tick of ticksOf(1_763_000_000_000, 1_763_000_000_000 + 5 * 86_400_000, 6)) {
      expect(new Date(tick.at).getHours()).toBe(0);
    }
  });

  it("comes nearer to a moment that stays where it is, from milliseconds to weeks", () => {
    expect(zoomed({ from: 0, to: 1000 }, 2, 250)).toEqual({ from: 125, to: 625 });
    const blink = zoomed({ from: 0, to: 1000 }, 1e9, 500);
    expect(blink.to - blink.from).toBe(20);
    const weeks = zoomed({ from: 0, to: 1000 }, 1e-12, 500);
    expect(weeks.to - weeks.from).toBe(12 * 604_800_000);
    expect(panned({ from: 0, to: 100 }, 0.5)).toEqual({ from: 50, to: 150 });
  });

  it("draws what is seen alone, and of too much the longest", () => {
    const rows = [span("a", "w", 0, 10), span("b", "w", 20, 90), span("c", "w", 95, 99)];
    expect(inSight(rows, { from: 5, to: 50 }, 10).map((row) => row.task)).toEqual(["a", "b"]);
    expect(inSight(rows, { from: 0, to: 100 }, 1).map((row) => row.task)).toEqual(["b"]);
  });

  it("knows how long a task waited to be tried again", () => {
    const rows = [span("a", "w1", 0, 10, "failed"), span("b", "w1", 12, 20), span("a", "w2", 30, 40, "running")];
    expect([...waitsOf(rows)]).toEqual([[30, 10]]);
  });
});

describe("workers", () => {
  const worker = { name: "w", slots: 1, liveness: "live", holding: [], slots_taken: 0, may_try_one: false, unheard_ms: 0, done: 0, failed: 0, released: 0, lapsed: 0 } as Parameters<typeof orderOf>[0];

  it("shows those first that something is the matter with", () => {
    const order = [
      { ...worker, liveness: "lost" as const, holding: ["a"] },
      { ...worker, stalled: ["a"], holding: ["a"] },
      { ...worker, liveness: "quiet" as const },
      { ...worker, holding: ["a"] },
      worker,
      { ...worker, liveness: "lost" as const },
    ].map(orderOf);
    expect(order).toEqual([...order].sort());
  });

  it("expects of a running task what it took and what is left", () => {
    const row = { task: "a", worker: "w", fence: 1, attempt: 1, elapsed_ms: 10, lease_left_ms: 5 };
    expect(expectedOf(row)).toBeUndefined();
    const left = { p10_ms: 1, p50_ms: 5, p90_ms: 9, source: "kind", count: 3, text: "" } as never;
    expect(expectedOf({ ...row, left })).toEqual({ p50_ms: 15, p90_ms: 19 });
  });
});

it("entries carry the server's sentences", () => {
  const log = { facts: [{ seq: 7, at: 5, by: "rod", type: "task_added", task: "a" }], next: 0, end: 7, sentences: ["rod added a"] };
  expect(entriesOf(log as never)).toEqual([{ seq: 7, at: 5, by: "rod", type: "task_added", task: "a", worker: "", text: "rod added a" }]);
  expect(entriesOf(undefined)).toEqual([]);
});

describe("layout", () => {
  it("puts what comes first to the left, and nothing upon anything", () => {
    const edges = [["a", "b"], ["a", "c"], ["b", "d"], ["c", "d"]].map(([from, to]) => ({ from: from ?? "", to: to ?? "" }));
    const { at, paths } = layoutOf(["a", "b", "c", "d", "alone"], edges);
    for (const { from, to } of edges) expect(at.get(from)!.x).toBeLessThan(at.get(to)!.x);
    expect(new Set([...at.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(5);
    expect(paths).toHaveLength(4);
    expect(paths[0]?.d).toMatch(/^M[\d,]+.*L[\d,]+$/);
  });

  it("draws nothing through fewer than two points", () => expect(curveOf([{ x: 1, y: 2 }])).toBe(""));
});
