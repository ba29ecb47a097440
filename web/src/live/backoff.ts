// How long to wait before the next try: from half a second, doubled, to ten seconds; a fifth of it by
// chance, so that many pages do not come at once when a server is back.
export function pauseBefore(tries: number, chance: number = Math.random()): number {
  const pause = Math.min(10_000, 500 * 2 ** Math.min(tries, 10));
  return Math.round(pause * (0.8 + 0.4 * chance));
}
