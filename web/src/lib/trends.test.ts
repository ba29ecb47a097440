import { expect, test } from "vitest";
import { columnsOf, wordsOf } from "./series";
import { runningOf, throughputOf } from "./trends";

const rows = [
  { started: 0, ended: 2000, outcome: "done" },
  { started: 1000, ended: 3000, outcome: "failed" },
  { started: 3000, ended: 0, outcome: "running" },
];

test("what was done is told by the hour", () => {
  const { points, sliceMs } = throughputOf(rows, 4000, 4);
  expect(sliceMs).toBe(1000);
  expect(points.map((point) => point.value)).toEqual([0, 3600, 0, 0]);
  expect(throughputOf([], 4000, 4).points).toEqual([]);
});

test("what ran at once is an average over each slice", () => {
  expect(runningOf(rows, 4000, 4)).toEqual([
    { at: 0.5, value: 1 },
    { at: 1.5, value: 2 },
    { at: 2.5, value: 1 },
    { at: 3.5, value: 1 },
  ]);
  expect(runningOf([], 4000, 4)).toEqual([]);
});

test("a series is told in words, too", () => {
  const points = [{ at: 1, value: 3 }, { at: 2, value: 1.234 }];
  expect(wordsOf(points, "at once")).toBe("from 1.23 to 3 at once, 1.23 at the end");
  expect(wordsOf([], "at once")).toBe("nothing yet");
  expect(columnsOf(points)).toEqual([[1, 2], [3, 1.234]]);
});
