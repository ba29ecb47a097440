// Points of a series as uPlot takes them, and what is said of them to those who do not see it.
export interface Point {
  at: number;
  value: number;
}

export function columnsOf(points: Point[]): [number[], number[]] {
  return [points.map((point) => point.at), points.map((point) => point.value)];
}

export function wordsOf(points: Point[], unit: string): string {
  const values = points.map((point) => point.value);
  const last = values.at(-1);
  if (last === undefined) return "nothing yet";
  const short = (value: number) => String(Math.round(value * 100) / 100);
  return `from ${short(Math.min(...values))} to ${short(Math.max(...values))} ${unit}, ${short(last)} at the end`;
}
