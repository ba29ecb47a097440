import { expect, it } from "vitest";
import { pauseBefore } from "./backoff";

it("waits longer each time, to ten seconds", () => {
  expect([0, 1, 2, 3].map((tries) => pauseBefore(tries, 0.5))).toEqual([500, 1000, 2000, 4000]);
  expect(pauseBefore(40, 0.5)).toBe(10_000);
});

it("spreads the pages that lost one server", () => {
  expect(pauseBefore(0, 0)).toBe(400);
  expect(pauseBefore(0, 1)).toBe(600);
});
