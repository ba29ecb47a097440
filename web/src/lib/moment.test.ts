import { describe, expect, it } from "vitest";
import { momentOf, playedTo } from "./moment";

describe("a moment", () => {
  it("is now where none is named, and a fact by its number", () => {
    expect([undefined, "", "1", "20"].map(momentOf)).toEqual([0, 0, 1, 20]);
  });

  it("is nothing else", () => {
    for (const odd of ["-5", "0", "1.5", "1e308", "Infinity", "NaN", "x", " 7", "07", "9".repeat(20)]) expect(momentOf(odd), odd).toBeUndefined();
  });

  it("comes as fast as was asked for", () => {
    for (const perSecond of [1, 10, 100, 1000]) {
      expect(playedTo(1, 4000, perSecond)).toBe(1 + 4 * perSecond);
      expect(playedTo(1, 250, perSecond)).toBe(1 + Math.floor(perSecond / 4));
    }
  });
});
