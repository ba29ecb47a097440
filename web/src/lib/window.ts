// Which rows of a long list are asked for: those that are seen and some around them, in steps, so
// that scrolling a little asks for nothing new.
export function windowOf(top: number, height: number, rowHeight: number, total: number): { skip: number; limit: number } {
  const step = 50;
  const around = 25;
  const first = Math.floor(top / rowHeight);
  const seen = Math.ceil(height / rowHeight) + 1;
  const skip = Math.max(0, Math.floor((first - around) / step) * step);
  const limit = Math.ceil((seen + 2 * around) / step) * step + step;
  return { skip: Math.max(0, Math.min(skip, Math.max(0, Math.ceil(total / step) * step - step))), limit };
}
