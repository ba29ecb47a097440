import { describe, expect, it } from "vitest";
import { batchesOf, mostInAddress, textOf, ticksOf } from "./ticks";

describe("ticks", () => {
  it("stand in the address, unless they are too many for one", () => {
    expect(ticksOf(textOf(["a", "b/c"]))).toEqual(["a", "b/c"]);
    expect(ticksOf(undefined)).toEqual([]);
    expect(textOf([])).toBeUndefined();
    expect(textOf(Array.from({ length: mostInAddress + 1 }, (_, index) => `t${index}`))).toBeUndefined();
  });

  it("are asked about in pieces that fit, none left out", () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `task/with:a-long-name-${index}`);
    const batches = batchesOf(ids);
    expect(batches.flat()).toEqual(ids);
    for (const batch of batches) expect(encodeURIComponent(batch.join(",")).length).toBeLessThanOrEqual(6000);
    expect(batchesOf([])).toEqual([]);
  });
});
