// Moments counted in `n` equal slices of time that end at `end` and begin with the first moment, but
// no slice is shorter than a second.
export function slicesOf(moments: number[], end: number, n: number): { counts: number[]; sliceMs: number } {
  const counts = new Array<number>(n).fill(0);
  if (moments.length === 0) return { counts, sliceMs: 0 };
  const first = moments.reduce((least, at) => Math.min(least, at), end);
  const sliceMs = Math.max(1000, Math.ceil((end - first + 1) / n));
  const begin = end - n * sliceMs;
  for (const at of moments) {
    const slice = Math.min(n - 1, Math.floor((at - begin - 1) / sliceMs));
    if (slice >= 0) counts[slice] = (counts[slice] ?? 0) + 1;
  }
  return { counts, sliceMs };
}
