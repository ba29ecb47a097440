// Which moment an address names: the pool as it stood after a fact, by the fact's number.

// 0 is now; undefined where it names none that there could be.
export function momentOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return 0;
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

// The fact that is reached when the log is played from `begun` for so long.
export function playedTo(begun: number, elapsedMs: number, factsPerSecond: number): number {
  return begun + Math.floor((Math.max(0, elapsedMs) * factsPerSecond) / 1000);
}
