// The newest facts without a gap, as answers bring them: the newest first, then what came since, and
// older ones as somebody asks for them. Facts never change, so none is asked for twice.
import type { LogView } from "../api/client";
import { entriesOf, type Entry } from "./entries";

export interface LogPages {
  // In order.
  entries: Entry[];
  // Up to this fact they are all that was asked for.
  top: number;
  // All that is older lies before this fact; 0: nothing is.
  before: number;
}

// From an answer with the newest ones.
export function begunWith(log: LogView): LogPages {
  return { entries: entriesOf(log), top: log.end, before: log.next };
}

// With an answer that begins at `top` or before; undefined if it does not reach the end, since so much
// came that one had better begin anew.
export function withLater(pages: LogPages, log: LogView): LogPages | undefined {
  if (log.next > 0) return undefined;
  if (log.end <= pages.top) return pages;
  const later = entriesOf(log).filter((entry) => entry.seq > pages.top);
  return { ...pages, entries: later.length === 0 ? pages.entries : [...pages.entries, ...later], top: log.end };
}

// With an answer of what is before them.
export function withOlder(pages: LogPages, log: LogView): LogPages {
  const older = entriesOf(log).filter((entry) => entry.seq < pages.before);
  return { ...pages, entries: [...older, ...pages.entries], before: log.next };
}

// No more than so many: the oldest are let go, and can be asked for again.
export function trimmed(pages: LogPages, most: number): LogPages {
  if (pages.entries.length <= most) return pages;
  const entries = pages.entries.slice(-most);
  return { ...pages, entries, before: entries[0]?.seq ?? pages.before };
}
