// Which rows of a long list are drawn, and which are asked for.

// Those that are seen, and a few around them, so that a step of the wheel finds them drawn.
export function drawnOf(top: number, height: number, rowHeight: number, total: number): { first: number; last: number } {
  const around = 8;
  const first = Math.max(0, Math.floor(top / rowHeight) - around);
  return { first: Math.min(first, total), last: Math.min(total, Math.ceil((top + height) / rowHeight) + around) };
}

// Far more than are seen, in steps, so that scrolling on finds them there and a little of it asks for
// nothing new. `ahead` is where the list is being scrolled to: 1 down, -1 up.
export function windowOf(top: number, height: number, rowHeight: number, total: number, ahead = 0): { skip: number; limit: number } {
  const step = 50;
  const around = 50;
  const further = 100;
  const seen = Math.ceil(height / rowHeight) + 1;
  const first = Math.floor(top / rowHeight) - around - (ahead < 0 ? further : 0);
  const skip = Math.max(0, Math.floor(first / step) * step);
  const limit = Math.ceil((seen + 2 * around + (ahead === 0 ? 0 : further)) / step) * step + step;
  return { skip: Math.max(0, Math.min(skip, Math.max(0, Math.ceil(total / step) * step - step))), limit };
}

// Whether the rows that were asked for go far enough beyond those that are drawn.
export function covers(asked: { skip: number; limit: number }, drawn: { first: number; last: number }, total: number): boolean {
  const margin = 30;
  const isBegun = asked.skip === 0 || drawn.first >= asked.skip + margin;
  const end = asked.skip + asked.limit;
  return isBegun && (end >= total || drawn.last <= end - margin);
}
